#include "tests/integration/test_gateway.h"
#include "tests/support/h2_client.h"
#include "tests/support/raw_client.h"
#include "tests/support/scripted_upstream.h"
#include "tests/support/test_process.h"

#include <QProcess>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QtTest>

using namespace gateway;
using namespace std::chrono_literals;
using support::contains;
using support::H2Client;
using support::H2Response;
using support::okResponse;
using support::ScriptedUpstream;
using support::UpstreamConnection;
using support::WireRequest;

namespace h2 = support::h2;

/// HTTP/2 clients in the clear, by prior knowledge, through the engine to an HTTP/1.1 upstream.
class H2EngineTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void forwardsARequestAndItsAnswer();
    void forwardsFieldsAsLinesAndJoinsCookies();
    void sendsBodiesWithAndWithoutALength();
    void passesTrailersBothWays();
    void answersHeadAndStatusWithoutABody();
    void passesInterimAnswersOn();
    void servesManyStreamsAtOnce();
    void refusesAsHttp1DoesWithProblemJson();
    void refusesABodyOverTheLimit();
    void endsARequestWhoseClientTookItBack();
    void breaksOffAStreamWhoseUpstreamBrokeOff();
    void streamsALargeAnswerThroughSmallWindows();
    void speaksHttp1WhereHttp2IsOff();
    void countsItsConnections();
    void servesCurl();
    void servesNghttp();
};

namespace {

struct Lab {
    explicit Lab(unsigned workers = 1)
        : gateway(workers) {}
    [[nodiscard]] bool start() {
        model::Config config = TestGateway::basicConfig({upstream.port()});
        return gateway.publish(std::move(config));
    }
    ScriptedUpstream upstream;
    TestGateway gateway;
};

} // namespace

#define START(lab) QVERIFY2((lab).start(), (lab).gateway.error().c_str())

void H2EngineTest::forwardsARequestAndItsAnswer() {
    Lab lab;
    START(lab);
    H2Client client(lab.gateway.port());
    client.sendHeaders(1, h2::get("/open/a?b=c"));
    const H2Response response = client.readResponse(1);
    QCOMPARE(response.status, 200);
    QVERIFY(response.complete);
    QCOMPARE(response.body, std::string("/open/a?b=c"));
    QCOMPARE(response.field("via"), std::string("1.1 gatehouse"));
    QCOMPARE(lab.upstream.requests().at(0).field("Via"), std::string("2.0 gatehouse"));
    QVERIFY(!response.field("x-request-id").empty());
    QVERIFY(!response.field("date").empty());
    QVERIFY(response.field("connection").empty());
    QVERIFY(response.field("transfer-encoding").empty());
    client.sendHeaders(3, h2::get("/open/again"));
    QCOMPARE(client.readResponse(3).body, std::string("/open/again"));
}

void H2EngineTest::forwardsFieldsAsLinesAndJoinsCookies() {
    Lab lab;
    START(lab);
    H2Client client(lab.gateway.port());
    client.sendHeaders(1, h2::get("/open/x", {{"cookie", "a=1"},
                                              {"accept", "text/html"},
                                              {"cookie", "b=2"},
                                              {"priority", "u=1"},
                                              {"te", "trailers"},
                                              {"cookie", "c=3"}}));
    QCOMPARE(client.readResponse(1).status, 200);
    const WireRequest request = lab.upstream.requests().at(0);
    QCOMPARE(request.startLine, std::string("GET /open/x HTTP/1.1"));
    QCOMPARE(request.field("Host"), std::string("gw"));
    QCOMPARE(request.field("Cookie"), std::string("a=1; b=2; c=3"));
    QCOMPARE(request.count("Cookie"), std::size_t{1});
    QCOMPARE(request.field("Priority"), std::string("u=1"));
    QCOMPARE(request.field("TE"), std::string("trailers"));
}

