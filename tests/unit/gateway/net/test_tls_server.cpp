#include "gateway/net/alpn_challenges.h"
#include "gateway/net/staple_store.h"
#include "gateway/net/tls_context.h"
#include "tests/support/tls_client.h"
#include "tls_fixture.h"

#include <QtTest>

using namespace gateway;
using namespace gateway::net;
using support::CertificateWishes;
using support::TestAuthority;
using support::TestCertificate;
using support::TlsWishes;
using Client = support::TlsClient;

/// The server's side of TLS, asked by OpenSSL.
class TlsServerTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void echoesOverTls13();
    void echoesOverTls12();
    void refusesOldVersions_data();
    void refusesOldVersions();
    void servesOnlyForwardSecretAeadSuites_data();
    void servesOnlyForwardSecretAeadSuites();
    void prefersChaChaOnlyForClientsThatDo();
    void refusesTls12WhereOnly13IsWanted();
    void choosesTheProtocolByItsOwnPreference();
    void refusesWhenNoProtocolIsCommon();
    void showsTheCertificateForTheName_data();
    void showsTheCertificateForTheName();
    void showsTheKindOfKeyThatTheClientCanUse();
    void resumesSessions_data();
    void resumesSessions();
    void resumesWithContextsMadeAnew();
    void resumesWithYesterdaysKeyButNoOlderOne();
    void asksForClientCertificates();
    void takesClientsWithoutCertificatesWhereTheyAreOptional();
    void refusesRevokedClients();
    void doesNotResumeWhenTheAuthorityChanged();
    void staplesWhatTheStoreHas();
    void answersAcmeChallenges();
    void sendsMuchAtOnceAndInOrder();
    void readsRecordsLargerThanTheBuffer();
    void tellsAGoodbyeFromACut();
    void saysGoodbye();
    void shakesHandsByteByByte();
    void refusesRenegotiation();
    void tellsWhatTheClientDidInstead();
    void keepsNoSessionsInMemory();

private:
    TlsServerSettings settings(const std::vector<TestCertificate>& certificates) {
        TlsServerSettings made;
        for (const TestCertificate& certificate : certificates) {
            made.pairs.push_back(pairOf(certificate));
        }
        return made;
    }
    std::shared_ptr<const TlsServer> make(const TlsServerSettings& wanted) {
        auto made = TlsServer::make(wanted, m_shared);
        return made ? *made : nullptr;
    }

    ManualClock m_clock;
    std::shared_ptr<TlsServer::Shared> m_shared = TlsServer::makeShared(m_clock);
    TestAuthority m_authority;
    TestCertificate m_certificate = m_authority.issue("shop.example");
    LoopThread m_thread;
};

void TlsServerTest::echoesOverTls13() {
    EchoServer server(m_thread, make(settings({m_certificate})));
    Client client(server.port(), {.serverName = "shop.example", .authorities = m_authority.pem()});
    QVERIFY2(client.isSecure(), client.failure().c_str());
    QCOMPARE(client.version(), std::string("TLSv1.3"));
    QCOMPARE(client.suite(), std::string("TLS_AES_128_GCM_SHA256"));
    QVERIFY(client.send("hello"));
    QCOMPARE(client.readSome(), std::string("hello"));
    client.sayGoodbye();
    client.closeSocket();
    const Seen seen = server.seen();
    QCOMPARE(seen.end, StreamEnd::Closed);
    QCOMPARE(seen.info.version, std::string("TLSv1.3"));
    QCOMPARE(seen.info.suite, std::string("TLS_AES_128_GCM_SHA256"));
    QCOMPARE(seen.info.serverName, std::string("shop.example"));
    QVERIFY(!seen.info.resumed);
    QVERIFY(seen.info.peer == nullptr);
}

void TlsServerTest::echoesOverTls12() {
    EchoServer server(m_thread, make(settings({m_certificate})));
    Client client(server.port(), {.serverName = "SHOP.example", .versionMax = TLS1_2_VERSION});
    QVERIFY2(client.isSecure(), client.failure().c_str());
    QCOMPARE(client.suite(), std::string("ECDHE-ECDSA-AES128-GCM-SHA256"));
    QVERIFY(SSL_get_current_compression(client.ssl()) == nullptr);
    QVERIFY(client.send("hello"));
    QCOMPARE(client.readSome(), std::string("hello"));
    client.sayGoodbye();
    const Seen seen = server.seen();
    QCOMPARE(seen.info.version, std::string("TLSv1.2"));
    QCOMPARE(seen.info.serverName, std::string("shop.example"));
}

