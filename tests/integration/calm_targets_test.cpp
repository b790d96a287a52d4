#include "tests/integration/calm_support.h"

#include <QtTest>
#include <atomic>
#include <future>
#include <map>
#include <memory>
#include <set>

using namespace gateway;
using namespace std::chrono_literals;
using metrics::TargetCondition;
using support::contains;
using support::RawClient;
using support::ScriptedUpstream;
using support::UpstreamConnection;
using support::WireRequest;

namespace {

/// Answers everything with its name.
std::unique_ptr<ScriptedUpstream> named(const std::string& name, const std::string& fieldLines = {}) {
    auto upstream = std::make_unique<ScriptedUpstream>();
    upstream->answerWith(support::okResponse(name, fieldLines));
    return upstream;
}

std::map<std::string, int> count(TestGateway& gateway, int requests) {
    std::map<std::string, int> counts;
    for (int i = 0; i < requests; ++i) {
        ++counts[RawClient::get(gateway.port(), "/open/a").body];
    }
    return counts;
}

void changeService(TestGateway& gateway, const std::function<void(model::Service&)>& change) {
    model::Config config = gateway.config();
    model::Service service = *config.services.find("backend");
    change(service);
    config.services.put(service);
    QVERIFY2(gateway.publish(config), gateway.error().c_str());
}

} // namespace

Q_DECLARE_METATYPE(gateway::model::HashOn::Source)

/// Which target gets a request.
class CalmTargetsTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void givesADrainedTargetNoNewRequests();
    void refusesWhenAllTargetsAreDrained();
    void closesIdleConnectionsOfTargetsThatLeft();
    void warmsANewTargetUp();
    void asksTheTargetWithTheFewestRequestsOfAllWorkers();
    void sendsACallerToTheSameTarget_data();
    void sendsACallerToTheSameTarget();
    void tellsConsumersApart();
    void keepsMostCallersWhereTheyWereWhenATargetGoes();
    void asksTheAddressesOfANameInTurn();
    void asksTheNextAddressWhenOneIsDown();
    void leavesAddressesThatAreGone();
};

void CalmTargetsTest::givesADrainedTargetNoNewRequests() {
    ScriptedUpstream first;
    std::promise<void> answer;
    const auto released = answer.get_future().share();
    std::promise<void> closed;
    first.setHandler([&](WireRequest& request, UpstreamConnection& connection) {
        if (request.target() == "/open/slow") {
            released.wait();
            connection.send(support::okResponse("first, late"));
            connection.stayTillPeerCloses();
            closed.set_value();
        } else {
            connection.send(support::okResponse("first"));
        }
    });
    const auto second = named("second");
    TestGateway gateway(1);
    QVERIFY2(gateway.publish(TestGateway::basicConfig({first.port(), second->port()})),
             gateway.error().c_str());
    RawClient slow(gateway.port());
    QVERIFY(slow.send(calm::request("GET", "/open/slow")));
    QVERIFY(first.waitForRequests(1));
    QCOMPARE(RawClient::get(gateway.port(), "/open/a").body, std::string("second"));
    QCOMPARE(RawClient::get(gateway.port(), "/open/a").body, std::string("first"));
    changeService(gateway, [](model::Service& service) { service.targets[0].drain = true; });
    calm::Feed feed(gateway);
    QCOMPARE(feed.look().targets[0].condition, TargetCondition::Draining);
    // The idle connection is closed, the busy one is not.
    QVERIFY(calm::eventually([&] { return feed.look().targets[0].connectionsOpen == 1; }));
    QCOMPARE(feed.look().targets[0].requestsActive, std::uint64_t{1});
    QCOMPARE(count(gateway, 6), (std::map<std::string, int>{{"second", 6}}));
    answer.set_value();
    QCOMPARE(slow.readResponse().body, std::string("first, late"));
    QCOMPARE(closed.get_future().wait_for(support::patience), std::future_status::ready);
    changeService(gateway, [](model::Service& service) { service.targets[0].drain = false; });
    QCOMPARE(count(gateway, 6), (std::map<std::string, int>{{"first", 3}, {"second", 3}}));
}