void H2EngineTest::sendsBodiesWithAndWithoutALength() {
    Lab lab;
    lab.upstream.setHandler([](WireRequest& request, UpstreamConnection& connection) {
        const bool isShort = request.body.size() < 1000;
        connection.send(okResponse(request.field("Content-Length") + "|" +
                                   request.field("Transfer-Encoding") + "|" +
                                   (isShort ? request.body : std::to_string(request.body.size()))));
    });
    START(lab);
    H2Client client(lab.gateway.port());
    client.sendHeaders(1, h2::post("/open/x", {{"content-length", "5"}}), false);
    client.sendData(1, "hello", true);
    QCOMPARE(client.readResponse(1).body, std::string("5||hello"));
    client.sendHeaders(3, h2::post("/open/x"), false);
    client.sendData(3, "hel", false);
    client.sendData(3, "lo", true);
    QCOMPARE(client.readResponse(3).body, std::string("|chunked|hello"));
    const std::string large(300'000, 'x');
    client.sendHeaders(5, h2::post("/open/x"), false);
    // As much as the first window takes; the rest when the gateway says so.
    std::size_t sent = client.setting(4);
    QVERIFY(sent > 0 && sent < large.size());
    client.sendData(5, std::string_view(large).substr(0, sent), false);
    std::size_t window = 0;
    while (sent < large.size()) {
        const auto frame = client.readFrame();
        QVERIFY(frame);
        if (frame->type == support::H2Type::WindowUpdate && frame->stream == 5) {
            window += static_cast<unsigned char>(frame->payload[1]) * 65'536U +
                      static_cast<unsigned char>(frame->payload[2]) * 256U +
                      static_cast<unsigned char>(frame->payload[3]);
            const std::size_t piece = std::min(window, large.size() - sent);
            window -= piece;
            sent += piece;
            client.sendData(5, std::string_view(large).substr(sent - piece, piece), sent == large.size());
        }
    }
    const H2Response response = client.readResponse(5);
    QVERIFY(response.complete);
    QCOMPARE(response.body, std::string("|chunked|300000"));
}

void H2EngineTest::passesTrailersBothWays() {
    Lab lab;
    lab.upstream.setHandler([](WireRequest&, UpstreamConnection& connection) {
        connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n"
                        "Grpc-Status: 0\r\nContent-Length: 3\r\n\r\n");
    });
    START(lab);
    H2Client client(lab.gateway.port());
    client.sendHeaders(1, h2::post("/open/x", {{"te", "trailers"}}), false);
    client.sendData(1, "body", false);
    client.sendHeaders(1, {{"x-checksum", "abc"}, {"authorization", "9"}}, true);
    const H2Response response = client.readResponse(1);
    QCOMPARE(response.status, 200);
    QVERIFY(response.complete);
    QCOMPARE(response.body, std::string("hello"));
    QCOMPARE(response.trailers.size(), std::size_t{1});
    QCOMPARE(response.trailers.front().name, std::string("grpc-status"));
    QCOMPARE(response.trailers.front().value, std::string("0"));
    const WireRequest request = lab.upstream.requests().at(0);
    QCOMPARE(request.body, std::string("body"));
    QVERIFY(contains(request.raw, "x-checksum: abc\r\n"));
    QVERIFY(!contains(request.raw, "authorization: 9"));
}

void H2EngineTest::answersHeadAndStatusWithoutABody() {
    Lab lab;
    lab.upstream.setHandler([](WireRequest& request, UpstreamConnection& connection) {
        if (request.method() == "HEAD") {
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 1234\r\n\r\n");
        } else if (request.target() == "/open/none") {
            connection.send("HTTP/1.1 204 No Content\r\n\r\n");
        } else if (request.target() == "/open/same") {
            connection.send("HTTP/1.1 304 Not Modified\r\nContent-Length: 77\r\nETag: \"x\"\r\n\r\n");
        } else {
            connection.send(okResponse(""));
        }
    });
    START(lab);
    H2Client client(lab.gateway.port());
    std::vector<support::Field> head = h2::get("/open/x");
    head.front().value = "HEAD";
    client.sendHeaders(1, head);
    const H2Response first = client.readResponse(1);
    QCOMPARE(first.status, 200);
    QVERIFY(first.complete);
    QCOMPARE(first.field("content-length"), std::string("1234"));
    client.sendHeaders(3, h2::get("/open/none"));
    QCOMPARE(client.readResponse(3).status, 204);
    client.sendHeaders(5, h2::get("/open/same"));
    const H2Response same = client.readResponse(5);
    QCOMPARE(same.status, 304);
    QVERIFY(same.complete);
    client.sendHeaders(7, h2::get("/open/empty"));
    const H2Response empty = client.readResponse(7);
    QCOMPARE(empty.field("content-length"), std::string("0"));
    QVERIFY(empty.complete);
}

