#include "tests/integration/test_gateway.h"
#include "tests/support/raw_client.h"
#include "tests/support/scripted_upstream.h"

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

QTEST_GUILESS_MAIN(WebSocketTest)
#include "websocket_test.moc"
