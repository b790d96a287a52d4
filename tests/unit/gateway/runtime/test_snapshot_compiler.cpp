#include "gateway/auth/identity_signer.h"
#include "gateway/model/edit.h"
#include "gateway/model/validate.h"
#include "gateway/runtime/engine.h"
#include "gateway/runtime/snapshot.h"
#include "gateway/runtime/snapshot_compiler.h"

#include <QtTest>
#include <future>
#include <random>

using namespace gateway::model;
using gateway::runtime::Engine;
using gateway::runtime::Snapshot;
using gateway::runtime::SnapshotCompiler;

class SnapshotCompilerTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void makesWhatAFreshCompilerMakes();
    void compilesNothingButTheChange();
    void leavesRoutesAloneWhenTheirServiceChanges();
    void leavesConsumersAloneWhenTheirTierChanges();
    void compilesNoRouteForPoliciesOfOtherPlaces();
    void compilesWhatAProviderIsPartOf();
    void findsConsumersByTheirIdentities();
    void asksForAddressesAgainWhenTold();
    void leavesTablesToTheControlThread();
};

namespace {

/// A compiler with everything that it leans on.
struct Workshop {
    gateway::SystemClock clock;
    gateway::metrics::Catalog catalog;
    gateway::limits::BucketStore buckets;
    gateway::upstream::StateStore states;
    std::size_t resolved = 0;
    gateway::crypto::PrivateKeys privateKeys;
    gateway::crypto::SecretValues secrets;
    gateway::auth::IdentityClient identity{clock};
    gateway::auth::IdentitySigner signer;
    SnapshotCompiler compiler{
        clock,
        catalog,
        buckets,
        states,
        [this](const std::string& host, std::uint16_t port) {
            ++resolved;
            return gateway::net::resolve(host, port);
        },
        gateway::runtime::ListenerCompiler(privateKeys, gateway::net::TlsServer::makeShared(clock)),
        gateway::runtime::ProviderCompiler(identity, secrets),
        &signer};