void H2EngineTest::passesInterimAnswersOn() {
    Lab lab;
    lab.upstream.answerWith("HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n" + okResponse("page"));
    START(lab);
    H2Client client(lab.gateway.port());
    client.sendHeaders(1, h2::get("/open/x"));
    const H2Response response = client.readResponse(1);
    QCOMPARE(response.informational, std::vector<int>{103});
    QCOMPARE(response.status, 200);
    QCOMPARE(response.body, std::string("page"));
}

void H2EngineTest::servesManyStreamsAtOnce() {
    Lab lab(2);
    START(lab);
    H2Client client(lab.gateway.port());
    for (std::uint32_t i = 0; i < 100; ++i) {
        client.sendHeaders(2 * i + 1, h2::get("/open/" + std::to_string(i)));
    }
    for (std::uint32_t i = 0; i < 100; ++i) {
        QCOMPARE(client.readResponse(2 * i + 1).body, "/open/" + std::to_string(i));
    }
}

void H2EngineTest::refusesAsHttp1DoesWithProblemJson() {
    Lab lab;
    START(lab);
    H2Client client(lab.gateway.port());
    client.sendHeaders(1, h2::get("/closed/x"));
    const H2Response noKey = client.readResponse(1);
    QCOMPARE(noKey.status, 401);
    QCOMPARE(noKey.field("content-type"), std::string("application/problem+json"));
    QVERIFY(contains(noKey.body, "\"code\":\"key-missing\""));
    client.sendHeaders(3, h2::get("/open/../../x"));
    QVERIFY(contains(client.readResponse(3).body, "\"code\":\"path-escapes-root\""));
    client.sendHeaders(5, h2::get("/closed/x", {{"x-api-key", lab.gateway.issueKey("acme")}}));
    QCOMPARE(client.readResponse(5).status, 200);
    client.sendHeaders(7, h2::get("/open/x", {{"host", "other"}}));
    QVERIFY(contains(client.readResponse(7).body, "\"code\":\"authority-mismatch\""));
    client.sendHeaders(9, h2::get("/open/x", {{"x-large", std::string(40'000, 'a')}}));
    QCOMPARE(client.readResponse(9).status, 431);
    QCOMPARE(lab.upstream.requests().size(), std::size_t{1});
}

void H2EngineTest::refusesABodyOverTheLimit() {
    Lab lab;
    model::Config config = TestGateway::basicConfig({lab.upstream.port()});
    model::Listener listener = *config.listeners.begin();
    listener.limits.bodyBytesMax = 1000;
    config.listeners.put(listener);
    QVERIFY2(lab.gateway.publish(std::move(config)), lab.gateway.error().c_str());
    H2Client client(lab.gateway.port());
    client.sendHeaders(1, h2::post("/open/x", {{"content-length", "1001"}}), false);
    QCOMPARE(client.readResponse(1).status, 413);
    client.sendHeaders(3, h2::post("/open/x"), false);
    client.sendData(3, std::string(1001, 'x'), false);
    QCOMPARE(client.readResponse(3).status, 413);
    QVERIFY(client.ping());
    client.sendHeaders(5, h2::get("/open/y"));
    QCOMPARE(client.readResponse(5).status, 200);
}

void H2EngineTest::endsARequestWhoseClientTookItBack() {
    Lab lab;
    std::atomic<bool> left{false};
    lab.upstream.setHandler([&](WireRequest& request, UpstreamConnection& connection) {
        if (request.target() == "/open/slow") {
            connection.stayTillPeerCloses();
            left = true;
        } else {
            connection.send(okResponse("ok"));
        }
    });
    START(lab);
    H2Client client(lab.gateway.port());
    client.sendHeaders(1, h2::get("/open/slow"));
    QVERIFY(lab.upstream.waitForRequests(1));
    client.send(h2::frame(support::H2Type::RstStream, 0, 1, h2::number(8)));
    QTRY_VERIFY_WITH_TIMEOUT(left, 20'000);
    client.sendHeaders(3, h2::get("/open/fast"));
    QCOMPARE(client.readResponse(3).body, std::string("ok"));
}

void H2EngineTest::breaksOffAStreamWhoseUpstreamBrokeOff() {
    Lab lab;
    lab.upstream.setHandler([](WireRequest&, UpstreamConnection& connection) {
        connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
        connection.close();
    });
    START(lab);
    H2Client client(lab.gateway.port());
    client.sendHeaders(1, h2::get("/open/x"));
    const H2Response response = client.readResponse(1);
    QVERIFY(!response.complete);
    QCOMPARE(response.reset, std::optional<std::uint32_t>(2)); // INTERNAL_ERROR
    QVERIFY(client.ping());
}

void H2EngineTest::streamsALargeAnswerThroughSmallWindows() {
    Lab lab;
    const std::string body(2'000'000, 'z');
    lab.upstream.setHandler(
        [&](WireRequest&, UpstreamConnection& connection) { connection.send(okResponse(body)); });
    START(lab);
    H2Client client(lab.gateway.port(), H2Client::Start::Handshake, {{4, 1000}});
    client.sendHeaders(1, h2::get("/open/x"));
    std::size_t got = 0;
    while (got < body.size()) {
        const auto frame = client.readFrame();
        QVERIFY(frame);
        if (frame->type == support::H2Type::Data) {
            QVERIFY(frame->payload.size() <= 16'384);
            got += frame->payload.size();
            const std::string update = h2::number(static_cast<std::uint32_t>(frame->payload.size()));
            client.send(h2::frame(support::H2Type::WindowUpdate, 0, 0, update) +
                        h2::frame(support::H2Type::WindowUpdate, 0, 1, h2::number(50'000)));
        }
    }
    QCOMPARE(client.readResponse(1).body, body);
}

void H2EngineTest::speaksHttp1WhereHttp2IsOff() {
    Lab lab;
    model::Config config = TestGateway::basicConfig({lab.upstream.port()});
    model::Listener listener = *config.listeners.begin();
    listener.http2 = false;
    config.listeners.put(listener);
    QVERIFY2(lab.gateway.publish(std::move(config)), lab.gateway.error().c_str());
    support::RawClient client(lab.gateway.port());
    client.send(h2::preface);
    QCOMPARE(client.readResponse().status, 505);
}

void H2EngineTest::countsItsConnections() {
    Lab lab;
    START(lab);
    {
        H2Client client(lab.gateway.port());
        QVERIFY(client.ping());
        client.sendHeaders(1, h2::get("/open/x"));
        QCOMPARE(client.readResponse(1).status, 200);
    }
    QCOMPARE(support::RawClient::get(lab.gateway.port(), "/open/x").status, 200);
}

void H2EngineTest::servesCurl() {
    Lab lab;
    START(lab);
    const std::string url = "http://127.0.0.1:" + std::to_string(lab.gateway.port()) + "/open/curl";
    const auto result = support::runProgram(
        QStringLiteral("curl"),
        {QStringLiteral("-s"), QStringLiteral("--http2-prior-knowledge"), QStringLiteral("-w"),
         QStringLiteral("|%{http_version}|%{http_code}"), QString::fromStdString(url),
         QStringLiteral("--data-binary"), QStringLiteral("@-")},
        QProcessEnvironment::systemEnvironment(), QByteArray(200'000, 'x'));
    QCOMPARE(result.out, QByteArray("/open/curl|2|200"));
    QCOMPARE(lab.upstream.requests().at(0).body.size(), std::size_t{200'000});
}

void H2EngineTest::servesNghttp() {
    if (QStandardPaths::findExecutable(QStringLiteral("nghttp")).isEmpty()) {
        QSKIP("nghttp is not installed");
    }
    Lab lab;
    START(lab);
    const std::string url = "http://127.0.0.1:" + std::to_string(lab.gateway.port()) + "/open/nghttp";
    const auto result = support::runProgram(
        QStringLiteral("nghttp"), {QStringLiteral("-m"), QStringLiteral("20"), QString::fromStdString(url)},
        QProcessEnvironment::systemEnvironment());
    QCOMPARE(result.exitCode, 0);
    QCOMPARE(result.out.count("/open/nghttp"), 20);
}

QTEST_GUILESS_MAIN(H2EngineTest)
#include "h2_engine_test.moc"
