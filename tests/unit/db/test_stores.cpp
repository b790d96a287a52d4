#include "db/content_hash.h"
#include "db/sqlite_stores.h"
#include "gateway/base/clock.h"
#include "gateway/model/codec.h"
#include "gateway/model/edit.h"

#include <QTemporaryDir>
#include <QtTest>

using db::SqliteStores;
using gateway::ErrorKind;
using gateway::ManualClock;
using gateway::Result;
using gateway::WallTime;
using namespace gateway::model;
using namespace gateway::service;

namespace {

/// What the service does with an edit, without the gateway: apply, then publish.
class Publisher {
public:
    Publisher(SqliteStores& stores, const ManualClock& clock)
        : m_stores(stores)
        , m_clock(clock) {
        reload();
    }

    void reload() { m_stored = m_stores.ports().config.load().value(); }

    Result<Revision> publish(std::vector<Edit> edits, std::vector<ApiKey> keys = {}) {
        std::uint64_t nextId = m_stored.nextId;
        auto after = applyEdits(m_stored.config, edits, nextId);
        if (!after) {
            return gateway::fail(after.error());
        }
        const Publication publication{
            .change = {m_stored.revision.number, "alice", "because", std::move(edits)},
            .before = m_stored.config,
            .after = *after,
            .nextId = nextId,
            .keys = std::move(keys),
            .time = m_clock.wallTime()};
        auto revision = m_stores.ports().config.publish(publication);
        if (revision) {
            m_stored = {*after, *revision, nextId};
        }
        return revision;
    }

    [[nodiscard]] const Config& config() const { return m_stored.config; }
    [[nodiscard]] const Revision& revision() const { return m_stored.revision; }

private:
    SqliteStores& m_stores;
    const ManualClock& m_clock;
    StoredConfig m_stored;
};

Service someService(const std::string& name, std::uint16_t port) {
    Service service;
    service.name = name;
    service.targets = {{.host = "127.0.0.1", .port = port, .weight = 1}};
    return service;
}

Route someRoute(const std::string& name, const std::string& path, const std::string& service) {
    Route route;
    route.name = name;
    route.match.path = path;
    route.match.methods = {"GET", "POST"};
    route.service = service;
    return route;
}

Tier someTier(const std::string& name, std::uint64_t requests) {
    Tier tier;
    tier.name = name;
    tier.requests = requests;
    return tier;
}

Consumer someConsumer(const std::string& name, const std::string& tier) {
    Consumer consumer;
    consumer.name = name;
    consumer.tier = tier;
    consumer.roles = {"partner"};
    consumer.attributes = {{"region", "eu"}};
    return consumer;
}

ApiKey someKey(ConsumerId consumer, const std::string& name, const std::string& secret) {
    ApiKey key;
    key.consumer = consumer;
    key.name = name;
    key.prefix = "gh_" + name;
    key.hash = gateway::sha256(secret);
    key.scopes = {"orders:read"};
    return key;
}

std::string hashOf(const Config& config) {
    db::ContentHash hash;
    const auto addAll = [&](const auto& items, EntityKind kind) {
        for (const auto& item : items) {
            hash.add(kindName(kind), item.name, toJson(Put{item}));
        }
    };
    addAll(config.listeners, EntityKind::Listener);
    addAll(config.tiers, EntityKind::Tier);
    addAll(config.consumers, EntityKind::Consumer);
    addAll(config.services, EntityKind::Service);
    addAll(config.policies, EntityKind::Policy);
    addAll(config.routes, EntityKind::Route);
    return hash.toHex();
}

} // namespace

class StoresTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();

    void anEmptyStoreHoldsRevisionZero();
    void everyKindOfEntityComesBackAsItWas();
    void idsAreNeverGivenTwice();
    void aStaleBaseIsRefusedAndChangesNothing();
    void aPublicationWithoutADifferenceMakesNoRevision();
    void twoEntitiesSwapTheirNames();
    void everyPastRevisionIsRebuiltAsItWasPublished();
    void equalContentHasAnEqualHash();
    void revisionsAreListedNewestFirst();
    void aRevisionThatNeverWasIsRefused();

    void aKeyIsFoundByOtherProcessesThroughItsGeneration();
    void aKeyNameIsTakenUntilTheKeyIsRevoked();
    void aKeyThatIsKnownIsRefused();
    void aKeyForNobodyIsRefused();
    void revokedIsFinal();
    void usesOfKeysAreKeptToTheMinuteWithoutANewGeneration();
    void keysOfARemovedConsumerAreRevokedInTheSameRevision();
    void keysArePublishedWithTheRevision();
    void aPublishedKeyReplacesTheOneOfItsName();
    void aPublishedKeyThatWasRevokedIsRefused();

    void theAuditTrailHoldsEachChangeWithBeforeAndAfter();
    void theAuditTrailHoldsKeyEventsButNeverTheHash();
    void theAuditTrailIsReadInPagesAndByEntity();
    void aFullDiskRefusesThePublicationAndKeepsTheLastOne();
    void aHundredThousandRoutesCostOneChangeWhenOneChanges();

private:
    [[nodiscard]] Stores ports() { return m_stores->ports(); }
    void publishSome(Publisher& publisher);
    ConsumerId publishConsumer(Publisher& publisher, const std::string& name);

    ManualClock m_clock;
    std::unique_ptr<QTemporaryDir> m_folder;
    std::string m_path;
    std::unique_ptr<SqliteStores> m_stores;
};

void StoresTest::init() {
    m_folder = std::make_unique<QTemporaryDir>();
    m_path = m_folder->filePath(QStringLiteral("gatehouse.db")).toStdString();
    auto stores = SqliteStores::open(m_path, db::OpenMode::Create, m_clock);
    QVERIFY(stores);
    m_stores = std::move(*stores);
}

void StoresTest::cleanup() {
    m_stores.reset();
    m_folder.reset();
}

void StoresTest::publishSome(Publisher& publisher) {
    Listener listener;
    listener.name = "public";
    listener.port = 8080;
    Policy policy;
    policy.name = "key";
    policy.authenticateApiKey = true;
    Route route = someRoute("order", "/v1/orders/{id}", "orders");
    route.rewrite = "/api/orders/{id}";
    route.policies = {"key"};
    route.priority = 3;
    route.match.hosts = {"api.example.com", "*.example.org"};
    route.match.headers = {{"X-Beta", "*"}};
    const auto revision =
        publisher.publish({Put{listener}, Put{someTier("free", 5)}, Put{someConsumer("acme", "free")},
                           Put{someService("orders", 9001)}, Put{policy}, Put{route}});
    QVERIFY2(revision, revision ? "" : revision.error().message.c_str());
}

ConsumerId StoresTest::publishConsumer(Publisher& publisher, const std::string& name) {
    const auto revision = publisher.publish({Put{someTier("free", 5)}, Put{someConsumer(name, "free")}});
    return revision ? publisher.config().consumers.find(name)->id : ConsumerId{};
}

void StoresTest::anEmptyStoreHoldsRevisionZero() {
    const auto stored = ports().config.load();
    QVERIFY(stored);
    QCOMPARE(stored->revision.number, RevisionNumber{0});
    QVERIFY(stored->config == Config{});
    QVERIFY(ports().config.version().value() == StoreVersion{});
    QVERIFY(ports().revisions.configAt(0).value() == Config{});
}

