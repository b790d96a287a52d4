#include "gateway/service/effective_access.h"

#include <QtTest>
#include <deque>

using namespace gateway::model;
using namespace gateway::service;
using gateway::WallTime;
using gateway::auth::RevocationSet;
using Verdict = AccessLine::Verdict;

namespace {

constexpr WallTime now{std::chrono::hours(24 * 365 * 50)};

Credential jwtOf(const std::string& provider) {
    return {.kind = Credential::Kind::Jwt, .provider = provider};
}

/// Listener `public`, service `orders`, tier `pro`, provider `corp`, consumer `acme`, route `list`.
struct House {
    House() {
        Listener listener;
        listener.name = "public";
        config.listeners.put(listener);
        Service service;
        service.name = "orders";
        config.services.put(service);
        Tier tier;
        tier.name = "pro";
        config.tiers.put(tier);
        IdentityProvider provider;
        provider.name = "corp";
        config.identityProviders.put(provider);
        acme.id = ConsumerId{1};
        acme.name = "acme";
        acme.tier = "pro";
        route.name = "list";
        route.service = "orders";
    }

    /// A policy of the route.
    Policy& policy(const std::string& name) {
        route.policies.push_back(name);
        policies.emplace_back().name = name;
        return policies.back();
    }
    void addKey(const std::string& name, std::vector<std::string> scopes = {}) {
        ApiKey& key = keys.emplace_back();
        key.consumer = acme.id;
        key.name = name;
        key.scopes = std::move(scopes);
    }
    void build() {
        for (const Policy& each : policies) {
            config.policies.put(each);
        }
        config.consumers.put(acme);
        config.routes.put(route);
    }

    AccessLine line() {
        build();
        KeyRoll roll(now);
        for (const ApiKey& key : keys) {
            roll.addNamed(key);
        }
        const RevocationSet revoked(revocations);
        const auto lines = accessOfConsumer({config, revoked, roll}, *config.consumers.find("acme"));
        return lines.empty() ? AccessLine{} : lines.front();
    }
    RouteAccess callers(std::size_t limit = 100) {
        build();
        KeyRoll roll(now);
        for (const ApiKey& key : keys) {
            roll.add(key);
        }
        const RevocationSet revoked(revocations);
        return callersOfRoute({config, revoked, roll}, *config.routes.find("list"), limit);
    }

    Config config;
    Consumer acme;
    Route route;
    std::deque<Policy> policies;
    std::vector<ApiKey> keys;
    std::vector<Revocation> revocations;
};

QString joined(const std::vector<std::string>& texts) {
    QStringList list;
    for (const std::string& text : texts) {
        list << QString::fromStdString(text);
    }
    return list.join(QLatin1Char('|'));
}

QString verdictOf(const AccessLine& line) {
    return QString::fromLatin1(verdictName(line.verdict));
}

} // namespace

class EffectiveAccessTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aRouteThatAsksNobodyIsOpen();
    void aKeyIsEnoughWhereOneIsAskedFor();
    void withoutACredentialItIsDeniedWithTheSource();
    void keysThatAreNotGoodDoNotCount();
    void aMissingScopeIsNamedWithItsSource();
    void theKeyThatServesBestIsTaken();
    void scopesOfATokenAreACondition();
    void rolesOfTheConsumerCount();
    void rulesAboutTheConsumerAreDecided();
    void rulesAboutTheRequestAreAConditionUnlessTheConsumerDecides();
    void whatAKeyMayNotBeUsedFromIsACondition();
    void restrictionsOfListenerServiceAndEverywhereAddUp();
    void whatTheRouteWaivesDoesNotHold();
    void allOfAWayHasToBeThere();
    void aCertificateNeedsAListenerThatTakesOne();
    void oneRequestCarriesTokensOfOneProviderOnly();
    void whereListenersDifferTheBestIsToldWithTheOthers();
    void aRevokedConsumerIsDenied();
    void anAgentCallsItsRoutesOnly();
    void anonymousCallersAreLetInWhereAllPoliciesSaySo();
    void whoIsAnonymousForOnePolicyCanShowWhatAnotherAsksFor();
    void whatAWayDoesNotNeedDoesNotCount();
    void whatIsNotThereIsUnknownAndNotFalse();
    void disabledRoutesAreLeftOut();
    void callersAreCountedAndThoseWhoMayCallComeFirst();
    void strangersHaveLinesOfTheirOwn();
    void policiesAreNamedWithWhereTheyComeFrom();
    void aHundredThousandConsumersAreCountedExactly();
};

