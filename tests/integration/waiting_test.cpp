#include "tests/integration/test_gateway.h"
#include "tests/support/h2_client.h"
#include "tests/support/raw_client.h"
#include "tests/support/scripted_upstream.h"

#include "gateway/crypto/secret_values.h"

#include <QtTest>
#include <atomic>
#include <future>
#include <thread>

using namespace gateway;
using namespace std::chrono_literals;
using support::contains;
using support::H2Client;
using support::RawClient;
using support::ScriptedUpstream;
using support::UpstreamConnection;
using support::WireRequest;
using support::WireResponse;

namespace {

const std::string secretText = "a secret of more than thirty-two bytes";

} // namespace

/// Requests that wait for whom has to be asked first: about tokens that say nothing by themselves.
class WaitingTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init();
    void cleanup();
    void asksOncePerToken();
    void asksOnceForManyAtATime();
    void neverAsksAboutKeys();
    void asksAgainWhenTheAnswerIsOld();
    void keepsBodiesWhileItWaits_data();
    void keepsBodiesWhileItWaits();
    void keepsHttp2BodiesWhileItWaits();
    void waitsWithExpectedBodies();
    void waitsWithWebSockets();
    void refusesWithABodyHalfSent();
    void forgetsClientsThatLeave();
    void finishesOnTheTablesItBeganWith();
    void finishesWhileItDrains();
    void givesUpInTime();
    void saysWhenTheProviderIsDown();
    void stopsWhileSomebodyWaits();
    void waitsWithGrpcCalls();

private:
    [[nodiscard]] model::Config config() const;
    [[nodiscard]] std::string opaque(const char* token = "good") const {
        return "Authorization: Bearer opaque-" + std::string(token) + "\r\n";
    }
    [[nodiscard]] WireResponse get(const std::string& path, const std::string& fields = {}) const {
        return RawClient::get(m_gateway->port(), path, fields);
    }
    /// Introspection gets no answer from now on.
    void hold() { m_isHeld = true; }
    void letGo() {
        m_isHeld = false;
        m_isHeld.notify_all();
    }

    std::atomic<bool> m_isHeld{false};
    std::unique_ptr<ScriptedUpstream> m_upstream;
    std::unique_ptr<ScriptedUpstream> m_introspection;
    std::unique_ptr<TestGateway> m_gateway;
};

void WaitingTest::init() {
    m_upstream = std::make_unique<ScriptedUpstream>();
    m_introspection = std::make_unique<ScriptedUpstream>();
    m_introspection->setHandler([this](WireRequest& request, UpstreamConnection& connection) {
        m_isHeld.wait(true);
        connection.send(support::okResponse(contains(request.body, "token=opaque-good")
                                                ? R"({"active":true,"sub":"acme-1","scope":"read"})"
                                                : R"({"active":false})",
                                            "Content-Type: application/json\r\n"));
    });
    m_gateway = std::make_unique<TestGateway>(2);
    m_gateway->engine().secrets().put("introspection", secretText);
    QVERIFY2(m_gateway->publish(config()), m_gateway->error().c_str());
}

void WaitingTest::cleanup() {
    letGo();
}

model::Config WaitingTest::config() const {
    model::Config config = TestGateway::basicConfig({m_upstream->port()});
    model::Consumer acme = *config.consumers.find("acme");
    acme.identities = {{model::ConsumerIdentity::Kind::Subject, "acme-1", "corp"}};
    config.consumers.put(acme);
    model::IdentityProvider provider;
    provider.name = "corp";
    provider.issuer = "https://corp.test";
    // No JWT is looked at here, but a provider has keys from somewhere.
    provider.algorithms = {"HS256"};
    provider.secret = "${secret:introspection}";
    provider.introspection = model::IdentityProvider::Introspection{
        .endpoint = "http://" + m_introspection->address() + "/introspect",
        .clientId = "gatehouse",
        .clientSecret = "${secret:introspection}"};
    config.identityProviders.put(provider);
    model::Policy policy;
    policy.name = "opaque";
    policy.authenticate =
        model::Authenticate{.anyOf = {{model::Credential{model::Credential::Kind::Introspection, "corp"}}}};
    config.policies.put(policy);
    model::Route route;
    route.name = "opaque";
    route.match.path = "/opaque/*";
    route.service = "backend";
    route.policies = {"opaque"};
    config.routes.put(route);
    return config;
}

