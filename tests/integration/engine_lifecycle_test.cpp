#include "tests/integration/test_gateway.h"
#include "tests/support/raw_client.h"
#include "tests/support/scripted_upstream.h"

#include <QtTest>
#include <atomic>
#include <future>
#include <thread>
#include <vector>

using namespace gateway;
using namespace std::chrono_literals;
using support::contains;
using support::RawClient;
using support::ScriptedUpstream;
using support::WireResponse;

/// The engine over real sockets: revisions, drains and starts under traffic.
class EngineLifecycleTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void finishesRequestsOnTheSnapshotTheyStartedWith();
    void failsNoRequestWhileHundredsOfRevisionsGoLive();
    void finishesRequestsWhileDraining();
    void cutsAtTheDrainDeadline();
    void startsAgainAfterADrain();
    void refusesAPortThatIsTaken();
    void countsWhatHappened();
};

void EngineLifecycleTest::finishesRequestsOnTheSnapshotTheyStartedWith() {
    ScriptedUpstream before;
    ScriptedUpstream after;
    after.answerWith(support::okResponse("after"));
    std::promise<void> answer;
    auto released = answer.get_future().share();
    before.setHandler([&](support::WireRequest&, support::UpstreamConnection& connection) {
        released.wait();
        connection.send(support::okResponse("before"));
    });
    TestGateway gateway;
    QVERIFY2(gateway.publish(TestGateway::basicConfig({before.port()})), gateway.error().c_str());
    RawClient client(gateway.port());
    QVERIFY(client.send("GET /open/a HTTP/1.1\r\nHost: a\r\n\r\n"));
    QVERIFY(before.waitForRequests(1));
    auto config = gateway.config();
    model::Service service = *config.services.find("backend");
    service.targets.front().port = after.port();
    config.services.put(service);
    QVERIFY2(gateway.publish(config), gateway.error().c_str());
    QCOMPARE(RawClient::get(gateway.port(), "/open/a").body, std::string("after"));
    answer.set_value();
    QCOMPARE(client.readResponse().body, std::string("before"));
    QVERIFY(client.send("GET /open/a HTTP/1.1\r\nHost: a\r\n\r\n"));
    QCOMPARE(client.readResponse().body, std::string("after"));
}

void EngineLifecycleTest::failsNoRequestWhileHundredsOfRevisionsGoLive() {
    ScriptedUpstream first;
    ScriptedUpstream second;
    TestGateway gateway;
    QVERIFY2(gateway.publish(TestGateway::basicConfig({first.port()})), gateway.error().c_str());
    const std::uint16_t port = gateway.port();
    const std::string key = gateway.issueKey("acme");
    std::atomic<bool> stop{false};
    std::atomic<int> failed{0};
    std::atomic<int> served{0};
    std::vector<std::thread> clients;
    for (int i = 0; i < 4; ++i) {
        clients.emplace_back([&, i] {
            RawClient client(port);
            while (!stop) {
                // Bodies, new connections and kept ones take turns.
                const bool sent =
                    client.send("POST /open/a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello");
                const bool kept = sent && client.readResponse().status == 200;
                const bool fresh =
                    RawClient::get(port, i % 2 == 0 ? "/open/b" : "/closed/1", keyField(key)).status == 200;
                failed += (kept ? 0 : 1) + (fresh ? 0 : 1);
                ++served;
            }
        });
    }
    auto config = gateway.config();
    bool published = true;
    for (int i = 0; i < 200 && published; ++i) {
        model::Service service = *config.services.find("backend");
        service.targets.front().port = i % 2 == 0 ? second.port() : first.port();
        config.services.put(service);
        model::Route route = *config.routes.find("open");
        route.priority = i % 3;
        config.routes.put(route);
        model::Tier tier = *config.tiers.find("pro");
        tier.burst = 1'000'000 + static_cast<std::uint64_t>(i);
        tier.requests = 1'000'000;
        config.tiers.put(tier);
        published = gateway.publish(config);
        config = gateway.config();
        // Traffic has to go on between two revisions, or nothing was shown.
        for (const int seen = served; published && served == seen;) {
            std::this_thread::yield();
        }
    }
    stop = true;
    for (std::thread& client : clients) {
        client.join();
    }
    QVERIFY2(published, gateway.error().c_str());
    QCOMPARE(failed.load(), 0);
    QVERIFY(served.load() >= 200);
    QVERIFY(!first.requests().empty() && !second.requests().empty());
}

