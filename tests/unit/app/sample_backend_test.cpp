#include "app/demo/sample_backend.h"
#include "app/demo/wire.h"

#include <QSignalSpy>
#include <QTcpSocket>
#include <QTest>

using app::demo::SampleBackend;
using app::demo::Temper;
using app::demo::Trade;
using app::demo::WireFrame;
using app::demo::WireMessage;
using app::demo::WireState;
using app::demo::writeFrame;

namespace {

Temper flawless() {
    Temper temper;
    temper.median = std::chrono::milliseconds(1);
    temper.internalErrors = 0;
    temper.unavailable = 0;
    temper.brokenOff = 0;
    return temper;
}

WireMessage ask(std::uint16_t port, const QByteArray& request) {
    QTcpSocket socket;
    socket.connectToHost(QHostAddress(QHostAddress::LocalHost), port);
    socket.write(request);
    WireMessage response;
    QByteArray buffer;
    const bool answered = QTest::qWaitFor([&] {
        buffer += socket.readAll();
        return takeMessage(buffer, response) == WireState::Complete ||
               socket.state() == QAbstractSocket::UnconnectedState;
    });
    return answered ? response : WireMessage();
}

WireMessage get(std::uint16_t port, const QByteArray& path) {
    return ask(port, "GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n");
}

} // namespace

class SampleBackendTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void theSameItemAlwaysLooksTheSame();
    void whatIsPostedIsCreated();
    void healthIsAnsweredWhateverItsTemper();
    void aBackendInABadTemperFails();
    void aBackendMayBreakOffWithoutAWord();
    void aHeadRequestGetsNoBody();
    void chunkedBodiesAreRead();
    void aMessageInPiecesIsIncomplete();
    void aWebSocketHearsWhatItSays();
    void framesOfOtherSizesAreMalformed();
    void nonsenseIsMalformed_data();
    void nonsenseIsMalformed();
};

void SampleBackendTest::theSameItemAlwaysLooksTheSame() {
    SampleBackend first(Trade::Orders, flawless(), 1);
    SampleBackend second(Trade::Orders, flawless(), 2);
    QVERIFY(first.listen(0));
    QVERIFY(second.listen(0));
    const WireMessage one = get(first.port(), "/api/orders/1007");
    const WireMessage two = get(second.port(), "/orders/1007?full=1");
    QCOMPARE(one.word(1), QByteArray("200"));
    QVERIFY(one.body.contains("\"id\":\"1007\""));
    QCOMPARE(one.body, two.body);
    QVERIFY(get(first.port(), "/api/orders/1008").body != one.body);
}

void SampleBackendTest::whatIsPostedIsCreated() {
    SampleBackend backend(Trade::Shipping, flawless(), 1);
    QVERIFY(backend.listen(0));
    const WireMessage created =
        ask(backend.port(), "POST /shipments HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}");
    QCOMPARE(created.word(1), QByteArray("201"));
    QCOMPARE(created.field("location"), QByteArray("/shipments/90001"));
}

void SampleBackendTest::healthIsAnsweredWhateverItsTemper() {
    Temper broken = flawless();
    broken.internalErrors = 1;
    SampleBackend backend(Trade::Inventory, broken, 1);
    QVERIFY(backend.listen(0));
    QCOMPARE(get(backend.port(), "/healthz").word(1), QByteArray("200"));
}

void SampleBackendTest::aBackendInABadTemperFails() {
    Temper broken = flawless();
    broken.unavailable = 1;
    SampleBackend backend(Trade::Inventory, broken, 1);
    QVERIFY(backend.listen(0));
    const WireMessage response = get(backend.port(), "/stock/1");
    QCOMPARE(response.word(1), QByteArray("503"));
    QCOMPARE(response.field("retry-after"), QByteArray("1"));
}

void SampleBackendTest::aBackendMayBreakOffWithoutAWord() {
    Temper rude = flawless();
    rude.brokenOff = 1;
    SampleBackend backend(Trade::Inventory, rude, 1);
    QVERIFY(backend.listen(0));
    QVERIFY(get(backend.port(), "/stock/1").startLine.isEmpty());
}

