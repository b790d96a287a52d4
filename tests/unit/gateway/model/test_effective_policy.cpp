#include "gateway/model/effective_policy.h"

#include <QTest>

using namespace gateway::model;

namespace {

Policy makePolicy(const std::string& name) {
    Policy policy;
    policy.name = name;
    policy.authenticate = byApiKey();
    return policy;
}

Policy withHsts(const std::string& name, std::chrono::seconds maxAge) {
    Policy policy;
    policy.name = name;
    policy.hsts = Hsts{.maxAge = maxAge};
    return policy;
}

/// A policy at each place: listener `public`, service `orders`, route `list`, and one everywhere.
Config placesConfig() {
    Config config;
    for (const char* name : {"at-listener", "at-service", "at-route", "at-none"}) {
        config.policies.put(makePolicy(name));
    }
    Policy everywhere = makePolicy("everywhere");
    everywhere.everywhere = true;
    config.policies.put(everywhere);
    Listener listener;
    listener.name = "public";
    listener.policies = {"at-listener"};
    config.listeners.put(listener);
    Service service;
    service.name = "orders";
    service.policies = {"at-service"};
    config.services.put(service);
    Route route;
    route.name = "list";
    route.service = "orders";
    route.policies = {"at-route"};
    config.routes.put(route);
    return config;
}

std::vector<std::string> namesOf(const std::vector<AttachedPolicy>& policies) {
    std::vector<std::string> names;
    for (const AttachedPolicy& item : policies) {
        names.push_back(item.policy->name);
    }
    return names;
}

using Names = std::vector<std::string>;

} // namespace

class EffectivePolicyTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void restrictionsOfAllPlacesAddUp();
    void whatIsWaivedIsNamedButDoesNotHold();
    void aRoutesOwnPolicyHoldsAlthoughItIsWaived();
    void aPolicyThatComesTwiceHoldsOnceAtTheMostSpecificPlace();
    void aSettingComesFromTheMostSpecificPlace();
    void aWaivedSettingDoesNotCount();
    void sourcesAreNamed();
    void withoutAListenerItsPoliciesAreLeftOut();
    void whatCostsLeastIsTriedFirst();
    void whereThereIsNoRouteListenerAndEverywhereHold();
};

void EffectivePolicyTest::restrictionsOfAllPlacesAddUp() {
    const Config config = placesConfig();
    const auto effective = effectivePolicy(config, config.routes[0], &config.listeners[0]);
    QCOMPARE(namesOf(effective.holding()), (Names{"everywhere", "at-listener", "at-service", "at-route"}));
    QVERIFY(effective.authenticates());
}

void EffectivePolicyTest::whatIsWaivedIsNamedButDoesNotHold() {
    Config config = placesConfig();
    Route route = config.routes[0];
    route.policies.clear();
    route.waives = {"everywhere", "at-listener", "at-service"};
    config.routes.put(route);
    const auto effective = effectivePolicy(config, config.routes[0], &config.listeners[0]);
    QVERIFY(effective.holding().empty());
    QVERIFY(!effective.authenticates());
    QCOMPARE(namesOf(effective.attached), (Names{"everywhere", "at-listener", "at-service"}));
    for (const AttachedPolicy& item : effective.attached) {
        QVERIFY(item.isWaived);
    }
}

void EffectivePolicyTest::aRoutesOwnPolicyHoldsAlthoughItIsWaived() {
    Config config = placesConfig();
    Route route = config.routes[0];
    route.waives = {"at-route"};
    config.routes.put(route);
    const auto effective = effectivePolicy(config, config.routes[0], nullptr);
    QCOMPARE(namesOf(effective.holding()), (Names{"everywhere", "at-service", "at-route"}));
}

void EffectivePolicyTest::aPolicyThatComesTwiceHoldsOnceAtTheMostSpecificPlace() {
    Config config = placesConfig();
    Route route = config.routes[0];
    route.policies = {"everywhere", "at-route"};
    config.routes.put(route);
    const auto effective = effectivePolicy(config, config.routes[0], nullptr);
    QCOMPARE(namesOf(effective.holding()), (Names{"at-service", "everywhere", "at-route"}));
    QCOMPARE(effective.holding()[1].place, AttachedPolicy::Place::Route);
}

void EffectivePolicyTest::aSettingComesFromTheMostSpecificPlace() {
    Config config = placesConfig();
    config.policies.put(withHsts("first", std::chrono::seconds(1)));
    config.policies.put(withHsts("second", std::chrono::seconds(2)));
    Listener listener = config.listeners[0];
    listener.policies = {"first"};
    config.listeners.put(listener);
    Route route = config.routes[0];
    const auto maxAge = [&config]() -> qint64 {
        const auto effective = effectivePolicy(config, config.routes[0], &config.listeners[0]);
        const Hsts* hsts = effective.setting(&Policy::hsts);
        return hsts != nullptr ? hsts->maxAge.count() : 0;
    };
    QCOMPARE(maxAge(), 1);
    route.policies = {"second", "at-route"};
    config.routes.put(route);
    QCOMPARE(maxAge(), 2);
    route.policies = {"second", "first"};
    config.routes.put(route);
    QCOMPARE(maxAge(), 1);
}

void EffectivePolicyTest::aWaivedSettingDoesNotCount() {
    Config config = placesConfig();
    config.policies.put(withHsts("strict", std::chrono::seconds(1)));
    Service service = config.services[0];
    service.policies = {"strict"};
    config.services.put(service);
    Route route = config.routes[0];
    route.waives = {"strict"};
    config.routes.put(route);
    QVERIFY(effectivePolicy(config, config.routes[0], nullptr).setting(&Policy::hsts) == nullptr);
}

void EffectivePolicyTest::sourcesAreNamed() {
    const Config config = placesConfig();
    const auto effective = effectivePolicy(config, config.routes[0], &config.listeners[0]);
    Names texts;
    for (const AttachedPolicy& item : effective.attached) {
        texts.push_back(textOf(item));
    }
    QCOMPARE(texts,
             (Names{"policy everywhere, which holds everywhere", "policy at-listener on listener public",
                    "policy at-service on service orders", "policy at-route on route list"}));
}

void EffectivePolicyTest::withoutAListenerItsPoliciesAreLeftOut() {
    const Config config = placesConfig();
    const auto effective = effectivePolicy(config, config.routes[0], nullptr);
    QCOMPARE(namesOf(effective.holding()), (Names{"everywhere", "at-service", "at-route"}));
}

void EffectivePolicyTest::whereThereIsNoRouteListenerAndEverywhereHold() {
    const Config config = placesConfig();
    const auto effective = PolicyPlaces(config).listenerOnly(config.listeners[0]);
    QCOMPARE(namesOf(effective.holding()), (Names{"everywhere", "at-listener"}));
}

void EffectivePolicyTest::whatCostsLeastIsTriedFirst() {
    using Kind = Credential::Kind;
    const Credential key{};
    const Credential certificate{.kind = Kind::ClientCertificate};
    const Credential jwt{.kind = Kind::Jwt, .provider = "corp"};
    const Credential opaque{.kind = Kind::Introspection, .provider = "corp"};
    const Authenticate authenticate{.anyOf = {{opaque}, {jwt, key}, {jwt}, {certificate}, {key}}};
    const std::vector<std::vector<Credential>> wanted{{key}, {jwt}, {key, jwt}, {certificate}, {opaque}};
    QVERIFY(waysInOrder(authenticate) == wanted);
}

QTEST_GUILESS_MAIN(EffectivePolicyTest)
#include "test_effective_policy.moc"