void StoresTest::everyKindOfEntityComesBackAsItWas() {
    Publisher publisher(*m_stores, m_clock);
    publishSome(publisher);
    QCOMPARE(publisher.revision().number, RevisionNumber{1});
    QCOMPARE(publisher.revision().author, std::string("alice"));
    QVERIFY(publisher.revision().time == m_clock.wallTime());

    m_stores.reset();
    m_stores = std::move(*SqliteStores::open(m_path, db::OpenMode::Existing, m_clock));
    const auto stored = ports().config.load();
    QVERIFY(stored);
    QVERIFY(stored->config == publisher.config());
    QCOMPARE(stored->revision.number, RevisionNumber{1});
    QCOMPARE(stored->revision.message, std::string("because"));
    QCOMPARE(stored->revision.contentHash, publisher.revision().contentHash);
    QCOMPARE(stored->nextId, std::uint64_t{7});
}

void StoresTest::idsAreNeverGivenTwice() {
    Publisher publisher(*m_stores, m_clock);
    QVERIFY(publisher.publish({Put{someTier("free", 5)}}));
    const auto first = publisher.config().tiers.find("free")->id;
    QVERIFY(publisher.publish({Remove{EntityKind::Tier, first.value}}));
    publisher.reload();
    QVERIFY(publisher.publish({Put{someTier("free", 5)}}));
    QVERIFY(publisher.config().tiers.find("free")->id.value > first.value);
}

void StoresTest::aStaleBaseIsRefusedAndChangesNothing() {
    auto otherStores = std::move(*SqliteStores::open(m_path, db::OpenMode::Existing, m_clock));
    Publisher mine(*m_stores, m_clock);
    Publisher other(*otherStores, m_clock);
    QVERIFY(other.publish({Put{someTier("pro", 50)}}));

    const auto refused = mine.publish({Put{someTier("free", 5)}});
    QVERIFY(!refused);
    QCOMPARE(refused.error().kind, ErrorKind::Conflict);
    QCOMPARE(refused.error().code, std::string("stale-revision"));
    QVERIFY(ports().config.load()->config == other.config());
    QCOMPARE(ports().audit.list({})->size(), std::size_t{1});

    mine.reload();
    QVERIFY(mine.publish({Put{someTier("free", 5)}}));
    QCOMPARE(mine.revision().number, RevisionNumber{2});
}

void StoresTest::aPublicationWithoutADifferenceMakesNoRevision() {
    Publisher publisher(*m_stores, m_clock);
    publishSome(publisher);
    Tier same = *publisher.config().tiers.find("free");
    const auto revision = publisher.publish({Put{same}});
    QVERIFY(revision);
    QCOMPARE(revision->number, RevisionNumber{1});
    QCOMPARE(ports().revisions.list(10, 0)->size(), std::size_t{1});
}

void StoresTest::twoEntitiesSwapTheirNames() {
    Publisher publisher(*m_stores, m_clock);
    QVERIFY(publisher.publish({Put{someTier("a", 1)}, Put{someTier("b", 2)}}));
    const auto before = publisher.config();
    Config swapped = before;
    Tier a = *before.tiers.find("a");
    Tier b = *before.tiers.find("b");
    std::swap(a.name, b.name);
    swapped.tiers.assign({a, b});
    const auto revision = ports().config.publish({.change = {1, "bob", "swap", {Put{a}, Put{b}}},
                                                  .before = before,
                                                  .after = swapped,
                                                  .nextId = 3,
                                                  .keys = {},
                                                  .time = m_clock.wallTime()});
    QVERIFY2(revision, revision ? "" : revision.error().message.c_str());
    QVERIFY(ports().config.load()->config == swapped);
    QVERIFY(ports().revisions.configAt(1).value() == before);
}

