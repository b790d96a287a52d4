#include "tests/integration/tls_support.h"
#include "tests/support/raw_client.h"
#include "tests/support/scripted_upstream.h"
#include "tests/support/tls_client.h"

#include "gateway/net/alpn_challenges.h"
#include "gateway/net/staple_store.h"

#include <QtTest>
#include <atomic>
#include <thread>

using namespace gateway;
using namespace std::chrono_literals;
using support::RawClient;
using support::ScriptedUpstream;
using support::TestAuthority;
using support::TestCertificate;
using support::TlsClient;
using support::TlsWishes;
using support::UpstreamConnection;
using support::WireRequest;
using support::WireResponse;

/// Listeners that speak TLS, from the configuration to the wire.
class TlsListenersTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init();
    void servesRequests();
    void refusesOldVersionsAndWeakSuites();
    void agreesOnAProtocolOrRefuses();
    void showsCertificatesByName();
    void speaksOnly13WhereTold();
    void carriesLargeBodiesBothWays();
    void servesWhoShakesHandsByteByByte();
    void letsSilentClientsGo();
    void letsClientsGoThatDoNotRead();
    void doesNotPassACutAnswerForAWholeOne();
    void resumesOnEachWorkerAndAcrossSnapshots();
    void checksClientCertificates();
    void closesTheWayOfRevokedClients();
    void staplesAndAnswersChallenges();
    void swapsCertificatesUnderLoad();
    void servesPlainAndTlsSideBySide();
    void saysWhichKeyIsMissing();
    void saysWhichCertificateCannotBeUsed();
    void makesNoNewContextForOtherChanges();
    void servesWhileAcmeHasNoCertificateYet();

private:
    [[nodiscard]] bool publish(const model::Config& config) {
        const bool published = m_gateway->publish(config);
        if (!published) {
            qWarning("%s", m_gateway->error().c_str());
        }
        return published;
    }
    [[nodiscard]] model::Config config() {
        return tlsConfig(*m_gateway, {m_upstream->port()}, m_certificate);
    }

    TestAuthority m_authority;
    TestCertificate m_certificate = m_authority.issue("shop.example");
    std::unique_ptr<ScriptedUpstream> m_upstream;
    std::unique_ptr<TestGateway> m_gateway;
};

void TlsListenersTest::init() {
    m_gateway = std::make_unique<TestGateway>(2);
    m_upstream = std::make_unique<ScriptedUpstream>();
}

void TlsListenersTest::servesRequests() {
    QVERIFY(publish(config()));
    TlsClient client(m_gateway->port(), {.serverName = "shop.example", .authorities = m_authority.pem()});
    QVERIFY2(client.isSecure(), client.failure().c_str());
    for (const char* target : {"/open/a", "/open/b"}) {
        const WireResponse response = client.get(target);
        QCOMPARE(response.status, 200);
        QCOMPARE(response.body, std::string(target));
    }
    QVERIFY(client.send("GET /open/last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"));
    QCOMPARE(client.readResponse().status, 200);
    QCOMPARE(client.readToEnd(), std::string());
    QCOMPARE(client.endedWith(), SSL_ERROR_ZERO_RETURN);
    QCOMPARE(m_gateway->engine().sample().connections.handshakesFull, 1U);
}

void TlsListenersTest::refusesOldVersionsAndWeakSuites() {
    QVERIFY(publish(config()));
    const auto port = m_gateway->port();
    QVERIFY(!TlsClient(port, {.versionMax = TLS1_VERSION}).isSecure());
    QVERIFY(!TlsClient(port, {.versionMax = TLS1_1_VERSION}).isSecure());
    for (const char* suites : {"AES128-GCM-SHA256", "DHE-RSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-SHA",
                               "ECDHE-ECDSA-AES256-SHA384", "aNULL", "eNULL"}) {
        QVERIFY2(!TlsClient(port, {.suites12 = suites, .versionMax = TLS1_2_VERSION}).isSecure(), suites);
    }
    TlsClient client(port, {.versionMax = TLS1_2_VERSION});
    QCOMPARE(client.get("/open/a").status, 200);
    QVERIFY(SSL_get_current_compression(client.ssl()) == nullptr);
    QVERIFY(client.renegotiate());
    QCOMPARE(client.readToEnd(), std::string());
    QCOMPARE(m_gateway->engine().sample().connections.handshakesFailed, 8U);
}