void TlsServerTest::refusesOldVersions_data() {
    QTest::addColumn<int>("version");
    QTest::newRow("1.0") << TLS1_VERSION;
    QTest::newRow("1.1") << TLS1_1_VERSION;
}

void TlsServerTest::refusesOldVersions() {
    QFETCH(int, version);
    EchoServer server(m_thread, make(settings({m_certificate})));
    const Client client(server.port(), {.versionMax = version});
    QVERIFY(!client.isSecure());
    QCOMPARE(client.failure(), std::string("tlsv1 alert protocol version"));
    QCOMPARE(server.seen().failure, std::string("the two ends have no version of TLS in common"));
}

void TlsServerTest::servesOnlyForwardSecretAeadSuites_data() {
    QTest::addColumn<QString>("suite");
    QTest::addColumn<bool>("isServed");
    for (const char* suite :
         {"ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305",
          "ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-RSA-CHACHA20-POLY1305"}) {
        QTest::newRow(suite) << QString::fromLatin1(suite) << true;
    }
    for (const char* suite : {"AES128-SHA", "AES128-GCM-SHA256", "DHE-RSA-AES128-GCM-SHA256",
                              "ECDHE-RSA-AES128-SHA", "ECDHE-ECDSA-AES256-SHA384", "ECDHE-ECDSA-AES128-CCM",
                              "PSK-AES128-GCM-SHA256", "AECDH-AES128-SHA", "eNULL"}) {
        QTest::newRow(suite) << QString::fromLatin1(suite) << false;
    }
}

void TlsServerTest::servesOnlyForwardSecretAeadSuites() {
    QFETCH(QString, suite);
    QFETCH(bool, isServed);
    static const TestCertificate rsa =
        m_authority.issue(CertificateWishes{.names = {"shop.example"}, .rsa = true});
    EchoServer server(m_thread, make(settings({m_certificate, rsa})));
    const Client client(server.port(), {.suites12 = suite.toStdString(), .versionMax = TLS1_2_VERSION});
    QCOMPARE(client.isSecure(), isServed);
    if (isServed) {
        QCOMPARE(client.suite(), suite.toStdString());
    }
}

void TlsServerTest::prefersChaChaOnlyForClientsThatDo() {
    EchoServer server(m_thread, make(settings({m_certificate})));
    const Client weak(server.port(), {.suites13 = "TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256"});
    QCOMPARE(weak.suite(), std::string("TLS_CHACHA20_POLY1305_SHA256"));
    const Client strong(server.port(), {.suites13 = "TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256:"
                                                    "TLS_CHACHA20_POLY1305_SHA256"});
    QCOMPARE(strong.suite(), std::string("TLS_AES_128_GCM_SHA256"));
}

void TlsServerTest::refusesTls12WhereOnly13IsWanted() {
    TlsServerSettings wanted = settings({m_certificate});
    wanted.versionMin = TlsVersion::Tls13;
    EchoServer server(m_thread, make(wanted));
    QVERIFY(!Client(server.port(), {.versionMax = TLS1_2_VERSION}).isSecure());
    QVERIFY(Client(server.port()).isSecure());
}

void TlsServerTest::choosesTheProtocolByItsOwnPreference() {
    TlsServerSettings wanted = settings({m_certificate});
    wanted.protocols = {"h2", "http/1.1"};
    EchoServer server(m_thread, make(wanted));
    QCOMPARE(Client(server.port(), {.protocols = "http/1.1,h2"}).protocol(), std::string("h2"));
    QCOMPARE(Client(server.port(), {.protocols = "http/1.1"}).protocol(), std::string("http/1.1"));
    QCOMPARE(Client(server.port()).protocol(), std::string());
}

