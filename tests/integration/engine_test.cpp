#include "tests/integration/pass_time.h"
#include "tests/integration/test_gateway.h"
#include "tests/support/raw_client.h"
#include "tests/support/scripted_upstream.h"

#include <QTemporaryDir>
#include <QtTest>
#include <set>

using namespace gateway;
using namespace std::chrono_literals;
using support::contains;
using support::RawClient;
using support::ScriptedUpstream;
using support::WireResponse;

/// The engine over real sockets: what clients send and get.
class EngineTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void forwardsARequestAndItsAnswer();
    void rewritesThePathAndNamesTheCaller();
    void stripsHopByHopAndNominatedFieldsBothWays();
    void refusesWithProblemJsonAndTheRequestId_data();
    void refusesWithProblemJsonAndTheRequestId();
    void tellsKeysApartInTheLogOnly();
    void takesAKeyFromTheQueryAndKeepsItFromTheUpstream();
    void admitsExactlyTheBurstOverAllWorkers();
    void answersPipelinedRequestsInOrder();
    void keepsConnectionsOpenOnBothSides();
    void streamsChunkedBodiesBothWays();
    void streamsALargeBodyToASlowReader();
    void answersHeadWithoutABody();
    void passesInterimAnswersOn();
    void continuesAnExpectedBody();
    void refusesABodyOverTheLimit();
    void saysRequestTimeoutWhenTheHeadStops();
    void servesAConnectionThatWaitedAndClosesItWhenItStaysIdle();
    void passesAnAnswerOnThatComesBeforeTheBodyIsThrough();
    void answersPipelinedRequestsWithBodies();
};

void EngineTest::forwardsARequestAndItsAnswer() {
    ScriptedUpstream upstream;
    TestGateway gateway;
    QVERIFY2(gateway.publish(TestGateway::basicConfig({upstream.port()})), gateway.error().c_str());
    const WireResponse response = RawClient::get(gateway.port(), "/open/a?b=c");
    QCOMPARE(response.status, 200);
    QVERIFY(response.complete);
    QCOMPARE(response.body, std::string("/open/a?b=c"));
    QVERIFY(contains(response.raw, "Via: 1.1 gatehouse\r\n"));
    QVERIFY(contains(response.raw, "X-Request-ID: "));
}

void EngineTest::rewritesThePathAndNamesTheCaller() {
    ScriptedUpstream upstream;
    TestGateway gateway;
    QVERIFY2(gateway.publish(TestGateway::basicConfig({upstream.port()})), gateway.error().c_str());
    const std::string key = gateway.issueKey("acme");
    const WireResponse response =
        RawClient::get(gateway.port(), "/closed/8841?x=1",
                       keyField(key) + "X-Client-ID: somebody-else\r\nX-Request-ID: abc-123\r\n");
    QCOMPARE(response.status, 200);
    QCOMPARE(response.body, std::string("/api/8841?x=1"));
    const std::string head = upstream.requests().front().raw;
    QVERIFY(contains(head, "X-Client-ID: acme\r\n"));
    QVERIFY(!contains(head, "somebody-else"));
    QVERIFY(!contains(head, key));
    QVERIFY(contains(head, "X-Request-ID: abc-123\r\n"));
    QVERIFY(contains(head, "X-Forwarded-For: 127.0.0.1\r\n"));
    QVERIFY(contains(head, "X-Forwarded-Proto: http\r\n"));
    QVERIFY(contains(head, "Forwarded: for=127.0.0.1;"));
    QVERIFY(contains(head, "Via: 1.1 gatehouse\r\n"));
    QVERIFY(contains(response.raw, "X-Request-ID: abc-123\r\n"));
    QVERIFY(contains(response.raw, "X-RateLimit-Limit: 1000\r\n"));
    QVERIFY(contains(response.raw, "X-RateLimit-Remaining: 999\r\n"));
}

