#include "ui/models/consumer_table_models.h"
#include "ui/models/history_table_models.h"
#include "ui/models/key_table_model.h"
#include "ui/models/route_table_model.h"
#include "ui/models/service_table_models.h"
#include "ui/theme.h"
#include "ui/widgets/table_delegates.h"

#include <QAbstractItemModelTester>
#include <QItemSelectionModel>
#include <QSignalSpy>
#include <QTest>
#include <algorithm>

using namespace gateway;

namespace {

constexpr int manyRoutes = 100'000;

model::Route makeRoute(std::uint64_t id, const std::string& name, const std::string& path) {
    model::Route route;
    route.id = model::RouteId{id};
    route.name = name;
    route.match.path = path;
    route.service = "orders";
    return route;
}

service::PublishedConfigPointer published(std::vector<model::Route> routes) {
    auto config = std::make_shared<service::PublishedConfig>();
    config->config.routes.assign(std::move(routes));
    return config;
}

service::PublishedConfigPointer manyRoutesConfig() {
    std::vector<model::Route> routes;
    routes.reserve(manyRoutes);
    for (int i = 0; i < manyRoutes; ++i) {
        // Names in the order of the numbers, paths in the opposite one.
        const std::string number = std::to_string(manyRoutes + i);
        auto route = makeRoute(static_cast<std::uint64_t>(i) + 1, "route-" + number,
                               "/v1/items-" + std::to_string(2 * manyRoutes - i) + "/{id}");
        route.enabled = i % 10 != 0;
        route.match.methods = {i % 2 == 0 ? "GET" : "POST"};
        route.match.hosts = {"Api" + std::to_string(i % 7) + ".example.com"};
        routes.push_back(std::move(route));
    }
    return published(std::move(routes));
}

metrics::MetricsFrame frameOf(std::uint64_t route, std::uint64_t requests, std::uint64_t serverErrors) {
    metrics::MetricsFrame frame;
    frame.interval = std::chrono::seconds(1);
    metrics::RouteTraffic traffic;
    traffic.route = model::RouteId{route};
    traffic.counts.requests = requests;
    traffic.counts.byClass[5] = serverErrors;
    traffic.counts.p95Ms = 12;
    frame.routes.push_back(traffic);
    return frame;
}

QString cell(const QAbstractItemModel& model, int row, int column) {
    return model.index(row, column).data().toString();
}

} // namespace

class ModelsTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void filtersAHundredThousandRoutesByEveryWord();
    void sortsAHundredThousandRoutesOnAnyColumn();
    void keepsTheCurrentRouteThroughFilterSortAndANewConfig();
    void forgetsTheSelectionOfARouteThatIsGone();
    void showsTheRateOverTheLastTenFrames();
    void callsARouteFailingWhileATenthOfItsRequestsFail();
    void showsADisabledRouteWithoutTraffic();
    void saysWhetherARouteAsksForAKey();
    void countsTheConsumersOfATier();
    void masksKeysAndTellsTheirStatesApart();
    void asksForANumberOfKeysOnce();
    void namesTheStateOfAService();
    void claimsNothingOfATargetThatNobodyAsked();
    void countsDrainedTargetsApart();
    void namesTheConditionOfATarget();
    void knowsTheLastTargetThatGetsRequests();
    void showsTheEntriesOfOneRevision();
};

void ModelsTest::filtersAHundredThousandRoutesByEveryWord() {
    ui::RouteTableModel model;
    model.setConfig(manyRoutesConfig());
    QCOMPARE(model.rowCount(), manyRoutes);
    model.setFilter(QStringLiteral("API3 post items-1999"));
    const auto isWanted = [](int i) {
        return i % 7 == 3 && i % 2 == 1 && std::to_string(2 * manyRoutes - i).starts_with("1999");
    };
    int wanted = 0;
    for (int i = 0; i < manyRoutes; ++i) {
        wanted += isWanted(i) ? 1 : 0;
    }
    QVERIFY(wanted > 0);
    QCOMPARE(model.rowCount(), wanted);
    for (int row = 0; row < model.rowCount(); ++row) {
        QVERIFY(isWanted(static_cast<int>(model.idAt(row)) - 1));
    }
    qInfo("100,000 routes filtered in %lld us", static_cast<long long>(model.lastFilterTime().count()));
    model.setFilter(QString());
    QCOMPARE(model.rowCount(), manyRoutes);
}