void TlsListenersTest::agreesOnAProtocolOrRefuses() {
    model::Config wanted = config();
    QVERIFY(publish(wanted));
    QCOMPARE(TlsClient(m_gateway->port(), {.protocols = "http/1.1,h2"}).protocol(), std::string("h2"));
    QCOMPARE(TlsClient(m_gateway->port(), {.protocols = "http/1.1"}).protocol(), std::string("http/1.1"));
    const TlsClient other(m_gateway->port(), {.protocols = "spdy/3"});
    QCOMPARE(other.failure(), std::string("tlsv1 alert no application protocol"));
    model::Listener listener = listenerOf(m_gateway->config());
    listener.http2 = false;
    wanted = m_gateway->config();
    wanted.listeners.put(listener);
    QVERIFY(publish(wanted));
    QCOMPARE(TlsClient(m_gateway->port(), {.protocols = "h2,http/1.1"}).protocol(), std::string("http/1.1"));
}

void TlsListenersTest::showsCertificatesByName() {
    const TestCertificate other =
        m_authority.issue(support::CertificateWishes{.names = {"*.api.example"}, .commonName = "wild"});
    storeKey(*m_gateway, other);
    model::Config wanted = withCertificate(config(), "other", other.chain);
    model::Listener listener = listenerOf(wanted);
    listener.tls->certificates = {"shop", "other"};
    wanted.listeners.put(listener);
    QVERIFY(publish(wanted));
    const auto shownFor = [&](const char* name) {
        return TlsClient(m_gateway->port(), {.serverName = name}).serverCommonName();
    };
    QCOMPARE(shownFor("eu.api.example"), std::string("wild"));
    QCOMPARE(shownFor("shop.example"), std::string("shop.example"));
    QCOMPARE(shownFor("unknown.example"), std::string("shop.example"));
}

void TlsListenersTest::speaksOnly13WhereTold() {
    model::Config wanted = config();
    model::Listener listener = listenerOf(wanted);
    listener.tls->onlyTls13 = true;
    wanted.listeners.put(listener);
    QVERIFY(publish(wanted));
    QVERIFY(!TlsClient(m_gateway->port(), {.versionMax = TLS1_2_VERSION}).isSecure());
    QVERIFY(TlsClient(m_gateway->port()).isSecure());
}

void TlsListenersTest::carriesLargeBodiesBothWays() {
    std::string sent;
    while (sent.size() < 6 * 1024 * 1024) {
        sent += std::to_string(sent.size()) + ",";
    }
    m_upstream->setHandler([](WireRequest& request, UpstreamConnection& connection) {
        connection.send("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(request.body.size()) +
                        "\r\n\r\n" + request.body);
    });
    QVERIFY(publish(config()));
    TlsClient client(m_gateway->port());
    QVERIFY(client.send("POST /open/large HTTP/1.1\r\nHost: a\r\nContent-Length: " +
                        std::to_string(sent.size()) + "\r\n\r\n"));
    // The gateway may answer only once it has the whole body, so nothing needs to be read meanwhile.
    QVERIFY(client.send(sent));
    const WireResponse response = client.readResponse();
    QCOMPARE(response.status, 200);
    QVERIFY(response.body == sent);
    QCOMPARE(client.get("/open/next").status, 200);
}

void TlsListenersTest::servesWhoShakesHandsByteByByte() {
    QVERIFY(publish(config()));
    TlsClient client(m_gateway->port(), {.isByteByByte = true});
    QVERIFY2(client.isSecure(), client.failure().c_str());
    QCOMPARE(client.get("/open/a").status, 200);
}

