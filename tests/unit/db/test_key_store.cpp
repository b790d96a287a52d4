#include "tests/unit/db/store_fixture.h"

#include <QtTest>

using db::SqliteStores;
using gateway::ErrorKind;
using gateway::WallTime;
using namespace store_fixture;

class KeyStoreTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init() { m_fixture = std::make_unique<StoreFixture>(); }
    void cleanup() { m_fixture.reset(); }

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
    void theAuditTrailHoldsKeyEventsButNeverTheHash();

private:
    std::unique_ptr<StoreFixture> m_fixture;
};

namespace {

/// All that a key is checked by.
bool isSameCredential(const ApiKey& a, const ApiKey& b) {
    return a.id == b.id && a.consumer == b.consumer && a.hash == b.hash && a.state == b.state &&
           a.expires == b.expires && a.lastUsed == b.lastUsed;
}

} // namespace

void KeyStoreTest::aKeyIsFoundByOtherProcessesThroughItsGeneration() {
    Publisher publisher(*m_fixture->stores, m_fixture->clock);
    const ConsumerId acme = StoreFixture::publishConsumer(publisher, "acme");
    const auto first = m_fixture->ports().keys.create(someKey(acme, "ci", "secret-1"), "alice");
    QVERIFY2(first, first ? "" : first.error().message.c_str());
    QVERIFY(first->id);
    QVERIFY(first->created == m_fixture->clock.wallTime());

    auto other = std::move(*SqliteStores::open(m_fixture->path, db::OpenMode::Existing, m_fixture->clock));
    std::vector<ApiKey> seen;
    const auto collect = [&seen](const ApiKey& key) { seen.push_back(key); };
    const auto generation = other->ports().keys.visit(0, collect);
    QVERIFY(generation);
    QCOMPARE(seen.size(), std::size_t{1});
    QVERIFY(isSameCredential(seen.front(), *first));
    QCOMPARE(other->ports().config.version()->keyGeneration, *generation);

    seen.clear();
    QCOMPARE(other->ports().keys.visit(*generation, collect).value(), *generation);
    QVERIFY(seen.empty());

    const auto second = m_fixture->ports().keys.create(someKey(acme, "deploy", "secret-2"), "alice");
    QVERIFY(second);
    QVERIFY(m_fixture->ports().keys.setState(first->id, KeyState::Disabled, "alice"));
    QVERIFY(other->ports().keys.visit(*generation, collect).value() > *generation);
    QCOMPARE(seen.size(), std::size_t{2});
    QVERIFY(isSameCredential(seen[0], *second));
    QCOMPARE(seen[1].id.value, first->id.value);
    QVERIFY(seen[1].state == KeyState::Disabled);
}

void KeyStoreTest::aKeyNameIsTakenUntilTheKeyIsRevoked() {
    Publisher publisher(*m_fixture->stores, m_fixture->clock);
    const ConsumerId acme = StoreFixture::publishConsumer(publisher, "acme");
    const auto first = m_fixture->ports().keys.create(someKey(acme, "ci", "secret-1"), "alice");
    const auto second = m_fixture->ports().keys.create(someKey(acme, "ci", "secret-2"), "alice");
    QVERIFY(!second);
    QCOMPARE(second.error().kind, ErrorKind::Conflict);
    QCOMPARE(second.error().code, std::string("key-name-taken"));
    QVERIFY(m_fixture->ports().keys.setState(first->id, KeyState::Revoked, "alice"));
    QVERIFY(m_fixture->ports().keys.create(someKey(acme, "ci", "secret-2"), "alice"));
    QCOMPARE(m_fixture->ports().keys.list(acme)->size(), std::size_t{2});
}

void KeyStoreTest::aKeyThatIsKnownIsRefused() {
    Publisher publisher(*m_fixture->stores, m_fixture->clock);
    const ConsumerId acme = StoreFixture::publishConsumer(publisher, "acme");
    QVERIFY(m_fixture->ports().keys.create(someKey(acme, "ci", "secret-1"), "alice"));
    const auto twin = m_fixture->ports().keys.create(someKey(acme, "other", "secret-1"), "alice");
    QVERIFY(!twin);
    QCOMPARE(twin.error().code, std::string("key-hash-known"));
}