void StoresTest::everyPastRevisionIsRebuiltAsItWasPublished() {
    Publisher publisher(*m_stores, m_clock);
    std::vector<Config> published{publisher.config()};
    publishSome(publisher);
    published.push_back(publisher.config());
    std::uint64_t random = 12345;
    const auto next = [&random](std::uint64_t below) {
        random = random * 6364136223846793005ULL + 1442695040888963407ULL;
        return (random >> 33U) % below;
    };
    constexpr std::uint64_t names = 12;
    constexpr int steps = 120;
    for (int step = 0; step < steps; ++step) {
        const std::string name = "route-" + std::to_string(next(names));
        const Route* existing = publisher.config().routes.find(name);
        std::vector<Edit> edits;
        if (existing != nullptr && next(3) == 0) {
            edits.emplace_back(Remove{EntityKind::Route, existing->id.value});
        } else {
            Route route = someRoute(name, "/" + name + "/" + std::to_string(step), "orders");
            route.id = existing != nullptr ? existing->id : RouteId{};
            edits.emplace_back(Put{route});
        }
        if (next(4) == 0) {
            Service service = publisher.config().services[0];
            service.name = "orders-" + std::to_string(step); // a rename: the routes follow
            edits.emplace_back(Put{service});
            for (Edit& edit : edits) {
                if (auto* put = std::get_if<Put>(&edit)) {
                    if (auto* route = std::get_if<Route>(&put->entity)) {
                        route->service = publisher.config().services[0].name;
                    }
                }
            }
        } else {
            for (Edit& edit : edits) {
                if (auto* put = std::get_if<Put>(&edit)) {
                    std::get<Route>(put->entity).service = publisher.config().services[0].name;
                }
            }
        }
        const auto revision = publisher.publish(std::move(edits));
        QVERIFY2(revision, revision ? "" : revision.error().message.c_str());
        published.push_back(publisher.config());
    }
    for (std::size_t number = 0; number < published.size(); ++number) {
        const auto rebuilt = ports().revisions.configAt(number);
        QVERIFY(rebuilt);
        QVERIFY2(*rebuilt == published[number], qPrintable(QString::number(number)));
    }
    const auto revisions = ports().revisions.list(1000, 0);
    QVERIFY(revisions);
    for (const Revision& revision : *revisions) {
        QCOMPARE(revision.contentHash, hashOf(published[revision.number]));
    }
}

void StoresTest::equalContentHasAnEqualHash() {
    Publisher publisher(*m_stores, m_clock);
    QVERIFY(publisher.publish({Put{someTier("a", 1)}, Put{someTier("b", 2)}}));
    const std::string both = publisher.revision().contentHash;
    QVERIFY(publisher.publish({Remove{EntityKind::Tier, publisher.config().tiers.find("a")->id.value}}));
    QVERIFY(publisher.revision().contentHash != both);
    QVERIFY(publisher.publish({Put{someTier("a", 1)}})); // another id, the same content
    QCOMPARE(publisher.revision().contentHash, both);
}

void StoresTest::revisionsAreListedNewestFirst() {
    Publisher publisher(*m_stores, m_clock);
    for (std::uint64_t i = 1; i <= 5; ++i) {
        QVERIFY(publisher.publish({Put{someTier("tier-" + std::to_string(i), i)}}));
    }
    const auto newest = ports().revisions.list(2, 0);
    QVERIFY(newest);
    QCOMPARE(newest->size(), std::size_t{2});
    QCOMPARE((*newest)[0].number, RevisionNumber{5});
    QCOMPARE((*newest)[1].number, RevisionNumber{4});
    const auto older = ports().revisions.list(10, 4);
    QCOMPARE(older->size(), std::size_t{3});
    QCOMPARE(older->front().number, RevisionNumber{3});
}

void StoresTest::aRevisionThatNeverWasIsRefused() {
    const auto config = ports().revisions.configAt(1);
    QVERIFY(!config);
    QCOMPARE(config.error().code, std::string("no-such-revision"));
}