void EffectiveAccessTest::aRouteThatAsksNobodyIsOpen() {
    House house;
    const AccessLine line = house.line();
    QCOMPARE(verdictOf(line), QStringLiteral("allowed"));
    QCOMPARE(line.credential, std::string("no credential"));
    QCOMPARE(joined(line.why), QStringLiteral("no policy asks who calls"));
}

void EffectiveAccessTest::aKeyIsEnoughWhereOneIsAskedFor() {
    House house;
    house.policy("key").authenticate = byApiKey();
    house.addKey("ci");
    AccessLine line = house.line();
    QCOMPARE(verdictOf(line), QStringLiteral("allowed"));
    QCOMPARE(line.credential, std::string("API key ci"));
    QCOMPARE(joined(line.why), QStringLiteral("API key ci will do: policy key on route list"));
    house.addKey("laptop");
    QCOMPARE(house.line().credential, std::string("any of its 2 API keys"));
}

void EffectiveAccessTest::withoutACredentialItIsDeniedWithTheSource() {
    House house;
    house.policy("key").authenticate = byApiKey();
    const AccessLine line = house.line();
    QCOMPARE(verdictOf(line), QStringLiteral("denied"));
    QCOMPARE(joined(line.why), QStringLiteral("it has no API key: policy key on route list"));
}

void EffectiveAccessTest::keysThatAreNotGoodDoNotCount() {
    House house;
    house.policy("key").authenticate = byApiKey();
    house.addKey("old");
    house.keys.back().expires = now;
    house.addKey("off");
    house.keys.back().state = KeyState::Disabled;
    AccessLine line = house.line();
    QCOMPARE(verdictOf(line), QStringLiteral("denied"));
    QVERIFY(joined(line.why).startsWith(QStringLiteral("each of its API keys is revoked, disabled or")));
    house.keys.front().expires = now + std::chrono::seconds(1);
    QCOMPARE(verdictOf(house.line()), QStringLiteral("allowed"));
}

void EffectiveAccessTest::aMissingScopeIsNamedWithItsSource() {
    House house;
    house.policy("key").authenticate = byApiKey();
    house.addKey("ci", {"orders.read"});
    house.route.authorize.scopes = {"orders.read", "orders.write"};
    const AccessLine line = house.line();
    QCOMPARE(verdictOf(line), QStringLiteral("denied"));
    QCOMPARE(line.credential, std::string("API key ci"));
    QCOMPARE(joined(line.why), QStringLiteral("scope orders.write is missing: route list itself"));
}

void EffectiveAccessTest::theKeyThatServesBestIsTaken() {
    House house;
    house.policy("key").authenticate = byApiKey();
    house.addKey("reader", {"read"});
    house.addKey("writer", {"write", "read"});
    house.addKey("other");
    house.policy("scoped").authorize =
        Authorize{.scopes = {"write"}, .anyScope = {}, .roles = {}, .allRoles = {}};
    const AccessLine line = house.line();
    QCOMPARE(verdictOf(line), QStringLiteral("allowed"));
    QCOMPARE(line.credential, std::string("API key writer"));
}

void EffectiveAccessTest::scopesOfATokenAreACondition() {
    House house;
    house.policy("token").authenticate = Authenticate{.anyOf = {{jwtOf("corp")}}};
    house.route.authorize.anyScope = {"read", "write"};
    house.acme.identities = {{.kind = ConsumerIdentity::Kind::Subject, .value = "a", .provider = "corp"}};
    const AccessLine line = house.line();
    QCOMPARE(verdictOf(line), QStringLiteral("conditional"));
    QCOMPARE(line.credential, std::string("JWT of corp"));
    QVERIFY(joined(line.why).startsWith(QStringLiteral("the token needs scope read or write: route list")));
    house.acme.identities.clear();
    QCOMPARE(verdictOf(house.line()), QStringLiteral("denied"));
    // A provider whose tokens name consumers can name any.
    IdentityProvider naming = *house.config.identityProviders.find("corp");
    naming.consumerClaim = "client";
    house.config.identityProviders.put(naming);
    QCOMPARE(verdictOf(house.line()), QStringLiteral("conditional"));
}