void EngineTest::stripsHopByHopAndNominatedFieldsBothWays() {
    ScriptedUpstream upstream;
    upstream.answerWith("HTTP/1.1 200 OK\r\nConnection: X-Secret\r\nX-Secret: 1\r\nKeep-Alive: timeout=5\r\n"
                        "Content-Length: 2\r\nX-Kept: yes\r\n\r\nok");
    TestGateway gateway;
    QVERIFY2(gateway.publish(TestGateway::basicConfig({upstream.port()})), gateway.error().c_str());
    const WireResponse response =
        RawClient::get(gateway.port(), "/open/a",
                       "Connection: X-Hop, keep-alive\r\nX-Hop: 1\r\nUpgrade: h2c\r\nX-End: yes\r\n");
    QCOMPARE(response.status, 200);
    QVERIFY(!contains(response.raw, "X-Secret"));
    QVERIFY(!contains(response.raw, "Keep-Alive: timeout=5"));
    QVERIFY(contains(response.raw, "X-Kept: yes\r\n"));
    const std::string head = upstream.requests().front().raw;
    QVERIFY(!contains(head, "X-Hop"));
    QVERIFY(!contains(head, "Upgrade"));
    QVERIFY(contains(head, "X-End: yes\r\n"));
}

void EngineTest::refusesWithProblemJsonAndTheRequestId_data() {
    QTest::addColumn<QByteArray>("request");
    QTest::addColumn<int>("status");
    QTest::addColumn<QByteArray>("code");
    QTest::addColumn<QByteArray>("has");   // in the head
    QTest::addColumn<QByteArray>("lacks"); // in the head
    const QByteArray open = "Content-Length: ";
    const QByteArray close = "Connection: close\r\n";
    const QByteArray limit = "X-RateLimit";
    const QByteArray id = "X-Request-ID: id-1\r\n";
    QTest::newRow("a bare line feed")
        << QByteArray("GET /open/a HTTP/1.1\nHost: a\n\n") << 400 << QByteArray("bare-lf") << close << limit;
    QTest::newRow("two lengths")
        << QByteArray(
               "POST /open/a HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n")
        << 400 << QByteArray("length-and-encoding") << close << limit;
    QTest::newRow("no key") << "GET /closed/1 HTTP/1.1\r\nHost: a\r\n" + id + "\r\n"
                            << 401 << QByteArray("key-missing") << QByteArray("WWW-Authenticate: ") << limit;
    QTest::newRow("an unknown key")
        << "GET /closed/1 HTTP/1.1\r\nHost: a\r\nX-API-Key: gh_unknownunknown\r\n" + id + "\r\n"
        << 401 << QByteArray("key-invalid") << QByteArray("WWW-Authenticate: ") << limit;
    QTest::newRow("no role") << "GET /partners/1 HTTP/1.1\r\nHost: a\r\nX-API-Key: KEY\r\n" + id + "\r\n"
                             << 403 << QByteArray("role-missing") << open
                             << limit; // not counted: it was not admitted
    QTest::newRow("no route") << "GET /nowhere HTTP/1.1\r\nHost: a\r\n" + id + "\r\n"
                              << 404 << QByteArray("no-route") << open << limit;
    QTest::newRow("another method") << "DELETE /closed/1 HTTP/1.1\r\nHost: a\r\n" + id + "\r\n"
                                    << 405 << QByteArray("method-not-allowed")
                                    << QByteArray("Allow: GET, HEAD, POST\r\n") << limit;
    QTest::newRow("a target too long") << "GET /" + QByteArray(9000, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n"
                                       << 414 << QByteArray("target-too-long") << close << limit;
    QTest::newRow("a head too large")
        << "GET /open/a HTTP/1.1\r\nHost: a\r\nX-Big: " + QByteArray(40000, 'a') + "\r\n\r\n"
        << 431 << QByteArray("head-too-large") << close << limit;
}

void EngineTest::refusesWithProblemJsonAndTheRequestId() {
    QFETCH(QByteArray, request);
    QFETCH(int, status);
    QFETCH(QByteArray, code);
    QFETCH(QByteArray, has);
    QFETCH(QByteArray, lacks);
    ScriptedUpstream upstream;
    TestGateway gateway;
    QVERIFY2(gateway.publish(TestGateway::basicConfig({upstream.port()})), gateway.error().c_str());
    request.replace("KEY", QByteArray::fromStdString(gateway.issueKey("acme")));
    const WireResponse response = RawClient::exchange(gateway.port(), request.toStdString());
    QCOMPARE(response.status, status);
    QVERIFY(response.complete);
    QVERIFY(contains(response.raw, "Content-Type: application/problem+json"));
    const QJsonObject body = QJsonDocument::fromJson(QByteArray::fromStdString(response.body)).object();
    QCOMPARE(body.value(QStringLiteral("status")).toInt(), status);
    QCOMPARE(body.value(QStringLiteral("code")).toString().toUtf8(), code);
    QVERIFY(!body.value(QStringLiteral("request_id")).toString().isEmpty());
    if (request.contains("id-1")) {
        QCOMPARE(body.value(QStringLiteral("request_id")).toString(), QStringLiteral("id-1"));
        QVERIFY(contains(response.raw, "X-Request-ID: id-1\r\n"));
    }
    QVERIFY(contains(response.raw, has.toStdString()));
    QVERIFY(!contains(response.raw, lacks.toStdString()));
    QVERIFY(upstream.requests().empty());
}

void EngineTest::tellsKeysApartInTheLogOnly() {
    ScriptedUpstream upstream;
    const QTemporaryDir folder;
    const QString file = folder.filePath(QStringLiteral("access.log"));
    std::set<std::string> bodies;
    {
        TestGateway gateway(1, file.toStdString());
        QVERIFY2(gateway.publish(TestGateway::basicConfig({upstream.port()})), gateway.error().c_str());
        const std::string disabled = gateway.issueKey("acme", model::KeyState::Disabled);
        const std::string revoked = gateway.issueKey("acme", model::KeyState::Revoked);
        const std::string expired = gateway.issueKey("acme", model::KeyState::Active, WallTime(1s));
        for (const std::string& key : {disabled, revoked, expired, std::string("gh_neverissued")}) {
            const WireResponse response =
                RawClient::get(gateway.port(), "/closed/1", keyField(key) + "X-Request-ID: x\r\n");
            QCOMPARE(response.status, 401);
            bodies.insert(response.body);
        }
        QCOMPARE(gateway.drain(), std::size_t{0});
    }
    QCOMPARE(bodies.size(), std::size_t{1});
    QFile log(file);
    QVERIFY(log.open(QIODevice::ReadOnly));
    QStringList verdicts;
    for (const QByteArray& line : log.readAll().trimmed().split('\n')) {
        const QJsonObject row = QJsonDocument::fromJson(line).object();
        QCOMPARE(row.value(QStringLiteral("status")).toInt(), 401);
        verdicts.append(row.value(QStringLiteral("key")).toString());
    }
    QCOMPARE(verdicts, (QStringList{QStringLiteral("disabled"), QStringLiteral("revoked"),
                                    QStringLiteral("expired"), QStringLiteral("unknown")}));
}

void EngineTest::takesAKeyFromTheQueryAndKeepsItFromTheUpstream() {
    ScriptedUpstream upstream;
    TestGateway gateway;
    auto config = TestGateway::basicConfig({upstream.port()});
    QVERIFY2(gateway.publish(config), gateway.error().c_str());
    const std::string key = gateway.issueKey("acme");
    const WireResponse response = RawClient::get(gateway.port(), "/closed/1?a=1&api_key=" + key + "&b=2");
    QCOMPARE(response.status, 200);
    QCOMPARE(response.body, std::string("/api/1?a=1&b=2"));

    model::Listener strict = *config.listeners.find("public");
    strict.id = gateway.config().listeners.find("public")->id;
    strict.keyQuery.clear();
    config = gateway.config();
    config.listeners.put(strict);
    QVERIFY2(gateway.publish(config), gateway.error().c_str());
    QCOMPARE(RawClient::get(gateway.port(), "/closed/1?api_key=" + key).status, 401);
}

void EngineTest::admitsExactlyTheBurstOverAllWorkers() {
    ScriptedUpstream upstream;
    ManualClock clock;
    TestGateway gateway(clock, 2);
    auto config = TestGateway::basicConfig({upstream.port()});
    model::Tier tier = *config.tiers.find("pro");
    tier.requests = 100;
    tier.period = 60s;
    tier.burst = 20;
    config.tiers.put(tier);
    QVERIFY2(gateway.publish(config), gateway.error().c_str());
    const std::string key = gateway.issueKey("acme");
    for (int i = 1; i <= 20; ++i) {
        const WireResponse response = RawClient::get(gateway.port(), "/closed/1", keyField(key));
        QCOMPARE(response.status, 200);
        QVERIFY(contains(response.raw, "X-RateLimit-Remaining: " + std::to_string(20 - i) + "\r\n"));
    }
    const WireResponse refused = RawClient::get(gateway.port(), "/closed/1", keyField(key));
    QCOMPARE(refused.status, 429);
    QVERIFY(contains(refused.raw, "X-RateLimit-Limit: 20\r\n"));
    QVERIFY(contains(refused.raw, "X-RateLimit-Remaining: 0\r\n"));
    QVERIFY(contains(refused.raw, "X-RateLimit-Reset: 12\r\n"));
    QVERIFY(contains(refused.raw, "Retry-After: 1\r\n"));
    QVERIFY(contains(refused.raw, "RateLimit-Policy: \"pro\";q=20;w=12\r\n"));
    clock.advance(600ms);
    QCOMPARE(RawClient::get(gateway.port(), "/closed/1", keyField(key)).status, 200);
    QCOMPARE(RawClient::get(gateway.port(), "/closed/1", keyField(key)).status, 429);
}

void EngineTest::answersPipelinedRequestsInOrder() {
    ScriptedUpstream upstream;
    TestGateway gateway;
    QVERIFY2(gateway.publish(TestGateway::basicConfig({upstream.port()})), gateway.error().c_str());
    RawClient client(gateway.port());
    std::string requests;
    for (int i = 0; i < 50; ++i) {
        const std::string path = i % 5 == 3 ? "/nowhere/" : "/open/";
        requests += "GET " + path + std::to_string(i) + " HTTP/1.1\r\nHost: a\r\n\r\n";
    }
    QVERIFY(client.send(requests));
    for (int i = 0; i < 50; ++i) {
        const WireResponse response = client.readResponse();
        QCOMPARE(response.status, i % 5 == 3 ? 404 : 200);
        if (response.status == 200) {
            QCOMPARE(response.body, "/open/" + std::to_string(i));
        }
    }
}

void EngineTest::keepsConnectionsOpenOnBothSides() {
    ScriptedUpstream upstream;
    TestGateway gateway(1);
    QVERIFY2(gateway.publish(TestGateway::basicConfig({upstream.port()})), gateway.error().c_str());
    RawClient client(gateway.port());
    for (int i = 0; i < 5; ++i) {
        QVERIFY(client.send("GET /open/" + std::to_string(i) + " HTTP/1.1\r\nHost: a\r\n\r\n"));
        QCOMPARE(client.readResponse().status, 200);
    }
    QCOMPARE(upstream.connectionsAccepted(), 1);
    QVERIFY(client.send("GET /open/last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"));
    QVERIFY(contains(client.readResponse().raw, "Connection: close\r\n"));
    QVERIFY(client.waitForClose());
}

void EngineTest::streamsChunkedBodiesBothWays() {
    ScriptedUpstream upstream;
    upstream.setHandler([](support::WireRequest& request, support::UpstreamConnection& connection) {
        connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        connection.send("3\r\nabc\r\n");
        connection.send("4;ext=1\r\ndefg\r\n0\r\nX-Trailer: t\r\n\r\n");
        connection.send("");
        Q_UNUSED(request)
    });
    TestGateway gateway;
    QVERIFY2(gateway.publish(TestGateway::basicConfig({upstream.port()})), gateway.error().c_str());
    const WireResponse response = RawClient::exchange(
        gateway.port(), "POST /open/a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                        "5\r\nhello\r\n1\r\n \r\n5\r\nworld\r\n0\r\n\r\n");
    QCOMPARE(response.status, 200);
    QVERIFY(response.complete);
    QCOMPARE(response.body, std::string("abcdefg"));
    QCOMPARE(upstream.requests().front().body, std::string("hello world"));

    // A client of HTTP/1.0 does not know chunks: it gets the bytes and the end of the connection.
    const WireResponse old = RawClient::exchange(gateway.port(), "GET /open/a HTTP/1.0\r\nHost: a\r\n\r\n");
    QCOMPARE(old.body, std::string("abcdefg"));
    QVERIFY(!contains(old.raw, "chunked"));
}

void EngineTest::streamsALargeBodyToASlowReader() {
    ScriptedUpstream upstream;
    const std::string body = [] {
        std::string text;
        for (int i = 0; text.size() < 6'000'000; ++i) {
            text += std::to_string(i) + ",";
        }
        return text;
    }();
    upstream.setHandler([&](support::WireRequest& request, support::UpstreamConnection& connection) {
        connection.send(support::okResponse(request.body));
    });
    TestGateway gateway(1);
    QVERIFY2(gateway.publish(TestGateway::basicConfig({upstream.port()})), gateway.error().c_str());
    RawClient client(gateway.port());
    QVERIFY(client.send("POST /open/a HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(body.size()) +
                        "\r\n\r\n"));
    QVERIFY(client.send(body));
    QVERIFY(upstream.waitForRequests(1));
    const WireResponse response = client.readResponse();
    QCOMPARE(response.status, 200);
    QVERIFY(response.complete);
    QVERIFY(response.body == body);
    QVERIFY(client.send("GET /open/b HTTP/1.1\r\nHost: a\r\n\r\n"));
    QCOMPARE(client.readResponse().status, 200);
}

void EngineTest::answersHeadWithoutABody() {
    ScriptedUpstream upstream;
    upstream.answerWith("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
    TestGateway gateway;
    QVERIFY2(gateway.publish(TestGateway::basicConfig({upstream.port()})), gateway.error().c_str());
    RawClient client(gateway.port());
    for (int i = 0; i < 2; ++i) {
        QVERIFY(client.send("HEAD /open/a HTTP/1.1\r\nHost: a\r\n\r\n"));
        const WireResponse response = client.readResponse(true);
        QCOMPARE(response.status, 200);
        QVERIFY(contains(response.raw, "Content-Length: 5\r\n"));
    }
    QVERIFY(client.send("HEAD /nowhere HTTP/1.1\r\nHost: a\r\n\r\n"));
    QCOMPARE(client.readResponse(true).status, 404);
}

void EngineTest::passesInterimAnswersOn() {
    ScriptedUpstream upstream;
    upstream.answerWith(
        "HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    TestGateway gateway;
    QVERIFY2(gateway.publish(TestGateway::basicConfig({upstream.port()})), gateway.error().c_str());
    RawClient client(gateway.port());
    QVERIFY(client.send("GET /open/a HTTP/1.1\r\nHost: a\r\n\r\n"));
    const WireResponse hints = client.readResponse();
    QCOMPARE(hints.status, 103);
    QVERIFY(contains(hints.raw, "Link: </a.css>\r\n"));
    QCOMPARE(client.readResponse().body, std::string("ok"));
}

void EngineTest::continuesAnExpectedBody() {
    ScriptedUpstream upstream;
    upstream.setReadsBodies(false);
    upstream.setHandler([](support::WireRequest& request, support::UpstreamConnection& connection) {
        connection.send("HTTP/1.1 100 Continue\r\n\r\n");
        if (connection.readBody(request)) {
            connection.send(support::okResponse(request.body));
        }
    });
    TestGateway gateway;
    QVERIFY2(gateway.publish(TestGateway::basicConfig({upstream.port()})), gateway.error().c_str());
    RawClient client(gateway.port());
    QVERIFY(
        client.send("POST /open/a HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n"));
    QCOMPARE(client.readResponse().status, 100);
    QVERIFY(client.send("body"));
    QCOMPARE(client.readResponse().body, std::string("body"));

    QVERIFY(client.send(
        "POST /closed/a HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n"));
    QCOMPARE(client.readResponse().status, 401); // at once, and the body is never asked for
}

void EngineTest::refusesABodyOverTheLimit() {
    ScriptedUpstream upstream;
    TestGateway gateway;
    auto config = TestGateway::basicConfig({upstream.port()});
    model::Listener listener = *config.listeners.find("public");
    listener.limits.bodyBytesMax = 1000;
    config.listeners.put(listener);
    QVERIFY2(gateway.publish(config), gateway.error().c_str());
    QCOMPARE(RawClient::exchange(gateway.port(),
                                 "POST /open/a HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\n\r\n")
                 .status,
             413);
    QVERIFY(upstream.requests().empty());
    const std::string chunk = "200\r\n" + std::string(512, 'x') + "\r\n";
    QCOMPARE(RawClient::exchange(gateway.port(),
                                 "POST /open/a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" +
                                     chunk + chunk + "0\r\n\r\n")
                 .status,
             413);
}

void EngineTest::saysRequestTimeoutWhenTheHeadStops() {
    ScriptedUpstream upstream;
    TestGateway gateway;
    auto config = TestGateway::basicConfig({upstream.port()});
    model::Listener listener = *config.listeners.find("public");
    listener.timeouts.header = 100ms;
    listener.timeouts.body = 100ms;
    config.listeners.put(listener);
    QVERIFY2(gateway.publish(config), gateway.error().c_str());
    RawClient client(gateway.port());
    QVERIFY(client.send("GET /open/a HTTP/1.1\r\nHo"));
    QCOMPARE(client.readResponse().status, 408);
    QVERIFY(client.waitForClose());
    RawClient slow(gateway.port());
    QVERIFY(slow.send("POST /open/a HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc"));
    QCOMPARE(slow.readResponse().status, 408);
}

void EngineTest::servesAConnectionThatWaitedAndClosesItWhenItStaysIdle() {
    ScriptedUpstream upstream;
    ManualClock clock;
    TestGateway gateway(clock, 1);
    auto config = TestGateway::basicConfig({upstream.port()});
    model::Listener listener = *config.listeners.find("public");
    listener.timeouts.header = 2s;
    config.listeners.put(listener);
    QVERIFY2(gateway.publish(config), gateway.error().c_str());
    RawClient idle(gateway.port());
    QVERIFY(idle.send("GET /open/a HTTP/1.1\r\nHost: a\r\n\r\n"));
    QCOMPARE(idle.readResponse().status, 200);
    QVERIFY(passTime(clock, gateway.port(), 3s));
    QVERIFY(idle.send("GET /open/c HTTP/1.1\r\nHost: a\r\n\r\n"));
    QCOMPARE(idle.readResponse().body, std::string("/open/c"));
    QVERIFY(passTime(clock, gateway.port(), 3s));
    clock.advance(200s); // more than the 180 s that an idle connection may stay
    QVERIFY(idle.waitForClose());
}

void EngineTest::passesAnAnswerOnThatComesBeforeTheBodyIsThrough() {
    ScriptedUpstream upstream;
    upstream.setReadsBodies(false);
    upstream.setHandler([](support::WireRequest&, support::UpstreamConnection& connection) {
        connection.send("HTTP/1.1 422 Unprocessable Content\r\nContent-Length: 4\r\n\r\nstop");
        connection.stayTillPeerCloses();
    });
    TestGateway gateway(1);
    QVERIFY2(gateway.publish(TestGateway::basicConfig({upstream.port()})), gateway.error().c_str());
    RawClient client(gateway.port());
    QVERIFY(client.send("POST /open/a HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\nbegin"));
    const WireResponse response = client.readResponse();
    QCOMPARE(response.status, 422);
    QCOMPARE(response.body, std::string("stop"));
    QVERIFY(contains(response.raw, "Connection: close\r\n"));
}

void EngineTest::answersPipelinedRequestsWithBodies() {
    ScriptedUpstream upstream;
    upstream.setHandler([](support::WireRequest& request, support::UpstreamConnection& connection) {
        connection.send(support::okResponse(request.body));
    });
    TestGateway gateway(1);
    QVERIFY2(gateway.publish(TestGateway::basicConfig({upstream.port()})), gateway.error().c_str());
    RawClient client(gateway.port());
    std::string requests;
    for (int i = 0; i < 20; ++i) {
        const std::string body(static_cast<std::size_t>(i * 700), static_cast<char>('a' + i));
        requests +=
            i % 2 == 0 ? "PUT /open/a HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(body.size()) +
                             "\r\n\r\n" + body
                       : "PUT /open/a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" +
                             QByteArray::number(static_cast<qulonglong>(body.size()), 16).toStdString() +
                             "\r\n" + body + "\r\n0\r\n\r\n";
    }
    QVERIFY(client.send(requests));
    for (int i = 0; i < 20; ++i) {
        QCOMPARE(client.readResponse().body,
                 std::string(static_cast<std::size_t>(i * 700), static_cast<char>('a' + i)));
    }
}

QTEST_GUILESS_MAIN(EngineTest)
#include "engine_test.moc"
