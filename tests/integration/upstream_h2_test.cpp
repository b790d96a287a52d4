#include "tests/integration/calm_support.h"
#include "tests/support/h2_server.h"

#include <QtTest>
#include <algorithm>
#include <sys/socket.h>

using namespace gateway;
using namespace std::chrono_literals;
using support::Field;
using support::H2Request;
using support::H2Server;
using support::H2ServerConnection;
using support::H2Type;
using support::RawClient;
using support::WireResponse;

namespace h2 = support::h2;

namespace {

constexpr std::uint16_t maxConcurrentStreams = 3;
constexpr std::uint32_t refusedStream = 7;
constexpr std::uint32_t cancel = 8;
constexpr std::size_t bodyBytes = 8'000'000;

WireResponse ask(RawClient& client, std::string_view request) {
    return client.send(request) ? client.readResponse() : WireResponse{};
}

model::Config configOf(
    const std::vector<std::uint16_t>& ports,
    const std::function<void(model::Service&)>& change = [](model::Service&) {}) {
    return calm::config(ports, [&](model::Service& service) {
        service.protocol = model::Protocol::Http2;
        change(service);
    });
}

} // namespace

/// HTTP/2 towards upstreams, for clients of HTTP/1.1.
class UpstreamH2Test : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void asksOverHttp2();
    void sendsBodiesRawAndTrailersBothWays();
    void sharesOneConnection();
    void opensAnotherConnectionWhenThePeerAllowsNoMoreStreams();
    void movesCallsOnThatWereTooManyForAConnection();
    void asksAnewWhatThePeerRefused();
    void asksElsewhereWhatACloseLeftUnprocessed();
    void neverRepeatsAPostThatMayHaveBeenProcessed();
    void passesInterimAnswersOn();
    void refusesWhatIsNotSafeToPassOn_data();
    void refusesWhatIsNotSafeToPassOn();
    void breaksOffWhenTheContentIsNotAsLongAsAnnounced();
    void cancelsTheStreamWhenTheClientLeaves();
    void holdsTheUpstreamBackForASlowClient();
    void handsAWholeAnswerOverToASlowClient();
    void holdsTheClientBackForASlowUpstream();
    void survivesFloods_data();
    void survivesFloods();
    void saysThatTheUpstreamSpeaksNoHttp2();
    void timesAStreamOutAndGivesADeadConnectionUp();
    void closesConnectionsOfTargetsThatLeft();
    void refusesWebSockets();
};

void UpstreamH2Test::asksOverHttp2() {
    H2Server upstream;
    TestGateway gateway(1);
    QVERIFY2(gateway.publish(configOf({upstream.port()})), gateway.error().c_str());
    RawClient client(gateway.port());
    const WireResponse answer = ask(client, "GET /open/a?b=c HTTP/1.1\r\nHost: Shop.example\r\n"
                                            "X-Mixed-Case: Yes\r\nTE: trailers\r\n"
                                            "Connection: te, x-hop\r\nX-Hop: no\r\n\r\n");
    QCOMPARE(answer.status, 200);
    QCOMPARE(answer.body, std::string("/open/a?b=c"));
    QCOMPARE(answer.field("Via"), std::string("2.0 gatehouse"));
    const H2Request request = upstream.requests().front();
    QCOMPARE(request.field("via"), std::string("1.1 gatehouse"));
    QCOMPARE(request.field(":method"), std::string("GET"));
    QCOMPARE(request.field(":scheme"), std::string("http"));
    QCOMPARE(request.field(":authority"), std::string("Shop.example"));
    QCOMPARE(request.field(":path"), std::string("/open/a?b=c"));
    QCOMPARE(request.field("x-mixed-case"), std::string("Yes"));
    QCOMPARE(request.field("te"), std::string("trailers"));
    QVERIFY(!request.has("host"));
    QVERIFY(!request.has("connection"));
    QVERIFY(!request.has("x-hop"));
    QVERIFY(request.has("x-request-id"));
    QVERIFY(request.ended);
}