void StoresTest::aKeyIsFoundByOtherProcessesThroughItsGeneration() {
    Publisher publisher(*m_stores, m_clock);
    const ConsumerId acme = publishConsumer(publisher, "acme");
    const auto first = ports().keys.create(someKey(acme, "ci", "secret-1"), "alice");
    QVERIFY2(first, first ? "" : first.error().message.c_str());
    QVERIFY(first->id);
    QVERIFY(first->created == m_clock.wallTime());

    auto other = std::move(*SqliteStores::open(m_path, db::OpenMode::Existing, m_clock));
    std::vector<ApiKey> seen;
    const auto collect = [&seen](const ApiKey& key) { seen.push_back(key); };
    const auto generation = other->ports().keys.visit(0, collect);
    QVERIFY(generation);
    QCOMPARE(seen.size(), std::size_t{1});
    QVERIFY(seen.front() == *first);
    QCOMPARE(other->ports().config.version()->keyGeneration, *generation);

    seen.clear();
    QCOMPARE(other->ports().keys.visit(*generation, collect).value(), *generation);
    QVERIFY(seen.empty());

    const auto second = ports().keys.create(someKey(acme, "deploy", "secret-2"), "alice");
    QVERIFY(second);
    QVERIFY(ports().keys.setState(first->id, KeyState::Disabled, "alice"));
    QVERIFY(other->ports().keys.visit(*generation, collect).value() > *generation);
    QCOMPARE(seen.size(), std::size_t{2});
    QVERIFY(seen[0] == *second);
    QCOMPARE(seen[1].id.value, first->id.value);
    QVERIFY(seen[1].state == KeyState::Disabled);
}

void StoresTest::aKeyNameIsTakenUntilTheKeyIsRevoked() {
    Publisher publisher(*m_stores, m_clock);
    const ConsumerId acme = publishConsumer(publisher, "acme");
    const auto first = ports().keys.create(someKey(acme, "ci", "secret-1"), "alice");
    const auto second = ports().keys.create(someKey(acme, "ci", "secret-2"), "alice");
    QVERIFY(!second);
    QCOMPARE(second.error().kind, ErrorKind::Conflict);
    QCOMPARE(second.error().code, std::string("key-name-taken"));
    QVERIFY(ports().keys.setState(first->id, KeyState::Revoked, "alice"));
    QVERIFY(ports().keys.create(someKey(acme, "ci", "secret-2"), "alice"));
    QCOMPARE(ports().keys.list(acme)->size(), std::size_t{2});
}

void StoresTest::aKeyThatIsKnownIsRefused() {
    Publisher publisher(*m_stores, m_clock);
    const ConsumerId acme = publishConsumer(publisher, "acme");
    QVERIFY(ports().keys.create(someKey(acme, "ci", "secret-1"), "alice"));
    const auto twin = ports().keys.create(someKey(acme, "other", "secret-1"), "alice");
    QVERIFY(!twin);
    QCOMPARE(twin.error().code, std::string("key-hash-known"));
}

void StoresTest::aKeyForNobodyIsRefused() {
    const auto key = ports().keys.create(someKey(ConsumerId{77}, "ci", "secret-1"), "alice");
    QVERIFY(!key);
    QCOMPARE(key.error().code, std::string("no-such-consumer"));
}

void StoresTest::revokedIsFinal() {
    Publisher publisher(*m_stores, m_clock);
    const ConsumerId acme = publishConsumer(publisher, "acme");
    const auto key = ports().keys.create(someKey(acme, "ci", "secret-1"), "alice");
    QVERIFY(ports().keys.setState(key->id, KeyState::Disabled, "alice"));
    QVERIFY(ports().keys.setState(key->id, KeyState::Active, "alice"));
    QVERIFY(ports().keys.setState(key->id, KeyState::Revoked, "alice"));
    const auto again = ports().keys.setState(key->id, KeyState::Active, "alice");
    QVERIFY(!again);
    QCOMPARE(again.error().kind, ErrorKind::Conflict);
    QVERIFY(ports().keys.list(acme)->front().state == KeyState::Revoked);
    QVERIFY(!ports().keys.setState(KeyId{999}, KeyState::Revoked, "alice"));
}

