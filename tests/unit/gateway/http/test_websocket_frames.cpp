#include "gateway/http/websocket_frames.h"

#include <QtTest>
#include <string>

using gateway::http::webSocketClose;
using gateway::http::WebSocketFrames;

namespace {

constexpr auto client = WebSocketFrames::From::Client;
constexpr auto server = WebSocketFrames::From::Server;

std::string bytes(std::initializer_list<int> values) {
    std::string text;
    for (const int value : values) {
        text.push_back(static_cast<char>(value));
    }
    return text;
}

std::string text(const QByteArray& bytes) {
    return bytes.toStdString();
}

} // namespace

class WebSocketFramesTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void takesWhatTheRulesAllow_data();
    void takesWhatTheRulesAllow();
    void refusesWhatTheRulesForbid_data();
    void refusesWhatTheRulesForbid();
    void countsMessagesAndNotFrames();
    void knowsWhereFramesEnd();
    void stopsAtTheEndOfAFrame();
    void passesOnWhatStandsBeforeABadFrame();
    void leavesNoRoomBehindTheHalfOfABadFrame();
    void letsExtensionsUseTheReservedBits();
    void writesACloseThatItAccepts();
};

void WebSocketFramesTest::takesWhatTheRulesAllow_data() {
    QTest::addColumn<bool>("fromClient");
    QTest::addColumn<QByteArray>("frames");
    const auto row = [](const char* name, bool fromClient, const std::string& frames) {
        QTest::newRow(name) << fromClient << QByteArray::fromStdString(frames);
    };
    row("text of a server", false, bytes({0x81, 2, 'h', 'i'}));
    row("masked text of a client", true, bytes({0x81, 0x82, 1, 2, 3, 4, 'h', 'i'}));
    row("an empty message", false, bytes({0x82, 0}));
    row("fragments with a ping between them", false, bytes({0x01, 1, 'a', 0x89, 0, 0x80, 1, 'b'}));
    row("a length of 16 bits", false, bytes({0x82, 126, 0, 126}) + std::string(126, 'x'));
    row("a length of 64 bits", false, bytes({0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0}) + std::string(65'536, 'x'));
    row("a close without a code", false, bytes({0x88, 0}));
    row("a close with a code", false, bytes({0x88, 2, 0x03, 0xE8}));
    row("a client's close with a masked code", true, bytes({0x88, 0x82, 9, 8, 7, 6, 0x03 ^ 9, 0xE8 ^ 8}));
    row("a close of an application", false, bytes({0x88, 2, 0x0F, 0xA0}));
}

void WebSocketFramesTest::takesWhatTheRulesAllow() {
    QFETCH(bool, fromClient);
    QFETCH(QByteArray, frames);
    const std::string all = text(frames);
    for (const std::size_t pieceSize : {all.size(), std::size_t{1}, std::size_t{3}}) {
        WebSocketFrames scanner(fromClient ? client : server);
        for (std::size_t at = 0; at < all.size(); at += pieceSize) {
            const std::string piece = all.substr(at, pieceSize);
            QCOMPARE(scanner.feed(piece), piece.size());
        }
        QVERIFY(!scanner.isBroken());
        QVERIFY(scanner.isAtBoundary());
    }
}

void WebSocketFramesTest::refusesWhatTheRulesForbid_data() {
    QTest::addColumn<bool>("fromClient");
    QTest::addColumn<QByteArray>("frames");
    const auto row = [](const char* name, bool fromClient, const std::string& frames) {
        QTest::newRow(name) << fromClient << QByteArray::fromStdString(frames);
    };
    row("a client that does not mask", true, bytes({0x81, 1, 'a'}));
    row("a server that masks", false, bytes({0x81, 0x81, 1, 2, 3, 4, 'a'}));
    row("an unknown opcode", false, bytes({0x83, 0}));
    row("an unknown control opcode", false, bytes({0x8B, 0}));
    row("a reserved bit", false, bytes({0xC1, 0}));
    row("a fragmented ping", false, bytes({0x09, 0}));
    row("a long ping", false, bytes({0x89, 126, 0, 126}));
    row("a continuation of nothing", false, bytes({0x80, 0}));
    row("a message within a message", false, bytes({0x01, 0, 0x81, 0}));
    row("16 bits for a short length", false, bytes({0x82, 126, 0, 125}));
    row("64 bits for a length of 16", false, bytes({0x82, 127, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF}));
    row("the highest bit of a length", false, bytes({0x82, 127, 0x80, 0, 0, 0, 0, 1, 0, 0}));
    row("half a close code", false, bytes({0x88, 1, 3}));
    row("a close code that is never sent", false, bytes({0x88, 2, 0x03, 0xED}));
    row("a close code of nobody", false, bytes({0x88, 2, 0, 1}));
    row("a message after the close", false, bytes({0x88, 0, 0x81, 0}));
}

void WebSocketFramesTest::refusesWhatTheRulesForbid() {
    QFETCH(bool, fromClient);
    QFETCH(QByteArray, frames);
    WebSocketFrames whole(fromClient ? client : server);
    QVERIFY(whole.feed(text(frames)) < static_cast<std::size_t>(frames.size()));
    QVERIFY(whole.isBroken());
    WebSocketFrames single(fromClient ? client : server);
    for (const char byte : text(frames)) {
        static_cast<void>(single.feed({&byte, 1}));
    }
    QVERIFY(single.isBroken());
    QCOMPARE(single.feed("x"), std::size_t{0});
}

void WebSocketFramesTest::countsMessagesAndNotFrames() {
    WebSocketFrames scanner(server);
    const std::string frames = bytes({0x01, 0, 0x00, 0, 0x89, 0, 0x80, 0, 0x81, 0, 0x88, 0});
    QCOMPARE(scanner.feed(frames), frames.size());
    QCOMPARE(scanner.takeMessages(), 2U);
    QCOMPARE(scanner.takeMessages(), 0U);
    QVERIFY(scanner.hasClosed());
}

void WebSocketFramesTest::knowsWhereFramesEnd() {
    WebSocketFrames scanner(server);
    QVERIFY(scanner.isAtBoundary());
    static_cast<void>(scanner.feed(bytes({0x81})));
    QVERIFY(!scanner.isAtBoundary());
    static_cast<void>(scanner.feed(bytes({2, 'h'})));
    QVERIFY(!scanner.isAtBoundary());
    static_cast<void>(scanner.feed("i"));
    QVERIFY(scanner.isAtBoundary());
}

void WebSocketFramesTest::stopsAtTheEndOfAFrame() {
    WebSocketFrames scanner(server);
    static_cast<void>(scanner.feed(bytes({0x81, 3, 'a'})));
    QCOMPARE(scanner.feedToBoundary(bytes({'b', 'c', 0x81, 0})), std::size_t{2});
    QVERIFY(scanner.isAtBoundary());
    QCOMPARE(scanner.feedToBoundary(bytes({0x81, 0})), std::size_t{0});
}

void WebSocketFramesTest::passesOnWhatStandsBeforeABadFrame() {
    WebSocketFrames scanner(server);
    QCOMPARE(scanner.feed(bytes({0x81, 1, 'a', 0x83, 0})), std::size_t{3});
    QVERIFY(scanner.isBroken());
    QVERIFY(scanner.isAtBoundary());
}

void WebSocketFramesTest::leavesNoRoomBehindTheHalfOfABadFrame() {
    WebSocketFrames scanner(server);
    QCOMPARE(scanner.feed(bytes({0x81, 0, 0x83})), std::size_t{3});
    QCOMPARE(scanner.feed(bytes({0})), std::size_t{0});
    QVERIFY(scanner.isBroken());
    QVERIFY(!scanner.isAtBoundary());
}

void WebSocketFramesTest::letsExtensionsUseTheReservedBits() {
    WebSocketFrames scanner(server, true);
    QCOMPARE(scanner.feed(bytes({0xC1, 0})), std::size_t{2});
    QVERIFY(!scanner.isBroken());
}

void WebSocketFramesTest::writesACloseThatItAccepts() {
    WebSocketFrames ofServer(server);
    const std::string plain = webSocketClose(1001, "going away");
    QCOMPARE(ofServer.feed(plain), plain.size());
    QVERIFY(ofServer.hasClosed() && ofServer.isAtBoundary());
    WebSocketFrames ofClient(client);
    const std::string masked = webSocketClose(1008, std::string(200, 'x'), 0x12345678U);
    QCOMPARE(ofClient.feed(masked), masked.size());
    QVERIFY(ofClient.hasClosed() && ofClient.isAtBoundary());
}

QTEST_GUILESS_MAIN(WebSocketFramesTest)
#include "test_websocket_frames.moc"
