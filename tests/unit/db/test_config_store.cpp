#include "tests/unit/db/store_fixture.h"

#include <QtTest>

using db::SqliteStores;
using gateway::ErrorKind;
using gateway::WallTime;
using namespace store_fixture;

class ConfigStoreTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init() { m_fixture = std::make_unique<StoreFixture>(); }
    void cleanup() { m_fixture.reset(); }

    void anEmptyStoreHoldsRevisionZero();
    void everyKindOfEntityComesBackAsItWas();
    void everySettingOfAServiceAndAListenerComesBack();
    void idsAreNeverGivenTwice();
    void aStaleBaseIsRefusedAndChangesNothing();
    void aPublicationWithoutADifferenceMakesNoRevision();
    void twoEntitiesSwapTheirNames();
    void everyPastRevisionIsRebuiltAsItWasPublished();
    void equalContentHasAnEqualHash();
    void revisionsAreListedNewestFirst();
    void aRevisionThatNeverWasIsRefused();
    void theAuditTrailHoldsEachChangeWithBeforeAndAfter();
    void theAuditTrailIsReadInPagesAndByEntity();
    void aFullDiskRefusesThePublicationAndKeepsTheLastOne();
    void aHundredThousandRoutesCostOneChangeWhenOneChanges();

private:
    std::unique_ptr<StoreFixture> m_fixture;
};

void ConfigStoreTest::anEmptyStoreHoldsRevisionZero() {
    const auto stored = m_fixture->ports().config.load();
    QVERIFY(stored);
    QCOMPARE(stored->revision.number, RevisionNumber{0});
    QVERIFY(stored->config == Config{});
    QVERIFY(m_fixture->ports().config.version().value() == StoreVersion{});
    QVERIFY(m_fixture->ports().revisions.configAt(0).value() == Config{});
}

void ConfigStoreTest::everyKindOfEntityComesBackAsItWas() {
    Publisher publisher(*m_fixture->stores, m_fixture->clock);
    QVERIFY(StoreFixture::publishSome(publisher));
    QCOMPARE(publisher.revision().number, RevisionNumber{1});
    QCOMPARE(publisher.revision().author, std::string("alice"));
    QVERIFY(publisher.revision().time == m_fixture->clock.wallTime());

    m_fixture->open();
    const auto stored = m_fixture->ports().config.load();
    QVERIFY(stored);
    QVERIFY(stored->config == publisher.config());
    QCOMPARE(stored->revision.number, RevisionNumber{1});
    QCOMPARE(stored->revision.message, std::string("because"));
    QCOMPARE(stored->revision.contentHash, publisher.revision().contentHash);
    QCOMPARE(stored->nextId, std::uint64_t{7});
}

void ConfigStoreTest::everySettingOfAServiceAndAListenerComesBack() {
    using namespace std::chrono_literals;
    Listener listener;
    listener.name = "public";
    listener.port = 8080;
    listener.limits.connectionsPerPeer = 64;
    listener.timeouts.bodyMinRate = 0;
    listener.timeouts.write = 90s;
    Service service = someService("orders", 9001);
    service.targets[0].drain = true;
    service.balance = Balance::ConsistentHash;
    service.hashOn = {HashOn::Source::Cookie, "session"};
    service.slowStart = 30s;
    service.concurrency = 100;
    service.health = HealthCheck{"/healthz", 5s, 2s, 4, 2};
    service.outlier = Outlier{7, 1min, 34};
    service.breaker = Breaker{60, 50, 15s, 20s};
    service.retries = {0, false, false, true, true, {}, 0};
    service.timeouts.attempt = 2s;
    service.timeouts.request = 10s;
    Publisher publisher(*m_fixture->stores, m_fixture->clock);
    QVERIFY(publisher.publish({Put{listener}, Put{service}}));
    QVERIFY(publisher.publish({Remove{EntityKind::Service, publisher.config().services[0].id.value}}));

    m_fixture->open();
    const auto first = m_fixture->ports().revisions.configAt(1);
    QVERIFY(first);
    service.id = first->services[0].id;
    QVERIFY(first->services[0] == service);
    const auto stored = m_fixture->ports().config.load();
    QVERIFY(stored);
    listener.id = stored->config.listeners[0].id;
    QVERIFY(stored->config.listeners[0] == listener);
}

void ConfigStoreTest::idsAreNeverGivenTwice() {
    Publisher publisher(*m_fixture->stores, m_fixture->clock);
    QVERIFY(publisher.publish({Put{someTier("free", 5)}}));
    const auto first = publisher.config().tiers.find("free")->id;
    QVERIFY(publisher.publish({Remove{EntityKind::Tier, first.value}}));
    publisher.reload();
    QVERIFY(publisher.publish({Put{someTier("free", 5)}}));
    QVERIFY(publisher.config().tiers.find("free")->id.value > first.value);
}