void CalmTargetsTest::refusesWhenAllTargetsAreDrained() {
    const auto upstream = named("only");
    TestGateway gateway(1);
    QVERIFY2(gateway.publish(calm::config({upstream->port()},
                                          [](auto& service) {
                                              service.targets[0].drain = true;
                                              service.concurrency = 1;
                                          })),
             gateway.error().c_str());
    for (int i = 0; i < 3; ++i) {
        const auto response = RawClient::get(gateway.port(), "/open/a");
        QCOMPARE(response.status, 503);
        QVERIFY(contains(response.body, "\"code\":\"no-target\""));
    }
    QVERIFY(upstream->requests().empty());
    changeService(gateway, [](model::Service& service) { service.targets[0].drain = false; });
    QCOMPARE(RawClient::get(gateway.port(), "/open/a").status, 200);
}

void CalmTargetsTest::closesIdleConnectionsOfTargetsThatLeft() {
    ScriptedUpstream former;
    std::promise<void> closed;
    former.setHandler([&](WireRequest&, UpstreamConnection& connection) {
        connection.send(support::okResponse("former"));
        connection.stayTillPeerCloses();
        closed.set_value();
    });
    const auto latter = named("latter");
    TestGateway gateway(1);
    QVERIFY2(gateway.publish(TestGateway::basicConfig({former.port()})), gateway.error().c_str());
    QCOMPARE(RawClient::get(gateway.port(), "/open/a").body, std::string("former"));
    changeService(gateway, [&](model::Service& service) { service.targets[0].port = latter->port(); });
    QCOMPARE(closed.get_future().wait_for(support::patience), std::future_status::ready);
    QCOMPARE(RawClient::get(gateway.port(), "/open/a").body, std::string("latter"));
}

void CalmTargetsTest::warmsANewTargetUp() {
    const auto old = named("old");
    const auto fresh = named("fresh");
    ManualClock clock;
    TestGateway gateway(clock, 1);
    QVERIFY2(gateway.publish(calm::config({old->port()}, [](auto& service) { service.slowStart = 60s; })),
             gateway.error().c_str());
    clock.advance(60s);
    changeService(gateway, [&](model::Service& service) {
        service.targets.push_back({"127.0.0.1", fresh->port()});
    });
    calm::Feed feed(gateway);
    QCOMPARE(feed.look().targets[0].condition, TargetCondition::Available);
    QCOMPARE(feed.look().targets[1].condition, TargetCondition::Warming);
    // A tenth of its weight of one of two targets: one request of eleven.
    const int cold = count(gateway, 110)["fresh"];
    QVERIFY2(cold >= 1 && cold < 30, std::to_string(cold).c_str());
    clock.advance(60s);
    QCOMPARE(feed.look().targets[1].condition, TargetCondition::Available);
    QCOMPARE(count(gateway, 20), (std::map<std::string, int>{{"old", 10}, {"fresh", 10}}));
}

void CalmTargetsTest::asksTheTargetWithTheFewestRequestsOfAllWorkers() {
    ScriptedUpstream slow;
    std::promise<void> answer;
    const auto released = answer.get_future().share();
    slow.setHandler([&](WireRequest&, UpstreamConnection& connection) {
        released.wait();
        connection.send(support::okResponse("slow"));
    });
    const auto quick = named("quick");
    TestGateway gateway(2);
    QVERIFY2(
        gateway.publish(calm::config({slow.port(), quick->port()},
                                     [](auto& service) { service.balance = model::Balance::LeastRequests; })),
        gateway.error().c_str());
    RawClient first(gateway.port());
    QVERIFY(first.send(calm::request("GET", "/open/a")));
    QVERIFY(slow.waitForRequests(1));
    // Whichever worker gets the others: it knows what the first one's does.
    QCOMPARE(count(gateway, 20), (std::map<std::string, int>{{"quick", 20}}));
    answer.set_value();
    QCOMPARE(first.readResponse().body, std::string("slow"));
}