void UpstreamH2Test::sendsBodiesRawAndTrailersBothWays() {
    H2Server upstream;
    upstream.setHandler([](H2Request& request, H2ServerConnection& connection) {
        connection.answer(request.stream, request.body, {}, {{"x-sum", "7"}, {"server", "no"}});
    });
    TestGateway gateway(1);
    QVERIFY2(gateway.publish(configOf({upstream.port()})), gateway.error().c_str());
    RawClient client(gateway.port());
    const WireResponse answer =
        ask(client, "POST /open/a HTTP/1.1\r\nHost: a\r\nTE: trailers\r\nConnection: te\r\n"
                    "Transfer-Encoding: chunked\r\n\r\n"
                    "3\r\nabc\r\n4\r\ndefg\r\n0\r\nX-Check: 9\r\n\r\n");
    QCOMPARE(answer.status, 200);
    QCOMPARE(answer.body, std::string("abcdefg"));
    QVERIFY2(answer.raw.find("x-sum: 7\r\n") != std::string::npos, answer.raw.c_str());
    QVERIFY(answer.raw.find("server") == std::string::npos);
    const H2Request request = upstream.requests().front();
    QVERIFY(!request.has("transfer-encoding"));
    QCOMPARE(request.trailers.size(), std::size_t{1});
    QCOMPARE(request.trailers.front().name, std::string("x-check"));
    QCOMPARE(request.trailers.front().value, std::string("9"));
}

void UpstreamH2Test::sharesOneConnection() {
    H2Server upstream;
    std::mutex mutex;
    std::vector<std::uint32_t> waiting;
    // Nobody is answered before all have asked.
    upstream.setHandler([&](H2Request& request, H2ServerConnection& connection) {
        const std::lock_guard lock(mutex);
        waiting.push_back(request.stream);
        if (waiting.size() == 20) {
            for (const std::uint32_t stream : waiting) {
                connection.answer(stream, "now");
            }
        }
    });
    TestGateway gateway(1);
    QVERIFY2(gateway.publish(configOf({upstream.port()})), gateway.error().c_str());
    std::vector<std::unique_ptr<RawClient>> clients;
    for (int i = 0; i < 20; ++i) {
        clients.push_back(std::make_unique<RawClient>(gateway.port()));
        QVERIFY(clients.back()->send(calm::request("GET", "/open/a")));
    }
    for (const auto& client : clients) {
        QCOMPARE(client->readResponse().body, std::string("now"));
    }
    QCOMPARE(upstream.connectionsAccepted(), 1);
}

void UpstreamH2Test::opensAnotherConnectionWhenThePeerAllowsNoMoreStreams() {
    H2Server upstream({{maxConcurrentStreams, 2}});
    std::mutex mutex;
    std::vector<std::pair<std::uint32_t, H2ServerConnection*>> waiting;
    upstream.setHandler([&](H2Request& request, H2ServerConnection& connection) {
        if (request.field(":path") == "/open/first") {
            connection.answer(request.stream, "first");
            return;
        }
        const std::lock_guard lock(mutex);
        waiting.emplace_back(request.stream, &connection);
        if (waiting.size() == 6) {
            for (const auto& [stream, one] : waiting) {
                one->answer(stream, "now");
            }
        }
    });
    TestGateway gateway(1);
    QVERIFY2(gateway.publish(configOf({upstream.port()})), gateway.error().c_str());
    RawClient first(gateway.port());
    QCOMPARE(ask(first, calm::request("GET", "/open/first")).status, 200);
    std::vector<std::unique_ptr<RawClient>> clients;
    for (int i = 0; i < 6; ++i) {
        clients.push_back(std::make_unique<RawClient>(gateway.port()));
        QVERIFY(clients.back()->send(calm::request("GET", "/open/a")));
    }
    for (const auto& client : clients) {
        QCOMPARE(client->readResponse().body, std::string("now"));
    }
    QVERIFY(upstream.connectionsAccepted() >= 2);
}

