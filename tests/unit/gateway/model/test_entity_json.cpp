#include "gateway/model/codec.h"
#include "model_samples.h"

#include <QtTest>

using namespace gateway::model;

class EntityJsonTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void readsBackEveryEntity();
    void readsBackEntitiesWithDefaultsAlone();
    void readsBackEveryWayToHash();
    void readsBackPartsWithDefaultsAlone();
    void readsBackRetriesForNoReason();
    void isSortedCompactAndWithoutIds();
    void givesTheIdItIsAskedFor();
    void takesAPortOfZero();
    void refusesWhatIsNoEntity_data();
    void refusesWhatIsNoEntity();
};

namespace {

template<class T>
bool readsBack(T entity, EntityKind kind) {
    entity.id.value = 42;
    const auto again = fromJson(kind, 42, toJson(Put{entity}));
    return again && *again == Put{entity};
}

} // namespace

void EntityJsonTest::readsBackEveryEntity() {
    const Config config = everyField().config;
    QVERIFY(readsBack(config.listeners[0], EntityKind::Listener));
    QVERIFY(readsBack(config.tiers[0], EntityKind::Tier));
    QVERIFY(readsBack(config.consumers[0], EntityKind::Consumer));
    QVERIFY(readsBack(config.services[0], EntityKind::Service));
    QVERIFY(readsBack(config.policies[0], EntityKind::Policy));
    QVERIFY(readsBack(config.routes[0], EntityKind::Route));
    QVERIFY(readsBack(config.routes[1], EntityKind::Route));
}

void EntityJsonTest::readsBackEntitiesWithDefaultsAlone() {
    QVERIFY(readsBack(Listener{}, EntityKind::Listener));
    QVERIFY(readsBack(Tier{}, EntityKind::Tier));
    QVERIFY(readsBack(Consumer{}, EntityKind::Consumer));
    QVERIFY(readsBack(Service{}, EntityKind::Service));
    QVERIFY(readsBack(Policy{}, EntityKind::Policy));
    QVERIFY(readsBack(Route{}, EntityKind::Route));
}

void EntityJsonTest::readsBackEveryWayToHash() {
    for (const HashOn& hashOn :
         {HashOn{}, HashOn{HashOn::Source::Consumer, {}}, HashOn{HashOn::Source::Header, "X-User"},
          HashOn{HashOn::Source::Cookie, "session"}}) {
        Service service;
        service.balance = Balance::ConsistentHash;
        service.hashOn = hashOn;
        QVERIFY(readsBack(service, EntityKind::Service));
    }
}

void EntityJsonTest::readsBackPartsWithDefaultsAlone() {
    Service service;
    service.name = "s";
    service.outlier.emplace();
    service.breaker.emplace();
    service.health = HealthCheck{"/healthz"};
    QVERIFY(readsBack(service, EntityKind::Service));
    QCOMPARE(QString::fromStdString(toJson(Put{service})),
             QStringLiteral(
                 R"({"breaker":{},"health":{"path":"/healthz"},"name":"s","outlier":{},"targets":[]})"));
}

void EntityJsonTest::readsBackRetriesForNoReason() {
    Service service;
    service.retries = {0, false, false, false, false, {}, 0};
    QVERIFY(readsBack(service, EntityKind::Service));
}

void EntityJsonTest::isSortedCompactAndWithoutIds() {
    Route route = makeRoute("r", "/a/{id}");
    route.id.value = 7;
    route.match.methods = {"GET"};
    route.match.headers = {{"X-B", "1"}, {"X-A", "2"}};
    route.rewrite = "/b/{id}";
    QCOMPARE(QString::fromStdString(toJson(Put{route})),
             QStringLiteral(
                 R"({"action":{"rewrite":"/b/{id}","service":"s"},"match":{"headers":{"X-A":"2","X-B":"1"},)"
                 R"("methods":["GET"],"path":"/a/{id}"},"name":"r"})"));
}

void EntityJsonTest::givesTheIdItIsAskedFor() {
    const auto put = fromJson(EntityKind::Tier, 9, R"({"name":"t","rate":"5/hour","burst":3})");
    QVERIFY(put);
    const Tier& tier = std::get<Tier>(put->entity);
    QCOMPARE(tier.id.value, std::uint64_t{9});
    QCOMPARE(tier.requests, std::uint64_t{5});
    QCOMPARE(tier.period.count(), 3600);
    QCOMPARE(tier.burst, std::uint64_t{3});
}

void EntityJsonTest::takesAPortOfZero() {
    const auto put = fromJson(EntityKind::Listener, 1, R"({"name":"l","address":"[::1]:0"})");
    QVERIFY(put);
    QCOMPARE(std::get<Listener>(put->entity).port, std::uint16_t{0});
    QCOMPARE(QString::fromStdString(std::get<Listener>(put->entity).host), QStringLiteral("::1"));
}

void EntityJsonTest::refusesWhatIsNoEntity_data() {
    QTest::addColumn<QString>("json");
    QTest::addColumn<QString>("problem");
    const auto row = [](const char* name, const char* json, const char* problem) {
        QTest::newRow(name) << QString::fromLatin1(json) << QString::fromLatin1(problem) + QLatin1Char('\n');
    };
    row("nothing", "", "syntax ");
    row("half of it", "{\"name\":", "syntax ");
    row("more than it", "{} {}", "syntax ");
    row("a list", "[]", "wrong-type ");
    row("an unknown field", "{\"nome\":\"r\"}", "unknown-field nome");
    row("a field twice", "{\"name\":\"r\",\"name\":\"r\"}", "syntax ");
    row("a number for a name", "{\"name\":5}", "wrong-type name");
    row("a priority too high", "{\"priority\":2147483648}", "not-allowed priority");
    row("a fraction", "{\"priority\":1.5}", "wrong-type priority");
    row("a feature", "{\"version\":\"v1\"}", "not-supported-yet version");
    QTest::newRow("nested too deep") << QStringLiteral("[").repeated(65) + QStringLiteral("]").repeated(65)
                                     << QStringLiteral("syntax \n");
}

void EntityJsonTest::refusesWhatIsNoEntity() {
    QFETCH(QString, json);
    QFETCH(QString, problem);
    const auto put = fromJson(EntityKind::Route, 1, json.toStdString());
    QVERIFY(!put);
    QCOMPARE(listProblems(put.error(), false), problem);
}

QTEST_APPLESS_MAIN(EntityJsonTest)
#include "test_entity_json.moc"