void KeyStoreTest::aKeyForNobodyIsRefused() {
    const auto key = m_fixture->ports().keys.create(someKey(ConsumerId{77}, "ci", "secret-1"), "alice");
    QVERIFY(!key);
    QCOMPARE(key.error().code, std::string("no-such-consumer"));
}

void KeyStoreTest::revokedIsFinal() {
    Publisher publisher(*m_fixture->stores, m_fixture->clock);
    const ConsumerId acme = StoreFixture::publishConsumer(publisher, "acme");
    const auto key = m_fixture->ports().keys.create(someKey(acme, "ci", "secret-1"), "alice");
    QVERIFY(m_fixture->ports().keys.setState(key->id, KeyState::Disabled, "alice"));
    QVERIFY(m_fixture->ports().keys.setState(key->id, KeyState::Active, "alice"));
    QVERIFY(m_fixture->ports().keys.setState(key->id, KeyState::Revoked, "alice"));
    const auto again = m_fixture->ports().keys.setState(key->id, KeyState::Active, "alice");
    QVERIFY(!again);
    QCOMPARE(again.error().kind, ErrorKind::Conflict);
    QVERIFY(m_fixture->ports().keys.list(acme)->front().state == KeyState::Revoked);
    QVERIFY(!m_fixture->ports().keys.setState(KeyId{999}, KeyState::Revoked, "alice"));
}

void KeyStoreTest::usesOfKeysAreKeptToTheMinuteWithoutANewGeneration() {
    Publisher publisher(*m_fixture->stores, m_fixture->clock);
    const ConsumerId acme = StoreFixture::publishConsumer(publisher, "acme");
    const auto key = m_fixture->ports().keys.create(someKey(acme, "ci", "secret-1"), "alice");
    const auto version = m_fixture->ports().config.version();
    m_fixture->clock.advance(std::chrono::seconds(95));
    QVERIFY(m_fixture->ports().keys.markUsed({{key->id, m_fixture->clock.wallTime(), 1}}));
    const auto minute = std::chrono::floor<std::chrono::minutes>(m_fixture->clock.wallTime());
    QVERIFY(m_fixture->ports().keys.list(acme)->front().lastUsed == WallTime(minute));
    QVERIFY(
        m_fixture->ports().keys.markUsed({{key->id, m_fixture->clock.wallTime() - std::chrono::hours(1), 1}}));
    QVERIFY(m_fixture->ports().keys.list(acme)->front().lastUsed == WallTime(minute));
    QVERIFY(m_fixture->ports().config.version().value() == *version);
}

void KeyStoreTest::keysOfARemovedConsumerAreRevokedInTheSameRevision() {
    Publisher publisher(*m_fixture->stores, m_fixture->clock);
    const ConsumerId acme = StoreFixture::publishConsumer(publisher, "acme");
    QVERIFY(m_fixture->ports().keys.create(someKey(acme, "ci", "secret-1"), "alice"));
    QVERIFY(m_fixture->ports().keys.create(someKey(acme, "deploy", "secret-2"), "alice"));
    const auto generation = m_fixture->ports().config.version()->keyGeneration;
    QVERIFY(publisher.publish({Remove{EntityKind::Consumer, acme.value}}));

    std::vector<ApiKey> seen;
    QVERIFY(m_fixture->ports().keys.visit(generation, [&seen](const ApiKey& key) { seen.push_back(key); }));
    QCOMPARE(seen.size(), std::size_t{2});
    QVERIFY(seen[0].state == KeyState::Revoked);
    QVERIFY(seen[1].state == KeyState::Revoked);

    AuditQuery keys;
    keys.entityKind = "key";
    const auto entries = m_fixture->ports().audit.list(keys);
    QCOMPARE(entries->front().action, std::string("key-revoke"));
    QCOMPARE(entries->front().revision, publisher.revision().number);
    QVERIFY(entries->front().entityName.starts_with("acme/"));
}

