#include "ui/charts/chart_math.h"
#include "ui/kpis.h"
#include "ui/metrics_series.h"

#include <QSignalSpy>
#include <QTest>

using namespace std::chrono_literals;
using gateway::WallTime;
using gateway::metrics::MetricsFrame;
using gateway::model::RouteId;
using gateway::model::ServiceId;
using gateway::model::TierId;
using ui::BucketBy;
using ui::HealthTick;
using ui::MetricsSeries;
using ui::YScale;

namespace {

const WallTime start{1'767'225'600s};

MetricsFrame frameAt(std::chrono::seconds since, std::uint64_t requests) {
    MetricsFrame frame;
    frame.time = start + since;
    frame.interval = 1s;
    frame.total.requests = requests;
    frame.total.byClass[2] = requests;
    frame.total.p95Ms = requests > 0 ? 20 : 0;
    return frame;
}

} // namespace

class ChartsTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aBucketKeepsItsValueWhileItWandersToTheLeft();
    void aPeakSurvivesItsBucket();
    void secondsWithoutRequestsDoNotPullLatencyDown();
    void theScaleEndsAtARoundNumberAboveTheData();
    void theScaleStaysWhileTheDataMoveALittle();
    void theScaleShrinksOnceTheDataFallUnderSixtyPercent();
    void ratesArePerSecondWhateverTheInterval();
    void tenMinutesAreKept();
    void secondsWithoutAFrameAreWithoutTraffic();
    void aLateFrameIsNoGap();
    void aTierThatComesLateIsAlignedWithTheOthers();
    void theBusiestRouteComesFirst();
    void aRouteWithoutTrafficLeavesTheWindow();
    void aServiceIsDownWhenHalfOfItsRequestsFail();
    void aSilentTargetMakesItsServiceDegraded();
    void theChangeOfAKeyFigureNeedsAMinuteOfData();
};

void ChartsTest::aBucketKeepsItsValueWhileItWandersToTheLeft() {
    const auto before = ui::bucketed({1, 2, 3, 4, 5, 6, 7}, 7, 3, BucketBy::Mean);
    const auto after = ui::bucketed({1, 2, 3, 4, 5, 6, 7, 8}, 8, 3, BucketBy::Mean);
    QCOMPARE(before.size(), 3U);
    QCOMPARE(after.size(), 3U);
    QCOMPARE(before[1].value, 5.0);
    QCOMPARE(after[1].value, before[1].value);
    QCOMPARE(after[1].secondsAgo, before[1].secondsAgo + 1);
}

void ChartsTest::aPeakSurvivesItsBucket() {
    QCOMPARE(ui::bucketed({0, 90, 0}, 3, 3, BucketBy::Max).front().value, 90.0);
    QCOMPARE(ui::bucketed({0, 90, 0}, 3, 3, BucketBy::Mean).front().value, 30.0);
}

void ChartsTest::secondsWithoutRequestsDoNotPullLatencyDown() {
    QCOMPARE(ui::bucketed({0, 30, 0}, 3, 3, BucketBy::MeanOfBusy).front().value, 30.0);
    QCOMPARE(ui::bucketed({0, 0, 0}, 3, 3, BucketBy::MeanOfBusy).front().value, 0.0);
}