void EffectiveAccessTest::rolesOfTheConsumerCount() {
    House house;
    house.policy("key").authenticate = byApiKey();
    house.addKey("ci");
    house.route.authorize.roles = {"admin", "ops"};
    QCOMPARE(joined(house.line().why), QStringLiteral("role admin or ops is missing: route list itself"));
    house.acme.roles = {"ops"};
    QCOMPARE(verdictOf(house.line()), QStringLiteral("allowed"));
    house.route.authorize.allRoles = {"ops", "night"};
    QCOMPARE(joined(house.line().why), QStringLiteral("role night is missing: route list itself"));
}

void EffectiveAccessTest::rulesAboutTheConsumerAreDecided() {
    House house;
    house.policy("key").authenticate = byApiKey();
    house.addKey("ci");
    house.route.authorize.when = R"(consumer.tier == "pro" and consumer.attributes.region == "eu")";
    AccessLine line = house.line();
    QCOMPARE(verdictOf(line), QStringLiteral("denied"));
    QVERIFY(joined(line.why).endsWith(QStringLiteral("is not true: route list itself")));
    house.acme.attributes["region"] = "eu";
    QCOMPARE(verdictOf(house.line()), QStringLiteral("allowed"));
}

void EffectiveAccessTest::rulesAboutTheRequestAreAConditionUnlessTheConsumerDecides() {
    House house;
    house.policy("key").authenticate = byApiKey();
    house.addKey("ci");
    const auto verdict = [&house](const char* rule) {
        house.route.authorize.when = rule;
        return verdictOf(house.line());
    };
    QCOMPARE(verdict(R"(request.method == "GET")"), QStringLiteral("conditional"));
    QCOMPARE(verdict(R"(consumer.tier == "free" and request.method == "GET")"), QStringLiteral("denied"));
    QCOMPARE(verdict(R"(consumer.tier == "pro" or request.method == "GET")"), QStringLiteral("allowed"));
    QCOMPARE(verdict(R"(not (consumer.tier == "pro" or request.method == "GET"))"), QStringLiteral("denied"));
    QCOMPARE(verdict("time.hour < 8"), QStringLiteral("conditional"));
    // Without a token there are no claims, and what is not there is not true.
    QCOMPARE(verdict(R"(claims.department == "sales")"), QStringLiteral("denied"));
    QCOMPARE(verdict(R"(not (claims.department == "sales"))"), QStringLiteral("denied"));
    QCOMPARE(verdict(R"(caller.method == "api-key")"), QStringLiteral("allowed"));
    QCOMPARE(verdict(R"(caller.method == "jwt")"), QStringLiteral("denied"));
}

void EffectiveAccessTest::whatAKeyMayNotBeUsedFromIsACondition() {
    House house;
    house.policy("key").authenticate = byApiKey();
    house.addKey("ci");
    house.keys.back().addresses = {"10.0.0.0/8"};
    const AccessLine line = house.line();
    QCOMPARE(verdictOf(line), QStringLiteral("conditional"));
    QVERIFY(joined(line.why).startsWith(QStringLiteral("the key only works from 10.0.0.0/8")));
}

void EffectiveAccessTest::restrictionsOfListenerServiceAndEverywhereAddUp() {
    House house;
    house.addKey("ci");
    Policy key;
    key.name = "key";
    key.authenticate = byApiKey();
    Policy ops;
    ops.name = "ops";
    ops.authorize = Authorize{.scopes = {}, .anyScope = {}, .roles = {"ops"}, .allRoles = {}};
    Policy scoped;
    scoped.name = "scoped";
    scoped.everywhere = true;
    scoped.authorize = Authorize{.scopes = {"read"}, .anyScope = {}, .roles = {}, .allRoles = {}};
    house.policies = {key, ops, scoped};
    Listener listener = *house.config.listeners.find("public");
    listener.policies = {"key"};
    house.config.listeners.put(listener);
    Service service = *house.config.services.find("orders");
    service.policies = {"ops"};
    house.config.services.put(service);
    QCOMPARE(joined(house.line().why),
             QStringLiteral("scope read is missing: policy scoped, which holds everywhere|"
                            "role ops is missing: policy ops on service orders"));
    house.acme.roles = {"ops"};
    house.keys.back().scopes = {"read"};
    const AccessLine line = house.line();
    QCOMPARE(verdictOf(line), QStringLiteral("allowed"));
    QCOMPARE(joined(line.why), QStringLiteral("API key ci will do: policy key on listener public"));
}