void TlsListenersTest::letsSilentClientsGo() {
    model::Config wanted = config();
    model::Listener listener = listenerOf(wanted);
    listener.timeouts.header = 1s;
    wanted.listeners.put(listener);
    QVERIFY(publish(wanted));
    RawClient silent(m_gateway->port());
    RawClient halfway(m_gateway->port());
    QVERIFY(halfway.send("\x16\x03\x01"));
    QVERIFY(silent.readBytes(1).empty());
    QVERIFY(halfway.readBytes(1).empty());
    TlsClient good(m_gateway->port());
    QCOMPARE(good.get("/open/a").status, 200);
    QCOMPARE(m_gateway->engine().sample().connections.handshakesFailed, 2U);
}

void TlsListenersTest::letsClientsGoThatDoNotRead() {
    m_upstream->answerWith("HTTP/1.1 200 OK\r\nContent-Length: 33554432\r\n\r\n" +
                           std::string(32 * 1024 * 1024, 'b'));
    model::Config wanted = config();
    model::Listener listener = listenerOf(wanted);
    listener.timeouts.write = 1s;
    wanted.listeners.put(listener);
    QVERIFY(publish(wanted));
    TlsClient client(m_gateway->port());
    QVERIFY(client.send("GET /open/large HTTP/1.1\r\nHost: a\r\n\r\n"));
    QTRY_COMPARE_WITH_TIMEOUT(m_gateway->engine().sample().connectionsOpen, std::uint64_t{0}, 20'000);
    QVERIFY(client.readToEnd().size() < 32 * 1024 * 1024);
    QVERIFY(client.endedWith() != SSL_ERROR_ZERO_RETURN);
}

void TlsListenersTest::doesNotPassACutAnswerForAWholeOne() {
    m_upstream->setHandler([](WireRequest&, UpstreamConnection& connection) {
        connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this");
        connection.close();
    });
    QVERIFY(publish(config()));
    TlsClient client(m_gateway->port());
    QVERIFY(client.send("GET /open/a HTTP/1.1\r\nHost: a\r\n\r\n"));
    static_cast<void>(client.readToEnd());
    QVERIFY(client.endedWith() != SSL_ERROR_ZERO_RETURN);
}

void TlsListenersTest::resumesOnEachWorkerAndAcrossSnapshots() {
    m_gateway = std::make_unique<TestGateway>(4);
    QVERIFY(publish(config()));
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        TlsClient first(m_gateway->port(), {.versionMax = version});
        QCOMPARE(first.get("/open/a").status, 200);
        TlsWishes again{.versionMax = version, .session = first.session()};
        // Which worker accepts is up to the system.
        for (int i = 0; i < 16; ++i) {
            QVERIFY(TlsClient(m_gateway->port(), again).isResumed());
        }
        const TestCertificate renewed = m_authority.issue("shop.example");
        storeKey(*m_gateway, renewed);
        QVERIFY(publish(withCertificate(m_gateway->config(), "shop", renewed.chain)));
        QVERIFY(TlsClient(m_gateway->port(), again).isResumed());
    }
    QCOMPARE(m_gateway->engine().sample().connections.handshakesFull, 2U);
}

void TlsListenersTest::checksClientCertificates() {
    model::Config wanted = config();
    model::Certificate partners;
    partners.name = "partners";
    partners.use = model::Certificate::Use::Authority;
    partners.chain = m_authority.pem();
    wanted.certificates.put(partners);
    model::Listener listener = listenerOf(wanted);
    listener.tls->clientCertificates = model::Listener::ClientCertificates::Required;
    listener.tls->clientAuthority = "partners";
    wanted.listeners.put(listener);
    QVERIFY(publish(wanted));
    const TestCertificate known = m_authority.issue("partner.example");
    const TestCertificate unknown = TestAuthority("Somebody Else").issue("partner.example");
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        QCOMPARE(TlsClient(m_gateway->port(), {.versionMax = version}).get("/open/a").status, 0);
        const TlsWishes good{.certificate = known.chain, .key = known.key, .versionMax = version};
        QCOMPARE(TlsClient(m_gateway->port(), good).get("/open/a").status, 200);
        const TlsWishes bad{.certificate = unknown.chain, .key = unknown.key, .versionMax = version};
        QCOMPARE(TlsClient(m_gateway->port(), bad).get("/open/a").status, 0);
    }
    wanted = m_gateway->config();
    listener = listenerOf(wanted);
    listener.tls->clientCertificates = model::Listener::ClientCertificates::Optional;
    wanted.listeners.put(listener);
    QVERIFY(publish(wanted));
    QCOMPARE(TlsClient(m_gateway->port()).get("/open/a").status, 200);
}