void TlsServerTest::refusesWhenNoProtocolIsCommon() {
    EchoServer server(m_thread, make(settings({m_certificate})));
    for (const char* offered : {"spdy/3", "acme-tls/1"}) {
        const Client client(server.port(), {.protocols = offered});
        QVERIFY(!client.isSecure());
        QCOMPARE(client.failure(), std::string("tlsv1 alert no application protocol"));
        QCOMPARE(server.seen().failure, std::string("the two ends have no protocol (ALPN) in common"));
    }
}

void TlsServerTest::showsTheCertificateForTheName_data() {
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("shown");
    QTest::newRow("exact") << "b.example"
                           << "exact";
    QTest::newRow("any case") << "B.Example"
                              << "exact";
    QTest::newRow("wildcard") << "x.w.example"
                              << "wild";
    QTest::newRow("exact before wildcard") << "exact.w.example"
                                           << "beside";
    QTest::newRow("a wildcard is one label") << "y.x.w.example"
                                             << "default";
    QTest::newRow("a wildcard is not none") << "w.example"
                                            << "default";
    QTest::newRow("unknown") << "other.example"
                             << "default";
    QTest::newRow("none") << ""
                          << "default";
}

void TlsServerTest::showsTheCertificateForTheName() {
    QFETCH(QString, name);
    QFETCH(QString, shown);
    EchoServer server(
        m_thread,
        make(settings(
            {m_authority.issue(CertificateWishes{.names = {"a.example"}, .commonName = "default"}),
             m_authority.issue(CertificateWishes{.names = {"*.w.example"}, .commonName = "wild"}),
             m_authority.issue(CertificateWishes{.names = {"b.example"}, .commonName = "exact"}),
             m_authority.issue(CertificateWishes{.names = {"exact.w.example"}, .commonName = "beside"})})));
    const Client client(server.port(), {.serverName = name.toStdString()});
    QVERIFY2(client.isSecure(), client.failure().c_str());
    QCOMPARE(client.serverCommonName(), shown.toStdString());
}

void TlsServerTest::showsTheKindOfKeyThatTheClientCanUse() {
    const CertificateWishes other{.names = {"other.example"}};
    const CertificateWishes rsa{.names = {"shop.example"}, .rsa = true};
    EchoServer server(m_thread,
                      make(settings({m_authority.issue(other), m_authority.issue(rsa), m_certificate})));
    const Client modern(server.port(), {.serverName = "shop.example"});
    QCOMPARE(modern.serverKeyKind(), EVP_PKEY_EC);
    const Client old(server.port(), {.serverName = "shop.example",
                                     .suites12 = "ECDHE-RSA-AES128-GCM-SHA256",
                                     .versionMax = TLS1_2_VERSION});
    QVERIFY2(old.isSecure(), old.failure().c_str());
    QCOMPARE(old.serverKeyKind(), EVP_PKEY_RSA);
}

void TlsServerTest::resumesSessions_data() {
    QTest::addColumn<int>("version");
    QTest::newRow("1.2") << TLS1_2_VERSION;
    QTest::newRow("1.3") << TLS1_3_VERSION;
}

namespace {

std::string ticketOf(const SSL_SESSION* session) {
    const unsigned char* ticket = nullptr;
    std::size_t size = 0;
    SSL_SESSION_get0_ticket(session, &ticket, &size);
    return {reinterpret_cast<const char*>(ticket), size};
}

/// A session that the server gave out, after an echo.
std::shared_ptr<SSL_SESSION> sessionFrom(const EchoServer& server, TlsWishes wishes = {}) {
    Client client(server.port(), wishes);
    if (!client.isSecure() || !client.send("x") || client.readSome() != "x") {
        return nullptr;
    }
    client.sayGoodbye();
    return client.session();
}

} // namespace

void TlsServerTest::resumesSessions() {
    QFETCH(int, version);
    EchoServer server(m_thread, make(settings({m_certificate})));
    const auto session = sessionFrom(server, {.serverName = "shop.example", .versionMax = version});
    QVERIFY(session != nullptr);
    Client again(server.port(), {.serverName = "shop.example", .versionMax = version, .session = session});
    QVERIFY(again.isResumed());
    QVERIFY(again.send("more"));
    QCOMPARE(again.readSome(), std::string("more"));
    again.sayGoodbye();
    QVERIFY(!server.seen().info.resumed);
    const Seen second = server.seen();
    QVERIFY(second.info.resumed);
    QCOMPARE(second.info.serverName, std::string("shop.example"));
}