void EffectiveAccessTest::whatTheRouteWaivesDoesNotHold() {
    House house;
    Policy key;
    key.name = "key";
    key.authenticate = byApiKey();
    key.everywhere = true;
    house.policies = {key};
    QCOMPARE(verdictOf(house.line()), QStringLiteral("denied"));
    house.route.waives = {"key"};
    QCOMPARE(verdictOf(house.line()), QStringLiteral("allowed"));
}

void EffectiveAccessTest::allOfAWayHasToBeThere() {
    House house;
    house.policy("both").authenticate = Authenticate{.anyOf = {{Credential{}, jwtOf("corp")}}};
    house.addKey("ci");
    QVERIFY(joined(house.line().why).startsWith(QStringLiteral("no token of corp is its own")));
    house.acme.identities = {{.kind = ConsumerIdentity::Kind::Subject, .value = "a", .provider = "corp"}};
    const AccessLine line = house.line();
    QCOMPARE(verdictOf(line), QStringLiteral("allowed"));
    QCOMPARE(line.credential, std::string("API key ci and JWT of corp"));
}

void EffectiveAccessTest::aCertificateNeedsAListenerThatTakesOne() {
    House house;
    house.policy("certificate").authenticate =
        Authenticate{.anyOf = {{{.kind = Credential::Kind::ClientCertificate}}}};
    house.acme.identities = {{.kind = ConsumerIdentity::Kind::CertificateName, .value = "a.example"}};
    QVERIFY(
        joined(house.line().why).startsWith(QStringLiteral("listener public takes no client certificates")));
    Listener listener = *house.config.listeners.find("public");
    listener.tls = Listener::Tls{};
    listener.tls->clientCertificates = Listener::ClientCertificates::Optional;
    house.config.listeners.put(listener);
    QCOMPARE(house.line().credential, std::string("client certificate"));
    house.acme.identities.clear();
    QVERIFY(joined(house.line().why).startsWith(QStringLiteral("it is known by no client certificate")));
}

void EffectiveAccessTest::oneRequestCarriesTokensOfOneProviderOnly() {
    House house;
    IdentityProvider other;
    other.name = "partner";
    house.config.identityProviders.put(other);
    house.policy("one").authenticate = Authenticate{.anyOf = {{jwtOf("corp")}}};
    house.policy("two").authenticate = Authenticate{.anyOf = {{jwtOf("partner")}}};
    house.acme.identities = {{.kind = ConsumerIdentity::Kind::Subject, .value = "a", .provider = "corp"},
                             {.kind = ConsumerIdentity::Kind::Subject, .value = "a", .provider = "partner"}};
    const AccessLine line = house.line();
    QCOMPARE(verdictOf(line), QStringLiteral("denied"));
    QCOMPARE(joined(line.why), QStringLiteral("no request can satisfy all of policy one on route list and "
                                              "policy two on route list"));
}

void EffectiveAccessTest::whereListenersDifferTheBestIsToldWithTheOthers() {
    House house;
    Policy key;
    key.name = "key";
    key.authenticate = byApiKey();
    house.policies = {key};
    Listener listener;
    listener.name = "internal";
    listener.policies = {"key"};
    house.config.listeners.put(listener);
    const AccessLine line = house.line();
    QCOMPARE(verdictOf(line), QStringLiteral("allowed"));
    QCOMPARE(line.why.back(), std::string("so it is on listener public; on listener internal it is denied"));
}

void EffectiveAccessTest::aRevokedConsumerIsDenied() {
    House house;
    house.policy("key").authenticate = byApiKey();
    house.addKey("ci");
    Revocation revocation;
    revocation.kind = Revocation::Kind::Consumer;
    revocation.consumer = house.acme.id;
    house.revocations = {revocation};
    QCOMPARE(joined(house.line().why), QStringLiteral("consumer acme is revoked"));
    // That, and not what it would have to show besides.
    house.policies.front().authenticate->anyOf = {{Credential{}}, {jwtOf("corp")}};
    house.acme.identities = {{.kind = ConsumerIdentity::Kind::Subject, .value = "a", .provider = "corp"}};
    house.keys.clear();
    QCOMPARE(joined(house.line().why), QStringLiteral("consumer acme is revoked"));
}

