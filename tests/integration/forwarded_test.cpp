#include "tests/integration/test_gateway.h"
#include "tests/support/raw_client.h"
#include "tests/support/scripted_upstream.h"

#include <QtTest>

using namespace gateway;
using support::RawClient;
using support::ScriptedUpstream;
using support::WireRequest;

namespace {

model::Config trusting(std::uint16_t port, std::vector<std::string> proxies) {
    model::Config config = TestGateway::basicConfig({port});
    model::Listener listener = *config.listeners.begin();
    listener.trustedProxies = std::move(proxies);
    config.listeners.put(listener);
    return config;
}

} // namespace

/// Whom the gateway believes about where requests come from.
class ForwardedTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void continuesWhatTrustedProxiesSay_data();
    void continuesWhatTrustedProxiesSay();
    void believesNobodyUnasked();
    void sendsNobodyToHttpsWhoCameByIt();
};

void ForwardedTest::continuesWhatTrustedProxiesSay_data() {
    QTest::addColumn<QByteArray>("fields");
    QTest::addColumn<QByteArray>("forwardedFor");
    QTest::addColumn<QByteArray>("forwarded");
    const QByteArray own = "for=127.0.0.1;host=\"127.0.0.1\";proto=http";
    QTest::newRow("nothing said") << QByteArray() << QByteArray("127.0.0.1") << own;
    QTest::newRow("one client") << QByteArray("X-Forwarded-For: 203.0.113.7\r\n")
                                << QByteArray("203.0.113.7, 127.0.0.1") << "for=203.0.113.7, " + own;
    QTest::newRow("what the client claims of others")
        << QByteArray("X-Forwarded-For: 198.51.100.1, 203.0.113.7\r\n")
        << QByteArray("203.0.113.7, 127.0.0.1") << "for=203.0.113.7, " + own;
    QTest::newRow("a second trusted proxy")
        << QByteArray("X-Forwarded-For: 203.0.113.7, 10.1.2.3\r\n")
        << QByteArray("203.0.113.7, 10.1.2.3, 127.0.0.1") << "for=203.0.113.7, for=10.1.2.3, " + own;
    QTest::newRow("several lines") << QByteArray(
                                          "X-Forwarded-For: 203.0.113.7\r\nX-Forwarded-For: 10.1.2.3\r\n")
                                   << QByteArray("203.0.113.7, 10.1.2.3, 127.0.0.1")
                                   << "for=203.0.113.7, for=10.1.2.3, " + own;
    QTest::newRow("a port") << QByteArray("X-Forwarded-For: 203.0.113.7:4711\r\n")
                            << QByteArray("203.0.113.7, 127.0.0.1") << "for=203.0.113.7, " + own;
    QTest::newRow("the standard form")
        << QByteArray("Forwarded: for=\"[2001:db8::1]:80\";proto=https;host=shop.test, for=10.0.0.1\r\n")
        << QByteArray("2001:db8::1, 10.0.0.1, 127.0.0.1")
        << "for=\"[2001:db8::1]\";host=\"shop.test\";proto=https, for=10.0.0.1, " + own;
    QTest::newRow("an obfuscated node ends the way")
        << QByteArray("Forwarded: for=203.0.113.7, for=_hidden, for=10.0.0.1\r\n")
        << QByteArray("10.0.0.1, 127.0.0.1") << "for=10.0.0.1, " + own;
    QTest::newRow("both forms agree")
        << QByteArray("Forwarded: for=203.0.113.7\r\nX-Forwarded-For: 203.0.113.7\r\n")
        << QByteArray("203.0.113.7, 127.0.0.1") << "for=203.0.113.7, " + own;
    QTest::newRow("both forms differ")
        << QByteArray("Forwarded: for=198.51.100.1\r\nX-Forwarded-For: 203.0.113.7\r\n")
        << QByteArray("127.0.0.1") << own;
    QTest::newRow("no address at all")
        << QByteArray("X-Forwarded-For: nonsense\r\n") << QByteArray("127.0.0.1") << own;
}

void ForwardedTest::continuesWhatTrustedProxiesSay() {
    QFETCH(QByteArray, fields);
    QFETCH(QByteArray, forwardedFor);
    QFETCH(QByteArray, forwarded);
    ScriptedUpstream upstream;
    TestGateway gateway;
    QVERIFY2(gateway.publish(trusting(upstream.port(), {"127.0.0.0/8", "10.0.0.0/8"})),
             gateway.error().c_str());
    QCOMPARE(RawClient::exchange(gateway.port(), "GET /open/a HTTP/1.1\r\nHost: 127.0.0.1\r\n" +
                                                     fields.toStdString() + "\r\n")
                 .status,
             200);
    const WireRequest request = upstream.requests().at(0);
    QCOMPARE(request.count("X-Forwarded-For"), std::size_t{1});
    QCOMPARE(QByteArray::fromStdString(request.field("X-Forwarded-For")), forwardedFor);
    QCOMPARE(request.count("Forwarded"), std::size_t{1});
    QCOMPARE(QByteArray::fromStdString(request.field("Forwarded")), forwarded);
}

void ForwardedTest::believesNobodyUnasked() {
    ScriptedUpstream upstream;
    TestGateway gateway;
    QVERIFY2(gateway.publish(trusting(upstream.port(), {"10.0.0.0/8"})), gateway.error().c_str());
    QCOMPARE(RawClient::get(gateway.port(), "/open/a",
                            "X-Forwarded-For: 203.0.113.7\r\nForwarded: for=203.0.113.7;proto=https\r\n"
                            "X-Forwarded-Proto: https\r\n")
                 .status,
             200);
    const WireRequest request = upstream.requests().at(0);
    QCOMPARE(request.field("X-Forwarded-For"), std::string("127.0.0.1"));
    QCOMPARE(request.field("X-Forwarded-Proto"), std::string("http"));
    QVERIFY(!support::contains(request.raw, "203.0.113.7"));
}

void ForwardedTest::sendsNobodyToHttpsWhoCameByIt() {
    ScriptedUpstream upstream;
    TestGateway gateway;
    model::Config config = trusting(upstream.port(), {"127.0.0.1"});
    model::Policy policy;
    policy.name = "https";
    policy.httpsRedirect = model::HttpsRedirect{443};
    config.policies.put(policy);
    model::Listener listener = *config.listeners.begin();
    listener.policies = {"https"};
    config.listeners.put(listener);
    QVERIFY2(gateway.publish(config), gateway.error().c_str());
    QCOMPARE(RawClient::get(gateway.port(), "/open/a", "X-Forwarded-Proto: https\r\n").status, 200);
    QCOMPARE(upstream.requests().at(0).field("X-Forwarded-Proto"), std::string("https"));
    QCOMPARE(RawClient::get(gateway.port(), "/open/a", "X-Forwarded-Proto: http\r\n").status, 308);
    QCOMPARE(RawClient::get(gateway.port(), "/open/a").status, 308);
}

QTEST_GUILESS_MAIN(ForwardedTest)
#include "forwarded_test.moc"