void ModelsTest::sortsAHundredThousandRoutesOnAnyColumn() {
    ui::RouteTableModel model;
    model.setConfig(manyRoutesConfig());
    model.addFrame(frameOf(4711, 100, 0));
    for (const int column :
         {ui::RouteTableModel::Method, ui::RouteTableModel::Path, ui::RouteTableModel::Name,
          ui::RouteTableModel::Hosts, ui::RouteTableModel::Service, ui::RouteTableModel::Status}) {
        model.sort(column, Qt::DescendingOrder);
        QCOMPARE(model.rowCount(), manyRoutes);
        if (column == ui::RouteTableModel::Status) {
            QCOMPARE(cell(model, 0, column), QStringLiteral("Disabled"));
            continue;
        }
        for (int row = 1; row < 2000; ++row) {
            QVERIFY(cell(model, row - 1, column) >= cell(model, row, column));
        }
    }
    model.sort(ui::RouteTableModel::Rate, Qt::DescendingOrder);
    QCOMPARE(model.idAt(0), 4711U);
    model.sort(-1);
    QCOMPARE(model.idAt(0), 1U);
}

void ModelsTest::keepsTheCurrentRouteThroughFilterSortAndANewConfig() {
    ui::RouteTableModel model;
    const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    model.setConfig(published({makeRoute(1, "a", "/a"), makeRoute(2, "b", "/b"), makeRoute(3, "c", "/c")}));
    QItemSelectionModel selection(&model);
    selection.setCurrentIndex(model.index(1, 0),
                              QItemSelectionModel::ClearAndSelect | QItemSelectionModel::Rows);
    model.sort(ui::RouteTableModel::Path, Qt::DescendingOrder);
    QCOMPARE(model.idAt(selection.currentIndex().row()), 2U);
    model.setFilter(QStringLiteral("/b"));
    QCOMPARE(selection.currentIndex().row(), 0);
    model.setFilter(QString());
    // Renamed, and two others before it.
    model.setConfig(published({makeRoute(2, "z", "/b"), makeRoute(4, "d", "/d"), makeRoute(5, "e", "/e")}));
    QCOMPARE(model.idAt(selection.currentIndex().row()), 2U);
    QCOMPARE(selection.selectedRows().size(), 1);
}

void ModelsTest::forgetsTheSelectionOfARouteThatIsGone() {
    ui::RouteTableModel model;
    model.setConfig(published({makeRoute(1, "a", "/a"), makeRoute(2, "b", "/b")}));
    QItemSelectionModel selection(&model);
    selection.setCurrentIndex(model.index(1, 0),
                              QItemSelectionModel::ClearAndSelect | QItemSelectionModel::Rows);
    model.setConfig(published({makeRoute(1, "a", "/a")}));
    QVERIFY(!selection.currentIndex().isValid());
    QVERIFY(!selection.hasSelection());
}

void ModelsTest::showsTheRateOverTheLastTenFrames() {
    ui::RouteTableModel model;
    model.setConfig(published({makeRoute(1, "a", "/a")}));
    QCOMPARE(cell(model, 0, ui::RouteTableModel::Rate), QStringLiteral("–"));
    QSignalSpy changes(&model, &QAbstractItemModel::dataChanged);
    for (int i = 0; i < 10; ++i) {
        model.addFrame(frameOf(1, 5, 0));
    }
    QVERIFY(!changes.isEmpty());
    QCOMPARE(cell(model, 0, ui::RouteTableModel::Rate), QStringLiteral("5.0"));
    QCOMPARE(cell(model, 0, ui::RouteTableModel::P95), QStringLiteral("12.0 ms"));
    for (int i = 0; i < 5; ++i) {
        model.addFrame(frameOf(2, 1, 0));
    }
    QCOMPARE(cell(model, 0, ui::RouteTableModel::Rate), QStringLiteral("2.5"));
    for (int i = 0; i < 5; ++i) {
        model.addFrame(frameOf(2, 1, 0));
    }
    QCOMPARE(cell(model, 0, ui::RouteTableModel::Rate), QStringLiteral("–"));
}

