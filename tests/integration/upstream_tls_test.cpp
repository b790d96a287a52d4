#include "tests/integration/calm_support.h"
#include "tests/support/h2_server.h"
#include "tests/support/relay.h"

#include "gateway/crypto/private_key.h"

#include <QtTest>

using namespace gateway;
using namespace std::chrono_literals;
using support::CertificateWishes;
using support::contains;
using support::H2Server;
using support::RawClient;
using support::Relay;
using support::ScriptedUpstream;
using support::TestAuthority;
using support::WireResponse;

namespace {

Relay::Options door(const support::TestCertificate& certificate, std::vector<std::string> protocols = {},
                    std::string clientAuthority = {}) {
    return {certificate, std::move(protocols), std::move(clientAuthority), {}};
}

/// A service that trusts "ca" alone; further certificates may be put in by `change`.
model::Config configOf(
    std::uint16_t port, const std::string& authority,
    const std::function<void(model::Service&)>& change = [](model::Service&) {}) {
    model::Config config = calm::config({port}, [&](model::Service& service) {
        service.retries.attempts = 0;
        service.tls.emplace();
        service.tls->authority = "ca";
        change(service);
    });
    model::Certificate trusted;
    trusted.name = "ca";
    trusted.use = model::Certificate::Use::Authority;
    trusted.chain = authority;
    config.certificates.put(trusted);
    return config;
}

} // namespace

/// TLS towards upstreams.
class UpstreamTlsTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void asksOverTls_data();
    void asksOverTls();
    void refusesWhomItDoesNotTrust_data();
    void refusesWhomItDoesNotTrust();
    void asksAnybodyWhenItIsToldSo();
    void showsItsCertificate();
    void saysThatTheUpstreamWantsACertificate();
    void saysThatTheUpstreamDidNotChooseHttp2();
    void saysThatTheUpstreamSpeaksNoTls();
    void resumesSessions();
    void dropsConnectionsOfFormerSettings();
    void refusesASnapshotWithoutTheKey();
    void checksHealthOverTls();

private:
    const TestAuthority m_authority;
};

void UpstreamTlsTest::asksOverTls_data() {
    QTest::addColumn<bool>("http2");
    QTest::addColumn<QByteArray>("serverName");
    QTest::newRow("HTTP/1.1, an address") << false << QByteArray();
    QTest::newRow("HTTP/1.1, a name") << false << QByteArray("orders.internal");
    QTest::newRow("HTTP/2, a name") << true << QByteArray("orders.internal");
}

void UpstreamTlsTest::asksOverTls() {
    QFETCH(bool, http2);
    QFETCH(QByteArray, serverName);
    ScriptedUpstream http1;
    H2Server multiplexed;
    const std::string name = serverName.isEmpty() ? "127.0.0.1" : serverName.toStdString();
    const Relay relay(http2 ? multiplexed.port() : http1.port(),
                      door(m_authority.issue(name), {"h2", "http/1.1"}));
    TestGateway gateway(1);
    QVERIFY2(gateway.publish(configOf(relay.port(), m_authority.pem(),
                                      [&](model::Service& service) {
                                          service.protocol =
                                              http2 ? model::Protocol::Http2 : model::Protocol::Http1;
                                          service.tls->serverName = serverName.toStdString();
                                      })),
             gateway.error().c_str());
    for (int i = 0; i < 3; ++i) {
        const WireResponse answer = RawClient::get(gateway.port(), "/open/a");
        QCOMPARE(answer.body, std::string("/open/a"));
    }
    QCOMPARE(relay.handshakes(), 1);
    QCOMPARE(relay.serverName(), serverName.toStdString());
    if (http2) {
        QCOMPARE(multiplexed.requests().front().field(":scheme"), std::string("https"));
    }
}

void UpstreamTlsTest::refusesWhomItDoesNotTrust_data() {
    QTest::addColumn<QByteArray>("kind");
    QTest::addColumn<QByteArray>("sentence");
    QTest::newRow("expired") << QByteArray("expired") << QByteArray("ended on");
    QTest::newRow("another name") << QByteArray("name") << QByteArray("not for orders.internal");
    QTest::newRow("unknown authority") << QByteArray("authority") << QByteArray("no trusted authority");
    QTest::newRow("signed by itself") << QByteArray("self") << QByteArray("signed by its own key");
}