void StoresTest::usesOfKeysAreKeptToTheMinuteWithoutANewGeneration() {
    Publisher publisher(*m_stores, m_clock);
    const ConsumerId acme = publishConsumer(publisher, "acme");
    const auto key = ports().keys.create(someKey(acme, "ci", "secret-1"), "alice");
    const auto version = ports().config.version();
    m_clock.advance(std::chrono::seconds(95));
    QVERIFY(ports().keys.markUsed({{key->id, m_clock.wallTime()}}));
    const auto minute = std::chrono::floor<std::chrono::minutes>(m_clock.wallTime());
    QVERIFY(ports().keys.list(acme)->front().lastUsed == WallTime(minute));
    QVERIFY(ports().keys.markUsed({{key->id, m_clock.wallTime() - std::chrono::hours(1)}}));
    QVERIFY(ports().keys.list(acme)->front().lastUsed == WallTime(minute));
    QVERIFY(ports().config.version().value() == *version);
}

void StoresTest::keysOfARemovedConsumerAreRevokedInTheSameRevision() {
    Publisher publisher(*m_stores, m_clock);
    const ConsumerId acme = publishConsumer(publisher, "acme");
    QVERIFY(ports().keys.create(someKey(acme, "ci", "secret-1"), "alice"));
    QVERIFY(ports().keys.create(someKey(acme, "deploy", "secret-2"), "alice"));
    const auto generation = ports().config.version()->keyGeneration;
    QVERIFY(publisher.publish({Remove{EntityKind::Consumer, acme.value}}));

    std::vector<ApiKey> seen;
    QVERIFY(ports().keys.visit(generation, [&seen](const ApiKey& key) { seen.push_back(key); }));
    QCOMPARE(seen.size(), std::size_t{2});
    QVERIFY(seen[0].state == KeyState::Revoked);
    QVERIFY(seen[1].state == KeyState::Revoked);

    AuditQuery keys;
    keys.entityKind = "key";
    const auto entries = ports().audit.list(keys);
    QCOMPARE(entries->front().action, std::string("key-revoke"));
    QCOMPARE(entries->front().revision, publisher.revision().number);
    QVERIFY(entries->front().entityName.starts_with("acme/"));
}

void StoresTest::keysArePublishedWithTheRevision() {
    Publisher publisher(*m_stores, m_clock);
    const ConsumerId acme = publishConsumer(publisher, "acme");
    QVERIFY(publisher.publish({Put{someTier("pro", 9)}}, {someKey(acme, "ci", "secret-1")}));
    const auto keys = ports().keys.list(acme);
    QCOMPARE(keys->size(), std::size_t{1});
    QVERIFY(keys->front().id);
    QVERIFY(keys->front().created == m_clock.wallTime());

    const auto version = ports().config.version();
    QVERIFY(publisher.publish({}, {someKey(acme, "ci", "secret-1")}));
    QVERIFY(ports().config.version().value() == *version); // nothing new, nothing written

    ApiKey expiring = someKey(acme, "ci", "secret-1");
    expiring.expires = m_clock.wallTime() + std::chrono::hours(24);
    QVERIFY(publisher.publish({}, {expiring}));
    QCOMPARE(ports().config.version()->revision, version->revision);
    QCOMPARE(ports().config.version()->keyGeneration, version->keyGeneration + 1);
    QCOMPARE(ports().keys.list(acme)->size(), std::size_t{1});
    QVERIFY(ports().keys.list(acme)->front().expires == expiring.expires);
}

void StoresTest::aPublishedKeyReplacesTheOneOfItsName() {
    Publisher publisher(*m_stores, m_clock);
    const ConsumerId acme = publishConsumer(publisher, "acme");
    const auto old = ports().keys.create(someKey(acme, "ci", "secret-1"), "alice");
    QVERIFY(publisher.publish({}, {someKey(acme, "ci", "secret-2")}));
    const auto keys = ports().keys.list(acme);
    QCOMPARE(keys->size(), std::size_t{2});
    QCOMPARE((*keys)[0].id.value, old->id.value);
    QVERIFY((*keys)[0].state == KeyState::Revoked);
    QVERIFY((*keys)[1].state == KeyState::Active);
    QVERIFY((*keys)[1].hash == gateway::sha256("secret-2"));
}