void ConfigStoreTest::aStaleBaseIsRefusedAndChangesNothing() {
    auto otherStores =
        std::move(*SqliteStores::open(m_fixture->path, db::OpenMode::Existing, m_fixture->clock));
    Publisher mine(*m_fixture->stores, m_fixture->clock);
    Publisher other(*otherStores, m_fixture->clock);
    QVERIFY(other.publish({Put{someTier("pro", 50)}}));

    const auto refused = mine.publish({Put{someTier("free", 5)}});
    QVERIFY(!refused);
    QCOMPARE(refused.error().kind, ErrorKind::Conflict);
    QCOMPARE(refused.error().code, std::string("stale-revision"));
    QVERIFY(m_fixture->ports().config.load()->config == other.config());
    QCOMPARE(m_fixture->ports().audit.list({})->size(), std::size_t{1});

    mine.reload();
    QVERIFY(mine.publish({Put{someTier("free", 5)}}));
    QCOMPARE(mine.revision().number, RevisionNumber{2});
}

void ConfigStoreTest::aPublicationWithoutADifferenceMakesNoRevision() {
    Publisher publisher(*m_fixture->stores, m_fixture->clock);
    QVERIFY(StoreFixture::publishSome(publisher));
    Tier same = *publisher.config().tiers.find("free");
    const auto revision = publisher.publish({Put{same}});
    QVERIFY(revision);
    QCOMPARE(revision->number, RevisionNumber{1});
    QCOMPARE(m_fixture->ports().revisions.list(10, 0)->size(), std::size_t{1});
}

void ConfigStoreTest::twoEntitiesSwapTheirNames() {
    Publisher publisher(*m_fixture->stores, m_fixture->clock);
    QVERIFY(publisher.publish({Put{someTier("a", 1)}, Put{someTier("b", 2)}}));
    const auto before = publisher.config();
    Config swapped = before;
    Tier a = *before.tiers.find("a");
    Tier b = *before.tiers.find("b");
    std::swap(a.name, b.name);
    swapped.tiers.assign({a, b});
    const auto revision = m_fixture->ports().config.publish({.change = {1, "bob", "swap", {Put{a}, Put{b}}},
                                                             .before = before,
                                                             .after = swapped,
                                                             .nextId = 3,
                                                             .keys = {},
                                                             .time = m_fixture->clock.wallTime()});
    QVERIFY2(revision, revision ? "" : revision.error().message.c_str());
    QVERIFY(m_fixture->ports().config.load()->config == swapped);
    QVERIFY(m_fixture->ports().revisions.configAt(1).value() == before);
}

void ConfigStoreTest::everyPastRevisionIsRebuiltAsItWasPublished() {
    Publisher publisher(*m_fixture->stores, m_fixture->clock);
    std::vector<Config> published{publisher.config()};
    QVERIFY(StoreFixture::publishSome(publisher));
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
        const auto rebuilt = m_fixture->ports().revisions.configAt(number);
        QVERIFY(rebuilt);
        QVERIFY2(*rebuilt == published[number], qPrintable(QString::number(number)));
    }
    const auto revisions = m_fixture->ports().revisions.list(1000, 0);
    QVERIFY(revisions);
    for (const Revision& revision : *revisions) {
        QCOMPARE(revision.contentHash, hashOf(published[revision.number]));
    }
}

void ConfigStoreTest::equalContentHasAnEqualHash() {
    Publisher publisher(*m_fixture->stores, m_fixture->clock);
    QVERIFY(publisher.publish({Put{someTier("a", 1)}, Put{someTier("b", 2)}}));
    const std::string both = publisher.revision().contentHash;
    QVERIFY(publisher.publish({Remove{EntityKind::Tier, publisher.config().tiers.find("a")->id.value}}));
    QVERIFY(publisher.revision().contentHash != both);
    QVERIFY(publisher.publish({Put{someTier("a", 1)}})); // another id, the same content
    QCOMPARE(publisher.revision().contentHash, both);
}

void ConfigStoreTest::revisionsAreListedNewestFirst() {
    Publisher publisher(*m_fixture->stores, m_fixture->clock);
    for (std::uint64_t i = 1; i <= 5; ++i) {
        QVERIFY(publisher.publish({Put{someTier("tier-" + std::to_string(i), i)}}));
    }
    const auto newest = m_fixture->ports().revisions.list(2, 0);
    QVERIFY(newest);
    QCOMPARE(newest->size(), std::size_t{2});
    QCOMPARE((*newest)[0].number, RevisionNumber{5});
    QCOMPARE((*newest)[1].number, RevisionNumber{4});
    const auto older = m_fixture->ports().revisions.list(10, 4);
    QCOMPARE(older->size(), std::size_t{3});
    QCOMPARE(older->front().number, RevisionNumber{3});
}