/// They waited for a connection of which nobody knew yet how few streams its peer allows.
void UpstreamH2Test::movesCallsOnThatWereTooManyForAConnection() {
    H2Server upstream({{maxConcurrentStreams, 8}});
    std::mutex mutex;
    std::vector<std::pair<std::uint32_t, H2ServerConnection*>> waiting;
    constexpr std::size_t all = 40;
    upstream.setHandler([&](H2Request& request, H2ServerConnection& connection) {
        const std::lock_guard lock(mutex);
        waiting.emplace_back(request.stream, &connection);
        if (waiting.size() == all) {
            for (const auto& [stream, one] : waiting) {
                one->answer(stream, "now");
            }
        }
    });
    TestGateway gateway(1);
    const auto noRetries = [](model::Service& service) { service.retries.attempts = 0; };
    QVERIFY2(gateway.publish(configOf({upstream.port()}, noRetries)), gateway.error().c_str());
    std::vector<std::unique_ptr<RawClient>> clients;
    for (std::size_t i = 0; i < all; ++i) {
        clients.push_back(std::make_unique<RawClient>(gateway.port()));
        QVERIFY(clients.back()->send(calm::request("GET", "/open/a")));
    }
    for (const auto& client : clients) {
        QCOMPARE(client->readResponse().body, std::string("now"));
    }
    QVERIFY(upstream.connectionsAccepted() >= 5);
}

void UpstreamH2Test::asksAnewWhatThePeerRefused() {
    H2Server upstream;
    upstream.setHandler([](H2Request& request, H2ServerConnection& connection) {
        if (request.number == 1) {
            connection.reset(request.stream, refusedStream);
        } else {
            connection.answer(request.stream, request.body);
        }
    });
    TestGateway gateway(1);
    QVERIFY2(gateway.publish(configOf({upstream.port()})), gateway.error().c_str());
    RawClient client(gateway.port());
    // The method does not matter: nothing was done about it.
    const WireResponse answer = ask(client, calm::request("POST", "/open/a", "once"));
    QCOMPARE(answer.status, 200);
    QCOMPARE(answer.body, std::string("once"));
}

void UpstreamH2Test::asksElsewhereWhatACloseLeftUnprocessed() {
    H2Server upstream;
    upstream.setHandler([](H2Request& request, H2ServerConnection& connection) {
        if (request.number == 2) {
            connection.goAway(1); // the first was looked at, this one was not
        } else {
            connection.answer(request.stream, request.body);
        }
    });
    TestGateway gateway(1);
    const auto noRetries = [](model::Service& service) { service.retries.attempts = 0; };
    QVERIFY2(gateway.publish(configOf({upstream.port()}, noRetries)), gateway.error().c_str());
    RawClient client(gateway.port());
    QCOMPARE(ask(client, calm::request("POST", "/open/a", "one")).body, std::string("one"));
    QCOMPARE(ask(client, calm::request("POST", "/open/a", "two")).body, std::string("two"));
    QCOMPARE(upstream.connectionsAccepted(), 2);
    QVERIFY(calm::eventually([&] { return upstream.connectionsEnded() == 1; }));
}

void UpstreamH2Test::neverRepeatsAPostThatMayHaveBeenProcessed() {
    H2Server upstream;
    upstream.setHandler([](H2Request&, H2ServerConnection& connection) { connection.close(); });
    TestGateway gateway(1);
    QVERIFY2(gateway.publish(configOf({upstream.port()})), gateway.error().c_str());
    RawClient client(gateway.port());
    QCOMPARE(ask(client, calm::request("POST", "/open/a", "once")).status, 502);
    QCOMPARE(upstream.requests().size(), std::size_t{1});
}

void UpstreamH2Test::passesInterimAnswersOn() {
    H2Server upstream;
    upstream.setHandler([](H2Request& request, H2ServerConnection& connection) {
        connection.sendHeaders(request.stream, {{":status", "103"}, {"link", "</a.css>"}}, false);
        connection.answer(request.stream, "done");
    });
    TestGateway gateway(1);
    QVERIFY2(gateway.publish(configOf({upstream.port()})), gateway.error().c_str());
    RawClient client(gateway.port());
    QVERIFY(client.send(calm::request("GET", "/open/a")));
    QCOMPARE(client.readResponse().status, 103);
    QCOMPARE(client.readResponse().body, std::string("done"));
}