void TlsServerTest::resumesWithContextsMadeAnew() {
    EchoServer server(m_thread, make(settings({m_certificate})));
    const auto session = sessionFrom(server);
    server.setTls(make(settings({m_authority.issue("shop.example")})));
    QVERIFY(Client(server.port(), {.session = session}).isResumed());
}

void TlsServerTest::resumesWithYesterdaysKeyButNoOlderOne() {
    EchoServer server(m_thread, make(settings({m_certificate})));
    const auto session = sessionFrom(server, {.versionMax = TLS1_2_VERSION});
    const TlsWishes again{.versionMax = TLS1_2_VERSION, .session = session};
    m_clock.advance(TicketKeys::lifetime);
    Client second(server.port(), again);
    QVERIFY(second.isResumed());
    QVERIFY2(ticketOf(SSL_get_session(second.ssl())) != ticketOf(session.get()),
             "a ticket of the old key is renewed");
    m_clock.advance(TicketKeys::lifetime);
    const Client third(server.port(), again);
    QVERIFY(third.isSecure());
    QVERIFY(!third.isResumed());
}

void TlsServerTest::asksForClientCertificates() {
    TlsServerSettings wanted = settings({m_certificate});
    wanted.clientCertificates = ClientCertificates::Required;
    wanted.clientAuthorities = m_authority.pem();
    EchoServer server(m_thread, make(wanted));

    Client without(server.port(), {.versionMax = TLS1_2_VERSION});
    QVERIFY(!without.isSecure());
    QCOMPARE(server.seen().failure, std::string("the client showed no certificate"));

    const TestCertificate partner = m_authority.issue("partner.example");
    Client with(server.port(), {.certificate = partner.chain, .key = partner.key});
    QVERIFY2(with.isSecure(), with.failure().c_str());
    QVERIFY(with.send("hello"));
    QCOMPARE(with.readSome(), std::string("hello"));
    QCOMPARE(sk_X509_NAME_num(SSL_get0_peer_CA_list(with.ssl())), 1);
    with.sayGoodbye();
    const Seen seen = server.seen();
    QVERIFY(seen.info.peer != nullptr);
    QCOMPARE(seen.info.peer->subject, std::string("CN=partner.example"));

    const TestAuthority stranger("Somebody Else");
    const TestCertificate foreign = stranger.issue("partner.example");
    Client refused(server.port(),
                   {.certificate = foreign.chain, .key = foreign.key, .versionMax = TLS1_2_VERSION});
    QVERIFY2(!refused.isSecure(), refused.failure().c_str());
    const std::string reason = server.seen().failure;
    QVERIFY2(reason ==
                 "the client's certificate was issued by CN=Somebody Else, which is no trusted authority",
             reason.c_str());

    const TestCertificate ended =
        m_authority.issue(CertificateWishes{.names = {"partner.example"}, .fromDays = -9, .toDays = -2});
    Client late(server.port(), {.certificate = ended.chain, .key = ended.key, .versionMax = TLS1_2_VERSION});
    QVERIFY(!late.isSecure());
    QVERIFY(server.seen().failure.starts_with("the client's certificate ended on 20"));
}

void TlsServerTest::takesClientsWithoutCertificatesWhereTheyAreOptional() {
    TlsServerSettings wanted = settings({m_certificate});
    wanted.clientCertificates = ClientCertificates::Optional;
    wanted.clientAuthorities = m_authority.pem();
    EchoServer server(m_thread, make(wanted));
    Client client(server.port());
    QVERIFY2(client.isSecure(), client.failure().c_str());
    client.sayGoodbye();
    QVERIFY(server.seen().info.peer == nullptr);
}