void UpstreamTlsTest::refusesWhomItDoesNotTrust() {
    QFETCH(QByteArray, kind);
    QFETCH(QByteArray, sentence);
    const TestAuthority other("Other Authority");
    const CertificateWishes wishes{.names = {kind == "name" ? "else.internal" : "orders.internal"},
                                   .fromDays = -10,
                                   .toDays = kind == "expired" ? -1 : 10};
    const support::TestCertificate certificate = kind == "self" ? support::selfSignedCertificate(wishes)
                                                 : kind == "authority" ? other.issue(wishes)
                                                                       : m_authority.issue(wishes);
    ScriptedUpstream upstream;
    const Relay relay(upstream.port(), door(certificate));
    TestGateway gateway(1);
    QVERIFY2(gateway.publish(
                 configOf(relay.port(), m_authority.pem(),
                          [](model::Service& service) { service.tls->serverName = "orders.internal"; })),
             gateway.error().c_str());
    const WireResponse answer = RawClient::get(gateway.port(), "/open/a");
    QCOMPARE(answer.status, 502);
    QVERIFY2(contains(answer.body, sentence.constData()), answer.body.c_str());
    QVERIFY(contains(answer.field("Proxy-Status"), "tls_certificate_error"));
    QVERIFY(upstream.requests().empty());
}

void UpstreamTlsTest::asksAnybodyWhenItIsToldSo() {
    ScriptedUpstream upstream;
    const Relay relay(upstream.port(), door(support::selfSignedCertificate({.names = {"x"}, .toDays = 1})));
    TestGateway gateway(1);
    QVERIFY2(gateway.publish(configOf(relay.port(), m_authority.pem(),
                                      [](model::Service& service) {
                                          service.tls->verify = false;
                                          service.tls->authority.clear();
                                      })),
             gateway.error().c_str());
    QCOMPARE(RawClient::get(gateway.port(), "/open/a").status, 200);
}

void UpstreamTlsTest::showsItsCertificate() {
    const support::TestCertificate own =
        m_authority.issue(CertificateWishes{.names = {"gateway.internal"}, .commonName = "gateway"});
    ScriptedUpstream upstream;
    const Relay relay(upstream.port(), door(m_authority.issue("127.0.0.1"), {}, m_authority.pem()));
    TestGateway gateway(1);
    gateway.engine().privateKeys().put(*crypto::PrivateKey::fromPem(own.key));
    model::Config config = configOf(relay.port(), m_authority.pem(),
                                    [](model::Service& service) { service.tls->certificate = "own"; });
    model::Certificate shown;
    shown.name = "own";
    shown.chain = own.chain;
    config.certificates.put(shown);
    QVERIFY2(gateway.publish(config), gateway.error().c_str());
    QCOMPARE(RawClient::get(gateway.port(), "/open/a").status, 200);
    QVERIFY2(contains(relay.clientSubject(), "CN=gateway"), relay.clientSubject().c_str());
}

void UpstreamTlsTest::saysThatTheUpstreamWantsACertificate() {
    ScriptedUpstream upstream;
    const Relay relay(upstream.port(), door(m_authority.issue("127.0.0.1"), {}, m_authority.pem()));
    TestGateway gateway(1);
    QVERIFY2(gateway.publish(configOf(relay.port(), m_authority.pem())), gateway.error().c_str());
    const WireResponse answer = RawClient::get(gateway.port(), "/open/a");
    QCOMPARE(answer.status, 502);
    QVERIFY(upstream.requests().empty());
}

void UpstreamTlsTest::saysThatTheUpstreamDidNotChooseHttp2() {
    ScriptedUpstream upstream;
    const Relay relay(upstream.port(), door(m_authority.issue("127.0.0.1")));
    TestGateway gateway(1);
    QVERIFY2(
        gateway.publish(configOf(relay.port(), m_authority.pem(),
                                 [](model::Service& service) { service.protocol = model::Protocol::Http2; })),
        gateway.error().c_str());
    const WireResponse answer = RawClient::get(gateway.port(), "/open/a");
    QCOMPARE(answer.status, 502);
    QVERIFY2(contains(answer.body, "did not choose HTTP/2"), answer.body.c_str());
    QVERIFY(contains(answer.field("Proxy-Status"), "tls_protocol_error"));
}

