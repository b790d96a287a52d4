#include "gateway/metrics/access_log.h"
#include "gateway/metrics/collector.h"

#include <QtTest>
#include <random>

using namespace gateway;
using namespace gateway::metrics;
using namespace std::chrono_literals;

class MetricsTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void bucketsGrowWithTheValueAndAreNeverFarOff();
    void framesAreDifferencesOverAllWorkers();
    void percentilesAreCloseToTheTruth();
    void quietThingsAreLeftOutButServicesAreNot();
    void whatHappenedToAServiceIsADifferenceAndWhatIsUnderWayIsNot();
    void whoWasRefusedIsADifferenceAndWhoWaitsIsNot();
    void theBusiestConsumersAreShown();
    void cellTablesMakeWhatIsCountedOnly();
    void logRowsAreJsonWhateverTheyHold();
    void aFullLogCountsWhatItLoses();
    void aLogThatCannotBeWrittenSaysWhy();
};

void MetricsTest::bucketsGrowWithTheValueAndAreNeverFarOff() {
    std::size_t last = 0;
    for (std::uint64_t value = 0; value < 3'000'000; value += 1 + value / 50) {
        const std::size_t bucket = Histogram::bucketOf(value);
        QVERIFY(bucket >= last);
        last = bucket;
        const double middle = Histogram::valueOf(bucket);
        QVERIFY(std::abs(middle - static_cast<double>(value)) <= static_cast<double>(value) * 0.0626 + 0.5);
    }
    QCOMPARE(Histogram::bucketOf(~std::uint64_t{0}), Histogram::bucketCount - 1);
}

void MetricsTest::framesAreDifferencesOverAllWorkers() {
    Catalog catalog;
    Collector collector(catalog);
    WorkerCells a;
    WorkerCells b;
    const auto route = catalog.indexOf(model::RouteId{7});
    a.total.requests.add(3);
    a.routes.at(route).requests.add(3);
    b.total.requests.add(4);
    b.total.byClass[5].add(1);
    b.routes.at(route).requests.add(4);
    ManualClock clock;
    auto frame = collector.collect({&a, &b}, {}, clock.wallTime(), clock.now());
    QCOMPARE(frame.total.requests, std::uint64_t{7});
    QCOMPARE(frame.total.byClass[5], std::uint64_t{1});
    QCOMPARE(frame.routes.size(), std::size_t{1});
    QCOMPARE(frame.routes.front().route.value, std::uint64_t{7});
    QCOMPARE(frame.routes.front().counts.requests, std::uint64_t{7});
    a.total.requests.add(1);
    clock.advance(2s);
    frame = collector.collect({&a, &b}, {}, clock.wallTime(), clock.now());
    QCOMPARE(frame.total.requests, std::uint64_t{1});
    QCOMPARE(frame.interval, std::chrono::nanoseconds(2s));
    QVERIFY(frame.routes.empty());
}