void WaitingTest::asksOncePerToken() {
    RawClient client(m_gateway->port()); // one connection, one worker, one cache
    for (int i = 0; i < 5; ++i) {
        client.send("GET /opaque/a HTTP/1.1\r\nHost: a\r\n" + opaque() + "\r\n");
        QCOMPARE(client.readResponse().status, 200);
    }
    QCOMPARE(m_introspection->requests().size(), std::size_t{1});
    const WireRequest asked = m_introspection->requests().front();
    QVERIFY(contains(asked.body, "token=opaque-good"));
    QVERIFY(!contains(asked.raw, secretText));
    client.send("GET /opaque/a HTTP/1.1\r\nHost: a\r\n" + opaque("bad") + "\r\n");
    QCOMPARE(client.readResponse().status, 401);
}

void WaitingTest::asksOnceForManyAtATime() {
    hold();
    std::vector<std::unique_ptr<RawClient>> clients;
    for (int i = 0; i < 8; ++i) {
        clients.push_back(std::make_unique<RawClient>(m_gateway->port()));
        clients.back()->send("GET /opaque/a HTTP/1.1\r\nHost: a\r\n" + opaque() + "\r\n");
    }
    QVERIFY(m_introspection->waitForRequests(1));
    QTRY_COMPARE(m_gateway->engine().sample().requestsActive, 8U);
    letGo();
    for (const auto& client : clients) {
        QCOMPARE(client->readResponse().status, 200);
    }
    QCOMPARE(m_introspection->requests().size(), std::size_t{1});
}

void WaitingTest::neverAsksAboutKeys() {
    // Of the right form but unknown, and one that was brought from elsewhere.
    QCOMPARE(get("/opaque/a", "Authorization: Bearer " + auth::generateKey() + "\r\n").status, 401);
    model::ApiKey brought;
    brought.id.value = 77;
    brought.consumer = m_gateway->config().consumers.find("acme")->id;
    brought.hash = sha256("brought-from-elsewhere");
    m_gateway->engine().keys().put(brought);
    QCOMPARE(get("/opaque/a", "Authorization: Bearer brought-from-elsewhere\r\n").status, 401);
    QCOMPARE(m_introspection->requests().size(), std::size_t{0});
}

void WaitingTest::asksAgainWhenTheAnswerIsOld() {
    ManualClock clock;
    TestGateway gateway(clock, 1);
    gateway.engine().secrets().put("introspection", secretText);
    QVERIFY2(gateway.publish(config()), gateway.error().c_str());
    QCOMPARE(RawClient::get(gateway.port(), "/opaque/a", opaque()).status, 200);
    clock.advance(59s);
    QCOMPARE(RawClient::get(gateway.port(), "/opaque/a", opaque()).status, 200);
    QCOMPARE(m_introspection->requests().size(), std::size_t{1});
    clock.advance(2s);
    QCOMPARE(RawClient::get(gateway.port(), "/opaque/a", opaque()).status, 200);
    QCOMPARE(m_introspection->requests().size(), std::size_t{2});
}

void WaitingTest::keepsBodiesWhileItWaits_data() {
    QTest::addColumn<int>("bytes");
    QTest::addColumn<bool>("isChunked");
    QTest::newRow("none") << 0 << false;
    QTest::newRow("short") << 10 << false;
    QTest::newRow("long") << 3'000'000 << false;
    QTest::newRow("short, in chunks") << 10 << true;
    QTest::newRow("long, in chunks") << 3'000'000 << true;
}

