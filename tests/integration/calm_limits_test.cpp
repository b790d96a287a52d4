#include "tests/integration/calm_support.h"
#include "tests/integration/pass_time.h"

#include <QtTest>
#include <atomic>
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

bool isRefusal(const WireResponse& response, std::string_view code) {
    return response.status == 503 && contains(response.body, "\"code\":\"" + std::string(code) + "\"");
}

} // namespace

/// Breakers, limits of concurrency and deadlines.
class CalmLimitsTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void stopsAskingAServiceThatFailsAndComesBackByAndBy();
    void breaksOffOnFailedCalls();
    void keepsCallingWhenClientsLeave();
    void letsInExactlyAsManyAsTheServiceMayHave();
    void givesThePlaceBackOnEveryWayOut_data();
    void givesThePlaceBackOnEveryWayOut();
    void saysGatewayTimeoutWhenTheWholeTookTooLong();
    void cutsAnAnswerThatTakesTooLong();
    void countsATryUpToTheHeadOfItsAnswer();
    void leavesTheTimeOfASlowClientOut();
};

void CalmLimitsTest::stopsAskingAServiceThatFailsAndComesBackByAndBy() {
    ScriptedUpstream upstream;
    upstream.answerWith(calm::answer(500));
    ManualClock clock;
    TestGateway gateway(clock, 1);
    QVERIFY2(gateway.publish(calm::config({upstream.port()},
                                          [](auto& service) {
                                              service.breaker.emplace();
                                              service.breaker->samples = 10;
                                          })),
             gateway.error().c_str());
    calm::Feed feed(gateway);
    for (int i = 0; i < 10; ++i) {
        QCOMPARE(feed.look().breaker, metrics::BreakerCondition::Closed);
        QCOMPARE(RawClient::get(gateway.port(), "/open/a").status, 500);
    }
    const WireResponse refused = RawClient::get(gateway.port(), "/open/a");
    QVERIFY(isRefusal(refused, "breaker-open"));
    QCOMPARE(refused.field("Retry-After"), std::string("10"));
    QCOMPARE(refused.field("Proxy-Status"), std::string("gatehouse; error=destination_unavailable"));
    QCOMPARE(upstream.requests().size(), std::size_t{10});
    QCOMPARE(feed.look().breaker, metrics::BreakerCondition::Open);
    QCOMPARE(feed.look().brokenOff, std::uint64_t{1});
    QCOMPARE(feed.look().counts.requests, std::uint64_t{10});

    upstream.answerWith(calm::answer(200));
    clock.advance(4s);
    QCOMPARE(RawClient::get(gateway.port(), "/open/a").field("Retry-After"), std::string("6"));
    clock.advance(11s); // half of the recovery
    QCOMPARE(feed.look().breaker, metrics::BreakerCondition::Recovering);
    int admitted = 0;
    for (int i = 0; i < 200; ++i) {
        const WireResponse response = RawClient::get(gateway.port(), "/open/a");
        admitted += response.status == 200 ? 1 : 0;
        QVERIFY(response.status == 200 || isRefusal(response, "breaker-open"));
    }
    QVERIFY2(admitted > 50 && admitted < 150, std::to_string(admitted).c_str());
    clock.advance(5s);
    QCOMPARE(feed.look().breaker, metrics::BreakerCondition::Closed);
    for (int i = 0; i < 20; ++i) {
        QCOMPARE(RawClient::get(gateway.port(), "/open/a").status, 200);
    }
}

void CalmLimitsTest::breaksOffOnFailedCalls() {
    TestGateway gateway(1);
    QVERIFY2(gateway.publish(calm::config({support::unusedPort()},
                                          [](auto& service) {
                                              service.retries.attempts = 0;
                                              service.breaker.emplace();
                                              service.breaker->samples = 5;
                                          })),
             gateway.error().c_str());
    for (int i = 0; i < 5; ++i) {
        QCOMPARE(RawClient::get(gateway.port(), "/open/a").status, 502);
    }
    QVERIFY(isRefusal(RawClient::get(gateway.port(), "/open/a"), "breaker-open"));
}