void TlsListenersTest::closesTheWayOfRevokedClients() {
    model::Config wanted = config();
    model::Certificate partners;
    partners.name = "partners";
    partners.use = model::Certificate::Use::Authority;
    partners.chain = m_authority.pem();
    wanted.certificates.put(partners);
    model::Listener listener = listenerOf(wanted);
    listener.tls->clientCertificates = model::Listener::ClientCertificates::Required;
    listener.tls->clientAuthority = "partners";
    wanted.listeners.put(listener);
    QVERIFY(publish(wanted));
    const TestCertificate client = m_authority.issue("partner.example");
    TlsWishes wishes{.certificate = client.chain, .key = client.key};
    TlsClient first(m_gateway->port(), wishes);
    QCOMPARE(first.get("/open/a").status, 200);
    wishes.session = first.session();
    wanted = m_gateway->config();
    partners = *wanted.certificates.find("partners");
    partners.revocations = m_authority.revoke({client});
    wanted.certificates.put(partners);
    QVERIFY(publish(wanted));
    QCOMPARE(TlsClient(m_gateway->port(), wishes).get("/open/a").status, 0);
    QCOMPARE(first.get("/open/a").status, 200); // it was let in before
}

void TlsListenersTest::staplesAndAnswersChallenges() {
    QVERIFY(publish(config()));
    const auto info = crypto::readCertificates(m_certificate.chain)->front();
    m_gateway->engine().staples().put(info.fingerprint, "an OCSP answer",
                                      std::chrono::system_clock::now() + 1h);
    QCOMPARE(TlsClient(m_gateway->port(), {.asksForStaple = true}).staple(), std::string("an OCSP answer"));
    const TestCertificate answer =
        support::selfSignedCertificate({.names = {"new.example"}, .commonName = "challenge"});
    QVERIFY(m_gateway->engine().alpnChallenges().put(
        "new.example", {answer.chain, *crypto::PrivateKey::fromPem(answer.key)}));
    TlsClient authority(m_gateway->port(), {.serverName = "new.example", .protocols = "acme-tls/1"});
    QVERIFY2(authority.isSecure(), authority.failure().c_str());
    QCOMPARE(authority.serverCommonName(), std::string("challenge"));
    QCOMPARE(authority.readToEnd(), std::string());
}

void TlsListenersTest::swapsCertificatesUnderLoad() {
    constexpr int swaps = 20;
    QVERIFY(publish(config()));
    const auto port = m_gateway->port();
    std::atomic<bool> stopped{false};
    std::atomic<int> good{0};
    std::atomic<int> bad{0};
    std::vector<std::thread> callers;
    for (int i = 0; i < 2; ++i) {
        callers.emplace_back([&] { // on one connection
            TlsClient client(port);
            while (!stopped) {
                ++(client.get("/open/a").status == 200 ? good : bad);
            }
        });
        callers.emplace_back([&] { // each on its own
            while (!stopped) {
                TlsClient client(port);
                ++(client.get("/open/b").status == 200 ? good : bad);
            }
        });
    }
    std::string shown;
    for (int i = 0; i < swaps; ++i) {
        const std::string name = "shop" + std::to_string(i) + ".example";
        const TestCertificate next = m_authority.issue(name);
        storeKey(*m_gateway, next);
        QVERIFY(publish(withCertificate(m_gateway->config(), "shop", next.chain)));
        QCOMPARE(TlsClient(port).serverCommonName(), name);
    }
    stopped = true;
    for (std::thread& caller : callers) {
        caller.join();
    }
    QCOMPARE(bad.load(), 0);
    QVERIFY(good.load() > 0);
}

