#include "tests/integration/tls_support.h"
#include "tests/support/proxy_header_text.h"
#include "tests/support/raw_client.h"
#include "tests/support/scripted_upstream.h"
#include "tests/support/tls_client.h"

#include <QtTest>

using namespace gateway;
using namespace std::chrono_literals;
using support::contains;
using support::proxyHeader;
using support::RawClient;
using support::ScriptedUpstream;
using support::TestAuthority;
using support::TlsClient;

/// Listeners behind a proxy that names its clients by the PROXY protocol.
class ArrivalsTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init();
    void takesTheClientFromTheHeader();
    void takesItByteByByte();
    void takesItBeforeTls();
    void takesTheConnectionsOwnAddressFromALocalHeader();
    void closesOnAnythingElse();
    void believesOnlyTrustedProxies();
    void doesNotWaitForEver();
    void countsTheNamedClients();

private:
    [[nodiscard]] bool publish(model::Listener listener) {
        model::Config config = m_gateway->config();
        config.listeners.put(std::move(listener));
        const bool published = m_gateway->publish(config);
        if (!published) {
            qWarning("%s", m_gateway->error().c_str());
        }
        return published;
    }
    [[nodiscard]] std::string lastHead() { return m_upstream->requests().back().raw; }

    std::unique_ptr<ScriptedUpstream> m_upstream;
    std::unique_ptr<TestGateway> m_gateway;
};

namespace {

const std::string request = "GET /open/a HTTP/1.1\r\nHost: a\r\n\r\n";

} // namespace

void ArrivalsTest::init() {
    m_gateway = std::make_unique<TestGateway>(2);
    m_upstream = std::make_unique<ScriptedUpstream>();
    model::Config config = TestGateway::basicConfig({m_upstream->port()});
    model::Listener listener = listenerOf(config);
    listener.proxyProtocol = true;
    listener.trustedProxies = {"127.0.0.0/8"};
    config.listeners.put(listener);
    QVERIFY2(m_gateway->publish(config), m_gateway->error().c_str());
}

void ArrivalsTest::takesTheClientFromTheHeader() {
    for (const char* address : {"192.0.2.7", "2001:db8::7"}) {
        RawClient client(m_gateway->port());
        QVERIFY(client.send(proxyHeader(address) + request));
        QCOMPARE(client.readResponse().status, 200);
        QVERIFY2(contains(lastHead(), std::string("X-Forwarded-For: ") + address), lastHead().c_str());
        QVERIFY(client.send(request));
        QCOMPARE(client.readResponse().status, 200);
    }
}

void ArrivalsTest::takesItByteByByte() {
    RawClient client(m_gateway->port());
    for (const char byte : proxyHeader("192.0.2.7") + request) {
        QVERIFY(client.send({&byte, 1}));
    }
    QCOMPARE(client.readResponse().status, 200);
    QVERIFY(contains(lastHead(), "X-Forwarded-For: 192.0.2.7"));
}

void ArrivalsTest::takesItBeforeTls() {
    const TestAuthority authority;
    const auto certificate = authority.issue("shop.example");
    storeKey(*m_gateway, certificate);
    model::Config config = withCertificate(m_gateway->config(), "shop", certificate.chain);
    model::Listener listener = listenerOf(config);
    listener.tls.emplace();
    listener.tls->certificates = {"shop"};
    config.listeners.put(listener);
    QVERIFY2(m_gateway->publish(config), m_gateway->error().c_str());
    TlsClient client(m_gateway->port(), {.before = proxyHeader("192.0.2.7")});
    QVERIFY2(client.isSecure(), client.failure().c_str());
    QCOMPARE(client.get("/open/a").status, 200);
    QVERIFY(contains(lastHead(), "X-Forwarded-For: 192.0.2.7"));
}

void ArrivalsTest::takesTheConnectionsOwnAddressFromALocalHeader() {
    RawClient client(m_gateway->port());
    QVERIFY(client.send(support::localProxyHeader() + request));
    QCOMPARE(client.readResponse().status, 200);
    QVERIFY(contains(lastHead(), "X-Forwarded-For: 127.0.0.1"));
}

void ArrivalsTest::closesOnAnythingElse() {
    std::string broken = proxyHeader("192.0.2.7");
    broken[12] = '\x31'; // version 3
    for (const std::string& bytes :
         {request, broken, std::string("PROXY TCP4 192.0.2.7 192.0.2.1 1 2\r\n")}) {
        RawClient client(m_gateway->port());
        QVERIFY(client.send(bytes));
        QVERIFY(client.readBytes(1).empty());
    }
    QCOMPARE(m_gateway->engine().sample().connections.proxyHeadersBad, 3U);
    QVERIFY(m_upstream->requests().empty());
}

void ArrivalsTest::believesOnlyTrustedProxies() {
    model::Listener listener = listenerOf(m_gateway->config());
    listener.trustedProxies = {"192.0.2.0/24", "::1"};
    QVERIFY(publish(listener));
    RawClient client(m_gateway->port());
    client.send(proxyHeader("192.0.2.7") + request);
    QVERIFY(client.readBytes(1).empty());
    QCOMPARE(m_gateway->engine().sample().connections.proxyHeadersBad, 1U);
}

void ArrivalsTest::doesNotWaitForEver() {
    model::Listener listener = listenerOf(m_gateway->config());
    listener.timeouts.header = 1s;
    QVERIFY(publish(listener));
    RawClient client(m_gateway->port());
    QVERIFY(client.send(proxyHeader("192.0.2.7").substr(0, 20)));
    QVERIFY(client.readBytes(1).empty());
}

void ArrivalsTest::countsTheNamedClients() {
    model::Listener listener = listenerOf(m_gateway->config());
    listener.limits.connectionsPerPeer = 2;
    QVERIFY(publish(listener));
    const auto isServed = [&](RawClient& client, const char* address) {
        return client.send(proxyHeader(address) + request) && client.readResponse().status == 200;
    };
    RawClient first(m_gateway->port());
    RawClient second(m_gateway->port());
    RawClient third(m_gateway->port());
    RawClient other(m_gateway->port());
    QVERIFY(isServed(first, "192.0.2.7"));
    QVERIFY(isServed(second, "192.0.2.7"));
    QVERIFY(!isServed(third, "192.0.2.7"));
    QVERIFY(isServed(other, "192.0.2.8"));
    QCOMPARE(m_gateway->engine().sample().connectionsRefused, 1U);
}

QTEST_GUILESS_MAIN(ArrivalsTest)
#include "arrivals_test.moc"