void UpstreamTlsTest::saysThatTheUpstreamSpeaksNoTls() {
    ScriptedUpstream upstream;
    TestGateway gateway(1);
    QVERIFY2(gateway.publish(configOf(upstream.port(), m_authority.pem(),
                                      [](model::Service& service) { service.timeouts.connect = 2s; })),
             gateway.error().c_str());
    const WireResponse answer = RawClient::get(gateway.port(), "/open/a");
    QVERIFY(answer.status == 502 || answer.status == 504);
    QVERIFY(upstream.requests().empty());
}

void UpstreamTlsTest::resumesSessions() {
    ScriptedUpstream upstream;
    upstream.setHandler([](support::WireRequest&, support::UpstreamConnection& connection) {
        connection.send(support::okResponse("x", "Connection: close\r\n"));
        connection.close();
    });
    const Relay relay(upstream.port(), door(m_authority.issue("127.0.0.1")));
    TestGateway gateway(1);
    QVERIFY2(gateway.publish(configOf(relay.port(), m_authority.pem())), gateway.error().c_str());
    for (int i = 0; i < 3; ++i) {
        QCOMPARE(RawClient::get(gateway.port(), "/open/a").status, 200);
    }
    QCOMPARE(relay.handshakes(), 3);
    QCOMPARE(relay.handshakesResumed(), 2);
}

void UpstreamTlsTest::dropsConnectionsOfFormerSettings() {
    ScriptedUpstream upstream;
    const support::TestCertificate certificate =
        m_authority.issue(CertificateWishes{.names = {"a.internal", "b.internal"}, .commonName = "a"});
    const Relay relay(upstream.port(), door(certificate));
    TestGateway gateway(1);
    const auto named = [&](const char* name) {
        return configOf(relay.port(), m_authority.pem(),
                        [name](model::Service& service) { service.tls->serverName = name; });
    };
    QVERIFY2(gateway.publish(named("a.internal")), gateway.error().c_str());
    QCOMPARE(RawClient::get(gateway.port(), "/open/a").status, 200);
    // What did not change keeps its connections.
    model::Config same = named("a.internal");
    model::Service service = *same.services.find("backend");
    service.concurrency = 100;
    same.services.put(service);
    QVERIFY2(gateway.publish(same), gateway.error().c_str());
    QCOMPARE(RawClient::get(gateway.port(), "/open/a").status, 200);
    QCOMPARE(relay.handshakes(), 1);
    QVERIFY2(gateway.publish(named("b.internal")), gateway.error().c_str());
    QCOMPARE(RawClient::get(gateway.port(), "/open/a").status, 200);
    QCOMPARE(relay.handshakes(), 2);
    QCOMPARE(relay.serverName(), std::string("b.internal"));
}

void UpstreamTlsTest::refusesASnapshotWithoutTheKey() {
    model::Config config =
        configOf(1, m_authority.pem(), [](model::Service& service) { service.tls->certificate = "own"; });
    model::Certificate shown;
    shown.name = "own";
    shown.chain = m_authority.issue("gateway.internal").chain;
    config.certificates.put(shown);
    TestGateway gateway(1);
    QVERIFY(!gateway.publish(config));
    QVERIFY2(contains(gateway.error(), "services[backend].tls"), gateway.error().c_str());
    QVERIFY2(contains(gateway.error(), "own"), gateway.error().c_str());
}

void UpstreamTlsTest::checksHealthOverTls() {
    ScriptedUpstream upstream;
    const Relay relay(upstream.port(), door(m_authority.issue("else.internal")));
    TestGateway gateway(1);
    const auto checked = [&](const char* name) {
        return configOf(relay.port(), m_authority.pem(), [name](model::Service& service) {
            service.tls->serverName = name;
            service.health.emplace();
            service.health->path = "/healthz";
            service.health->interval = service.health->timeout = 500ms;
        });
    };
    QVERIFY2(gateway.publish(checked("orders.internal")), gateway.error().c_str());
    calm::Feed feed(gateway);
    QVERIFY(calm::eventually(
        [&] { return contains(feed.look().targets.front().conditionDetail, "not for orders.internal"); }));
    QVERIFY2(gateway.publish(checked("else.internal")), gateway.error().c_str());
    QVERIFY(upstream.waitForRequests(1));
    QCOMPARE(upstream.requests().front().target(), std::string("/healthz"));
}

QTEST_GUILESS_MAIN(UpstreamTlsTest)
#include "upstream_tls_test.moc"