void UpstreamH2Test::refusesWhatIsNotSafeToPassOn_data() {
    QTest::addColumn<QByteArray>("name");
    QTest::addColumn<QByteArray>("value");
    QTest::newRow("upper case") << QByteArray("X-Upper") << QByteArray("1");
    QTest::newRow("line feed in a value") << QByteArray("x-a") << QByteArray("b\r\nset-cookie: c");
    QTest::newRow("space in a name") << QByteArray("x a") << QByteArray("1");
    QTest::newRow("connection") << QByteArray("connection") << QByteArray("close");
    QTest::newRow("transfer-encoding") << QByteArray("transfer-encoding") << QByteArray("chunked");
    QTest::newRow("a second status") << QByteArray(":status") << QByteArray("200");
    QTest::newRow("length that is no number") << QByteArray("content-length") << QByteArray("five");
    QTest::newRow("alias of a length") << QByteArray("content_length") << QByteArray("5");
}

void UpstreamH2Test::refusesWhatIsNotSafeToPassOn() {
    QFETCH(QByteArray, name);
    QFETCH(QByteArray, value);
    H2Server upstream;
    upstream.setHandler([&](H2Request& request, H2ServerConnection& connection) {
        connection.answer(request.stream, "body", {{name.toStdString(), value.toStdString()}});
    });
    TestGateway gateway(1);
    QVERIFY2(gateway.publish(configOf({upstream.port()})), gateway.error().c_str());
    RawClient client(gateway.port());
    const WireResponse answer = ask(client, calm::request("GET", "/open/a"));
    QCOMPARE(answer.status, 502);
    QVERIFY(answer.body.find("upstream-bad-response") != std::string::npos);
}

void UpstreamH2Test::breaksOffWhenTheContentIsNotAsLongAsAnnounced() {
    H2Server upstream;
    upstream.setHandler([](H2Request& request, H2ServerConnection& connection) {
        connection.answer(request.stream, "four", {{"content-length", "5"}});
    });
    TestGateway gateway(1);
    QVERIFY2(gateway.publish(configOf({upstream.port()})), gateway.error().c_str());
    RawClient client(gateway.port());
    QVERIFY(client.send(calm::request("GET", "/open/a")));
    QVERIFY(!client.readResponse().complete);
}

void UpstreamH2Test::cancelsTheStreamWhenTheClientLeaves() {
    H2Server upstream;
    upstream.setHandler([](H2Request&, H2ServerConnection&) {});
    TestGateway gateway(1);
    QVERIFY2(gateway.publish(configOf({upstream.port()})), gateway.error().c_str());
    {
        RawClient client(gateway.port());
        QVERIFY(client.send(calm::request("GET", "/open/a")));
        QVERIFY(upstream.waitForRequests(1));
    }
    QVERIFY(upstream.waitForFrame(H2Type::RstStream));
    const auto frames = upstream.frames();
    const auto reset = std::find_if(frames.begin(), frames.end(),
                                    [](const auto& frame) { return frame.type == H2Type::RstStream; });
    QCOMPARE(reset->errorCode(), cancel);
}