void TlsServerTest::refusesRevokedClients() {
    const TestCertificate good = m_authority.issue("good.example");
    const TestCertificate revoked = m_authority.issue("revoked.example");
    const TestAuthority without("Without A List");
    const TestCertificate unlisted = without.issue("unlisted.example");
    TlsServerSettings wanted = settings({m_certificate});
    wanted.clientCertificates = ClientCertificates::Required;
    wanted.clientAuthorities = m_authority.pem() + without.pem();
    wanted.revocationLists = m_authority.revoke({revoked});
    EchoServer server(m_thread, make(wanted));
    const auto isTaken = [&](const TestCertificate& shown) {
        return Client(server.port(),
                      {.certificate = shown.chain, .key = shown.key, .versionMax = TLS1_2_VERSION})
            .isSecure();
    };
    QVERIFY(isTaken(good));
    QVERIFY(isTaken(unlisted));
    QVERIFY(!isTaken(revoked));
    static_cast<void>(server.seen());
    static_cast<void>(server.seen());
    QCOMPARE(server.seen().failure, std::string("the client's certificate was revoked"));
}

void TlsServerTest::doesNotResumeWhenTheAuthorityChanged() {
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        TlsServerSettings wanted = settings({m_certificate});
        wanted.clientCertificates = ClientCertificates::Required;
        wanted.clientAuthorities = m_authority.pem();
        EchoServer server(m_thread, make(wanted));
        const TestCertificate partner = m_authority.issue("partner.example");
        TlsWishes wishes{.certificate = partner.chain, .key = partner.key, .versionMax = version};
        wishes.session = sessionFrom(server, wishes);
        QVERIFY(wishes.session != nullptr);
        Client again(server.port(), wishes);
        QVERIFY(again.isResumed());
        QVERIFY(again.send("x"));
        again.sayGoodbye();
        static_cast<void>(server.seen());
        QCOMPARE(server.seen().info.peer->subject, std::string("CN=partner.example"));

        wanted.revocationLists = m_authority.revoke({partner});
        server.setTls(make(wanted));
        Client revoked(server.port(), wishes);
        static_cast<void>(revoked.readSome()); // with 1.3 the refusal comes after the client's last word
        QCOMPARE(server.seen().failure, std::string("the client's certificate was revoked"));
    }
}

void TlsServerTest::staplesWhatTheStoreHas() {
    const auto tls = make(settings({m_certificate}));
    const std::string fingerprint = tls->context().identities.fallback().front()->info.fingerprint;
    TlsServer::staplesOf(*m_shared).put(fingerprint, "an OCSP answer",
                                        m_clock.wallTime() + std::chrono::hours(1));
    EchoServer server(m_thread, tls);
    QCOMPARE(Client(server.port(), {.asksForStaple = true}).staple(), std::string("an OCSP answer"));
    QCOMPARE(Client(server.port(), {.versionMax = TLS1_2_VERSION, .asksForStaple = true}).staple(),
             std::string("an OCSP answer"));
    QCOMPARE(Client(server.port()).staple(), std::string());
    m_clock.advance(std::chrono::hours(1));
    const Client late(server.port(), {.asksForStaple = true});
    QVERIFY(late.isSecure());
    QCOMPARE(late.staple(), std::string());
}

void TlsServerTest::answersAcmeChallenges() {
    EchoServer server(m_thread, make(settings({m_certificate})));
    AlpnChallenges& challenges = TlsServer::challengesOf(*m_shared);
    QVERIFY(challenges.put("new.example", pairOf(support::selfSignedCertificate(
                                              {.names = {"new.example"}, .commonName = "challenge"}))));
    const Client authority(server.port(), {.serverName = "new.example", .protocols = "acme-tls/1"});
    QVERIFY2(authority.isSecure(), authority.failure().c_str());
    QCOMPARE(authority.protocol(), std::string("acme-tls/1"));
    QCOMPARE(authority.serverCommonName(), std::string("challenge"));
    const Client visitor(server.port(), {.serverName = "new.example", .protocols = "http/1.1"});
    QCOMPARE(visitor.serverCommonName(), std::string("shop.example"));
    const Client wrongName(server.port(), {.serverName = "old.example", .protocols = "acme-tls/1"});
    QVERIFY(!wrongName.isSecure());
    challenges.erase("new.example");
    QVERIFY(challenges.isEmpty());
    QVERIFY(!Client(server.port(), {.serverName = "new.example", .protocols = "acme-tls/1"}).isSecure());
}

