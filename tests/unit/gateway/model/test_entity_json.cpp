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
    void readsBackUnfinishedRulesOfAccess();
    void readsHowCallersWereAuthenticatedBefore();
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
    const auto all = [](const auto& items, EntityKind kind) {
        return !items.empty() && std::all_of(items.begin(), items.end(),
                                             [&](const auto& item) { return readsBack(item, kind); });
    };
    QVERIFY(all(config.certificates, EntityKind::Certificate));
    QVERIFY(all(config.listeners, EntityKind::Listener));
    QVERIFY(all(config.tiers, EntityKind::Tier));
    QVERIFY(all(config.consumers, EntityKind::Consumer));
    QVERIFY(all(config.identityProviders, EntityKind::IdentityProvider));
    QVERIFY(all(config.services, EntityKind::Service));
    QVERIFY(all(config.policies, EntityKind::Policy));
    QVERIFY(all(config.routes, EntityKind::Route));
}

void EntityJsonTest::readsBackEntitiesWithDefaultsAlone() {
    QVERIFY(readsBack(Listener{}, EntityKind::Listener));
    QVERIFY(readsBack(Tier{}, EntityKind::Tier));
    QVERIFY(readsBack(Consumer{}, EntityKind::Consumer));
    QVERIFY(readsBack(IdentityProvider{}, EntityKind::IdentityProvider));
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

void EntityJsonTest::readsBackUnfinishedRulesOfAccess() {
    Policy policy;
    policy.authenticate.emplace();
    policy.authorize.emplace();
    policy.identity.emplace();
    QVERIFY(readsBack(policy, EntityKind::Policy));
    policy.authenticate->anyOf = {{{Credential::Kind::Jwt, ""}}};
    policy.authenticate->anonymous = true;
    policy.identity->token.emplace_back();
    QVERIFY(readsBack(policy, EntityKind::Policy));
    IdentityProvider provider;
    provider.algorithms.clear();
    provider.introspection.emplace();
    QVERIFY(readsBack(provider, EntityKind::IdentityProvider));
}

void EntityJsonTest::readsHowCallersWereAuthenticatedBefore() {
    const auto policy =
        fromJson(EntityKind::Policy, 1, R"({"authenticate":{"any_of":["api-key"]},"name":"p"})");
    QVERIFY(policy);
    QVERIFY(std::get<Policy>(policy->entity).authenticate == byApiKey());
    const auto route = fromJson(EntityKind::Route, 1, R"({"authorize":{"roles":["a","b"]},"name":"r"})");
    QVERIFY(route);
    QVERIFY(std::get<Route>(route->entity).authorize.roles == std::vector<std::string>({"a", "b"}));
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