void CalmLimitsTest::keepsCallingWhenClientsLeave() {
    ScriptedUpstream upstream;
    upstream.setHandler([](WireRequest& request, UpstreamConnection& connection) {
        if (request.target() == "/open/silent") {
            connection.stayTillPeerCloses();
        } else {
            connection.send(support::okResponse("good"));
        }
    });
    TestGateway gateway(1);
    QVERIFY2(gateway.publish(calm::config({upstream.port()},
                                          [](auto& service) {
                                              service.breaker.emplace();
                                              service.breaker->samples = 2;
                                              service.outlier.emplace();
                                              service.outlier->consecutiveErrors = 2;
                                          })),
             gateway.error().c_str());
    calm::Feed feed(gateway);
    for (std::size_t i = 1; i <= 5; ++i) {
        RawClient client(gateway.port());
        QVERIFY(client.send(calm::request("GET", "/open/silent")));
        QVERIFY(upstream.waitForRequests(i));
        QVERIFY(calm::eventually([&] { return feed.look().targets.front().requestsActive == 1; }));
        client.reset();
        QVERIFY(calm::eventually([&] { return feed.look().targets.front().requestsActive == 0; }));
    }
    QCOMPARE(feed.look().breaker, metrics::BreakerCondition::Closed);
    QCOMPARE(feed.look().targets.front().condition, metrics::TargetCondition::Available);
    QCOMPARE(feed.look().targets.front().failures, std::uint64_t{0});
    QCOMPARE(RawClient::get(gateway.port(), "/open/a").status, 200);
}

void CalmLimitsTest::letsInExactlyAsManyAsTheServiceMayHave() {
    constexpr int limit = 5;
    constexpr int clientCount = 24;
    ScriptedUpstream upstream;
    std::promise<void> answer;
    const auto released = answer.get_future().share();
    upstream.setHandler([&](WireRequest&, UpstreamConnection& connection) {
        released.wait();
        connection.send(support::okResponse("in"));
    });
    TestGateway gateway(2);
    QVERIFY2(
        gateway.publish(calm::config({upstream.port()}, [](auto& service) { service.concurrency = limit; })),
        gateway.error().c_str());
    std::atomic<int> served{0};
    std::atomic<int> refused{0};
    std::vector<std::thread> clients;
    for (int i = 0; i < clientCount; ++i) {
        clients.emplace_back([&] {
            const WireResponse response = RawClient::get(gateway.port(), "/open/a");
            served += response.status == 200 && response.body == "in" ? 1 : 0;
            refused += isRefusal(response, "service-busy") ? 1 : 0;
        });
    }
    // Everybody but those who are in is refused while they are in.
    const bool othersLeft = calm::eventually([&] { return refused == clientCount - limit; });
    answer.set_value();
    for (std::thread& client : clients) {
        client.join();
    }
    QVERIFY(othersLeft);
    QCOMPARE(served.load(), limit);
    QCOMPARE(refused.load(), clientCount - limit);
    QCOMPARE(upstream.requests().size(), std::size_t{limit});
    calm::Feed feed(gateway);
    QCOMPARE(feed.look().overLimit, std::uint64_t{clientCount - limit});
    for (int i = 0; i < 3 * limit; ++i) {
        QCOMPARE(RawClient::get(gateway.port(), "/open/a").status, 200);
    }
}

void CalmLimitsTest::givesThePlaceBackOnEveryWayOut_data() {
    QTest::addColumn<QByteArray>("path");
    QTest::newRow("a good answer") << QByteArray("/open/good");
    QTest::newRow("a reset") << QByteArray("/open/reset");
    QTest::newRow("a truncated answer") << QByteArray("/open/truncated");
    QTest::newRow("a silence") << QByteArray("/open/silent");
    QTest::newRow("nonsense") << QByteArray("/open/nonsense");
    QTest::newRow("a client that leaves") << QByteArray("/open/leave");
    QTest::newRow("a client that leaves within the answer") << QByteArray("/open/leave-late");
}

void CalmLimitsTest::givesThePlaceBackOnEveryWayOut() {
    QFETCH(QByteArray, path);
    ScriptedUpstream upstream;
    upstream.setHandler([](WireRequest& request, UpstreamConnection& connection) {
        const std::string target = request.target();
        if (target == "/open/reset") {
            connection.reset();
        } else if (target == "/open/truncated") {
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc");
            connection.close();
        } else if (target == "/open/silent" || target == "/open/leave") {
            connection.stayTillPeerCloses();
        } else if (target == "/open/leave-late") {
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc");
            connection.stayTillPeerCloses();
        } else if (target == "/open/nonsense") {
            connection.send("nonsense\r\n\r\n");
        } else {
            connection.send(support::okResponse("good"));
        }
    });
    TestGateway gateway(2);
    QVERIFY2(gateway.publish(calm::config({upstream.port()},
                                          [&](auto& service) {
                                              service.concurrency = 1;
                                              service.retries.attempts = 1;
                                              if (path == "/open/silent") {
                                                  service.timeouts.response = 100ms;
                                              }
                                          })),
             gateway.error().c_str());
    for (int i = 0; i < 3; ++i) {
        RawClient client(gateway.port());
        const std::size_t before = upstream.requests().size();
        QVERIFY(client.send(calm::request("GET", path.toStdString())));
        if (path.startsWith("/open/leave")) {
            QVERIFY(upstream.waitForRequests(before + 1));
            if (path == "/open/leave-late") {
                QCOMPARE(client.readUntil("\r\n\r\nabc").empty(), false);
            }
            client.reset();
        } else {
            const WireResponse response = client.readResponse();
            QVERIFY(!isRefusal(response, "service-busy"));
        }
        QVERIFY(
            calm::eventually([&] { return RawClient::get(gateway.port(), "/open/good").body == "good"; }));
    }
}