void EngineLifecycleTest::finishesRequestsWhileDraining() {
    ScriptedUpstream upstream;
    std::promise<void> answer;
    auto released = answer.get_future().share();
    upstream.setHandler([&](support::WireRequest&, support::UpstreamConnection& connection) {
        released.wait();
        connection.send(support::okResponse("late"));
    });
    TestGateway gateway;
    QVERIFY2(gateway.publish(TestGateway::basicConfig({upstream.port()})), gateway.error().c_str());
    const std::uint16_t port = gateway.port();
    RawClient client(port);
    QVERIFY(client.send("GET /open/a HTTP/1.1\r\nHost: a\r\n\r\n"));
    QVERIFY(upstream.waitForRequests(1));
    std::promise<std::size_t> cut;
    gateway.engine().drain(20s, [&](std::size_t count) { cut.set_value(count); });
    answer.set_value();
    const WireResponse response = client.readResponse();
    QCOMPARE(response.body, std::string("late"));
    QVERIFY(client.waitForClose());
    QCOMPARE(cut.get_future().get(), std::size_t{0});
    QVERIFY(!RawClient(port).isConnected());
}

void EngineLifecycleTest::cutsAtTheDrainDeadline() {
    ScriptedUpstream upstream;
    upstream.setHandler([](support::WireRequest&, support::UpstreamConnection& connection) {
        connection.stayTillPeerCloses();
    });
    TestGateway gateway;
    QVERIFY2(gateway.publish(TestGateway::basicConfig({upstream.port()})), gateway.error().c_str());
    RawClient client(gateway.port());
    QVERIFY(client.send("GET /open/a HTTP/1.1\r\nHost: a\r\n\r\n"));
    QVERIFY(upstream.waitForRequests(1));
    QCOMPARE(gateway.drain(50ms), std::size_t{1});
    QVERIFY(!client.readResponse().complete);
}

void EngineLifecycleTest::startsAgainAfterADrain() {
    ScriptedUpstream upstream;
    TestGateway gateway;
    QVERIFY2(gateway.publish(TestGateway::basicConfig({upstream.port()})), gateway.error().c_str());
    QCOMPARE(RawClient::get(gateway.port(), "/open/a").status, 200);
    gateway.drain();
    QVERIFY(!gateway.engine().isRunning());
    auto config = gateway.config();
    QVERIFY2(gateway.publish(config), gateway.error().c_str());
    QCOMPARE(RawClient::get(gateway.port(), "/open/a").status, 200);
    QCOMPARE(gateway.engine().sample().total.requests, std::uint64_t{2});
}

void EngineLifecycleTest::refusesAPortThatIsTaken() {
    ScriptedUpstream upstream;
    TestGateway first;
    QVERIFY2(first.publish(TestGateway::basicConfig({upstream.port()})), first.error().c_str());
    TestGateway second;
    auto config = TestGateway::basicConfig({upstream.port()});
    model::Listener listener = *config.listeners.find("public");
    listener.port = first.port();
    config.listeners.put(listener);
    QVERIFY(!second.publish(config));
    QVERIFY2(contains(second.error(), "listeners[public].address: port " + std::to_string(first.port()) +
                                          " on 127.0.0.1 is in use by another program"),
             second.error().c_str());
}

void EngineLifecycleTest::countsWhatHappened() {
    ScriptedUpstream upstream;
    TestGateway gateway;
    QVERIFY2(gateway.publish(TestGateway::basicConfig({upstream.port()})), gateway.error().c_str());
    const std::string key = gateway.issueKey("acme");
    for (int i = 0; i < 3; ++i) {
        QCOMPARE(RawClient::get(gateway.port(), "/closed/1", keyField(key)).status, 200);
    }
    QCOMPARE(RawClient::get(gateway.port(), "/nowhere").status, 404);
    upstream.answerWith("HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n");
    QCOMPARE(RawClient::get(gateway.port(), "/open/a").status, 500);
    const metrics::MetricsFrame frame = gateway.engine().sample();
    QCOMPARE(frame.total.requests, std::uint64_t{5});
    QCOMPARE(frame.total.byClass[2], std::uint64_t{3});
    QCOMPARE(frame.total.byClass[4], std::uint64_t{1});
    QCOMPARE(frame.total.byClass[5], std::uint64_t{1});
    QVERIFY(frame.total.p50Ms > 0);
    QCOMPARE(frame.routes.size(), std::size_t{2});
    QCOMPARE(frame.tiers.size(), std::size_t{1});
    QCOMPARE(frame.tiers.front().requests, std::uint64_t{3});
    QCOMPARE(frame.consumers.front().requests, std::uint64_t{3});
    QCOMPARE(frame.services.size(), std::size_t{1});
    QCOMPARE(frame.services.front().counts.requests, std::uint64_t{4});
    QCOMPARE(frame.services.front().targets.front().failures, std::uint64_t{1});
    QCOMPARE(gateway.engine().sample().total.requests, std::uint64_t{0});
}

QTEST_GUILESS_MAIN(EngineLifecycleTest)
#include "engine_lifecycle_test.moc"