/// The window of a stream opens only as the client takes.
void UpstreamH2Test::holdsTheUpstreamBackForASlowClient() {
    H2Server upstream;
    std::atomic<std::size_t> sent{0};
    constexpr std::size_t most = 64UL * 1024 * 1024;
    upstream.setHandler([&](H2Request& request, H2ServerConnection& connection) {
        if (request.field(":path") == "/open/quick") {
            connection.answer(request.stream, "quick");
            return;
        }
        // As much as the window allows at first; the gateway would cut the connection for more.
        connection.sendHeaders(request.stream, {{":status", "200"}}, false);
        const std::string piece(16'384, 'x');
        while (sent < 256UL * 1024) {
            connection.sendData(request.stream, piece, false);
            sent += piece.size();
        }
    });
    TestGateway gateway(1);
    QVERIFY2(gateway.publish(configOf({upstream.port()})), gateway.error().c_str());
    RawClient slow(gateway.port());
    QVERIFY(slow.send(calm::request("GET", "/open/slow")));
    QVERIFY(calm::eventually([&] { return sent >= 256UL * 1024; }));
    QVERIFY(sent < most);
    // Others on the same connection go on.
    RawClient quick(gateway.port());
    QCOMPARE(ask(quick, calm::request("GET", "/open/quick")).body, std::string("quick"));
    QCOMPARE(upstream.connectionsAccepted(), 1);
}

/// The stream ends long before the client has taken everything.
void UpstreamH2Test::handsAWholeAnswerOverToASlowClient() {
    H2Server upstream;
    constexpr std::size_t pieces = 64;
    std::atomic<int> answered{0};
    upstream.setHandler([&](H2Request& request, H2ServerConnection& connection) {
        // As much as the window allows at once.
        connection.answer(request.stream, std::string(250'000, 'x'));
        ++answered;
    });
    TestGateway gateway(1);
    QVERIFY2(gateway.publish(configOf({upstream.port()})), gateway.error().c_str());
    RawClient client(gateway.port());
    std::string pipelined;
    for (std::size_t i = 0; i < pieces; ++i) {
        pipelined += calm::request("GET", "/open/a");
    }
    QVERIFY(client.send(pipelined));
    // Now the client takes nothing until the gateway asks for no more.
    static_cast<void>(QTest::qWaitFor([&] { return answered == static_cast<int>(pieces); }, 500));
    for (std::size_t i = 0; i < pieces; ++i) {
        const WireResponse answer = client.readResponse();
        QCOMPARE(answer.body.size(), std::size_t{250'000});
        QVERIFY(answer.complete);
    }
}

void UpstreamH2Test::holdsTheClientBackForASlowUpstream() {
    H2Server upstream;
    upstream.setOpensWindows(false);
    upstream.setHandler([](H2Request&, H2ServerConnection&) {}, false);
    TestGateway gateway(1);
    QVERIFY2(gateway.publish(configOf({upstream.port()})), gateway.error().c_str());
    const support::Descriptor client = support::connectToLoopback(gateway.port());
    QVERIFY(support::sendAll(client.get(),
                             "POST /open/a HTTP/1.1\r\nHost: a\r\nContent-Length: 8000000\r\n\r\n",
                             support::deadlineIn(support::patience)));
    const std::string piece(65'536, 'x');
    std::size_t taken = 0;
    const auto sendOn = [&] {
        const ssize_t sent = ::send(client.get(), piece.data(), std::min(piece.size(), bodyBytes - taken),
                                    MSG_NOSIGNAL | MSG_DONTWAIT);
        taken += static_cast<std::size_t>(std::max<ssize_t>(sent, 0));
        return sent > 0;
    };
    // The kernel's buffers take some of it, and then nobody takes any more.
    while (taken < bodyBytes && QTest::qWaitFor(sendOn, 300)) {
    }
    QVERIFY(calm::eventually([&] { return upstream.bodyBytesReceived() == 65'535; }));
    QVERIFY(taken < bodyBytes);
}

void UpstreamH2Test::survivesFloods_data() {
    QTest::addColumn<int>("kind");
    QTest::newRow("PING") << 0;
    QTest::newRow("SETTINGS") << 1;
    QTest::newRow("empty DATA") << 2;
    QTest::newRow("CONTINUATION without fields") << 3;
    QTest::newRow("a head without end") << 4;
    QTest::newRow("interim answers") << 5;
    QTest::newRow("WINDOW_UPDATE") << 6;
}

void UpstreamH2Test::survivesFloods() {
    QFETCH(int, kind);
    H2Server upstream;
    upstream.setHandler([&](H2Request& request, H2ServerConnection& connection) {
        if (request.field(":path") == "/open/good") {
            connection.answer(request.stream, "good");
            return;
        }
        std::string frames;
        if (kind == 3 || kind == 4) {
            connection.send(
                h2::frame(H2Type::Headers, h2::none, request.stream, h2::literal(":status", "200")));
        } else if (kind == 2) {
            connection.sendHeaders(request.stream, {{":status", "200"}}, false);
        }
        const std::string filler = h2::literal("x-fill", std::string(8000, 'x'));
        for (int i = 0; i < 100; ++i) {
            frames += kind == 0   ? h2::frame(H2Type::Ping, h2::none, 0, "12345678")
                      : kind == 1 ? h2::frame(H2Type::Settings, h2::none, 0)
                      : kind == 2 ? h2::frame(H2Type::Data, h2::none, request.stream)
                      : kind == 3 ? h2::frame(H2Type::Continuation, h2::none, request.stream)
                      : kind == 4 ? h2::frame(H2Type::Continuation, h2::none, request.stream, filler)
                      : kind == 5 ? h2::frame(H2Type::Headers, h2::endHeaders, request.stream,
                                              h2::literal(":status", "103"))
                                  : h2::frame(H2Type::WindowUpdate, h2::none, 0, h2::number(1));
        }
        while (connection.send(frames)) {
        }
    });
    TestGateway gateway(1);
    const auto noRetries = [](model::Service& service) { service.retries.attempts = 0; };
    QVERIFY2(gateway.publish(configOf({upstream.port()}, noRetries)), gateway.error().c_str());
    RawClient client(gateway.port());
    QVERIFY(client.send(calm::request("GET", "/open/bad")));
    const WireResponse answer = client.readResponse();
    if (kind == 2) {
        QVERIFY(!answer.complete); // its head was good
    } else {
        QCOMPARE(answer.status, kind == 5 ? 103 : 502);
    }
    RawClient good(gateway.port());
    QCOMPARE(ask(good, calm::request("GET", "/open/good")).body, std::string("good"));
}

void UpstreamH2Test::saysThatTheUpstreamSpeaksNoHttp2() {
    support::ScriptedUpstream upstream;
    TestGateway gateway(1);
    QVERIFY2(gateway.publish(configOf({upstream.port()})), gateway.error().c_str());
    RawClient client(gateway.port());
    const WireResponse answer = ask(client, calm::request("GET", "/open/a"));
    QCOMPARE(answer.status, 502);
    QVERIFY2(answer.body.find("does not speak HTTP/2") != std::string::npos, answer.body.c_str());
}

void UpstreamH2Test::timesAStreamOutAndGivesADeadConnectionUp() {
    H2Server upstream;
    upstream.setAnswersPings(false);
    upstream.setHandler([](H2Request& request, H2ServerConnection& connection) {
        if (request.connection == 2) {
            connection.answer(request.stream, "alive");
        }
    });
    TestGateway gateway(1);
    QVERIFY2(gateway.publish(configOf({upstream.port()},
                                      [](model::Service& service) { service.timeouts.response = 100ms; })),
             gateway.error().c_str());
    RawClient client(gateway.port());
    QCOMPARE(ask(client, calm::request("GET", "/open/a")).status, 504);
    QVERIFY(upstream.waitForFrame(H2Type::Ping));
    QCOMPARE(ask(client, calm::request("GET", "/open/a")).body, std::string("alive"));
    QCOMPARE(upstream.connectionsAccepted(), 2);
}

void UpstreamH2Test::closesConnectionsOfTargetsThatLeft() {
    H2Server former;
    H2Server latter;
    TestGateway gateway(1);
    QVERIFY2(gateway.publish(configOf({former.port()})), gateway.error().c_str());
    RawClient client(gateway.port());
    QCOMPARE(ask(client, calm::request("GET", "/open/a")).status, 200);
    calm::Feed feed(gateway);
    QCOMPARE(feed.look().targets.front().connectionsOpen, std::uint64_t{1});
    QVERIFY2(gateway.publish(configOf({latter.port()})), gateway.error().c_str());
    QVERIFY(former.waitForFrame(H2Type::Goaway));
    QVERIFY(calm::eventually([&] { return former.connectionsEnded() == 1; }));
    QCOMPARE(ask(client, calm::request("GET", "/open/a")).status, 200);
    QCOMPARE(latter.requests().size(), std::size_t{1});
}

void UpstreamH2Test::refusesWebSockets() {
    H2Server upstream;
    TestGateway gateway(1);
    QVERIFY2(gateway.publish(configOf({upstream.port()})), gateway.error().c_str());
    RawClient client(gateway.port());
    const WireResponse answer =
        ask(client, "GET /open/ws HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n"
                    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
    QCOMPARE(answer.status, 502);
    QVERIFY(answer.body.find("no-websocket") != std::string::npos);
    QVERIFY(upstream.requests().empty());
}

QTEST_GUILESS_MAIN(UpstreamH2Test)
#include "upstream_h2_test.moc"