void TlsListenersTest::servesPlainAndTlsSideBySide() {
    model::Config wanted = config();
    model::Listener plain;
    plain.name = "another";
    wanted.listeners.put(plain);
    QVERIFY(publish(wanted));
    std::map<std::string, std::uint16_t> ports;
    for (const auto& [name, address] : m_gateway->engine().addresses()) {
        ports[name] = static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
    }
    QCOMPARE(RawClient::get(ports.at("another"), "/open/a").status, 200);
    QCOMPARE(TlsClient(ports.at("public")).get("/open/a").status, 200);
    QVERIFY(!TlsClient(ports.at("another")).isSecure());
    QCOMPARE(RawClient::get(ports.at("public"), "/open/a").status, 0);
}

void TlsListenersTest::saysWhichKeyIsMissing() {
    const TestCertificate without = m_authority.issue("shop.example");
    QVERIFY(!m_gateway->publish(withCertificate(config(), "shop", without.chain)));
    QCOMPARE(m_gateway->error(),
             std::string("listeners[public].tls.certificates: no private key is stored for "
                         "certificate \"shop\"; import the certificate together with its "
                         "key"));
}

void TlsListenersTest::saysWhichCertificateCannotBeUsed() {
    QVERIFY(!m_gateway->publish(
        withCertificate(config(), "shop", "-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n")));
    QVERIFY2(m_gateway->error().starts_with("listeners[public].tls.certificates: certificate \"shop\": "),
             m_gateway->error().c_str());
    model::Config wanted = config();
    model::Certificate partners;
    partners.name = "partners";
    partners.use = model::Certificate::Use::Authority;
    partners.chain = m_authority.pem();
    partners.revocations = "-----BEGIN X509 CRL-----\nMA==\n-----END X509 CRL-----\n";
    wanted.certificates.put(partners);
    model::Listener listener = listenerOf(wanted);
    listener.tls->clientCertificates = model::Listener::ClientCertificates::Required;
    listener.tls->clientAuthority = "partners";
    wanted.listeners.put(listener);
    QVERIFY(!m_gateway->publish(wanted));
    QVERIFY2(
        m_gateway->error().starts_with("listeners[public].tls.client_authority: certificate \"partners\": "),
        m_gateway->error().c_str());
}

void TlsListenersTest::makesNoNewContextForOtherChanges() {
    QVERIFY(publish(config()));
    TlsClient first(m_gateway->port());
    QCOMPARE(first.get("/open/a").status, 200);
    model::Config wanted = m_gateway->config();
    model::Tier tier = *wanted.tiers.find("pro");
    tier.burst = 7;
    wanted.tiers.put(tier);
    QVERIFY(publish(wanted));
    QCOMPARE(first.get("/open/a").status, 200);
    QCOMPARE(TlsClient(m_gateway->port()).get("/open/a").status, 200);
}

void TlsListenersTest::servesWhileAcmeHasNoCertificateYet() {
    model::Config wanted = config();
    model::Certificate pending;
    pending.name = "pending";
    pending.acme.emplace();
    pending.acme->directory = "https://acme.example/directory";
    pending.acme->domains = {"new.example"};
    wanted.certificates.put(pending);
    model::Listener listener = listenerOf(wanted);
    listener.tls->certificates = {"pending"};
    wanted.listeners.put(listener);
    QVERIFY(publish(wanted));
    QVERIFY(!TlsClient(m_gateway->port(), {.serverName = "new.example"}).isSecure());
    const TestCertificate answer =
        support::selfSignedCertificate({.names = {"new.example"}, .commonName = "challenge"});
    QVERIFY(m_gateway->engine().alpnChallenges().put(
        "new.example", {answer.chain, *crypto::PrivateKey::fromPem(answer.key)}));
    QVERIFY(
        TlsClient(m_gateway->port(), {.serverName = "new.example", .protocols = "acme-tls/1"}).isSecure());
}

QTEST_GUILESS_MAIN(TlsListenersTest)
#include "tls_listeners_test.moc"