void StoresTest::aPublishedKeyThatWasRevokedIsRefused() {
    Publisher publisher(*m_stores, m_clock);
    const ConsumerId acme = publishConsumer(publisher, "acme");
    const auto key = ports().keys.create(someKey(acme, "ci", "secret-1"), "alice");
    QVERIFY(ports().keys.setState(key->id, KeyState::Revoked, "alice"));
    const auto refused = publisher.publish({Put{someTier("pro", 9)}}, {someKey(acme, "ci", "secret-1")});
    QVERIFY(!refused);
    QCOMPARE(refused.error().code, std::string("key-revoked"));
    QVERIFY(ports().config.load()->config.tiers.find("pro") == nullptr);
}

void StoresTest::theAuditTrailHoldsEachChangeWithBeforeAndAfter() {
    Publisher publisher(*m_stores, m_clock);
    QVERIFY(publisher.publish({Put{someTier("free", 5)}}));
    Tier changed = *publisher.config().tiers.find("free");
    const std::string first = toJson(Put{changed});
    changed.requests = 6;
    m_clock.advance(std::chrono::seconds(1));
    QVERIFY(publisher.publish({Put{changed}}));
    QVERIFY(publisher.publish({Remove{EntityKind::Tier, changed.id.value}}));

    const auto entries = ports().audit.list({});
    QVERIFY(entries);
    QCOMPARE(entries->size(), std::size_t{3});
    const AuditEntry& removed = (*entries)[0];
    const AuditEntry& put = (*entries)[1];
    const AuditEntry& added = (*entries)[2];
    QCOMPARE(removed.action, std::string("remove"));
    QCOMPARE(removed.before, toJson(Put{changed}));
    QCOMPARE(removed.after, std::string());
    QCOMPARE(removed.entityName, std::string("free"));
    QCOMPARE(put.action, std::string("put"));
    QCOMPARE(put.actor, std::string("alice"));
    QCOMPARE(put.entityKind, std::string("tier"));
    QCOMPARE(put.revision, RevisionNumber{2});
    QCOMPARE(put.before, first);
    QCOMPARE(put.after, toJson(Put{changed}));
    QVERIFY(put.time == m_clock.wallTime());
    QCOMPARE(added.before, std::string());
    QCOMPARE(added.after, first);
}

