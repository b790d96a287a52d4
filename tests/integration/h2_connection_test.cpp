#include "tests/integration/pass_time.h"
#include "tests/integration/test_gateway.h"
#include "tests/support/h2_client.h"
#include "tests/support/scripted_upstream.h"

#include <QCryptographicHash>
#include <QtTest>
#include <future>

using namespace gateway;
using namespace std::chrono_literals;
using support::H2Client;
using support::H2Frame;
using support::H2Response;
using support::H2Type;
using support::ScriptedUpstream;
using support::UpstreamConnection;
using support::WireRequest;

namespace h2 = support::h2;

/// What happens on HTTP/2 connections beside ordinary requests: WebSockets, time limits and the end.
class H2ConnectionTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void carriesAWebSocket();
    void closesAWebSocketWith1008_data();
    void closesAWebSocketWith1008();
    void refusesWebSocketsWhereTheyAreOff();
    void finishesItsStreamsWhenItDrains();
    void closesWhatStaysIdle();
    void closesAHeadThatDoesNotEnd();
    void refusesABodyThatFallsSilent();
    void resetsAStreamWhoseClientTakesNothing();
};

namespace {

/// The answer of an upstream that becomes a WebSocket (RFC 6455, 4.2.2).
std::string acceptance(const std::string& key) {
    const QByteArray hashed = QCryptographicHash::hash(
        QByteArray::fromStdString(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"), QCryptographicHash::Sha1);
    return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
           "Sec-WebSocket-Accept: " +
           hashed.toBase64().toStdString() + "\r\n\r\n";
}

std::vector<support::Field> tunnel() {
    return {{":method", "CONNECT"},  {":protocol", "websocket"}, {":scheme", "http"},
            {":path", "/open/chat"}, {":authority", "gw"},       {"sec-websocket-version", "13"}};
}

/// Reads up to the next frame of this kind.
std::optional<H2Frame> readUntil(H2Client& client, H2Type type) {
    for (;;) {
        auto frame = client.readFrame();
        if (!frame || frame->type == type) {
            return frame;
        }
    }
}

} // namespace

void H2ConnectionTest::carriesAWebSocket() {
    ScriptedUpstream upstream;
    upstream.setHandler([](WireRequest& handshake, UpstreamConnection& connection) {
        connection.send(acceptance(handshake.field("Sec-WebSocket-Key")));
        for (std::string got = connection.readSome(1000); !got.empty(); got = connection.readSome(1000)) {
            connection.send(std::string("\x81\x05hello", 7));
        }
        connection.close();
    });
    TestGateway gateway(1);
    QVERIFY2(gateway.publish(TestGateway::basicConfig({upstream.port()})), gateway.error().c_str());
    H2Client client(gateway.port());
    // A masked text with one letter, ahead of the answer.
    const std::string text("\x81\x81\0\0\0\0a", 7);
    client.sendHeaders(1, tunnel(), false);
    client.sendData(1, text, false);
    const auto data = readUntil(client, H2Type::Data);
    QVERIFY(data);
    QCOMPARE(QByteArray::fromStdString(data->payload).toHex(), QByteArray("810568656c6c6f"));
    QVERIFY(upstream.waitForRequests(1));
    const WireRequest request = upstream.requests().at(0);
    QCOMPARE(request.startLine, std::string("GET /open/chat HTTP/1.1"));
    QCOMPARE(request.field("Upgrade"), std::string("websocket"));
    QCOMPARE(request.field("Sec-WebSocket-Version"), std::string("13"));
    QCOMPARE(request.field("Sec-WebSocket-Key").size(), std::size_t{24});
    client.sendData(1, text, true);
    const H2Response response = client.readResponse(1);
    QCOMPARE(response.status, 200);
    QVERIFY(response.complete);
    QVERIFY(response.field("sec-websocket-accept").empty());
    QVERIFY(response.field("upgrade").empty());
    client.sendHeaders(3, h2::get("/closed/x"));
    QCOMPARE(client.readResponse(3).status, 401);
}

void H2ConnectionTest::closesAWebSocketWith1008_data() {
    QTest::addColumn<bool>("expires");
    QTest::newRow("the key is revoked") << false;
    QTest::newRow("the key expires") << true;
}

void H2ConnectionTest::closesAWebSocketWith1008() {
    QFETCH(bool, expires);
    ScriptedUpstream upstream;
    upstream.setHandler([](WireRequest& handshake, UpstreamConnection& connection) {
        connection.send(acceptance(handshake.field("Sec-WebSocket-Key")) + std::string("\x81\x05hello", 7));
        connection.stayTillPeerCloses();
    });
    ManualClock clock;
    clock.setWallTime(SystemClock().wallTime());
    TestGateway gateway(clock, 1);
    QVERIFY2(gateway.publish(TestGateway::basicConfig({upstream.port()})), gateway.error().c_str());
    const std::string key = gateway.issueKey("acme", {}, clock.wallTime() + 60s);
    H2Client client(gateway.port());
    auto fields = tunnel();
    fields[3].value = "/closed/chat";
    fields.push_back({"x-api-key", key});
    client.sendHeaders(1, fields, false);
    const auto hello = readUntil(client, H2Type::Data);
    QVERIFY(hello);
    QCOMPARE(hello->payload.size(), std::size_t{7});
    if (expires) {
        clock.advance(61s);
    } else {
        gateway.setKeyState(key, model::KeyState::Revoked);
    }
    const auto close = readUntil(client, H2Type::Data);
    QVERIFY(close && close->payload.size() >= 4);
    QCOMPARE(static_cast<unsigned char>(close->payload[0]), static_cast<unsigned char>(0x88));
    QCOMPARE(close->payload.substr(2, 2), std::string("\x03\xf0")); // 1008
    QVERIFY(client.readResponse(1).complete);
    // The connection serves others.
    client.sendHeaders(3, h2::get("/closed/x"));
    QCOMPARE(client.readResponse(3).status, 401);
}

void H2ConnectionTest::refusesWebSocketsWhereTheyAreOff() {
    ScriptedUpstream upstream;
    TestGateway gateway(1);
    model::Config config = TestGateway::basicConfig({upstream.port()});
    model::Listener listener = *config.listeners.begin();
    listener.webSocket = false;
    config.listeners.put(listener);
    QVERIFY2(gateway.publish(std::move(config)), gateway.error().c_str());
    H2Client client(gateway.port());
    client.sendHeaders(1, tunnel(), false);
    const H2Response response = client.readResponse(1);
    QVERIFY(response.reset || response.status >= 400);
    QVERIFY(!client.hasSetting(8));
    QVERIFY(upstream.requests().empty());
}

void H2ConnectionTest::finishesItsStreamsWhenItDrains() {
    ScriptedUpstream upstream;
    std::promise<void> goOn;
    std::shared_future<void> mayGoOn = goOn.get_future().share();
    upstream.setHandler([&](WireRequest&, UpstreamConnection& connection) {
        mayGoOn.wait();
        connection.send(support::okResponse("late"));
    });
    TestGateway gateway(1);
    QVERIFY2(gateway.publish(TestGateway::basicConfig({upstream.port()})), gateway.error().c_str());
    H2Client client(gateway.port());
    client.sendHeaders(1, h2::get("/open/x"));
    QVERIFY(upstream.waitForRequests(1));
    auto cut = std::async(std::launch::async, [&] { return gateway.drain(); });
    const auto warning = readUntil(client, H2Type::Goaway);
    QVERIFY(warning);
    QCOMPARE(warning->payload.substr(0, 4), h2::number(0x7fffffff));
    const auto last = readUntil(client, H2Type::Goaway);
    QVERIFY(last);
    QCOMPARE(last->payload.substr(0, 4), h2::number(1));
    goOn.set_value();
    QCOMPARE(client.readResponse(1).body, std::string("late"));
    QCOMPARE(client.readGoaway(), std::optional<std::uint32_t>(0));
    QVERIFY(client.isClosed());
    QCOMPARE(cut.get(), std::size_t{0});
}

void H2ConnectionTest::closesWhatStaysIdle() {
    ManualClock clock;
    ScriptedUpstream upstream;
    TestGateway gateway(clock, 1);
    QVERIFY2(gateway.publish(TestGateway::basicConfig({upstream.port()})), gateway.error().c_str());
    H2Client client(gateway.port());
    client.sendHeaders(1, h2::get("/open/x"));
    QCOMPARE(client.readResponse(1).status, 200);
    QVERIFY(client.ping());
    QVERIFY(passTime(clock, gateway.port(), 200s));
    QCOMPARE(client.readGoaway(), std::optional<std::uint32_t>(0));
    QVERIFY(client.isClosed());
}

void H2ConnectionTest::closesAHeadThatDoesNotEnd() {
    ManualClock clock;
    ScriptedUpstream upstream;
    TestGateway gateway(clock, 1);
    QVERIFY2(gateway.publish(TestGateway::basicConfig({upstream.port()})), gateway.error().c_str());
    H2Client client(gateway.port());
    QVERIFY(client.ping());
    client.send(h2::frame(H2Type::Headers, h2::endStream, 1, h2::literals(h2::get("/open/x"))));
    // The first pass finds it, the second one finds it late.
    QVERIFY(passTime(clock, gateway.port(), 11s));
    QVERIFY(passTime(clock, gateway.port(), 11s));
    QCOMPARE(client.readGoaway(), std::optional<std::uint32_t>(1));
    QVERIFY(client.isClosed());
}

void H2ConnectionTest::refusesABodyThatFallsSilent() {
    ManualClock clock;
    ScriptedUpstream upstream;
    TestGateway gateway(clock, 1);
    QVERIFY2(gateway.publish(TestGateway::basicConfig({upstream.port()})), gateway.error().c_str());
    H2Client client(gateway.port());
    client.sendHeaders(1, h2::post("/open/x"), false);
    client.sendData(1, "some", false);
    QVERIFY(client.ping());
    QVERIFY(passTime(clock, gateway.port(), 31s));
    QVERIFY(passTime(clock, gateway.port(), 31s));
    QCOMPARE(client.readResponse(1).status, 408);
    QVERIFY(client.ping());
}

void H2ConnectionTest::resetsAStreamWhoseClientTakesNothing() {
    ManualClock clock;
    ScriptedUpstream upstream;
    TestGateway gateway(clock, 1);
    QVERIFY2(gateway.publish(TestGateway::basicConfig({upstream.port()})), gateway.error().c_str());
    H2Client client(gateway.port(), H2Client::Start::Handshake, {{4, 0}});
    client.sendHeaders(1, h2::get("/open/x"));
    QVERIFY(readUntil(client, H2Type::Headers));
    QVERIFY(passTime(clock, gateway.port(), 31s));
    QVERIFY(passTime(clock, gateway.port(), 31s));
    QCOMPARE(client.readResponse(1).reset, std::optional<std::uint32_t>(8));
    QVERIFY(client.ping());
}

QTEST_GUILESS_MAIN(H2ConnectionTest)
#include "h2_connection_test.moc"