void WaitingTest::keepsBodiesWhileItWaits() {
    QFETCH(const int, bytes);
    QFETCH(const bool, isChunked);
    m_upstream->setHandler([](WireRequest& request, UpstreamConnection& connection) {
        connection.send(support::okResponse(toHex(sha256(request.body))));
    });
    std::string body;
    for (int i = 0; i < bytes; ++i) {
        body.push_back(static_cast<char>('a' + i % 23));
    }
    std::string request = "POST /opaque/a HTTP/1.1\r\nHost: a\r\n" + opaque();
    if (isChunked) {
        request += "Transfer-Encoding: chunked\r\n\r\n";
        for (std::size_t at = 0; at < body.size(); at += 50'000) {
            const std::string piece = body.substr(at, 50'000);
            request += QByteArray::number(static_cast<qulonglong>(piece.size()), 16).toStdString() + "\r\n" +
                       piece + "\r\n";
        }
        request += "0\r\n\r\n";
    } else {
        request += "Content-Length: " + std::to_string(bytes) + "\r\n\r\n" + body;
    }
    hold();
    RawClient client(m_gateway->port());
    std::thread sender([&] { client.send(request + "GET /open/next HTTP/1.1\r\nHost: a\r\n\r\n"); });
    const bool asked = m_introspection->waitForRequests(1);
    letGo();
    sender.join();
    QVERIFY(asked);
    const WireResponse response = client.readResponse();
    QCOMPARE(response.status, 200);
    QCOMPARE(response.body, toHex(sha256(body)));
    QCOMPARE(client.readResponse().status, 200); // the connection goes on
    QCOMPARE(m_upstream->requests().front().field("X-Client-ID"), std::string("acme"));
}

void WaitingTest::keepsHttp2BodiesWhileItWaits() {
    m_upstream->setHandler([](WireRequest& request, UpstreamConnection& connection) {
        connection.send(support::okResponse(request.body));
    });
    hold();
    H2Client client(m_gateway->port());
    const auto head =
        support::h2::post("/opaque/a", {{"authorization", "Bearer opaque-good"}, {"x-mine", "kept"}});
    QVERIFY(client.sendHeaders(1, head, false));
    QVERIFY(client.sendData(1, "first, ", false));
    QVERIFY(client.sendHeaders(3, support::h2::get("/opaque/b", {{"authorization", "Bearer opaque-good"}})));
    QVERIFY(m_introspection->waitForRequests(1));
    // Requests behind them go their way.
    QVERIFY(client.sendHeaders(5, support::h2::get("/open/c")));
    QCOMPARE(client.readResponse(5).status, 200);
    QVERIFY(client.sendData(1, "second", true));
    QVERIFY(client.ping());
    letGo();
    QCOMPARE(client.readResponse(1).body, std::string("first, second"));
    QCOMPARE(client.readResponse(3).status, 200);
    for (const WireRequest& request : m_upstream->requests()) {
        if (request.target() == "/opaque/a") {
            QCOMPARE(request.field("x-mine"), std::string("kept"));
        }
    }
}

void WaitingTest::waitsWithExpectedBodies() {
    m_upstream->setReadsBodies(false);
    m_upstream->setHandler([](WireRequest& request, UpstreamConnection& connection) {
        connection.send("HTTP/1.1 100 Continue\r\n\r\n");
        if (connection.readBody(request)) {
            connection.send(support::okResponse(request.body));
        }
    });
    RawClient client(m_gateway->port());
    QVERIFY(client.send("POST /opaque/a HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n"
                        "Expect: 100-continue\r\n" +
                        opaque() + "\r\n"));
    QCOMPARE(client.readResponse().status, 100);
    QVERIFY(client.send("body"));
    QCOMPARE(client.readResponse().body, std::string("body"));
}

void WaitingTest::waitsWithWebSockets() {
    m_upstream->setHandler([](WireRequest&, UpstreamConnection& connection) {
        connection.send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                        "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n");
        const std::string frame = connection.readSome(8);
        connection.send("\x81\x02" + frame.substr(6));
        connection.stayTillPeerCloses();
    });
    hold();
    RawClient client(m_gateway->port());
    const std::string maskedHi("\x81\x82\0\0\0\0hi", 8);
    QVERIFY(client.send("GET /opaque/a HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n" +
                        opaque() + "\r\n" + maskedHi));
    QVERIFY(m_introspection->waitForRequests(1));
    letGo();
    QCOMPARE(client.readResponse().status, 101);
    QCOMPARE(client.readBytes(4), std::string("\x81\x02hi"));
}

void WaitingTest::refusesWithABodyHalfSent() {
    hold();
    RawClient client(m_gateway->port());
    client.send("POST /opaque/a HTTP/1.1\r\nHost: a\r\nContent-Length: 20\r\n" + opaque("bad") +
                "\r\n0123456789");
    QVERIFY(m_introspection->waitForRequests(1));
    letGo();
    QCOMPARE(client.readResponse().status, 401);
    client.send("0123456789GET /open/a HTTP/1.1\r\nHost: a\r\n\r\n");
    QCOMPARE(client.readResponse().status, 200);
    QCOMPARE(m_upstream->requests().size(), std::size_t{1});
}

