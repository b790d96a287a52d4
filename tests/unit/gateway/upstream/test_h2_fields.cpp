#include "gateway/upstream/h2_fields.h"

#include <QtTest>
#include <string>

using gateway::upstream::H2Fields;
using namespace std::chrono_literals;

namespace {

std::string textOf(const H2Fields& fields) {
    std::string text;
    for (const nghttp2_nv& field : fields.fields()) {
        // In lower case, as nghttp2 copies it.
        const QByteArray name(reinterpret_cast<const char*>(field.name), static_cast<int>(field.namelen));
        text.append(name.toLower().toStdString()).append("=");
        text.append(reinterpret_cast<const char*>(field.value), field.valuelen).append(";");
    }
    return text;
}

} // namespace

/// How heads are taken apart for HTTP/2.
class H2FieldsTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void takesAHeadApart();
    void leavesOutWhatEndsAtThisHop();
    void knowsWhetherThereIsContent_data();
    void knowsWhetherThereIsContent();
    void leavesTheContentAlone();
    void replacesTheTimeThatIsLeft_data();
    void replacesTheTimeThatIsLeft();
    void takesTrailersApart();
};

void H2FieldsTest::takesAHeadApart() {
    H2Fields fields;
    const std::string head =
        "GET /a?b HTTP/1.1\r\nX-One: 1\r\nHost: Shop:80\r\nTE: trailers\r\nX-Empty: \r\n\r\n";
    QCOMPARE(fields.readHead(head, {}), head.size());
    QCOMPARE(
        textOf(fields),
        std::string(":method=GET;:scheme=http;:authority=Shop:80;:path=/a?b;x-one=1;te=trailers;x-empty=;"));
    QCOMPARE(fields.readHead(head, {true, 0ms}), head.size());
    QVERIFY(textOf(fields).find(":scheme=https;") != std::string::npos);
}

void H2FieldsTest::leavesOutWhatEndsAtThisHop() {
    H2Fields fields;
    fields.readHead("GET / HTTP/1.1\r\nHost: a\r\nConnection: te\r\nKeep-Alive: 5\r\nUpgrade: websocket\r\n"
                    "Transfer-Encoding: chunked\r\nProxy-Connection: close\r\n\r\n",
                    {});
    QCOMPARE(textOf(fields), std::string(":method=GET;:scheme=http;:authority=a;:path=/;"));
}

void H2FieldsTest::knowsWhetherThereIsContent_data() {
    QTest::addColumn<QByteArray>("line");
    QTest::addColumn<bool>("has");
    QTest::newRow("nothing") << QByteArray("") << false;
    QTest::newRow("length") << QByteArray("Content-Length: 5\r\n") << true;
    QTest::newRow("length 0") << QByteArray("Content-Length: 0\r\n") << false;
    QTest::newRow("chunked") << QByteArray("Transfer-Encoding: chunked\r\n") << true;
}

void H2FieldsTest::knowsWhetherThereIsContent() {
    QFETCH(QByteArray, line);
    QFETCH(bool, has);
    H2Fields fields;
    fields.readHead("POST / HTTP/1.1\r\nHost: a\r\n" + line.toStdString() + "\r\n", {});
    QCOMPARE(fields.hasContent(), has);
}

void H2FieldsTest::leavesTheContentAlone() {
    H2Fields fields;
    const std::string head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n";
    QCOMPARE(fields.readHead(head + "X-Not: 1\r\n", {}), head.size());
    QVERIFY(textOf(fields).find("x-not") == std::string::npos);
}

void H2FieldsTest::replacesTheTimeThatIsLeft_data() {
    QTest::addColumn<qint64>("milliseconds");
    QTest::addColumn<QByteArray>("value");
    QTest::newRow("as it is") << qint64{0} << QByteArray("5S");
    QTest::newRow("milliseconds") << qint64{1234} << QByteArray("1234m");
    QTest::newRow("more than eight digits") << qint64{360'000'000} << QByteArray("360000S");
}

void H2FieldsTest::replacesTheTimeThatIsLeft() {
    QFETCH(qint64, milliseconds);
    QFETCH(QByteArray, value);
    H2Fields fields;
    fields.readHead("POST / HTTP/1.1\r\nHost: a\r\nGrpc-Timeout: 5S\r\n\r\n",
                    {false, std::chrono::milliseconds(milliseconds)});
    QCOMPARE(textOf(fields),
             ":method=POST;:scheme=http;:authority=a;:path=/;grpc-timeout=" + value.toStdString() + ";");
}

void H2FieldsTest::takesTrailersApart() {
    H2Fields fields;
    fields.readTrailers("X-Sum: 7 \r\nX-B:8\r\nnonsense\r\n");
    QCOMPARE(textOf(fields), std::string("x-sum=7;x-b=8;"));
}

QTEST_APPLESS_MAIN(H2FieldsTest)
#include "test_h2_fields.moc"