void KeyStoreTest::keysArePublishedWithTheRevision() {
    Publisher publisher(*m_fixture->stores, m_fixture->clock);
    const ConsumerId acme = StoreFixture::publishConsumer(publisher, "acme");
    QVERIFY(publisher.publish({Put{someTier("pro", 9)}}, {someKey(acme, "ci", "secret-1")}));
    const auto keys = m_fixture->ports().keys.list(acme);
    QCOMPARE(keys->size(), std::size_t{1});
    QVERIFY(keys->front().id);
    QVERIFY(keys->front().created == m_fixture->clock.wallTime());

    const auto version = m_fixture->ports().config.version();
    QVERIFY(publisher.publish({}, {someKey(acme, "ci", "secret-1")}));
    QVERIFY(m_fixture->ports().config.version().value() == *version); // nothing new, nothing written

    ApiKey expiring = someKey(acme, "ci", "secret-1");
    expiring.expires = m_fixture->clock.wallTime() + std::chrono::hours(24);
    QVERIFY(publisher.publish({}, {expiring}));
    QCOMPARE(m_fixture->ports().config.version()->revision, version->revision);
    QCOMPARE(m_fixture->ports().config.version()->keyGeneration, version->keyGeneration + 1);
    QCOMPARE(m_fixture->ports().keys.list(acme)->size(), std::size_t{1});
    QVERIFY(m_fixture->ports().keys.list(acme)->front().expires == expiring.expires);
}

void KeyStoreTest::aPublishedKeyReplacesTheOneOfItsName() {
    Publisher publisher(*m_fixture->stores, m_fixture->clock);
    const ConsumerId acme = StoreFixture::publishConsumer(publisher, "acme");
    const auto old = m_fixture->ports().keys.create(someKey(acme, "ci", "secret-1"), "alice");
    QVERIFY(publisher.publish({}, {someKey(acme, "ci", "secret-2")}));
    const auto keys = m_fixture->ports().keys.list(acme);
    QCOMPARE(keys->size(), std::size_t{2});
    QCOMPARE((*keys)[0].id.value, old->id.value);
    QVERIFY((*keys)[0].state == KeyState::Revoked);
    QVERIFY((*keys)[1].state == KeyState::Active);
    QVERIFY((*keys)[1].hash == gateway::sha256("secret-2"));
}

void KeyStoreTest::aPublishedKeyThatWasRevokedIsRefused() {
    Publisher publisher(*m_fixture->stores, m_fixture->clock);
    const ConsumerId acme = StoreFixture::publishConsumer(publisher, "acme");
    const auto key = m_fixture->ports().keys.create(someKey(acme, "ci", "secret-1"), "alice");
    QVERIFY(m_fixture->ports().keys.setState(key->id, KeyState::Revoked, "alice"));
    const auto refused = publisher.publish({Put{someTier("pro", 9)}}, {someKey(acme, "ci", "secret-1")});
    QVERIFY(!refused);
    QCOMPARE(refused.error().code, std::string("key-revoked"));
    QVERIFY(m_fixture->ports().config.load()->config.tiers.find("pro") == nullptr);
}

void KeyStoreTest::theAuditTrailHoldsKeyEventsButNeverTheHash() {
    Publisher publisher(*m_fixture->stores, m_fixture->clock);
    const ConsumerId acme = StoreFixture::publishConsumer(publisher, "acme");
    ApiKey wanted = someKey(acme, "ci", "secret-1");
    wanted.expires = WallTime(std::chrono::seconds(1'800'000'000));
    const auto key = m_fixture->ports().keys.create(wanted, "bob");
    QVERIFY(m_fixture->ports().keys.setState(key->id, KeyState::Disabled, "carol"));
    AuditQuery query;
    query.entityKind = "key";
    query.entityName = "acme/ci";
    const auto entries = m_fixture->ports().audit.list(query);
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

QTEST_GUILESS_MAIN(KeyStoreTest)
#include "test_key_store.moc"