void TlsServerTest::sendsMuchAtOnceAndInOrder() {
    EchoServer server(m_thread, make(settings({m_certificate})));
    Client client(server.port());
    QVERIFY(client.send("big"));
    std::string got;
    while (got.size() < bigBytes) {
        const std::string some = client.readSome();
        QVERIFY(!some.empty());
        got += some;
    }
    QVERIFY(got == std::string(bigBytes, 'b'));
    QVERIFY(client.send("still in order"));
    QCOMPARE(client.readSome(), std::string("still in order"));
}

void TlsServerTest::readsRecordsLargerThanTheBuffer() {
    EchoServer server(m_thread, make(settings({m_certificate})));
    Client client(server.port());
    std::string sent;
    for (int i = 0; i < 20'000; ++i) {
        sent += std::to_string(i);
    }
    QVERIFY(client.send(sent));
    std::string got;
    while (got.size() < sent.size()) {
        const std::string some = client.readSome();
        QVERIFY(!some.empty());
        got += some;
    }
    QVERIFY(got == sent);
}

void TlsServerTest::tellsAGoodbyeFromACut() {
    EchoServer server(m_thread, make(settings({m_certificate})));
    Client polite(server.port());
    QVERIFY(polite.send("all of it"));
    polite.sayGoodbye();
    polite.closeSocket();
    const Seen whole = server.seen();
    QCOMPARE(whole.read, std::string("all of it"));
    QCOMPARE(whole.end, StreamEnd::Closed);
    Client cut(server.port());
    QVERIFY(cut.send("some of it"));
    cut.closeSocket();
    QCOMPARE(server.seen().end, StreamEnd::Reset);
}

void TlsServerTest::saysGoodbye() {
    EchoServer server(m_thread, make(settings({m_certificate})));
    Client client(server.port());
    QVERIFY(client.send("bye"));
    QCOMPARE(client.readToEnd(), std::string("bye"));
    QCOMPARE(client.endedWith(), SSL_ERROR_ZERO_RETURN);
}

void TlsServerTest::shakesHandsByteByByte() {
    EchoServer server(m_thread, make(settings({m_certificate})));
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        Client client(server.port(), {.versionMax = version, .isByteByByte = true});
        QVERIFY2(client.isSecure(), client.failure().c_str());
        QVERIFY(client.send("hello"));
        QCOMPARE(client.readSome(), std::string("hello"));
    }
}

void TlsServerTest::refusesRenegotiation() {
    EchoServer server(m_thread, make(settings({m_certificate})));
    Client client(server.port(), {.versionMax = TLS1_2_VERSION});
    QVERIFY(client.isSecure());
    QVERIFY(client.renegotiate());
    QVERIFY(client.readSome().empty());
    QCOMPARE(client.endedWith(), SSL_ERROR_SSL); // OpenSSL takes the server's no_renegotiation for fatal
}

void TlsServerTest::tellsWhatTheClientDidInstead() {
    EchoServer server(m_thread, make(settings({m_certificate})));
    support::RawClient plain(server.port());
    QVERIFY(plain.send("GET / HTTP/1.1\r\nHost: shop.example\r\n\r\n"));
    QCOMPARE(server.seen().failure, std::string("the client spoke HTTP in the clear"));
    support::RawClient silent(server.port());
    silent.finishSending();
    QCOMPARE(server.seen().failure, std::string("the client left in the middle of the TLS handshake"));
}

void TlsServerTest::keepsNoSessionsInMemory() {
    const auto tls = make(settings({m_certificate}));
    EchoServer server(m_thread, tls);
    QVERIFY(sessionFrom(server, {.versionMax = TLS1_2_VERSION}) != nullptr);
    QCOMPARE(SSL_CTX_sess_number(tls->context().ssl.get()), 0L);
    // Without a ticket there is nothing to resume by.
    const auto session = sessionFrom(server, {.versionMax = TLS1_2_VERSION, .adjust = [](SSL_CTX* context) {
                                                  SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
                                              }});
    if (session != nullptr) {
        QVERIFY(!Client(server.port(), {.versionMax = TLS1_2_VERSION, .session = session}).isResumed());
    }
}

QTEST_APPLESS_MAIN(TlsServerTest)
#include "test_tls_server.moc"