    std::shared_ptr<const Snapshot> compile(const Config& config) {
        auto snapshot = compiler.compile(config, 1);
        return snapshot ? *snapshot : nullptr;
    }
};

Service makeService(const std::string& name, std::uint16_t port) {
    Service service;
    service.name = name;
    Target target;
    target.host = "127.0.0.1";
    target.port = port;
    service.targets = {target};
    return service;
}

Tier makeTier(const std::string& name, std::uint64_t requests) {
    Tier tier;
    tier.name = name;
    tier.requests = requests;
    tier.burst = requests;
    return tier;
}

Consumer makeConsumer(const std::string& name, const std::string& tier) {
    Consumer consumer;
    consumer.name = name;
    consumer.tier = tier;
    return consumer;
}

Route makeRoute(const std::string& name, const std::string& path, const std::string& service) {
    Route route;
    route.name = name;
    route.match.path = path;
    route.service = service;
    return route;
}

Config applied(const Config& config, std::vector<Edit> edits, std::uint64_t& nextId) {
    auto after = applyEdits(config, edits, nextId);
    return after ? *after : config;
}

/// `count` routes and consumers, over ten services and two tiers.
Config makeConfig(std::size_t count, std::uint64_t& nextId) {
    std::vector<Edit> edits;
    Listener listener;
    listener.name = "public";
    edits.emplace_back(Put{listener});
    edits.emplace_back(Put{makeTier("free", 10)});
    edits.emplace_back(Put{makeTier("pro", 100)});
    Policy policy;
    policy.name = "key";
    policy.authenticate = gateway::model::byApiKey();
    edits.emplace_back(Put{policy});
    for (std::size_t i = 0; i < 10; ++i) {
        edits.emplace_back(Put{makeService("s" + std::to_string(i), static_cast<std::uint16_t>(9'000 + i))});
    }
    for (std::size_t i = 0; i < count; ++i) {
        const std::string number = std::to_string(i);
        edits.emplace_back(Put{makeConsumer("c" + number, i % 2 == 0 ? "free" : "pro")});
        edits.emplace_back(Put{makeRoute("r" + number, "/" + number + "/*", "s" + std::to_string(i % 10))});
    }
    return applied(Config(), std::move(edits), nextId);
}

/// Everything that the pipeline reads about a config, in words.
QString describe(const Snapshot& snapshot) {
    const auto& tables = *snapshot.tables();
    QStringList lines;
    for (const Route& route : snapshot.config().routes) {
        gateway::http::RequestHead head;
        head.method = gateway::http::Method::Get;
        head.methodText = "GET";
        const std::string path = route.match.path.substr(0, route.match.path.size() - 1) + "x";
        head.path = path;
        gateway::routing::Captures captures;
        const auto match = tables.router.match(head, captures);
        if (match.status != gateway::routing::MatchStatus::Found) {
            lines << QStringLiteral("no match");
            continue;
        }
        const auto& plan = tables.routes[match.route];
        const auto& service = tables.serviceOf(plan);
        QStringList policies;
        for (const auto& policy : plan.policies) {
            policies << QString::fromStdString(policy->name);
        }
        lines << QStringLiteral("%1 (%2) of %3 to %4 (%5) %6 %7 %8")
                     .arg(QString::fromStdString(plan.name))
                     .arg(plan.id.value)
                     .arg(QString::fromStdString(tables.router.routeAt(match.route)->name))
                     .arg(QString::fromStdString(service.name))
                     .arg(service.id.value)
                     .arg(QString::fromStdString(service.targets.front().address))
                     .arg(policies.join(u' '))
                     .arg(plan.authorize ? plan.authorize->roles.size() : 0);
    }
    for (const Consumer& consumer : snapshot.config().consumers) {
        const auto* plan = tables.consumer(consumer.id);
        if (plan == nullptr) {
            lines << QStringLiteral("no consumer");
            continue;
        }
        const auto& tier = tables.tierOf(*plan);
        lines << QStringLiteral("%1 (%2) in %3 (%4) %5")
                     .arg(QString::fromStdString(plan->name))
                     .arg(plan->id.value)
                     .arg(QString::fromStdString(tier.name))
                     .arg(tier.id.value)
                     .arg(tier.rate.intervalNs);
    }
    lines << QString::number(tables.services.size()) << QString::number(tables.tiers.size());
    return lines.join(u'\n');
}

template<class T>
Edit changed(const Collection<T>& items, std::size_t at, const std::function<void(T&)>& change) {
    T item = items[at];
    change(item);
    return Put{item};
}

/// Edits of all sorts; many cannot be, and those are left out by the caller.
Edit someEdit(const Config& config, std::mt19937& random) {
    const auto pick = [&](std::size_t count) { return random() % count; };
    const std::string fresh = std::to_string(random() % 1'000'000);
    switch (pick(12)) {
    case 0:
        return changed<Service>(config.services, pick(config.services.size()),
                                [&](Service& service) { service.targets.front().port ^= 1U; });
    case 1:
        return changed<Service>(config.services, pick(config.services.size()),
                                [&](Service& service) { service.name = "s" + fresh; });
    case 2:
        return changed<Tier>(config.tiers, pick(config.tiers.size()),
                             [&](Tier& tier) { tier.requests = 1 + random() % 1'000; });
    case 3:
        return changed<Tier>(config.tiers, pick(config.tiers.size()),
                             [&](Tier& tier) { tier.name = "t" + fresh; });
    case 4:
        return Put{makeConsumer("c" + fresh, config.tiers[pick(config.tiers.size())].name)};
    case 5:
        return Remove{EntityKind::Consumer, config.consumers[pick(config.consumers.size())].id.value};
    case 6:
        return changed<Consumer>(config.consumers, pick(config.consumers.size()), [&](Consumer& consumer) {
            consumer.name = "c" + fresh;
            consumer.tier = config.tiers[0].name;
        });
    case 7:
        return Put{
            makeRoute("r" + fresh, "/" + fresh + "/*", config.services[pick(config.services.size())].name)};
    case 8:
        return Remove{EntityKind::Route, config.routes[pick(config.routes.size())].id.value};
    case 9:
        return Put{makeService("s" + fresh, 9'100)};
    case 10:
        return Remove{EntityKind::Service, config.services[pick(config.services.size())].id.value};
    default:
        return changed<Route>(config.routes, pick(config.routes.size()), [&](Route& route) {
            route.name = random() % 2 == 0 ? "r" + fresh : route.name;
            route.policies = random() % 2 == 0 ? std::vector<std::string>{"key"} : std::vector<std::string>{};
        });
    }
}

} // namespace

void SnapshotCompilerTest::makesWhatAFreshCompilerMakes() {
    int published = 0;
    for (unsigned seed = 1; seed <= 8; ++seed) {
        std::mt19937 random(seed);
        std::uint64_t nextId = 1;
        Config config = makeConfig(30, nextId);
        Workshop workshop;
        std::shared_ptr<const Snapshot> last = workshop.compile(config);
        for (int step = 0; step < 60; ++step) {
            std::vector<Edit> edits;
            for (std::size_t left = 1 + random() % 3; left > 0; --left) {
                edits.push_back(someEdit(config, random));
            }
            const Config next = applied(config, edits, nextId);
            if (!validate(next).empty()) {
                continue;
            }
            const QString before = describe(*last);
            const auto snapshot = workshop.compile(next);
            const auto fresh = Workshop().compile(next);
            QVERIFY(snapshot && fresh);
            QCOMPARE(describe(*snapshot), describe(*fresh));
            // Requests that are on their way see nothing of it.
            QCOMPARE(describe(*last), before);
            // One in four publications fails after it was compiled.
            if (random() % 4 != 0) {
                config = next;
                last = snapshot;
            }
            ++published;
        }
    }
    QVERIFY(published > 200);
}

void SnapshotCompilerTest::compilesNothingButTheChange() {
    std::uint64_t nextId = 1;
    const Config config = makeConfig(20'000, nextId);
    Workshop workshop;
    const auto before = workshop.compile(config);
    QCOMPARE(workshop.compiler.work().routes, std::size_t{20'000});
    const Config after = applied(
        config, {changed<Route>(config.routes, 777, [](Route& route) { route.match.path = "/other/*"; })},
        nextId);
    const auto snapshot = workshop.compile(after);
    QCOMPARE(workshop.compiler.work().routes, std::size_t{1});
    QCOMPARE(workshop.compiler.work().services, std::size_t{0});
    QCOMPARE(workshop.compiler.work().consumers, std::size_t{0});
    const auto& oldTables = *before->tables();
    const auto& newTables = *snapshot->tables();
    QCOMPARE(newTables.routes.pagesNotIn(oldTables.routes), std::size_t{1});
    QCOMPARE(newTables.consumers.pagesNotIn(oldTables.consumers), std::size_t{0});
    QVERIFY(newTables.services == oldTables.services);
    QVERIFY(newTables.router.pagesNotIn(oldTables.router) <= 30);
}

void SnapshotCompilerTest::leavesRoutesAloneWhenTheirServiceChanges() {
    std::uint64_t nextId = 1;
    const Config config = makeConfig(1'000, nextId);
    Workshop workshop;
    const auto before = workshop.compile(config);
    const Config after =
        applied(config,
                {changed<Service>(config.services, 3,
                                  [](Service& service) { service.targets.front().port = 9'999; })},
                nextId);
    const auto snapshot = workshop.compile(after);
    QCOMPARE(workshop.compiler.work().services, std::size_t{1});
    QCOMPARE(workshop.compiler.work().routes, std::size_t{0});
    QVERIFY(describe(*snapshot).contains(QStringLiteral("127.0.0.1:9999")));
    QVERIFY(!describe(*before).contains(QStringLiteral("127.0.0.1:9999")));
    QVERIFY(snapshot->tables()->services[4] == before->tables()->services[4]);
}

void SnapshotCompilerTest::leavesConsumersAloneWhenTheirTierChanges() {
    std::uint64_t nextId = 1;
    const Config config = makeConfig(1'000, nextId);
    Workshop workshop;
    QVERIFY(workshop.compile(config));
    const Config after =
        applied(config, {changed<Tier>(config.tiers, 0, [](Tier& tier) { tier.requests = 7; })}, nextId);
    const auto snapshot = workshop.compile(after);
    QCOMPARE(workshop.compiler.work().consumers, std::size_t{0});
    QCOMPARE(describe(*snapshot), describe(*Workshop().compile(after)));
}

void SnapshotCompilerTest::compilesNoRouteForPoliciesOfOtherPlaces() {
    std::uint64_t nextId = 1;
    Config config = makeConfig(1'000, nextId);
    Policy everywhere;
    everywhere.name = "everywhere";
    everywhere.everywhere = true;
    everywhere.authenticate = byApiKey();
    Listener listener = config.listeners[0];
    listener.policies = {"key"};
    Service service = config.services[3];
    service.policies = {"key"};
    Route route = config.routes[7];
    route.policies = {"key"};
    config = applied(config, {Put{everywhere}, Put{listener}, Put{service}, Put{route}}, nextId);
    Workshop workshop;
    QVERIFY(workshop.compile(config));
    const auto publish = [&](std::vector<Edit> edits) {
        config = applied(config, std::move(edits), nextId);
        return workshop.compile(config);
    };
    everywhere = *config.policies.find("everywhere");
    everywhere.hsts = Hsts{};
    auto snapshot = publish({Put{everywhere}});
    QCOMPARE(workshop.compiler.work().routes, std::size_t{0});
    QVERIFY(snapshot->tables()->everywhere.front()->hsts != nullptr);
    // Four places have it; one of them is a route.
    Policy key = *config.policies.find("key");
    key.httpsRedirect = HttpsRedirect{.port = 8443};
    snapshot = publish({Put{key}});
    QCOMPARE(workshop.compiler.work().policies, std::size_t{1});
    QCOMPARE(workshop.compiler.work().routes, std::size_t{1});
    const auto& tables = *snapshot->tables();
    QCOMPARE(tables.listeners.front()->policies.front()->redirectPort, std::uint16_t{8443});
    const auto& ofServices = tables.servicePolicies;
    QVERIFY(std::any_of(ofServices.begin(), ofServices.end(), [](const auto& policies) {
        return !policies.empty() && policies.front()->redirectPort == 8443;
    }));
    service = *config.services.find("s4");
    service.policies = {"key"};
    std::ignore = publish({Put{service}});
    QCOMPARE(workshop.compiler.work().routes, std::size_t{0});
}

void SnapshotCompilerTest::compilesWhatAProviderIsPartOf() {
    std::uint64_t nextId = 1;
    Config config = makeConfig(100, nextId);
    IdentityProvider provider;
    provider.name = "corp";
    provider.issuer = "https://corp.test";
    provider.secret = "${secret:shared}";
    provider.algorithms = {"HS256"};
    Policy jwt;
    jwt.name = "jwt";
    jwt.authenticate = Authenticate{.anyOf = {{Credential{Credential::Kind::Jwt, "corp"}}}};
    Route route = config.routes[7];
    route.policies = {"jwt"};
    config = applied(config, {Put{provider}, Put{jwt}, Put{route}}, nextId);
    Workshop workshop;
    QVERIFY(!workshop.compile(config)); // nobody knows the secret
    workshop.secrets.put("shared", std::string(32, 's'));
    const auto first = workshop.compile(config);
    QVERIFY(first);
    const auto plan = first->tables()->providers.front();
    const auto again = workshop.compile(applied(config, {Put{makeTier("other", 5)}}, nextId));
    QVERIFY(again->tables()->providers.front() == plan);
    QCOMPARE(workshop.compiler.work().routes, std::size_t{0});
    // Other rules, other verdicts: tokens that were found good by the old ones are looked at again.
    provider = config.identityProviders[0];
    provider.audience = {"shop"};
    const auto stricter = workshop.compile(applied(config, {Put{provider}}, nextId));
    QVERIFY(stricter->tables()->providers.front()->serial != plan->serial);
    QCOMPARE(workshop.compiler.work().routes, std::size_t{0});
    workshop.secrets.put("shared", std::string(32, 't'));
    const auto rotated = workshop.compile(applied(config, {Put{provider}}, nextId));
    QVERIFY(rotated->tables()->providers.front()->serial != stricter->tables()->providers.front()->serial);
}

void SnapshotCompilerTest::findsConsumersByTheirIdentities() {
    using Identity = ConsumerIdentity::Kind;
    std::uint64_t nextId = 1;
    Config config = makeConfig(1'000, nextId);
    IdentityProvider provider;
    provider.name = "corp";
    provider.issuer = "https://corp.test";
    Consumer consumer = config.consumers[5];
    consumer.identities = {{Identity::Subject, "s5", "corp"}, {Identity::CertificateName, "five.test"}};
    config = applied(config, {Put{provider}, Put{consumer}}, nextId);
    Workshop workshop;
    const auto before = workshop.compile(config);
    const auto find = [](const std::shared_ptr<const Snapshot>& snapshot, const char* subject) {
        const auto* plan = snapshot->tables()->consumerBy(Identity::Subject, "corp", subject);
        return plan != nullptr ? plan->name : std::string();
    };
    QCOMPARE(find(before, "s5"), consumer.name);
    QCOMPARE(before->tables()->consumerNamed(consumer.name)->name, consumer.name);
    QVERIFY(before->tables()->consumerBy(Identity::CertificateName, {}, "five.test") != nullptr);
    QVERIFY(before->tables()->consumerBy(Identity::Subject, "other", "s5") == nullptr);
    consumer = *config.consumers.find(consumer.name);
    consumer.name = "renamed";
    consumer.identities = {{Identity::Subject, "s6", "corp"}};
    const auto after = workshop.compile(applied(config, {Put{consumer}}, nextId));
    QCOMPARE(find(after, "s5"), std::string());
    QCOMPARE(find(after, "s6"), std::string("renamed"));
    QCOMPARE(find(before, "s5"), config.consumers[5].name);
    QVERIFY(after->tables()->consumerNamed(config.consumers[5].name) == nullptr);
    QVERIFY(after->tables()->identities.pagesNotIn(before->tables()->identities) <= 2);
    QCOMPARE(workshop.compiler.work().consumers, std::size_t{1});
    // A snapshot that has it all at once says the same.
    const auto fresh = Workshop().compile(after->config());
    QCOMPARE(find(fresh, "s6"), std::string("renamed"));
}

void SnapshotCompilerTest::asksForAddressesAgainWhenTold() {
    std::uint64_t nextId = 1;
    const Config config = makeConfig(10, nextId);
    Workshop workshop;
    QVERIFY(workshop.compile(config));
    QVERIFY(workshop.compile(config));
    QCOMPARE(workshop.compiler.work().services, std::size_t{0});
    workshop.compiler.renewServices();
    QVERIFY(workshop.compile(config));
    QCOMPARE(workshop.compiler.work().services, std::size_t{10});
    QVERIFY(workshop.compile(config));
    QCOMPARE(workshop.compiler.work().services, std::size_t{0});
}

/// Taking down what a big snapshot alone held takes longer than a request may wait.
void SnapshotCompilerTest::leavesTablesToTheControlThread() {
    const gateway::SystemClock clock;
    gateway::runtime::EngineOptions options;
    options.workers = 1;
    Engine engine(clock, options);
    std::uint64_t nextId = 1;
    const Config config = makeConfig(10, nextId);
    const auto run = [&](const Config& next) {
        const auto snapshot = engine.compile(next, 1);
        const auto listeners = engine.prepare(*snapshot);
        std::promise<void> live;
        engine.apply(*snapshot, *listeners, [&live] { live.set_value(); });
        live.get_future().wait();
        return std::weak_ptr<const gateway::pipeline::Tables>((*snapshot)->tables());
    };
    const auto first = run(config);
    const auto second = run(applied(config, {Put{makeRoute("new", "/new/*", "s1")}}, nextId));
    QVERIFY2(!first.expired(), "the worker let go last");
    std::ignore = engine.sample();
    QTRY_VERIFY_WITH_TIMEOUT((std::ignore = engine.sample(), first.expired()), 5'000);
    QVERIFY(!second.expired());
}

QTEST_GUILESS_MAIN(SnapshotCompilerTest)
#include "test_snapshot_compiler.moc"