void ModelsTest::callsARouteFailingWhileATenthOfItsRequestsFail() {
    ui::RouteTableModel model;
    model.setConfig(published({makeRoute(1, "a", "/a"), makeRoute(2, "b", "/b")}));
    model.setShow(ui::RouteTableModel::Show::Failing);
    QCOMPARE(model.rowCount(), 0);
    model.addFrame(frameOf(2, 10, 1));
    QCOMPARE(model.rowCount(), 1);
    QCOMPARE(cell(model, 0, ui::RouteTableModel::Status), QStringLiteral("Failing"));
    QCOMPARE(model.index(0, ui::RouteTableModel::Status).data(ui::ToneRole).toInt(),
             static_cast<int>(ui::Tone::Bad));
    model.addFrame(frameOf(2, 10, 0));
    QCOMPARE(model.rowCount(), 0);
}

void ModelsTest::showsADisabledRouteWithoutTraffic() {
    ui::RouteTableModel model;
    auto route = makeRoute(1, "a", "/a");
    route.enabled = false;
    model.setConfig(published({route}));
    model.addFrame(frameOf(1, 10, 0));
    QCOMPARE(cell(model, 0, ui::RouteTableModel::Rate), QStringLiteral("–"));
    QCOMPARE(cell(model, 0, ui::RouteTableModel::Status), QStringLiteral("Disabled"));
    QVERIFY(model.index(0, 0).data(ui::DimmedRole).toBool());
}

void ModelsTest::saysWhetherARouteAsksForAKey() {
    auto config = std::make_shared<service::PublishedConfig>();
    auto open = makeRoute(1, "open", "/open");
    auto closed = makeRoute(2, "closed", "/closed");
    open.policies = {"nothing"};
    closed.policies = {"nothing", "key"};
    config->config.routes.assign({open, closed});
    config->config.policies.assign({model::Policy{model::PolicyId{3}, "nothing", std::nullopt},
                                    model::Policy{model::PolicyId{4}, "key", gateway::model::byApiKey()}});
    ui::RouteTableModel model;
    model.setConfig(config);
    QCOMPARE(cell(model, 0, ui::RouteTableModel::Auth), QStringLiteral("API key")); // "closed" comes first
    QCOMPARE(cell(model, 1, ui::RouteTableModel::Auth), QStringLiteral("None"));
}

void ModelsTest::countsTheConsumersOfATier() {
    auto config = std::make_shared<service::PublishedConfig>();
    model::Tier free;
    free.id = model::TierId{1};
    free.name = "free";
    free.requests = 1000;
    free.period = std::chrono::minutes(1);
    config->config.tiers.put(free);
    for (const char* name : {"a", "b"}) {
        model::Consumer consumer;
        consumer.id = model::ConsumerId{static_cast<std::uint64_t>(name[0])};
        consumer.name = name;
        consumer.tier = "free";
        config->config.consumers.put(consumer);
    }
    ui::TierTableModel model;
    model.setConfig(config);
    QCOMPARE(cell(model, 0, ui::TierTableModel::Allowance), QStringLiteral("1,000 / minute"));
    QCOMPARE(cell(model, 0, ui::TierTableModel::Consumers), QStringLiteral("2"));
}

void ModelsTest::masksKeysAndTellsTheirStatesApart() {
    ManualClock clock;
    model::ApiKey key;
    key.id = model::KeyId{1};
    key.name = "ci";
    key.prefix = "gh_4f9a";
    key.created = clock.wallTime();
    auto expired = key;
    expired.id = model::KeyId{2};
    expired.expires = clock.wallTime();
    auto disabled = key;
    disabled.id = model::KeyId{3};
    disabled.state = model::KeyState::Disabled;
    auto revoked = expired;
    revoked.id = model::KeyId{4};
    revoked.state = model::KeyState::Revoked;
    ui::KeyTableModel model(clock);
    model.setKeys({key, expired, disabled, revoked});
    QCOMPARE(cell(model, 0, ui::KeyTableModel::Prefix), QStringLiteral("gh_4f9a…"));
    const QStringList states = {QStringLiteral("Active"), QStringLiteral("Expired"),
                                QStringLiteral("Disabled"), QStringLiteral("Revoked")};
    for (int row = 0; row < 4; ++row) {
        QCOMPARE(cell(model, row, ui::KeyTableModel::State), states[row]);
    }
}