void SampleBackendTest::aHeadRequestGetsNoBody() {
    SampleBackend backend(Trade::Orders, flawless(), 1);
    QVERIFY(backend.listen(0));
    QTcpSocket socket;
    socket.connectToHost(QHostAddress(QHostAddress::LocalHost), backend.port());
    socket.write("HEAD /orders/1 HTTP/1.1\r\nHost: x\r\n\r\nGET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
    QByteArray bytes;
    QVERIFY(QTest::qWaitFor([&] {
        bytes += socket.readAll();
        return bytes.contains("\r\n\r\n");
    }));
    QVERIFY(bytes.startsWith("HTTP/1.1 200"));
    QVERIFY(bytes.endsWith("\r\n\r\n"));
}

void SampleBackendTest::chunkedBodiesAreRead() {
    QByteArray buffer = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
                        "3;x=y\r\nabc\r\nA\r\n0123456789\r\n0\r\nTrailer: t\r\n\r\nGET";
    WireMessage message;
    QCOMPARE(takeMessage(buffer, message), WireState::Complete);
    QCOMPARE(message.body, QByteArray("abc0123456789"));
    QCOMPARE(buffer, QByteArray("GET"));
}

void SampleBackendTest::aMessageInPiecesIsIncomplete() {
    const QByteArray whole = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
    for (qsizetype size = 0; size < whole.size(); ++size) {
        QByteArray part = whole.left(size);
        WireMessage message;
        QCOMPARE(takeMessage(part, message), WireState::Incomplete);
        QCOMPARE(part.size(), size);
    }
}

void SampleBackendTest::aWebSocketHearsWhatItSays() {
    SampleBackend backend(Trade::Orders, flawless(), 1);
    QVERIFY(backend.listen(0));
    QTcpSocket socket;
    socket.connectToHost(QHostAddress(QHostAddress::LocalHost), backend.port());
    socket.write("GET /api/live HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
                 "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
    QByteArray buffer;
    WireMessage response;
    QVERIFY(QTest::qWaitFor([&] {
        buffer += socket.readAll();
        return takeMessage(buffer, response) == WireState::Complete;
    }));
    QCOMPARE(response.word(1), QByteArray("101"));
    QCOMPARE(response.field("sec-websocket-accept"), QByteArray("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
    const auto hear = [&] {
        WireFrame frame;
        return QTest::qWaitFor([&] {
            buffer += socket.readAll();
            return takeFrame(buffer, frame) == WireState::Complete;
        })
                   ? frame
                   : WireFrame{};
    };
    socket.write(writeFrame({WireFrame::Text, "hello"}, true) + writeFrame({WireFrame::Ping, "!"}, true));
    QCOMPARE(hear().payload, QByteArray("hello"));
    QCOMPARE(int(hear().opcode), int(WireFrame::Pong));
    socket.write(writeFrame({WireFrame::Close, {}}, true));
    QCOMPARE(int(hear().opcode), int(WireFrame::Close));
    QVERIFY(QTest::qWaitFor([&] { return socket.state() == QAbstractSocket::UnconnectedState; }));
}

void SampleBackendTest::framesOfOtherSizesAreMalformed() {
    WireFrame frame;
    QByteArray large("\x81\x7e\x01\x00", 4);
    QVERIFY(takeFrame(large, frame) == WireState::Malformed);
    QByteArray piece("\x01\x01x", 3);
    QVERIFY(takeFrame(piece, frame) == WireState::Malformed);
    QByteArray whole = writeFrame({WireFrame::Text, "hi"}, true);
    QByteArray half = whole.left(3);
    QVERIFY(takeFrame(half, frame) == WireState::Incomplete);
    QCOMPARE(half.size(), qsizetype{3});
    QVERIFY(takeFrame(whole, frame) == WireState::Complete);
    QCOMPARE(frame.payload, QByteArray("hi"));
}

void SampleBackendTest::nonsenseIsMalformed_data() {
    QTest::addColumn<QByteArray>("bytes");
    QTest::newRow("negative length") << QByteArray("GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n");
    QTest::newRow("huge length") << QByteArray("GET / HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n");
    QTest::newRow("chunk without a size")
        << QByteArray("GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n");
    QTest::newRow("endless head") << QByteArray(2 * 1024 * 1024, 'a');
}

void SampleBackendTest::nonsenseIsMalformed() {
    QFETCH(QByteArray, bytes);
    WireMessage message;
    QCOMPARE(takeMessage(bytes, message), WireState::Malformed);
}

QTEST_GUILESS_MAIN(SampleBackendTest)
#include "sample_backend_test.moc"
