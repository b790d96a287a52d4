#include "gateway/http/request_body.h"

#include <QtTest>

using namespace gateway;
using namespace gateway::http;
using namespace std::chrono_literals;

namespace {

constexpr Monotonic start{1h};
constexpr std::uint64_t kilobyte = 1024;

RequestBody bodyOf(std::uint64_t length) {
    RequestBody body;
    body.begin(Framing::Length, length, 1'000'000);
    return body;
}

void feed(RequestBody& body, std::size_t bytes) {
    const std::string text(bytes, 'x');
    std::string_view input = text;
    std::string_view data;
    QCOMPARE(body.next(input, data), RequestBody::Event::Data);
    QCOMPARE(data.size(), bytes);
}

} // namespace

class RequestBodyTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void cutsABodyOutByItsLength() {
        RequestBody body = bodyOf(5);
        std::string_view input;
        std::string_view data;
        QCOMPARE(body.next(input = "he", data), RequestBody::Event::Data);
        QCOMPARE(body.next(input, data), RequestBody::Event::NeedMore);
        QCOMPARE(body.bytesLeft(), std::uint64_t{3});
        QCOMPARE(body.next(input = "lloGET", data), RequestBody::Event::Data);
        QCOMPARE(data, "llo");
        QCOMPARE(body.next(input, data), RequestBody::Event::End);
        QCOMPARE(input, "GET");
        QVERIFY(body.trailers().empty());
    }

    void cutsABodyOutByItsChunks() {
        RequestBody body;
        body.begin(Framing::Chunked, 0, 100);
        std::string_view input = "5\r\nhello\r\n0\r\nX: 1\r\n\r\nGET";
        std::string_view data;
        QCOMPARE(body.next(input, data), RequestBody::Event::Data);
        QCOMPARE(data, "hello");
        QCOMPARE(body.next(input, data), RequestBody::Event::End);
        QCOMPARE(body.trailers(), "X: 1\r\n");
        QCOMPARE(input, "GET");
    }

    void refusesChunksThatAreTooMany() {
        RequestBody body;
        body.begin(Framing::Chunked, 0, 4);
        std::string_view input = "2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n";
        std::string_view data;
        QCOMPARE(body.next(input, data), RequestBody::Event::Data);
        QCOMPARE(body.next(input, data), RequestBody::Event::TooLarge);
    }

    void startsAnew() {
        RequestBody body = bodyOf(1);
        body.startClock(start);
        body.begin(Framing::Length, 100'000, 1'000'000);
        body.startClock(start + 1h);
        QCOMPARE(body.tooSlowAt(kilobyte), start + 1h + RequestBody::rateGrace);
    }

    void judgesNoBodyWithinTheGrace() {
        RequestBody body = bodyOf(100'000);
        body.startClock(start);
        QCOMPARE(body.tooSlowAt(kilobyte), start + 5s);
        feed(body, kilobyte);
        QCOMPARE(body.tooSlowAt(kilobyte), start + 5s);
    }

    void givesABodyTheTimeThatItsBytesEarned() {
        RequestBody body = bodyOf(100'000);
        body.startClock(start);
        feed(body, 10 * kilobyte);
        QCOMPARE(body.tooSlowAt(kilobyte), start + 10s);
        body.startClock(start + 8s); // it runs already
        feed(body, kilobyte);
        QCOMPARE(body.tooSlowAt(kilobyte), start + 11s);
    }

    void doesNotCountTheTimeInWhichTheClientWaits() {
        RequestBody body = bodyOf(100'000);
        body.startClock(start);
        feed(body, 10 * kilobyte);
        body.stopClock(start + 4s);
        body.stopClock(start + 30s);
        body.startClock(start + 60s);
        QCOMPARE(body.tooSlowAt(kilobyte), start + 66s);
    }

    void boundsTheTimeThatAHugeBodyEarns() {
        RequestBody body = bodyOf(500'000);
        body.startClock(start);
        feed(body, 500'000);
        QCOMPARE(body.tooSlowAt(1), start + 24h);
    }

    void isLentAgain() {
        RequestBodyPool pool;
        RequestBody& first = pool.take();
        RequestBody& second = pool.take();
        QVERIFY(&first != &second);
        pool.give(first);
        QVERIFY(&pool.take() == &first);
    }
};

QTEST_APPLESS_MAIN(RequestBodyTest)
#include "test_request_body.moc"