void CalmLimitsTest::saysGatewayTimeoutWhenTheWholeTookTooLong() {
    ScriptedUpstream upstream;
    upstream.setHandler(
        [](WireRequest&, UpstreamConnection& connection) { connection.stayTillPeerCloses(); });
    ManualClock clock;
    TestGateway gateway(clock, 1);
    QVERIFY2(gateway.publish(calm::config({upstream.port()},
                                          [](auto& service) {
                                              service.retries.onTimeout = true;
                                              service.timeouts.request = 2s;
                                          })),
             gateway.error().c_str());
    RawClient client(gateway.port());
    QVERIFY(client.send(calm::request("GET", "/open/a")));
    QVERIFY(upstream.waitForRequests(1));
    clock.advance(3s);
    const WireResponse response = client.readResponse();
    QCOMPARE(response.status, 504);
    QVERIFY(contains(response.body, "\"code\":\"upstream-timeout\""));
    // The end of the whole is no reason for another try.
    QCOMPARE(upstream.requests().size(), std::size_t{1});
}

void CalmLimitsTest::cutsAnAnswerThatTakesTooLong() {
    ScriptedUpstream upstream;
    upstream.setHandler([](WireRequest&, UpstreamConnection& connection) {
        connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc");
        connection.stayTillPeerCloses();
    });
    ManualClock clock;
    TestGateway gateway(clock, 1);
    QVERIFY2(gateway.publish(
                 calm::config({upstream.port()}, [](auto& service) { service.timeouts.request = 2s; })),
             gateway.error().c_str());
    RawClient client(gateway.port());
    QVERIFY(client.send(calm::request("GET", "/open/a")));
    QVERIFY(contains(client.readUntil("\r\n\r\nabc"), "200 OK"));
    clock.advance(3s);
    QVERIFY(client.readBytes(97).empty());
    calm::Feed feed(gateway);
    QVERIFY(calm::eventually([&] { return feed.look().targets.front().requestsActive == 0; }));
    QCOMPARE(feed.look().targets.front().failures, std::uint64_t{1});
}

void CalmLimitsTest::countsATryUpToTheHeadOfItsAnswer() {
    ScriptedUpstream upstream;
    std::promise<void> rest;
    const auto released = rest.get_future().share();
    upstream.setHandler([&](WireRequest&, UpstreamConnection& connection) {
        connection.send("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabc");
        released.wait();
        connection.send("def");
    });
    ManualClock clock;
    TestGateway gateway(clock, 1);
    auto config = calm::config({upstream.port()}, [](auto& service) { service.timeouts.attempt = 1s; });
    model::Listener listener = *config.listeners.find("public");
    listener.timeouts.header = 5s;
    config.listeners.put(listener);
    QVERIFY2(gateway.publish(config), gateway.error().c_str());
    RawClient client(gateway.port());
    QVERIFY(client.send(calm::request("GET", "/open/a")));
    QVERIFY(contains(client.readUntil("\r\n\r\nabc"), "200 OK"));
    QVERIFY(passTime(clock, gateway.port(), 6s));
    rest.set_value();
    QCOMPARE(client.readBytes(3), std::string("def"));
}

void CalmLimitsTest::leavesTheTimeOfASlowClientOut() {
    ScriptedUpstream upstream;
    upstream.setHandler([](WireRequest& request, UpstreamConnection& connection) {
        connection.send(support::okResponse(request.body));
    });
    ManualClock clock;
    TestGateway gateway(clock, 1);
    auto config = calm::config({upstream.port()}, [](auto& service) { service.timeouts.attempt = 1s; });
    model::Listener listener = *config.listeners.find("public");
    listener.timeouts.header = 5s;
    listener.timeouts.bodyMinRate = 0;
    config.listeners.put(listener);
    QVERIFY2(gateway.publish(config), gateway.error().c_str());
    RawClient client(gateway.port());
    QVERIFY(client.send("POST /open/a HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nabc"));
    QVERIFY(passTime(clock, gateway.port(), 6s));
    QVERIFY(client.send("def"));
    QCOMPARE(client.readResponse().body, std::string("abcdef"));
}

QTEST_GUILESS_MAIN(CalmLimitsTest)
#include "calm_limits_test.moc"