void ModelsTest::asksForANumberOfKeysOnce() {
    auto config = std::make_shared<service::PublishedConfig>();
    model::Consumer consumer;
    consumer.id = model::ConsumerId{7};
    consumer.name = "acme";
    config->config.consumers.put(consumer);
    ui::ConsumerTableModel model;
    model.setConfig(config);
    QSignalSpy wanted(&model, &ui::ConsumerTableModel::keyCountWanted);
    QCOMPARE(cell(model, 0, ui::ConsumerTableModel::Keys), QStringLiteral("–"));
    QCOMPARE(cell(model, 0, ui::ConsumerTableModel::Keys), QStringLiteral("–"));
    QCOMPARE(wanted.size(), 1);
    model.setKeyCount(7, 3);
    QCOMPARE(cell(model, 0, ui::ConsumerTableModel::Keys), QStringLiteral("3"));
    model.forgetKeyCount(7);
    QCOMPARE(cell(model, 0, ui::ConsumerTableModel::Keys), QStringLiteral("3"));
    QCOMPARE(wanted.size(), 2);
}

namespace {

metrics::TargetTraffic targetTraffic(const char* address, std::uint64_t requests) {
    metrics::TargetTraffic traffic;
    traffic.address = address;
    traffic.requests = requests;
    traffic.connectionsOpen = 1;
    return traffic;
}

/// A service of two targets and the first second of its traffic.
struct ServiceInUse {
    ServiceInUse() {
        orders.id = model::ServiceId{1};
        orders.name = "orders";
        orders.targets = {{"127.0.0.1", 9001, 1}, {"127.0.0.1", 9002, 1}};
        frame.interval = std::chrono::seconds(1);
        frame.services.resize(1);
        traffic().service = orders.id;
        traffic().counts.requests = 100;
        traffic().counts.p99Ms = 80;
        traffic().targets = {targetTraffic("127.0.0.1:9001", 50), targetTraffic("127.0.0.1:9002", 50)};
    }
    metrics::ServiceTraffic& traffic() { return frame.services[0]; }
    void give(ui::ServiceTableModel& model) {
        auto config = std::make_shared<service::PublishedConfig>();
        config->config.services.put(orders);
        model.setConfig(config);
    }

    model::Service orders;
    metrics::MetricsFrame frame;
};

} // namespace

void ModelsTest::namesTheStateOfAService() {
    ServiceInUse service;
    ui::ServiceTableModel model;
    service.give(model);
    const auto state = [&] { return cell(model, 0, ui::ServiceTableModel::State); };
    QCOMPARE(state(), QStringLiteral("No data"));
    model.addFrame(service.frame);
    QCOMPARE(state(), QStringLiteral("2/2 healthy"));
    service.traffic().targets[1].failures = 40;
    service.traffic().failures = 5;
    model.addFrame(service.frame);
    QCOMPARE(state(), QStringLiteral("Degraded"));
    service.traffic().failures = 300;
    model.addFrame(service.frame);
    QCOMPARE(state(), QStringLiteral("Failing"));
    service.traffic().targets[1].condition = metrics::TargetCondition::Unhealthy;
    service.traffic().panicking = true;
    model.addFrame(service.frame);
    QCOMPARE(state(), QStringLiteral("Panic · 1/2 healthy"));
    service.traffic().breaker = metrics::BreakerCondition::Open;
    model.addFrame(service.frame);
    QCOMPARE(state(), QStringLiteral("Breaker open"));
    service.traffic().breaker = metrics::BreakerCondition::Recovering;
    service.traffic().panicking = false;
    model.addFrame(service.frame);
    QCOMPARE(state(), QStringLiteral("Recovering"));
    model.forgetLive();
    QCOMPARE(state(), QStringLiteral("No data"));
}

void ModelsTest::claimsNothingOfATargetThatNobodyAsked() {
    ServiceInUse service;
    service.traffic().counts.requests = 0;
    for (auto& target : service.traffic().targets) {
        target.requests = 0;
    }
    ui::ServiceTableModel model;
    service.give(model);
    model.addFrame(service.frame);
    QCOMPARE(cell(model, 0, ui::ServiceTableModel::State), QStringLiteral("No traffic"));
    service.orders.health.emplace();
    service.give(model);
    QCOMPARE(cell(model, 0, ui::ServiceTableModel::State), QStringLiteral("2/2 healthy"));
}