void ChartsTest::theScaleEndsAtARoundNumberAboveTheData() {
    YScale scale;
    scale.fit(1'400);
    QCOMPARE(scale.top(), 1'600.0);
    QCOMPARE(YScale::roundTop(0), 0.0);
    QCOMPARE(YScale::roundTop(1'000), 1'000.0);
}

void ChartsTest::theScaleStaysWhileTheDataMoveALittle() {
    YScale scale;
    scale.fit(100);
    const double top = scale.top();
    QVERIFY(!scale.fit(top));
    QVERIFY(!scale.fit(top * 0.61));
    QCOMPARE(scale.top(), top);
}

void ChartsTest::theScaleShrinksOnceTheDataFallUnderSixtyPercent() {
    YScale scale;
    scale.fit(100);
    QVERIFY(scale.fit(20));
    QCOMPARE(scale.top(), 24.0);
}

void ChartsTest::ratesArePerSecondWhateverTheInterval() {
    MetricsSeries series;
    MetricsFrame frame = frameAt(2s, 100);
    frame.interval = 2s;
    series.add(frame);
    QCOMPARE(series.points().back().requests, 50.0);
}

void ChartsTest::tenMinutesAreKept() {
    MetricsSeries series;
    for (int i = 1; i <= 700; ++i) {
        series.add(frameAt(std::chrono::seconds(i), static_cast<std::uint64_t>(i)));
    }
    QCOMPARE(series.points().size(), MetricsSeries::pointsMax);
    QCOMPARE(series.points().front().requests, 101.0);
    QCOMPARE(series.points().back().requests, 700.0);
}

void ChartsTest::secondsWithoutAFrameAreWithoutTraffic() {
    MetricsSeries series;
    series.add(frameAt(1s, 10));
    series.add(frameAt(5s, 20));
    QCOMPARE(series.points().size(), 5U);
    QCOMPARE(series.points()[1].requests, 0.0);
    QCOMPARE(series.points()[3].requests, 0.0);
    QCOMPARE(series.points()[4].requests, 20.0);
}

void ChartsTest::aLateFrameIsNoGap() {
    MetricsSeries series;
    series.add(frameAt(1s, 10));
    MetricsFrame late = frameAt(2s, 10);
    late.time += 400ms;
    series.add(late);
    QCOMPARE(series.points().size(), 2U);
}

void ChartsTest::aTierThatComesLateIsAlignedWithTheOthers() {
    MetricsSeries series;
    series.add(frameAt(1s, 10));
    MetricsFrame frame = frameAt(2s, 10);
    frame.tiers.push_back({TierId{7}, 10, 4});
    series.add(frame);
    const std::vector<double> seconds = series.rateLimitedOfTier(TierId{7});
    QCOMPARE(seconds.size(), series.points().size());
    QCOMPARE(seconds.front(), 0.0);
    QCOMPARE(seconds.back(), 4.0);
    QVERIFY(series.rateLimitedOfTier(TierId{8}).empty());
}

void ChartsTest::theBusiestRouteComesFirst() {
    MetricsSeries series;
    MetricsFrame frame = frameAt(1s, 30);
    gateway::metrics::TrafficCounts few;
    few.requests = 10;
    gateway::metrics::TrafficCounts many;
    many.requests = 20;
    many.byClass[5] = 5;
    many.p95Ms = 12;
    frame.routes = {{RouteId{1}, few}, {RouteId{2}, many}};
    series.add(frame);
    const std::vector<ui::RouteWindow> top = series.topRoutes(1);
    QCOMPARE(top.size(), 1U);
    QCOMPARE(top.front().route.value, 2U);
    QCOMPARE(top.front().requestsPerSecond, 20.0);
    QCOMPARE(top.front().errorRatio, 0.25);
    QCOMPARE(top.front().p95Ms, 12.0);
}

void ChartsTest::aRouteWithoutTrafficLeavesTheWindow() {
    MetricsSeries series;
    MetricsFrame frame = frameAt(1s, 1);
    gateway::metrics::TrafficCounts one;
    one.requests = 1;
    frame.routes = {{RouteId{1}, one}};
    series.add(frame);
    QVERIFY(series.route(RouteId{1}));
    for (int i = 2; i <= 661; ++i) {
        series.add(frameAt(std::chrono::seconds(i), 1));
    }
    QVERIFY(!series.route(RouteId{1}));
    QVERIFY(series.topRoutes(5).empty());
}

void ChartsTest::aServiceIsDownWhenHalfOfItsRequestsFail() {
    MetricsSeries series;
    MetricsFrame frame = frameAt(1s, 10);
    gateway::metrics::ServiceTraffic traffic;
    traffic.service = ServiceId{3};
    traffic.counts.requests = 10;
    traffic.failures = 5;
    frame.services = {traffic};
    series.add(frame);
    QCOMPARE(series.service(ServiceId{3})->state, HealthTick::Down);
    QCOMPARE(series.service(ServiceId{3})->ticks.back(), HealthTick::Down);
}

void ChartsTest::aSilentTargetMakesItsServiceDegraded() {
    MetricsSeries series;
    MetricsFrame frame = frameAt(1s, 100);
    gateway::metrics::ServiceTraffic traffic;
    traffic.service = ServiceId{3};
    traffic.counts.requests = 100;
    traffic.failures = 3;
    traffic.targets.resize(2);
    traffic.targets[0].requests = 97;
    traffic.targets[1].failures = 3;
    frame.services = {traffic};
    series.add(frame);
    const auto window = series.service(ServiceId{3});
    QCOMPARE(window->targetsGood, std::size_t(1));
    QCOMPARE(window->targets.all(), std::size_t(2));
    QCOMPARE(window->state, HealthTick::Degraded);
}

void ChartsTest::theChangeOfAKeyFigureNeedsAMinuteOfData() {
    std::vector<ui::TrafficPoint> points(64);
    for (ui::TrafficPoint& point : points) {
        point.requests = 10;
    }
    QVERIFY(!ui::kpisOf(points).requests.minuteAgo);
    points.insert(points.begin(), ui::TrafficPoint{.requests = 60});
    const ui::Kpis kpis = ui::kpisOf(points);
    QCOMPARE(kpis.requests.now, 10.0);
    QCOMPARE(*kpis.requests.minuteAgo, 20.0);
}

QTEST_GUILESS_MAIN(ChartsTest)
#include "charts_test.moc"