void MetricsTest::percentilesAreCloseToTheTruth() {
    Catalog catalog;
    Collector collector(catalog);
    WorkerCells cells;
    std::mt19937 random(1);
    std::lognormal_distribution<double> times(8, 1); // around 3 ms
    std::vector<double> micros;
    for (int i = 0; i < 20'000; ++i) {
        micros.push_back(times(random));
        cells.total.requests.add();
        cells.total.latency.record(static_cast<std::uint64_t>(micros.back()));
    }
    std::sort(micros.begin(), micros.end());
    const auto frame = collector.collect({&cells}, {}, {}, {});
    const auto near = [&](double got, double share) {
        const double wanted = micros[static_cast<std::size_t>(share * 19'999)] / 1000;
        return std::abs(got - wanted) < wanted * 0.07;
    };
    QVERIFY(near(frame.total.p50Ms, 0.50));
    QVERIFY(near(frame.total.p95Ms, 0.95));
    QVERIFY(near(frame.total.p99Ms, 0.99));
}

void MetricsTest::quietThingsAreLeftOutButServicesAreNot() {
    Catalog catalog;
    Collector collector(catalog);
    WorkerCells cells;
    const model::ServiceId orders{1};
    const ServiceShape shape{orders,
                             catalog.indexOf(orders),
                             {{"10.0.0.1:80", catalog.indexOfTarget(orders, "10.0.0.1:80")},
                              {"10.0.0.2:80", catalog.indexOfTarget(orders, "10.0.0.2:80")}}};
    static_cast<void>(catalog.indexOf(model::TierId{1}));
    cells.targets.at(shape.targets[1].second).failures.add(2);
    cells.targets.at(shape.targets[1].second).connectionsOpen.add(5);
    cells.targets.at(shape.targets[1].second).connectionsOpen.subtract(1);
    const auto frame = collector.collect({&cells}, {shape}, {}, {});
    QVERIFY(frame.tiers.empty());
    QCOMPARE(frame.services.size(), std::size_t{1});
    QCOMPARE(frame.services.front().targets.size(), std::size_t{2});
    QCOMPARE(frame.services.front().targets[0].failures, std::uint64_t{0});
    QCOMPARE(frame.services.front().targets[1].failures, std::uint64_t{2});
    QCOMPARE(frame.services.front().targets[1].connectionsOpen, std::uint64_t{4});
}

void MetricsTest::whatHappenedToAServiceIsADifferenceAndWhatIsUnderWayIsNot() {
    Catalog catalog;
    Collector collector(catalog);
    WorkerCells first;
    WorkerCells second;
    const model::ServiceId orders{1};
    const std::uint32_t target = catalog.indexOfTarget(orders, "10.0.0.1:80");
    const ServiceShape shape{orders, catalog.indexOf(orders), {{"10.0.0.1:80", target}}};
    first.serviceEvents.at(shape.index).retries.add(2);
    first.serviceEvents.at(shape.index).retriesDenied.add();
    second.serviceEvents.at(shape.index).retries.add(3);
    second.serviceEvents.at(shape.index).brokenOff.add(4);
    second.serviceEvents.at(shape.index).overLimit.add(5);
    first.targets.at(target).requestsActive.add(6);
    second.targets.at(target).requestsActive.add();
    for (const std::uint64_t times : {1U, 0U}) {
        const auto frame = collector.collect({&first, &second}, {shape}, {}, {});
        const ServiceTraffic& service = frame.services.front();
        QCOMPARE(service.retries, 5 * times);
        QCOMPARE(service.retriesDenied, 1 * times);
        QCOMPARE(service.brokenOff, 4 * times);
        QCOMPARE(service.overLimit, 5 * times);
        QCOMPARE(service.targets.front().requestsActive, std::uint64_t{7});
    }
}

void MetricsTest::whoWasRefusedIsADifferenceAndWhoWaitsIsNot() {
    WorkerCells one;
    WorkerCells other;
    Catalog catalog;
    Collector collector(catalog);
    const auto collect = [&] {
        return collector.collect({&one, &other}, {}, WallTime{}, Monotonic{std::chrono::seconds(1)}).access;
    };
    one.access.unauthenticated.add(2);
    other.access.unauthenticated.add(3);
    other.access.forbidden.add(4);
    one.access.slowed.add(5);
    one.access.slowedOff.add(6);
    other.access.callsDropped.add(7);
    one.access.introspectionsWaiting.add(8);
    other.access.introspectionsWaiting.add(1);
    AccessCounts access = collect();
    QCOMPARE(access.unauthenticated, std::uint64_t{5});
    QCOMPARE(access.forbidden, std::uint64_t{4});
    QCOMPARE(access.slowed, std::uint64_t{5});
    QCOMPARE(access.slowedOff, std::uint64_t{6});
    QCOMPARE(access.callsDropped, std::uint64_t{7});
    QCOMPARE(access.introspectionsWaiting, std::uint64_t{9});
    other.access.forbidden.add();
    one.access.introspectionsWaiting.subtract(8);
    access = collect();
    QCOMPARE(access.unauthenticated, std::uint64_t{0});
    QCOMPARE(access.forbidden, std::uint64_t{1});
    QCOMPARE(access.callsDropped, std::uint64_t{0});
    QCOMPARE(access.introspectionsWaiting, std::uint64_t{1});
}

void MetricsTest::theBusiestConsumersAreShown() {
    Catalog catalog;
    Collector collector(catalog);
    WorkerCells cells;
    for (std::uint64_t id = 1; id <= 50; ++id) {
        cells.consumers.at(catalog.indexOf(model::ConsumerId{id})).requests.add(id);
    }
    const auto frame = collector.collect({&cells}, {}, {}, {});
    QCOMPARE(frame.consumers.size(), std::size_t{20});
    QCOMPARE(frame.consumers.front().consumer.value, std::uint64_t{50});
    QCOMPARE(frame.consumers.back().consumer.value, std::uint64_t{31});
}

void MetricsTest::cellTablesMakeWhatIsCountedOnly() {
    CellTable<CallerCells> table;
    QVERIFY(table.peek(100'000) == nullptr);
    table.at(100'000).requests.add(2);
    QCOMPARE(table.peek(100'000)->requests.value(), std::uint64_t{2});
    QVERIFY(table.peek(100'001) == nullptr);
    QVERIFY(table.peek(5) == nullptr);
}

void MetricsTest::logRowsAreJsonWhateverTheyHold() {
    const QString file = QDir::current().filePath(QStringLiteral("rows.log"));
    QFile::remove(file);
    {
        auto log = AccessLog::open(file.toStdString(), 1024 * 1024, 2);
        QVERIFY(log.has_value());
        Counter dropped;
        AccessLogBatch batch(**log, dropped);
        AccessRow row;
        row.timeMicros = 1'767'225'600'000'007;
        row.status = 200;
        row.path = "/a\"b\\c\x01\xC3\xA9\xFF";
        row.route = "orders";
        batch.add(row);
        batch.add(row);
        batch.handOver();
        QCOMPARE(dropped.value(), std::uint64_t{0});
    }
    QFile log(file);
    QVERIFY(log.open(QIODevice::ReadOnly));
    const auto lines = log.readAll().trimmed().split('\n');
    QCOMPARE(lines.size(), 2);
    for (const QByteArray& line : lines) {
        QJsonParseError error;
        const QJsonObject row = QJsonDocument::fromJson(line, &error).object();
        QCOMPARE(error.error, QJsonParseError::NoError);
        QCOMPARE(row.value(QStringLiteral("time")).toString(), QStringLiteral("2026-01-01T00:00:00.000007Z"));
        QCOMPARE(row.value(QStringLiteral("path")).toString(), QStringLiteral("/a\"b\\c\u0001\u00e9\ufffd"));
        QVERIFY(!row.contains(QStringLiteral("consumer")));
    }
}

void MetricsTest::aFullLogCountsWhatItLoses() {
    const QString file = QDir::current().filePath(QStringLiteral("full.log"));
    QFile::remove(file);
    Counter dropped;
    std::uint64_t written = 0;
    {
        auto log = AccessLog::open(file.toStdString(), 1024 * 1024 * 1024, 1);
        QVERIFY(log.has_value());
        AccessLogBatch batch(**log, dropped);
        const std::string path(AccessLogBatch::bytesMax, 'x'); // each row fills a batch
        AccessRow row;
        row.path = path;
        for (int i = 0; i < 2000; ++i) {
            batch.add(row);
        }
    }
    QFile log(file);
    QVERIFY(log.open(QIODevice::ReadOnly));
    while (!log.atEnd()) {
        static_cast<void>(log.readLine());
        ++written;
    }
    QCOMPARE(written + dropped.value(), std::uint64_t{2000});
    QFile::remove(file);
}

void MetricsTest::aLogThatCannotBeWrittenSaysWhy() {
    const auto log = AccessLog::open("/proc/nothing/access.log", 1024, 1);
    QVERIFY(!log.has_value());
    QCOMPARE(log.error().kind, ErrorKind::Environment);
    QVERIFY(log.error().message.find("cannot write the access log") == 0);
}

QTEST_APPLESS_MAIN(MetricsTest)
#include "test_metrics.moc"