void ModelsTest::countsDrainedTargetsApart() {
    ServiceInUse service;
    service.traffic().targets[0].condition = metrics::TargetCondition::Draining;
    ui::ServiceTableModel model;
    service.give(model);
    model.addFrame(service.frame);
    QCOMPARE(cell(model, 0, ui::ServiceTableModel::State), QStringLiteral("1/1 healthy"));
    QCOMPARE(model.index(0, ui::ServiceTableModel::State).data(Qt::ToolTipRole).toString(),
             QStringLiteral("Targets: 1 drained."));
    service.traffic().targets[1].condition = metrics::TargetCondition::Draining;
    model.addFrame(service.frame);
    QCOMPARE(cell(model, 0, ui::ServiceTableModel::State), QStringLiteral("Drained"));
}

void ModelsTest::namesTheConditionOfATarget() {
    ServiceInUse service;
    service.orders.targets.push_back({"127.0.0.1", 9003, 1});
    auto& targets = service.traffic().targets;
    targets[0].condition = metrics::TargetCondition::Ejected;
    targets[0].ejectedFor = std::chrono::seconds(24);
    targets[1].condition = metrics::TargetCondition::Unhealthy;
    targets[1].conditionDetail = "GET /healthz: 500";
    ui::TargetTableModel model;
    model.setService(service.orders, &service.traffic(), 1);
    QCOMPARE(cell(model, 0, ui::TargetTableModel::State), QStringLiteral("Ejected · 24 s"));
    QCOMPARE(cell(model, 1, ui::TargetTableModel::Detail), QStringLiteral("GET /healthz: 500"));
    // One that was added a moment ago is in no frame yet.
    QCOMPARE(cell(model, 2, ui::TargetTableModel::State), QStringLiteral("No data"));
    QCOMPARE(cell(model, 2, ui::TargetTableModel::Requests), QStringLiteral("–"));
    targets[0].condition = metrics::TargetCondition::Draining;
    targets[0].requestsActive = 3;
    targets[1].condition = metrics::TargetCondition::Warming;
    model.setService(service.orders, &service.traffic(), 2);
    QCOMPARE(cell(model, 0, ui::TargetTableModel::State), QStringLiteral("Draining · 3"));
    QCOMPARE(cell(model, 0, ui::TargetTableModel::Requests), QStringLiteral("25.0"));
    QCOMPARE(cell(model, 1, ui::TargetTableModel::State), QStringLiteral("Warming up"));
}

void ModelsTest::knowsTheLastTargetThatGetsRequests() {
    ServiceInUse service;
    QVERIFY(!ui::isLastInService(service.orders, "127.0.0.1:9001", nullptr));
    QVERIFY(!ui::isLastInService(service.orders, "127.0.0.1:9001", &service.traffic()));
    service.traffic().targets[1].condition = metrics::TargetCondition::Unhealthy;
    QVERIFY(ui::isLastInService(service.orders, "127.0.0.1:9001", &service.traffic()));
    service.orders.targets[1].drain = true;
    QVERIFY(ui::isLastInService(service.orders, "127.0.0.1:9001", nullptr));
}

void ModelsTest::showsTheEntriesOfOneRevision() {
    service::AuditEntry created;
    created.id = 1;
    created.action = "put";
    created.entityKind = "route";
    created.entityName = "orders";
    created.revision = 1;
    created.after = "{}";
    auto changed = created;
    changed.id = 2;
    changed.revision = 2;
    changed.before = "{}";
    ui::AuditTableModel model;
    model.setEntries({changed, created});
    QCOMPARE(model.rowCount(), 2);
    model.setRevision(1);
    QCOMPARE(model.rowCount(), 1);
    QCOMPARE(cell(model, 0, ui::AuditTableModel::What), QStringLiteral("Created route orders"));
    model.setRevision(2);
    QCOMPARE(cell(model, 0, ui::AuditTableModel::What), QStringLiteral("Changed route orders"));
}

QTEST_GUILESS_MAIN(ModelsTest)
#include "models_test.moc"