void ConfigStoreTest::aRevisionThatNeverWasIsRefused() {
    const auto config = m_fixture->ports().revisions.configAt(1);
    QVERIFY(!config);
    QCOMPARE(config.error().code, std::string("no-such-revision"));
}

void ConfigStoreTest::theAuditTrailHoldsEachChangeWithBeforeAndAfter() {
    Publisher publisher(*m_fixture->stores, m_fixture->clock);
    QVERIFY(publisher.publish({Put{someTier("free", 5)}}));
    Tier changed = *publisher.config().tiers.find("free");
    const std::string first = toJson(Put{changed});
    changed.requests = 6;
    m_fixture->clock.advance(std::chrono::seconds(1));
    QVERIFY(publisher.publish({Put{changed}}));
    QVERIFY(publisher.publish({Remove{EntityKind::Tier, changed.id.value}}));

    const auto entries = m_fixture->ports().audit.list({});
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
    QVERIFY(put.time == m_fixture->clock.wallTime());
    QCOMPARE(added.before, std::string());
    QCOMPARE(added.after, first);
}

void ConfigStoreTest::theAuditTrailIsReadInPagesAndByEntity() {
    Publisher publisher(*m_fixture->stores, m_fixture->clock);
    for (std::uint64_t i = 1; i <= 6; ++i) {
        QVERIFY(publisher.publish({Put{someTier("tier-" + std::to_string(i), i)},
                                   Put{someService("service-" + std::to_string(i), 9000)}}));
    }
    AuditQuery query;
    query.entityKind = "tier";
    query.limit = 4;
    const auto page = m_fixture->ports().audit.list(query);
    QCOMPARE(page->size(), std::size_t{4});
    QCOMPARE(page->front().entityName, std::string("tier-6"));
    query.beforeId = page->back().id;
    const auto rest = m_fixture->ports().audit.list(query);
    QCOMPARE(rest->size(), std::size_t{2});
    QCOMPARE(rest->back().entityName, std::string("tier-1"));
    query = {};
    query.entityName = "service-3";
    QCOMPARE(m_fixture->ports().audit.list(query)->size(), std::size_t{1});

    AuditEntry own;
    own.action = "export";
    own.actor = "alice";
    own.time = m_fixture->clock.wallTime();
    QVERIFY(m_fixture->ports().audit.append(own));
    QCOMPARE(m_fixture->ports().audit.list({})->front().action, std::string("export"));
}

void ConfigStoreTest::aFullDiskRefusesThePublicationAndKeepsTheLastOne() {
    Publisher publisher(*m_fixture->stores, m_fixture->clock);
    QVERIFY(StoreFixture::publishSome(publisher));
    const Config before = publisher.config();
    auto& database = m_fixture->stores->database();
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
    QVERIFY(m_fixture->ports().config.load()->config == before);
    QVERIFY(database.queryInteger("PRAGMA max_page_count=1000000"));
    const auto published = publisher.publish(many);
    QVERIFY(published);
    QCOMPARE(published->number, RevisionNumber{2});
}

void ConfigStoreTest::aHundredThousandRoutesCostOneChangeWhenOneChanges() {
    Publisher publisher(*m_fixture->stores, m_fixture->clock);
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
    QVERIFY(m_fixture->ports().config.publish({.change = {0, "alice", "many", {}},
                                               .before = empty,
                                               .after = config,
                                               .nextId = routes + 1,
                                               .keys = {},
                                               .time = m_fixture->clock.wallTime()}));
    QElapsedTimer timer;
    timer.start();
    publisher.reload();
    qInfo("loaded in %lld ms", static_cast<long long>(timer.elapsed()));
    QVERIFY(publisher.config() == config);

    Route changed = publisher.config().routes[routes / 2];
    changed.match.path = "/changed";
    auto& database = m_fixture->stores->database();
    const auto rowsBefore = database.queryInteger("SELECT total_changes()").value();
    timer.restart();
    QVERIFY(publisher.publish({Put{changed}}));
    qInfo("published in %lld ms", static_cast<long long>(timer.elapsed()));
    const auto rowsWritten = database.queryInteger("SELECT total_changes()").value() - rowsBefore;
    QVERIFY2(rowsWritten <= 6, qPrintable(QString::number(rowsWritten)));
}

QTEST_GUILESS_MAIN(ConfigStoreTest)
#include "test_config_store.moc"