void CalmTargetsTest::sendsACallerToTheSameTarget_data() {
    QTest::addColumn<model::HashOn::Source>("source");
    QTest::addColumn<QByteArray>("name");
    QTest::addColumn<QByteArray>("field"); // with a place for who calls
    QTest::addColumn<bool>("spreads");
    using Source = model::HashOn::Source;
    QTest::newRow("by address") << Source::Address << QByteArray() << QByteArray("X-User: %1\r\n") << false;
    QTest::newRow("by header") << Source::Header << QByteArray("X-User") << QByteArray("x-user: %1\r\n")
                               << true;
    QTest::newRow("by cookie") << Source::Cookie << QByteArray("session")
                               << QByteArray("Cookie: a=b; session=%1; sessions=9\r\n") << true;
    QTest::newRow("by a header that is missing")
        << Source::Header << QByteArray("X-User") << QByteArray("X-Other: %1\r\n") << false;
    QTest::newRow("by a cookie that is missing")
        << Source::Cookie << QByteArray("session") << QByteArray("Cookie: sessions=%1\r\n") << false;
}

void CalmTargetsTest::sendsACallerToTheSameTarget() {
    QFETCH(model::HashOn::Source, source);
    QFETCH(QByteArray, name);
    QFETCH(QByteArray, field);
    QFETCH(bool, spreads);
    std::vector<std::unique_ptr<ScriptedUpstream>> upstreams;
    std::vector<std::uint16_t> ports;
    for (const char* each : {"a", "b", "c", "d"}) {
        upstreams.push_back(named(each));
        ports.push_back(upstreams.back()->port());
    }
    TestGateway gateway(2);
    QVERIFY2(gateway.publish(calm::config(ports,
                                          [&](auto& service) {
                                              service.balance = model::Balance::ConsistentHash;
                                              service.hashOn = {source, name.toStdString()};
                                          })),
             gateway.error().c_str());
    std::set<std::string> targets;
    for (int caller = 0; caller < 40; ++caller) {
        const std::string line =
            QByteArray(field).replace("%1", QByteArray("user-") + QByteArray::number(caller)).toStdString();
        std::set<std::string> ofCaller;
        for (int i = 0; i < 3; ++i) {
            ofCaller.insert(RawClient::get(gateway.port(), "/open/a", line).body);
        }
        QCOMPARE(ofCaller.size(), std::size_t{1});
        targets.merge(ofCaller);
    }
    // Forty callers leave one of four targets out once in 25,000 runs; the ports differ from run to run.
    QCOMPARE(targets.size() >= 3, spreads);
    QVERIFY(spreads || targets.size() == 1);
}

void CalmTargetsTest::tellsConsumersApart() {
    std::vector<std::unique_ptr<ScriptedUpstream>> upstreams;
    std::vector<std::uint16_t> ports;
    for (const char* each : {"a", "b", "c", "d"}) {
        upstreams.push_back(named(each));
        ports.push_back(upstreams.back()->port());
    }
    auto config = calm::config(ports, [&](auto& service) {
        service.balance = model::Balance::ConsistentHash;
        service.hashOn = {model::HashOn::Source::Consumer, ""};
    });
    for (int i = 0; i < 40; ++i) {
        model::Consumer consumer = *config.consumers.find("acme");
        consumer.name = "consumer-" + std::to_string(i);
        config.consumers.put(consumer);
    }
    TestGateway gateway(1);
    QVERIFY2(gateway.publish(config), gateway.error().c_str());
    std::set<std::string> targets;
    for (int i = 0; i < 40; ++i) {
        const std::string consumer = "consumer-" + std::to_string(i);
        std::set<std::string> ofConsumer;
        for (int key = 0; key < 2; ++key) {
            const std::string line = "X-API-Key: " + gateway.issueKey(consumer) + "\r\n";
            ofConsumer.insert(RawClient::get(gateway.port(), "/closed/1", line).body);
        }
        QCOMPARE(ofConsumer.size(), std::size_t{1});
        targets.merge(ofConsumer);
    }
    QVERIFY(targets.size() >= 3);
    // Nobody is known on an open route: the address counts.
    QCOMPARE(count(gateway, 10).size(), std::size_t{1});
}