void EffectiveAccessTest::anAgentCallsItsRoutesOnly() {
    House house;
    house.policy("key").authenticate = byApiKey();
    house.addKey("ci");
    house.acme.kind = ConsumerKind::Agent;
    house.acme.routes = {"other"};
    QCOMPARE(joined(house.line().why),
             QStringLiteral("route list is not among those that consumer acme may call"));
    house.acme.routes = {"other", "list"};
    QCOMPARE(verdictOf(house.line()), QStringLiteral("allowed"));
}

void EffectiveAccessTest::anonymousCallersAreLetInWhereAllPoliciesSaySo() {
    House house;
    house.policy("open").authenticate =
        Authenticate{.anyOf = {{Credential{}}}, .anonymous = true, .anonymousTier = "pro"};
    AccessLine line = house.line();
    QCOMPARE(verdictOf(line), QStringLiteral("allowed"));
    QCOMPARE(line.credential, std::string("no credential"));
    house.addKey("ci");
    QCOMPARE(house.line().credential, std::string("API key ci"));
    house.keys.clear();
    house.policy("key").authenticate = byApiKey();
    QCOMPARE(verdictOf(house.line()), QStringLiteral("denied"));
}

void EffectiveAccessTest::whoIsAnonymousForOnePolicyCanShowWhatAnotherAsksFor() {
    House house;
    house.acme.identities = {{.kind = ConsumerIdentity::Kind::Subject, .value = "a", .provider = "corp"}};
    house.policy("token").authenticate = Authenticate{.anyOf = {{jwtOf("corp")}}};
    const Credential certificate{.kind = Credential::Kind::ClientCertificate};
    house.policy("open").authenticate =
        Authenticate{.anyOf = {{certificate}}, .anonymous = true, .anonymousTier = "pro"};
    const AccessLine line = house.line();
    QCOMPARE(verdictOf(line), QStringLiteral("allowed"));
    QCOMPARE(line.credential, std::string("JWT of corp"));
    // Where keys are asked for and tokens are not, a token is taken for a key, and for a bad one.
    house.policies.back().authenticate->anyOf = {{Credential{}}};
    QCOMPARE(verdictOf(house.line()), QStringLiteral("denied"));
}

void EffectiveAccessTest::whatAWayDoesNotNeedDoesNotCount() {
    House house;
    house.acme.identities = {{.kind = ConsumerIdentity::Kind::Subject, .value = "a", .provider = "corp"}};
    house.addKey("ci");
    house.policy("either").authenticate =
        Authenticate{.anyOf = {{Credential{}}, {Credential{}, jwtOf("corp")}}};
    house.route.authorize.scopes = {"read"};
    // With a key alone the policy is content, and never looks at the token that has the scope.
    QCOMPARE(verdictOf(house.line()), QStringLiteral("denied"));
}

void EffectiveAccessTest::whatIsNotThereIsUnknownAndNotFalse() {
    House house;
    const auto verdict = [&house](const char* rule) {
        house.route.authorize.when = rule;
        return verdictOf(house.line());
    };
    QCOMPARE(verdict(R"(not ("x" in consumer.roles))"), QStringLiteral("denied"));
    QCOMPARE(verdict(R"(not ("x" in caller.scopes))"), QStringLiteral("denied"));
    QCOMPARE(verdict(R"(has(consumer.name) or not has(consumer.name))"), QStringLiteral("allowed"));
    house.policy("key").authenticate = byApiKey();
    house.addKey("ci");
    QCOMPARE(verdict(R"(not ("x" in consumer.roles))"), QStringLiteral("allowed"));
    QCOMPARE(verdict(R"(not ("x" in caller.scopes))"), QStringLiteral("allowed"));
}

void EffectiveAccessTest::disabledRoutesAreLeftOut() {
    House house;
    house.route.enabled = false;
    QVERIFY(house.line().route.empty());
}

void EffectiveAccessTest::callersAreCountedAndThoseWhoMayCallComeFirst() {
    House house;
    house.policy("key").authenticate = byApiKey();
    for (std::uint64_t i = 2; i < 8; ++i) {
        Consumer other;
        other.id = ConsumerId{i};
        other.name = "a" + std::to_string(i);
        house.config.consumers.put(other);
    }
    house.addKey("ci");
    house.addKey("narrow");
    house.keys.back().consumer = ConsumerId{7};
    house.keys.back().addresses = {"::1"};
    const RouteAccess access = house.callers(3);
    QCOMPARE(access.consumers, std::size_t{7});
    QCOMPARE(access.allowed, std::size_t{1});
    QCOMPARE(access.conditional, std::size_t{1});
    QCOMPARE(access.denied, std::size_t{5});
    QCOMPARE(access.lines.size(), std::size_t{4}); // with the anonymous ones
    QCOMPARE(access.lines[1].consumer, std::string("acme"));
    QCOMPARE(access.lines[2].consumer, std::string("a7"));
    QCOMPARE(access.lines[3].consumer, std::string("a2"));
}

