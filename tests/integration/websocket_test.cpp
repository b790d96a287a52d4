#include "tests/integration/tls_support.h"
#include "tests/support/raw_client.h"
#include "tests/support/scripted_upstream.h"
#include "tests/support/tls_client.h"

#include <QtTest>
#include <future>

using namespace gateway;
using namespace std::chrono_literals;
using support::contains;
using support::RawClient;
using support::ScriptedUpstream;
using support::UpstreamConnection;
using support::WireRequest;
using support::WireResponse;

namespace {

const std::string handshakeFields = "Upgrade: websocket\r\nConnection: Upgrade\r\n"
                                    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                                    "Sec-WebSocket-Version: 13\r\n";
const std::string acceptance = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                               "Connection: Upgrade\r\n"
                               "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

std::string handshake(const std::string& target, const std::string& more = {}) {
    return "GET " + target + " HTTP/1.1\r\nHost: chat.test\r\n" + handshakeFields + more + "\r\n";
}

/// A frame with a payload of at most 125 bytes; what a client sends is masked, here with zeros.
std::string frame(unsigned char firstByte, const std::string& payload, bool masked) {
    std::string bytes(1, static_cast<char>(firstByte));
    bytes.push_back(static_cast<char>(payload.size() | (masked ? 0x80U : 0U)));
    if (masked) {
        bytes.append(4, '\0');
    }
    return bytes + payload;
}
std::string clientText(const std::string& text) {
    return frame(0x81, text, true);
}
std::string serverText(const std::string& text) {
    return frame(0x81, text, false);
}

void open(RawClient& client, const std::string& target, const std::string& more = {}) {
    QVERIFY(client.send(handshake(target, more)));
    QCOMPARE(client.readResponse().status, 101);
}

/// The code of the Close that comes next; 0: something else came.
int closeCode(RawClient& client) {
    const std::string head = client.readBytes(4);
    if (head.size() < 4 || static_cast<unsigned char>(head[0]) != 0x88) {
        return 0;
    }
    static_cast<void>(client.readBytes(static_cast<unsigned char>(head[1]) - 2U));
    return static_cast<unsigned char>(head[2]) * 256 + static_cast<unsigned char>(head[3]);
}

/// Accepts the handshake and sends what comes back as a server's text.
void echo(WireRequest&, UpstreamConnection& connection) {
    connection.send(acceptance);
    for (;;) {
        const std::string head = connection.readSome(2);
        if (head.size() < 2) {
            break;
        }
        const auto size = static_cast<std::size_t>(static_cast<unsigned char>(head[1]) & 0x7FU);
        std::string rest;
        while (rest.size() < size + 4) {
            const std::string more = connection.readSome(size + 4 - rest.size());
            if (more.empty()) {
                connection.close();
                return;
            }
            rest += more;
        }
        connection.send(frame(static_cast<unsigned char>(head[0]), rest.substr(4), false));
    }
    connection.close();
}

} // namespace

/// WebSockets through a real engine: the handshake, the tunnel, and how it ends.
class WebSocketTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void passesMessagesBothWays();
    void saysToTheUpstreamThatItWantsAWebSocket();
    void refusesAMalformedHandshake_data();
    void refusesAMalformedHandshake();
    void ignoresTheUpgradeWhereTheListenerHasItOff();
    void passesARefusalOfTheUpstreamOn();
    void asksForTheKeyAtTheHandshake();
    void endsTheUpstreamsConnectionWithTheClients();
    void endsTheClientsConnectionWithTheUpstreams();
    void takesWhatCameRightBehindTheHandshake();
    void countsOpenWebSocketsAndTheirMessages();
    void closesWith1008WhenTheKeyIsTaken_data();
    void closesWith1008WhenTheKeyIsTaken();
    void closesWith1008OverTls_data();
    void closesWith1008OverTls();
    void closesWith1008WhenTheConsumerGoes();
    void leavesOthersAloneWhenAKeyIsTaken();
    void closesWith1001WhenTheGatewayDrains();
    void closesWith1002WhenAnEndBreaksTheRules_data();
    void closesWith1002WhenAnEndBreaksTheRules();
    void waitsForTheEndOfAFrameBeforeItCloses();
    void closesWith1001AfterLongSilence();
    void closesWith1001AfterItsLifetime();
    void staysOpenThroughAnotherSnapshot();
    void logsTheWebSocketOnceItIsOver();
};