void CalmTargetsTest::keepsMostCallersWhereTheyWereWhenATargetGoes() {
    std::vector<std::unique_ptr<ScriptedUpstream>> upstreams;
    std::vector<std::uint16_t> ports;
    for (const char* each : {"a", "b", "c", "d"}) {
        upstreams.push_back(named(each));
        ports.push_back(upstreams.back()->port());
    }
    TestGateway gateway(1);
    QVERIFY2(gateway.publish(calm::config(ports,
                                          [&](auto& service) {
                                              service.balance = model::Balance::ConsistentHash;
                                              service.hashOn = {model::HashOn::Source::Header, "X-User"};
                                          })),
             gateway.error().c_str());
    const auto ask = [&](int caller) {
        return RawClient::get(gateway.port(), "/open/a", "X-User: " + std::to_string(caller) + "\r\n").body;
    };
    std::vector<std::string> before;
    for (int caller = 0; caller < 40; ++caller) {
        before.push_back(ask(caller));
    }
    changeService(gateway, [](model::Service& service) { service.targets[3].drain = true; });
    for (int caller = 0; caller < 40; ++caller) {
        const std::string after = ask(caller);
        QVERIFY(after != "d");
        QVERIFY(before[static_cast<std::size_t>(caller)] == "d" ||
                before[static_cast<std::size_t>(caller)] == after);
    }
}

void CalmTargetsTest::asksTheAddressesOfANameInTurn() {
    const auto first = named("first", "Connection: close\r\n");
    const auto second = named("second", "Connection: close\r\n");
    TestGateway gateway(1);
    QVERIFY2(gateway.publish(TestGateway::basicConfig({support::unusedPort()})), gateway.error().c_str());
    gateway.engine().setEndpoints(0, {*net::endpointFromLiteral("127.0.0.1", first->port()),
                                      *net::endpointFromLiteral("127.0.0.1", second->port())});
    QCOMPARE(count(gateway, 10), (std::map<std::string, int>{{"first", 5}, {"second", 5}}));
}

void CalmTargetsTest::asksTheNextAddressWhenOneIsDown() {
    const auto upstream = named("up", "Connection: close\r\n");
    TestGateway gateway(1);
    QVERIFY2(gateway.publish(
                 calm::config({support::unusedPort()}, [](auto& service) { service.retries.attempts = 0; })),
             gateway.error().c_str());
    gateway.engine().setEndpoints(0, {*net::endpointFromLiteral("127.0.0.1", support::unusedPort()),
                                      *net::endpointFromLiteral("127.0.0.1", upstream->port())});
    for (int i = 0; i < 4; ++i) {
        const auto response = RawClient::exchange(gateway.port(), calm::request("POST", "/open/a", "body"));
        QCOMPARE(response.body, std::string("up"));
    }
    QCOMPARE(upstream->requests().size(), std::size_t{4});
    // The target as a whole did not fail.
    calm::Feed feed(gateway);
    QCOMPARE(feed.look().targets.front().failures, std::uint64_t{0});
    gateway.engine().setEndpoints(0, {});
    QCOMPARE(RawClient::get(gateway.port(), "/open/a").status, 502);
}

void CalmTargetsTest::leavesAddressesThatAreGone() {
    ScriptedUpstream gone;
    std::promise<void> answer;
    const auto released = answer.get_future().share();
    std::atomic<int> closed{0};
    gone.setHandler([&](WireRequest& request, UpstreamConnection& connection) {
        if (request.target() == "/open/slow") {
            released.wait();
        }
        connection.send(support::okResponse("gone"));
        connection.stayTillPeerCloses();
        ++closed;
    });
    const auto there = named("there");
    TestGateway gateway(2);
    QVERIFY2(gateway.publish(TestGateway::basicConfig({gone.port()})), gateway.error().c_str());
    RawClient slow(gateway.port());
    QVERIFY(slow.send(calm::request("GET", "/open/slow")));
    QVERIFY(gone.waitForRequests(1));
    QCOMPARE(RawClient::get(gateway.port(), "/open/a").body, std::string("gone"));
    gateway.engine().setEndpoints(0, {*net::endpointFromLiteral("127.0.0.1", there->port())});
    QVERIFY(calm::eventually([&] { return closed == 1; })); // it was idle
    QCOMPARE(count(gateway, 4), (std::map<std::string, int>{{"there", 4}}));
    answer.set_value();
    QCOMPARE(slow.readResponse().body, std::string("gone"));
    QVERIFY(calm::eventually([&] { return closed == 2; }));
}

QTEST_GUILESS_MAIN(CalmTargetsTest)
#include "calm_targets_test.moc"
