#include "gateway/http/head_copy.h"
#include "gateway/http/parser.h"
#include "gateway/http/writer.h"

#include <QtTest>

using namespace gateway::http;

class HeadCopyTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void saysTheSameWhenTheBufferIsGone_data();
    void saysTheSameWhenTheBufferIsGone();
    void takesOneAfterTheOther();
};

namespace {

const HeadLimits limits{64 * 1024, 8 * 1024, 100, true};

std::string forwarded(const RequestHead& head) {
    ForwardedBy by;
    by.path = head.path;
    by.query = head.query;
    by.hasQuery = head.hasQuery;
    by.clientAddress = "192.0.2.1";
    by.scheme = "http";
    by.requestId = "id";
    by.keyField = "X-API-Key";
    std::string out;
    writeRequestHead(out, head, by);
    return out;
}

} // namespace

void HeadCopyTest::saysTheSameWhenTheBufferIsGone_data() {
    QTest::addColumn<QByteArray>("text");
    QTest::newRow("plain") << QByteArray("GET /a/b?c=d HTTP/1.1\r\nHost: shop.test:81\r\nAccept: x\r\n\r\n");
    QTest::newRow("path that was put right")
        << QByteArray("GET /a/../b//c%7e HTTP/1.1\r\nHost: shop.test\r\n\r\n");
    QTest::newRow("absolute form") << QByteArray(
        "POST http://shop.test/x?y HTTP/1.1\r\nHost: shop.test\r\nContent-Length: 4\r\n\r\n");
    QTest::newRow("nominated and taken out")
        << QByteArray("GET / HTTP/1.1\r\nHost: a\r\nX-One: 1\r\nX-API-Key: secret\r\nX-Two:   2  \r\n"
                      "Connection: x-one\r\nX-Empty:\r\n\r\n");
    QTest::newRow("no fields") << QByteArray("GET / HTTP/1.0\r\n\r\n");
    QTest::newRow("all of a server") << QByteArray("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n");
}

void HeadCopyTest::saysTheSameWhenTheBufferIsGone() {
    QFETCH(const QByteArray, text);
    std::string buffer = text.toStdString();
    RequestHead head;
    QVERIFY(!parseRequestHead(buffer, limits, head));
    const std::string before = forwarded(head);
    HeadCopy copy;
    copy.take(head);
    std::fill(buffer.begin(), buffer.end(), '#');
    head = RequestHead();
    QCOMPARE(forwarded(copy.head()), before);
    QVERIFY(!copy.head().methodText.empty());
}

void HeadCopyTest::takesOneAfterTheOther() {
    HeadCopy copy;
    for (const char* text : {"GET /first HTTP/1.1\r\nHost: one\r\nX-A: 1\r\n\r\n",
                             "GET /second-and-longer HTTP/1.1\r\nHost: two\r\n\r\n"}) {
        RequestHead head;
        QVERIFY(!parseRequestHead(text, limits, head));
        copy.take(head);
        QCOMPARE(forwarded(copy.head()), forwarded(head));
    }
    copy.clear();
    QVERIFY(copy.head().fields.empty());
}

QTEST_APPLESS_MAIN(HeadCopyTest)
#include "test_head_copy.moc"
