#include "app/demo/traffic_plan.h"

#include <QTest>
#include <algorithm>

using app::demo::Caller;
using app::demo::TrafficPlan;
using namespace std::chrono_literals;

namespace {

constexpr auto step = 50ms;

gateway::model::Config shop() {
    gateway::model::Route orders;
    orders.name = "orders";
    orders.match.hosts = {"*.example.com"};
    orders.match.path = "/v1/orders/{id}";
    orders.match.methods = {"GET"};
    gateway::model::Config config;
    config.routes.put(orders);
    return config;
}

TrafficPlan plan(std::uint64_t seed, double rate) {
    TrafficPlan made(seed, rate);
    made.setRoutes(shop());
    made.setCallers({{"free", "key-free"}, {"pro", "key-pro"}, {"enterprise", "key-enterprise"}});
    return made;
}

std::vector<QByteArray> during(TrafficPlan& plan, std::chrono::milliseconds from,
                               std::chrono::milliseconds to) {
    std::vector<QByteArray> all;
    for (auto at = from; at < to; at += step) {
        for (QByteArray& request : plan.due(at, step)) {
            all.push_back(std::move(request));
        }
    }
    return all;
}

auto countWith(const std::vector<QByteArray>& requests, const QByteArray& text) {
    return std::count_if(requests.begin(), requests.end(),
                         [&](const QByteArray& request) { return request.contains(text); });
}

} // namespace

class TrafficPlanTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void theSameSeedGivesTheSameTraffic();
    void aMinuteCarriesTheRateThatWasAskedFor();
    void requestsAreShapedByTheRoutes();
    void aFewCallersHaveNoKeyAWrongKeyOrTheWrongPath();
    void freeCallersComeInBursts();
    void aRouteThatIsDisabledGetsNoTraffic();
};

void TrafficPlanTest::theSameSeedGivesTheSameTraffic() {
    TrafficPlan one = plan(7, 100);
    TrafficPlan two = plan(7, 100);
    TrafficPlan other = plan(8, 100);
    const auto traffic = during(one, 0ms, 10s);
    QVERIFY(traffic == during(two, 0ms, 10s));
    QVERIFY(traffic != during(other, 0ms, 10s));
}

void TrafficPlanTest::aMinuteCarriesTheRateThatWasAskedFor() {
    TrafficPlan made = plan(1, 90);
    const auto traffic = during(made, 0ms, 60s);
    // 90 a second, and two bursts of free callers: 24 a second for 5 s each.
    QVERIFY(traffic.size() > 90 * 60 && traffic.size() < 90 * 60 + 250);
}

void TrafficPlanTest::requestsAreShapedByTheRoutes() {
    TrafficPlan made = plan(1, 100);
    const auto traffic = during(made, 0ms, 10s);
    QVERIFY(countWith(traffic, "GET /v1/orders/1") > static_cast<long>(traffic.size()) * 9 / 10);
    QCOMPARE(countWith(traffic, "\r\nHost: shop.example.com\r\n"), static_cast<long>(traffic.size()));
    QCOMPARE(countWith(traffic, "{"), 0L);
}

void TrafficPlanTest::aFewCallersHaveNoKeyAWrongKeyOrTheWrongPath() {
    TrafficPlan made = plan(1, 100);
    const auto traffic = during(made, 0ms, 30s);
    const auto all = static_cast<long>(traffic.size());
    const auto withKey = countWith(traffic, "X-API-Key: ");
    const auto wrongKey = countWith(traffic, "X-API-Key: gh_mistyped");
    const auto astray = countWith(traffic, "/v0/forgotten");
    QVERIFY(withKey < all && withKey > all * 9 / 10);
    QVERIFY(wrongKey > 0 && wrongKey < all / 20);
    QVERIFY(astray > 0 && astray < all / 20);
}

void TrafficPlanTest::freeCallersComeInBursts() {
    TrafficPlan made = plan(1, 90);
    const auto burst = countWith(during(made, 8s, 13s), "key-free");
    const auto calm = countWith(during(made, 13s, 48s), "key-free");
    QVERIFY2(burst * 7 > calm * 2, "five seconds of the burst carry more than twice as many as usual");
    QVERIFY(burst >= 115);
}

void TrafficPlanTest::aRouteThatIsDisabledGetsNoTraffic() {
    TrafficPlan made = plan(1, 90);
    gateway::model::Config config = shop();
    gateway::model::Route route = config.routes[0];
    route.enabled = false;
    config.routes.put(route);
    made.setRoutes(config);
    QVERIFY(made.due(0ms, 1s).empty());
}

QTEST_APPLESS_MAIN(TrafficPlanTest)
#include "traffic_plan_test.moc"
