#include "tests/support/raw_client.h"
#include "tests/support/scripted_upstream.h"
#include "tests/support/test_process.h"

#include <QTest>

using support::RawClient;
using support::ScriptedUpstream;
using support::WireResponse;

class SupportTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void anUpstreamAnswersAndRemembersWhatItWasAsked();
    void anUpstreamReadsChunkedBodies();
    void oneConnectionCarriesSeveralRequests();
    void aClientSeesThatTheUpstreamClosed();
    void aSilentUpstreamStopsWithTheTest();
    void aProgramsOutputAndExitCodeAreReported();
    void aRunningProgramCanBeWatchedAndSignalled();
};

void SupportTest::anUpstreamAnswersAndRemembersWhatItWasAsked() {
    ScriptedUpstream upstream;
    upstream.answerWith(support::okResponse("hello", "X-Mark: 1\r\n"));
    const WireResponse response = RawClient::get(upstream.port(), "/a?b=c", "X-One: two\r\n");
    QCOMPARE(response.status, 200);
    QVERIFY(response.complete);
    QCOMPARE(response.body, std::string("hello"));
    QCOMPARE(response.field("x-mark"), std::string("1"));
    QVERIFY(upstream.waitForRequests(1));
    QCOMPARE(upstream.requests().at(0).target(), std::string("/a?b=c"));
    QCOMPARE(upstream.requests().at(0).field("X-One"), std::string("two"));
}

void SupportTest::anUpstreamReadsChunkedBodies() {
    ScriptedUpstream upstream;
    const WireResponse response = RawClient::exchange(
        upstream.port(),
        "POST /up HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
    QCOMPARE(response.status, 200);
    QCOMPARE(upstream.requests().at(0).body, std::string("abcde"));
}

void SupportTest::oneConnectionCarriesSeveralRequests() {
    ScriptedUpstream upstream;
    RawClient client(upstream.port());
    QVERIFY(client.send("GET /1 HTTP/1.1\r\nHost: h\r\n\r\nGET /2 HTTP/1.1\r\nHost: h\r\n\r\n"));
    QCOMPARE(client.readResponse().body, std::string("/1"));
    QCOMPARE(client.readResponse().body, std::string("/2"));
    QCOMPARE(upstream.connectionsAccepted(), 1);
}

void SupportTest::aClientSeesThatTheUpstreamClosed() {
    ScriptedUpstream upstream;
    upstream.setHandler([](support::WireRequest&, support::UpstreamConnection& connection) {
        connection.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
        connection.close();
    });
    const WireResponse response = RawClient::get(upstream.port(), "/");
    QCOMPARE(response.status, 200);
    QVERIFY(!response.complete);
    QCOMPARE(response.body, std::string("half"));
}

void SupportTest::aSilentUpstreamStopsWithTheTest() {
    ScriptedUpstream upstream;
    upstream.setHandler([](support::WireRequest&, support::UpstreamConnection& connection) {
        connection.stayTillPeerCloses();
    });
    RawClient client(upstream.port());
    QVERIFY(client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n"));
    QVERIFY(upstream.waitForRequests(1));
}

void SupportTest::aProgramsOutputAndExitCodeAreReported() {
    const auto result = support::runProgram(
        QStringLiteral("/bin/sh"), {QStringLiteral("-c"), QStringLiteral("cat; echo oops >&2; exit 3")},
        QProcessEnvironment::systemEnvironment(), "given");
    QCOMPARE(result.exitCode, 3);
    QCOMPARE(result.out, QByteArray("given"));
    QCOMPARE(result.err, QByteArray("oops\n"));
}

void SupportTest::aRunningProgramCanBeWatchedAndSignalled() {
    support::TestProcess process(
        QStringLiteral("/bin/sh"),
        {QStringLiteral("-c"),
         QStringLiteral("trap 'echo bye; exit 5' TERM; echo one; echo two; while :; do sleep 0.05; done")},
        QProcessEnvironment::systemEnvironment());
    QCOMPARE(process.waitForLine("two"), QByteArray("two"));
    QVERIFY(process.isRunning());
    process.signal(SIGTERM);
    const auto result = process.waitForEnd();
    QCOMPARE(result.exitCode, 5);
    QCOMPARE(result.out, QByteArray("bye\n"));
}

QTEST_GUILESS_MAIN(SupportTest)
#include "support_test.moc"