void StoresTest::theAuditTrailHoldsKeyEventsButNeverTheHash() {
    Publisher publisher(*m_stores, m_clock);
    const ConsumerId acme = publishConsumer(publisher, "acme");
    ApiKey wanted = someKey(acme, "ci", "secret-1");
    wanted.expires = WallTime(std::chrono::seconds(1'800'000'000));
    const auto key = ports().keys.create(wanted, "bob");
    QVERIFY(ports().keys.setState(key->id, KeyState::Disabled, "carol"));
    AuditQuery query;
    query.entityKind = "key";
    query.entityName = "acme/ci";
    const auto entries = ports().audit.list(query);
    QCOMPARE(entries->size(), std::size_t{2});
    QCOMPARE((*entries)[0].action, std::string("key-disable"));
    QCOMPARE((*entries)[0].actor, std::string("carol"));
    QVERIFY((*entries)[0].before.find(R"("state":"active")") != std::string::npos);
    QVERIFY((*entries)[0].after.find(R"("state":"disabled")") != std::string::npos);
    QCOMPARE((*entries)[1].action, std::string("key-create"));
    QCOMPARE((*entries)[1].after,
             std::string(R"({"consumer":"acme","expires":"2027-01-15T08:00:00Z","id":1,"name":"ci",)"
                         R"("prefix":"gh_ci","scopes":["orders:read"],"state":"active"})"));
}

void StoresTest::theAuditTrailIsReadInPagesAndByEntity() {
    Publisher publisher(*m_stores, m_clock);
    for (std::uint64_t i = 1; i <= 6; ++i) {
        QVERIFY(publisher.publish({Put{someTier("tier-" + std::to_string(i), i)},
                                   Put{someService("service-" + std::to_string(i), 9000)}}));
    }
    AuditQuery query;
    query.entityKind = "tier";
    query.limit = 4;
    const auto page = ports().audit.list(query);
    QCOMPARE(page->size(), std::size_t{4});
    QCOMPARE(page->front().entityName, std::string("tier-6"));
    query.beforeId = page->back().id;
    const auto rest = ports().audit.list(query);
    QCOMPARE(rest->size(), std::size_t{2});
    QCOMPARE(rest->back().entityName, std::string("tier-1"));
    query = {};
    query.entityName = "service-3";
    QCOMPARE(ports().audit.list(query)->size(), std::size_t{1});

    AuditEntry own;
    own.action = "export";
    own.actor = "alice";
    own.time = m_clock.wallTime();
    QVERIFY(ports().audit.append(own));
    QCOMPARE(ports().audit.list({})->front().action, std::string("export"));
}

void StoresTest::aFullDiskRefusesThePublicationAndKeepsTheLastOne() {
    Publisher publisher(*m_stores, m_clock);
    publishSome(publisher);
    const Config before = publisher.config();
    auto& database = m_stores->database();
    const auto pages = database.queryInteger("PRAGMA page_count").value();
    QVERIFY(database.queryInteger("PRAGMA max_page_count=" + std::to_string(pages + 1)));
    std::vector<Edit> many;
    for (int i = 0; i < 500; ++i) {
        const std::string name = "route-" + std::to_string(i);
        many.emplace_back(Put{someRoute(name, "/" + name, "orders")});
    }
    const auto refused = publisher.publish(many);
    QVERIFY(!refused);
    QCOMPARE(refused.error().code, std::string("db-full"));
    QCOMPARE(refused.error().kind, ErrorKind::Environment);
    QVERIFY(ports().config.load()->config == before);
    QVERIFY(database.queryInteger("PRAGMA max_page_count=1000000"));
    const auto published = publisher.publish(many);
    QVERIFY(published);
    QCOMPARE(published->number, RevisionNumber{2});
}

void StoresTest::aHundredThousandRoutesCostOneChangeWhenOneChanges() {
    Publisher publisher(*m_stores, m_clock);
    constexpr int routes = 100'000;
    Config config;
    std::vector<Route> all;
    for (int i = 0; i < routes; ++i) {
        const std::string name = "route-" + std::to_string(i);
        all.push_back(someRoute(name, "/" + name, "orders"));
        all.back().id = RouteId{static_cast<std::uint64_t>(i) + 1};
    }
    config.routes.assign(std::move(all));
    const Config empty;
    QVERIFY(ports().config.publish({.change = {0, "alice", "many", {}},
                                    .before = empty,
                                    .after = config,
                                    .nextId = routes + 1,
                                    .keys = {},
                                    .time = m_clock.wallTime()}));
    QElapsedTimer timer;
    timer.start();
    publisher.reload();
    qInfo("loaded in %lld ms", static_cast<long long>(timer.elapsed()));
    QVERIFY(publisher.config() == config);

    Route changed = publisher.config().routes[routes / 2];
    changed.match.path = "/changed";
    auto& database = m_stores->database();
    const auto rowsBefore = database.queryInteger("SELECT total_changes()").value();
    timer.restart();
    QVERIFY(publisher.publish({Put{changed}}));
    qInfo("published in %lld ms", static_cast<long long>(timer.elapsed()));
    const auto rowsWritten = database.queryInteger("SELECT total_changes()").value() - rowsBefore;
    QVERIFY2(rowsWritten <= 6, qPrintable(QString::number(rowsWritten)));
}

QTEST_GUILESS_MAIN(StoresTest)
#include "test_stores.moc"