void WaitingTest::forgetsClientsThatLeave() {
    hold();
    {
        RawClient client(m_gateway->port());
        client.send("GET /opaque/a HTTP/1.1\r\nHost: a\r\n" + opaque() + "\r\n");
        H2Client other(m_gateway->port());
        QVERIFY(other.sendHeaders(
            1, support::h2::post("/opaque/a", {{"authorization", "Bearer opaque-good"}}), false));
        QVERIFY(m_introspection->waitForRequests(1));
        QTRY_COMPARE(m_gateway->engine().sample().requestsActive, 2U);
        QVERIFY(other.send(
            support::h2::frame(support::H2Type::RstStream, support::h2::none, 1, support::h2::number(8))));
        QVERIFY(other.ping());
    }
    QTRY_COMPARE(m_gateway->engine().sample().requestsActive, 0U);
    letGo();
    QCOMPARE(get("/opaque/a", opaque()).status, 200);
    QCOMPARE(m_upstream->requests().size(), std::size_t{1});
}

void WaitingTest::finishesOnTheTablesItBeganWith() {
    hold();
    RawClient client(m_gateway->port());
    client.send("GET /opaque/a HTTP/1.1\r\nHost: a\r\n" + opaque() + "\r\n");
    QVERIFY(m_introspection->waitForRequests(1));
    model::Config changed = m_gateway->config();
    changed.routes.erase("opaque");
    changed.policies.erase("opaque");
    changed.listeners.erase("public");
    model::Listener other = *m_gateway->config().listeners.begin();
    other.id = {};
    other.name = "other";
    changed.listeners.put(other);
    QVERIFY2(m_gateway->publish(changed), m_gateway->error().c_str());
    letGo();
    QCOMPARE(client.readResponse().status, 200);
}

void WaitingTest::finishesWhileItDrains() {
    hold();
    RawClient client(m_gateway->port());
    client.send("GET /opaque/a HTTP/1.1\r\nHost: a\r\n" + opaque() + "\r\n");
    QVERIFY(m_introspection->waitForRequests(1));
    std::promise<std::size_t> cut;
    m_gateway->engine().drain(20s, [&](std::size_t count) { cut.set_value(count); });
    letGo();
    QCOMPARE(client.readResponse().status, 200);
    QCOMPARE(cut.get_future().get(), std::size_t{0});
}

void WaitingTest::givesUpInTime() {
    ManualClock clock;
    TestGateway gateway(clock, 1);
    gateway.engine().secrets().put("introspection", secretText);
    QVERIFY2(gateway.publish(config()), gateway.error().c_str());
    hold();
    RawClient client(gateway.port());
    client.send("GET /opaque/a HTTP/1.1\r\nHost: a\r\n" + opaque() + "\r\n");
    QVERIFY(m_introspection->waitForRequests(1));
    clock.advance(11s);
    const WireResponse response = client.readResponse();
    QCOMPARE(response.status, 503);
    QVERIFY(contains(response.body, "identity-unavailable"));
    letGo();
    QCOMPARE(RawClient::get(gateway.port(), "/open/a").status, 200);
}

void WaitingTest::saysWhenTheProviderIsDown() {
    m_introspection->answerWith("HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n");
    const WireResponse response = get("/opaque/a", opaque());
    QCOMPARE(response.status, 503);
    QVERIFY(contains(response.body, "identity-unavailable"));
    // Others are not held up by it.
    QCOMPARE(get("/closed/a", keyField(m_gateway->issueKey("acme"))).status, 200);
}

void WaitingTest::stopsWhileSomebodyWaits() {
    hold();
    RawClient client(m_gateway->port());
    client.send("GET /opaque/a HTTP/1.1\r\nHost: a\r\n" + opaque() + "\r\n");
    QVERIFY(m_introspection->waitForRequests(1));
    m_gateway.reset();
    letGo(); // an answer for nobody
    QVERIFY(client.waitForClose());
}

void WaitingTest::waitsWithGrpcCalls() {
    hold();
    RawClient client(m_gateway->port());
    client.send("POST /opaque/shop.Orders/Get HTTP/1.1\r\nHost: a\r\nContent-Type: application/grpc\r\n"
                "Content-Length: 6\r\n" +
                opaque("bad") + std::string("\r\n\0\0\0\0\1x", 8));
    QVERIFY(m_introspection->waitForRequests(1));
    letGo();
    const WireResponse response = client.readResponse();
    QCOMPARE(response.status, 200);
    QCOMPARE(response.field("grpc-status"), std::string("16")); // UNAUTHENTICATED
}

QTEST_GUILESS_MAIN(WaitingTest)
#include "waiting_test.moc"