void WebSocketTest::passesMessagesBothWays() {
    ScriptedUpstream upstream;
    upstream.setHandler(echo);
    TestGateway gateway;
    QVERIFY2(gateway.publish(TestGateway::basicConfig({upstream.port()})), gateway.error().c_str());
    RawClient client(gateway.port());
    QVERIFY(client.send(handshake("/open/chat")));
    const WireResponse answer = client.readResponse();
    QCOMPARE(answer.status, 101);
    QCOMPARE(answer.field("Sec-WebSocket-Accept"), std::string("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
    QCOMPARE(answer.field("Upgrade"), std::string("websocket"));
    QCOMPARE(answer.field("Connection"), std::string("Upgrade"));
    QVERIFY(!answer.field("X-Request-ID").empty());
    QVERIFY(!answer.has("Transfer-Encoding") && !answer.has("Content-Length"));
    for (const std::string text : {"hello", "again", ""}) {
        QVERIFY(client.send(clientText(text)));
        QCOMPARE(client.readBytes(text.size() + 2), serverText(text));
    }
}

void WebSocketTest::saysToTheUpstreamThatItWantsAWebSocket() {
    ScriptedUpstream upstream;
    upstream.setHandler(echo);
    TestGateway gateway;
    QVERIFY2(gateway.publish(TestGateway::basicConfig({upstream.port()})), gateway.error().c_str());
    RawClient client(gateway.port());
    QVERIFY(client.send(handshake("/open/chat", "Sec-WebSocket-Protocol: chat\r\nTE: trailers\r\n")));
    QCOMPARE(client.readResponse().status, 101);
    const WireRequest request = upstream.requests().at(0);
    QCOMPARE(request.count("Upgrade"), std::size_t{1});
    QCOMPARE(request.field("Upgrade"), std::string("websocket"));
    QCOMPARE(request.count("Connection"), std::size_t{1});
    QCOMPARE(request.field("Connection"), std::string("Upgrade"));
    QCOMPARE(request.field("Sec-WebSocket-Key"), std::string("dGhlIHNhbXBsZSBub25jZQ=="));
    QCOMPARE(request.field("Sec-WebSocket-Protocol"), std::string("chat"));
}

void WebSocketTest::refusesAMalformedHandshake_data() {
    QTest::addColumn<QByteArray>("fields");
    QTest::addColumn<int>("status");
    QTest::addColumn<QByteArray>("code");
    const QByteArray key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    const QByteArray version = "Sec-WebSocket-Version: 13\r\n";
    QTest::newRow("no key") << version << 400 << QByteArray("websocket-key-invalid");
    QTest::newRow("two keys") << version + key + key << 400 << QByteArray("websocket-key-invalid");
    QTest::newRow("a short key") << version + "Sec-WebSocket-Key: dGhlIHNhbXA=\r\n"
                                 << 400 << QByteArray("websocket-key-invalid");
    QTest::newRow("an old version") << key + "Sec-WebSocket-Version: 8\r\n"
                                    << 426 << QByteArray("websocket-version-unsupported");
    QTest::newRow("no version") << key << 426 << QByteArray("websocket-version-unsupported");
    QTest::newRow("a body") << key + version + "Content-Length: 3\r\n"
                            << 400 << QByteArray("websocket-with-body");
}

void WebSocketTest::refusesAMalformedHandshake() {
    QFETCH(QByteArray, fields);
    QFETCH(int, status);
    QFETCH(QByteArray, code);
    ScriptedUpstream upstream;
    TestGateway gateway;
    QVERIFY2(gateway.publish(TestGateway::basicConfig({upstream.port()})), gateway.error().c_str());
    const WireResponse answer = RawClient::get(
        gateway.port(), "/open/chat", "Upgrade: websocket\r\nConnection: Upgrade\r\n" + fields.toStdString());
    QCOMPARE(answer.status, status);
    QVERIFY(contains(answer.body, "\"code\":\"" + code.toStdString() + "\""));
    QCOMPARE(answer.field("Sec-WebSocket-Version"), std::string(status == 426 ? "13" : ""));
    QVERIFY(upstream.requests().empty());
}

void WebSocketTest::ignoresTheUpgradeWhereTheListenerHasItOff() {
    ScriptedUpstream upstream;
    TestGateway gateway;
    model::Config config = TestGateway::basicConfig({upstream.port()});
    model::Listener listener = *config.listeners.begin();
    listener.webSocket = false;
    config.listeners.put(listener);
    QVERIFY2(gateway.publish(config), gateway.error().c_str());
    RawClient client(gateway.port());
    QVERIFY(client.send(handshake("/open/chat")));
    QCOMPARE(client.readResponse().status, 200);
    QVERIFY(!upstream.requests().at(0).has("Upgrade"));
}

void WebSocketTest::passesARefusalOfTheUpstreamOn() {
    ScriptedUpstream upstream;
    upstream.answerWith("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno");
    TestGateway gateway;
    QVERIFY2(gateway.publish(TestGateway::basicConfig({upstream.port()})), gateway.error().c_str());
    RawClient client(gateway.port());
    QVERIFY(client.send(handshake("/open/chat")));
    const WireResponse answer = client.readResponse();
    QCOMPARE(answer.status, 403);
    QCOMPARE(answer.body, std::string("no"));
    // The connection speaks HTTP as before.
    QVERIFY(client.send("GET /nowhere HTTP/1.1\r\nHost: chat.test\r\n\r\n"));
    QCOMPARE(client.readResponse().status, 404);
}

void WebSocketTest::asksForTheKeyAtTheHandshake() {
    ScriptedUpstream upstream;
    upstream.setHandler(echo);
    TestGateway gateway;
    QVERIFY2(gateway.publish(TestGateway::basicConfig({upstream.port()})), gateway.error().c_str());
    RawClient stranger(gateway.port());
    QVERIFY(stranger.send(handshake("/closed/chat")));
    QCOMPARE(stranger.readResponse().status, 401);
    QVERIFY(upstream.requests().empty());
    RawClient client(gateway.port());
    QVERIFY(client.send(handshake("/closed/chat", keyField(gateway.issueKey("acme")))));
    QCOMPARE(client.readResponse().status, 101);
    QCOMPARE(upstream.requests().at(0).field("X-Client-ID"), std::string("acme"));
}

void WebSocketTest::endsTheUpstreamsConnectionWithTheClients() {
    std::promise<void> ended;
    ScriptedUpstream upstream;
    upstream.setHandler([&](WireRequest& request, UpstreamConnection& connection) {
        echo(request, connection);
        ended.set_value();
    });
    TestGateway gateway;
    QVERIFY2(gateway.publish(TestGateway::basicConfig({upstream.port()})), gateway.error().c_str());
    {
        RawClient client(gateway.port());
        QVERIFY(client.send(handshake("/open/chat")));
        QCOMPARE(client.readResponse().status, 101);
    }
    QCOMPARE(ended.get_future().wait_for(support::patience), std::future_status::ready);
}

void WebSocketTest::endsTheClientsConnectionWithTheUpstreams() {
    ScriptedUpstream upstream;
    upstream.setHandler([](WireRequest&, UpstreamConnection& connection) {
        connection.send(acceptance + serverText("bye"));
        connection.close();
    });
    TestGateway gateway;
    QVERIFY2(gateway.publish(TestGateway::basicConfig({upstream.port()})), gateway.error().c_str());
    RawClient client(gateway.port());
    QVERIFY(client.send(handshake("/open/chat")));
    QCOMPARE(client.readResponse().status, 101);
    QCOMPARE(client.readBytes(5), serverText("bye"));
    QVERIFY(client.waitForClose());
}

void WebSocketTest::takesWhatCameRightBehindTheHandshake() {
    ScriptedUpstream upstream;
    upstream.setHandler(echo);
    TestGateway gateway;
    QVERIFY2(gateway.publish(TestGateway::basicConfig({upstream.port()})), gateway.error().c_str());
    RawClient client(gateway.port());
    QVERIFY(client.send(handshake("/open/chat") + clientText("early")));
    QCOMPARE(client.readResponse().status, 101);
    QCOMPARE(client.readBytes(7), serverText("early"));
}

void WebSocketTest::countsOpenWebSocketsAndTheirMessages() {
    ScriptedUpstream upstream;
    upstream.setHandler(echo);
    TestGateway gateway(1);
    QVERIFY2(gateway.publish(TestGateway::basicConfig({upstream.port()})), gateway.error().c_str());
    {
        RawClient client(gateway.port());
        open(client, "/open/chat");
        QVERIFY(client.send(clientText("a") + clientText("b")));
        QCOMPARE(client.readBytes(6), serverText("a") + serverText("b"));
        const metrics::MetricsFrame frame = gateway.engine().sample();
        QCOMPARE(frame.streams.webSockets, 1U);
        QCOMPARE(frame.streams.messagesIn, 2U);
        QCOMPARE(frame.streams.messagesOut, 2U);
    }
    QTRY_COMPARE(gateway.engine().sample().streams.webSockets, 0U);
}

void WebSocketTest::closesWith1008WhenTheKeyIsTaken_data() {
    QTest::addColumn<int>("state");
    QTest::newRow("revoked") << static_cast<int>(model::KeyState::Revoked);
    QTest::newRow("disabled") << static_cast<int>(model::KeyState::Disabled);
}

void WebSocketTest::closesWith1008WhenTheKeyIsTaken() {
    QFETCH(int, state);
    std::promise<std::string> heard;
    ScriptedUpstream upstream;
    upstream.setHandler([&](WireRequest&, UpstreamConnection& connection) {
        connection.send(acceptance);
        heard.set_value(connection.readSome(64));
        connection.close();
    });
    TestGateway gateway;
    QVERIFY2(gateway.publish(TestGateway::basicConfig({upstream.port()})), gateway.error().c_str());
    const std::string key = gateway.issueKey("acme");
    RawClient client(gateway.port());
    open(client, "/closed/chat", keyField(key));
    gateway.setKeyState(key, static_cast<model::KeyState>(state));
    QCOMPARE(closeCode(client), 1008);
    QVERIFY(client.waitForClose());
    const std::string told = heard.get_future().get();
    QVERIFY(told.size() > 8);
    QCOMPARE(static_cast<unsigned char>(told[0]), static_cast<unsigned char>(0x88));
    QVERIFY((static_cast<unsigned char>(told[1]) & 0x80U) != 0); // as from a client
}

void WebSocketTest::closesWith1008OverTls_data() {
    QTest::addColumn<bool>("expires");
    QTest::newRow("the key is revoked") << false;
    QTest::newRow("the key expires") << true;
}

void WebSocketTest::closesWith1008OverTls() {
    QFETCH(bool, expires);
    ScriptedUpstream upstream;
    upstream.setHandler(echo);
    support::TestAuthority authority;
    ManualClock clock;
    clock.setWallTime(SystemClock().wallTime());
    TestGateway gateway(clock, 1);
    QVERIFY2(gateway.publish(tlsConfig(gateway, {upstream.port()}, authority.issue("shop.example"))),
             gateway.error().c_str());
    const std::string key = gateway.issueKey("acme", {}, clock.wallTime() + 60s);
    support::TlsClient client(gateway.port());
    const auto read = [&client](std::size_t bytes) {
        std::string got;
        while (got.size() < bytes) {
            const std::string more = client.readSome(bytes - got.size());
            if (more.empty()) {
                break;
            }
            got += more;
        }
        return got;
    };
    QVERIFY(client.send(handshake("/closed/chat", keyField(key))));
    std::string head;
    while (!contains(head, "\r\n\r\n")) {
        const std::string more = read(1);
        QVERIFY(!more.empty());
        head += more;
    }
    QVERIFY2(head.starts_with("HTTP/1.1 101 "), head.c_str());
    QVERIFY(client.send(clientText("a")));
    QCOMPARE(read(3), serverText("a"));
    if (expires) {
        clock.advance(61s);
    } else {
        gateway.setKeyState(key, model::KeyState::Revoked);
    }
    const std::string close = client.readToEnd();
    QVERIFY(close.size() >= 4);
    QCOMPARE(close.substr(2, 2), std::string("\x03\xf0")); // 1008
    QCOMPARE(static_cast<unsigned char>(close[0]), static_cast<unsigned char>(0x88));
}

void WebSocketTest::closesWith1008WhenTheConsumerGoes() {
    ScriptedUpstream upstream;
    upstream.setHandler(echo);
    TestGateway gateway;
    model::Config config = TestGateway::basicConfig({upstream.port()});
    QVERIFY2(gateway.publish(config), gateway.error().c_str());
    RawClient client(gateway.port());
    open(client, "/closed/chat", keyField(gateway.issueKey("acme")));
    config = gateway.config();
    config.consumers.erase("acme");
    QVERIFY2(gateway.publish(config), gateway.error().c_str());
    QCOMPARE(closeCode(client), 1008);
}

void WebSocketTest::leavesOthersAloneWhenAKeyIsTaken() {
    ScriptedUpstream upstream;
    upstream.setHandler(echo);
    TestGateway gateway(1);
    QVERIFY2(gateway.publish(TestGateway::basicConfig({upstream.port()})), gateway.error().c_str());
    const std::string taken = gateway.issueKey("acme");
    RawClient loser(gateway.port());
    open(loser, "/closed/chat", keyField(taken));
    RawClient other(gateway.port());
    open(other, "/closed/chat", keyField(gateway.issueKey("acme")));
    RawClient stranger(gateway.port());
    open(stranger, "/open/chat");
    gateway.setKeyState(taken, model::KeyState::Revoked);
    QCOMPARE(closeCode(loser), 1008);
    for (RawClient* client : {&other, &stranger}) {
        QVERIFY(client->send(clientText("still")));
        QCOMPARE(client->readBytes(7), serverText("still"));
    }
}

void WebSocketTest::closesWith1001WhenTheGatewayDrains() {
    ScriptedUpstream upstream;
    upstream.setHandler(echo);
    TestGateway gateway;
    QVERIFY2(gateway.publish(TestGateway::basicConfig({upstream.port()})), gateway.error().c_str());
    RawClient client(gateway.port());
    open(client, "/open/chat");
    auto drained = std::async(std::launch::async, [&] { return gateway.drain(); });
    QCOMPARE(closeCode(client), 1001);
    QVERIFY(client.waitForClose());
    client.finishSending();
    QCOMPARE(drained.get(), std::size_t{0});
}

void WebSocketTest::closesWith1002WhenAnEndBreaksTheRules_data() {
    QTest::addColumn<bool>("byClient");
    QTest::newRow("the client does not mask") << true;
    QTest::newRow("the server masks") << false;
}

void WebSocketTest::closesWith1002WhenAnEndBreaksTheRules() {
    QFETCH(bool, byClient);
    ScriptedUpstream upstream;
    upstream.setHandler([=](WireRequest&, UpstreamConnection& connection) {
        connection.send(acceptance + serverText("hi"));
        if (!byClient) {
            connection.send(clientText("bad"));
        }
        connection.stayTillPeerCloses();
    });
    TestGateway gateway;
    QVERIFY2(gateway.publish(TestGateway::basicConfig({upstream.port()})), gateway.error().c_str());
    RawClient client(gateway.port());
    open(client, "/open/chat");
    QCOMPARE(client.readBytes(4), serverText("hi"));
    if (byClient) {
        QVERIFY(client.send(serverText("bad")));
    }
    QCOMPARE(closeCode(client), 1002);
}

void WebSocketTest::waitsForTheEndOfAFrameBeforeItCloses() {
    std::promise<void> taken;
    ScriptedUpstream upstream;
    upstream.setHandler([&](WireRequest&, UpstreamConnection& connection) {
        connection.send(acceptance + serverText("12345678").substr(0, 6));
        static_cast<void>(connection.readSome(64)); // the gateway's Close
        connection.send("5678" + serverText("never"));
        taken.set_value();
        connection.stayTillPeerCloses();
    });
    TestGateway gateway;
    QVERIFY2(gateway.publish(TestGateway::basicConfig({upstream.port()})), gateway.error().c_str());
    const std::string key = gateway.issueKey("acme");
    RawClient client(gateway.port());
    open(client, "/closed/chat", keyField(key));
    QCOMPARE(client.readBytes(6), serverText("12345678").substr(0, 6));
    gateway.setKeyState(key, model::KeyState::Revoked);
    taken.get_future().wait();
    QCOMPARE(client.readBytes(4), std::string("5678"));
    QCOMPARE(closeCode(client), 1008);
    QVERIFY(client.waitForClose());
}

void WebSocketTest::closesWith1001AfterLongSilence() {
    ScriptedUpstream upstream;
    upstream.setHandler(echo);
    ManualClock clock;
    TestGateway gateway(clock, 1);
    model::Config config = TestGateway::basicConfig({upstream.port()});
    model::Service service = *config.services.begin();
    service.timeouts.streamIdle = 10s;
    config.services.put(service);
    QVERIFY2(gateway.publish(config), gateway.error().c_str());
    RawClient client(gateway.port());
    open(client, "/open/chat");
    clock.advance(9s);
    QVERIFY(client.send(clientText("a")));
    QCOMPARE(client.readBytes(3), serverText("a"));
    clock.advance(9s);
    QVERIFY(client.send(clientText("b")));
    QCOMPARE(client.readBytes(3), serverText("b"));
    clock.advance(11s);
    QCOMPARE(closeCode(client), 1001);
}

void WebSocketTest::closesWith1001AfterItsLifetime() {
    ScriptedUpstream upstream;
    upstream.setHandler(echo);
    ManualClock clock;
    TestGateway gateway(clock, 1);
    model::Config config = TestGateway::basicConfig({upstream.port()});
    model::Service service = *config.services.begin();
    service.timeouts.streamIdle = 100s;
    service.timeouts.streamLifetime = 150s;
    config.services.put(service);
    QVERIFY2(gateway.publish(config), gateway.error().c_str());
    RawClient client(gateway.port());
    open(client, "/open/chat");
    clock.advance(90s);
    QVERIFY(client.send(clientText("a")));
    QCOMPARE(client.readBytes(3), serverText("a"));
    clock.advance(61s);
    QCOMPARE(closeCode(client), 1001);
}

void WebSocketTest::staysOpenThroughAnotherSnapshot() {
    ScriptedUpstream upstream;
    upstream.setHandler(echo);
    TestGateway gateway;
    QVERIFY2(gateway.publish(TestGateway::basicConfig({upstream.port()})), gateway.error().c_str());
    RawClient client(gateway.port());
    open(client, "/closed/chat", keyField(gateway.issueKey("acme")));
    model::Config config = gateway.config();
    model::Route route = *config.routes.find("open");
    route.match.path = "/elsewhere/*";
    config.routes.put(route);
    QVERIFY2(gateway.publish(config), gateway.error().c_str());
    QVERIFY(client.send(clientText("still")));
    QCOMPARE(client.readBytes(7), serverText("still"));
}

void WebSocketTest::logsTheWebSocketOnceItIsOver() {
    ScriptedUpstream upstream;
    upstream.setHandler(echo);
    const QTemporaryDir folder;
    const std::string file = folder.filePath(QStringLiteral("access.log")).toStdString();
    {
        TestGateway gateway(1, file);
        QVERIFY2(gateway.publish(TestGateway::basicConfig({upstream.port()})), gateway.error().c_str());
        {
            RawClient client(gateway.port());
            open(client, "/open/chat");
        }
        static_cast<void>(gateway.drain());
    }
    QFile log(QString::fromStdString(file));
    QVERIFY(log.open(QIODevice::ReadOnly));
    const std::string row = log.readAll().toStdString();
    QVERIFY2(contains(row, "\"status\":101"), row.c_str());
    QVERIFY2(contains(row, "\"protocol\":\"HTTP/1.1\""), row.c_str());
    QVERIFY2(contains(row, "\"stream\":\"websocket\""), row.c_str());
}

QTEST_GUILESS_MAIN(WebSocketTest)
#include "websocket_test.moc"