void EffectiveAccessTest::strangersHaveLinesOfTheirOwn() {
    House house;
    house.policy("token").authenticate = Authenticate{.anyOf = {{jwtOf("corp")}}};
    RouteAccess access = house.callers();
    QCOMPARE(access.lines.size(), std::size_t{3});
    QCOMPARE(joined(access.lines[0].why),
             QStringLiteral("JWT of corp is asked for: policy token on route list"));
    QCOMPARE(access.lines[1].credential, std::string("tokens of corp without a consumer"));
    QCOMPARE(joined(access.lines[1].why),
             QStringLiteral("identity provider corp has no tier for callers who are no consumer"));
    IdentityProvider corp = *house.config.identityProviders.find("corp");
    corp.tier = "pro";
    house.config.identityProviders.put(corp);
    access = house.callers();
    QCOMPARE(verdictOf(access.lines[1]), QStringLiteral("allowed"));
    house.route.authorize.when = R"(consumer.tier == "pro")";
    QCOMPARE(verdictOf(house.callers().lines[1]), QStringLiteral("allowed"));
    // What is said of tokens is not about those who show none.
    corp.tier.clear();
    house.config.identityProviders.put(corp);
    house.policies.front().authenticate->anonymous = true;
    house.policies.front().authenticate->anonymousTier = "pro";
    access = house.callers();
    QCOMPARE(verdictOf(access.lines[0]), QStringLiteral("allowed"));
    QCOMPARE(verdictOf(access.lines[1]), QStringLiteral("denied"));
}

void EffectiveAccessTest::policiesAreNamedWithWhereTheyComeFrom() {
    House house;
    house.policy("token").authenticate =
        Authenticate{.anyOf = {{Credential{}}, {jwtOf("corp")}}, .anonymous = true, .anonymousTier = "pro"};
    Policy strict;
    strict.name = "strict";
    strict.everywhere = true;
    strict.hsts = Hsts{.maxAge = std::chrono::seconds(60)};
    house.policies.push_back(strict);
    house.route.waives = {"strict"};
    house.route.authorize.scopes = {"read"};
    QStringList lines;
    for (const PolicySource& source : house.callers().policies) {
        lines << QString::fromStdString(source.rule + ": " + source.text + " (" + source.source + ")") +
                     (source.isWaived ? QStringLiteral(" waived") : QString());
    }
    QCOMPARE(lines.join(QLatin1Char('|')),
             QStringLiteral("hsts: 60 seconds (policy strict, which holds everywhere) waived|"
                            "authenticate: API key, or JWT of corp, or nothing at all, with tier pro (policy "
                            "token on route list)|authorize: scope read (route list itself)"));
}

void EffectiveAccessTest::aHundredThousandConsumersAreCountedExactly() {
    House house;
    house.policy("key").authenticate = Authenticate{.anyOf = {{Credential{}}, {jwtOf("corp")}}};
    house.route.authorize.scopes = {"read"};
    std::vector<Consumer> many;
    for (std::uint64_t i = 0; i < 100'000; ++i) {
        Consumer& consumer = many.emplace_back();
        consumer.id = ConsumerId{i + 10};
        consumer.name = "c" + std::to_string(i);
        if (i % 4 == 0) {
            house.addKey("k", {"read"});
            house.keys.back().consumer = consumer.id;
        } else if (i % 4 == 1) {
            consumer.identities = {
                {.kind = ConsumerIdentity::Kind::Subject, .value = consumer.name, .provider = "corp"}};
        }
    }
    house.config.consumers.assign(std::move(many));
    const RouteAccess access = house.callers(10);
    QCOMPARE(access.consumers, std::size_t{100'001});
    QCOMPARE(access.allowed, std::size_t{25'000});
    QCOMPARE(access.conditional, std::size_t{25'000});
    QCOMPARE(access.denied, std::size_t{50'001});
    QCOMPARE(access.lines.size(), std::size_t{12});
}

QTEST_APPLESS_MAIN(EffectiveAccessTest)
#include "test_effective_access.moc"
