#include "tests/unit/db/store_fixture.h"

#include <QtTest>
#include <map>

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
    void usesOfKeysAreCounted();
    void whatAKeyMayDoComesWithIt();
    void aKeyIsChanged();
    void aRevokedKeyIsNotChanged();
    void rotatingAKeyEndsTheFormerOneAtTheGivenTime();
    void aRotatedKeyNeverHoldsLongerThanBefore();
    void rotatingWithoutAnOverlapRevokesTheFormerKey();
    void aRotationThatFailsLeavesTheFormerKeyAsItWas();
    void keysAreImportedAllOrNone();
    void keysOfBeforeATimeAreRevokedTogether();
    void keysOfARemovedConsumerAreRevokedInTheSameRevision();
    void keysArePublishedWithTheRevision();
    void aPublishedKeyReplacesTheOneOfItsName();
    void aPublishedKeyThatWasRevokedIsRefused();
    void theAuditTrailHoldsKeyEventsButNeverTheHash();

private:
    [[nodiscard]] KeyStore& keys() const { return m_fixture->ports().keys; }

    std::unique_ptr<StoreFixture> m_fixture;
};

namespace {

/// All that a key is checked by.
bool isSameCredential(const ApiKey& a, const ApiKey& b) {
    return a.id == b.id && a.consumer == b.consumer && a.hash == b.hash && a.state == b.state &&
           a.expires == b.expires && a.lastUsed == b.lastUsed && a.scopes == b.scopes &&
           a.addresses == b.addresses;
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
    QVERIFY(m_fixture->ports().keys.markUsed(
        {{key->id, m_fixture->clock.wallTime() - std::chrono::hours(1), 1}}));
    QVERIFY(m_fixture->ports().keys.list(acme)->front().lastUsed == WallTime(minute));
    QVERIFY(m_fixture->ports().config.version().value() == *version);
}

void KeyStoreTest::usesOfKeysAreCounted() {
    Publisher publisher(*m_fixture->stores, m_fixture->clock);
    const ConsumerId acme = StoreFixture::publishConsumer(publisher, "acme");
    const auto key = keys().create(someKey(acme, "ci", "secret-1"), "alice");
    QCOMPARE(key->uses, std::uint64_t{0});
    QVERIFY(keys().markUsed({{key->id, m_fixture->clock.wallTime(), 3}}));
    QVERIFY(keys().markUsed({{key->id, m_fixture->clock.wallTime(), 40'000}}));
    QCOMPARE(keys().list(acme)->front().uses, std::uint64_t{40'003});
}

void KeyStoreTest::whatAKeyMayDoComesWithIt() {
    Publisher publisher(*m_fixture->stores, m_fixture->clock);
    const ConsumerId acme = StoreFixture::publishConsumer(publisher, "acme");
    std::map<std::uint64_t, ApiKey> expected;
    for (int i = 0; i < 6; ++i) {
        ApiKey key = someKey(acme, "ci-" + std::to_string(i), "secret-" + std::to_string(i));
        key.scopes = i % 3 == 0 ? std::vector<std::string>() : std::vector<std::string>{"a", "b:\xC3\xA9"};
        key.addresses =
            i % 2 == 0 ? std::vector<std::string>() : std::vector<std::string>{"10.0.0.0/8", "2001:db8::1"};
        const auto created = keys().create(key, "alice");
        QVERIFY(created);
        QCOMPARE(created->addresses, key.addresses);
        expected[created->id.value] = *created;
    }
    std::size_t seen = 0;
    bool isSame = true;
    QVERIFY(keys().visit(0, [&](const ApiKey& key) {
        ++seen;
        isSame = isSame && isSameCredential(key, expected[key.id.value]);
    }));
    QCOMPARE(seen, expected.size());
    QVERIFY(isSame);
    const auto listed = keys().list(acme).value();
    QCOMPARE(listed.size(), expected.size());
    for (const ApiKey& key : listed) {
        QVERIFY(key == expected[key.id.value]);
    }
}

void KeyStoreTest::aKeyIsChanged() {
    Publisher publisher(*m_fixture->stores, m_fixture->clock);
    const ConsumerId acme = StoreFixture::publishConsumer(publisher, "acme");
    ApiKey key = keys().create(someKey(acme, "ci", "secret-1"), "alice").value();
    const auto generation = m_fixture->ports().config.version()->keyGeneration;
    key.scopes = {"orders:write"};
    key.addresses = {"192.0.2.0/24"};
    key.expires = WallTime(std::chrono::hours(500'000));
    key.name = "another";
    const auto changed = keys().change(key, "bob");
    QVERIFY(changed);
    QCOMPARE(changed->name, std::string("ci")); // what is no right of the key stays
    QCOMPARE(changed->scopes, key.scopes);
    QCOMPARE(changed->addresses, key.addresses);
    QVERIFY(changed->expires == key.expires);
    QVERIFY(keys().list(acme)->front() == *changed);
    QVERIFY(m_fixture->ports().config.version()->keyGeneration > generation);
    const auto entry = m_fixture->ports().audit.list({}).value().front();
    QCOMPARE(entry.action, std::string("key-change"));
    QCOMPARE(entry.actor, std::string("bob"));
    QVERIFY(entry.after.find("192.0.2.0/24") != std::string::npos);
    QVERIFY(entry.before.find("192.0.2.0/24") == std::string::npos);
}

void KeyStoreTest::aRevokedKeyIsNotChanged() {
    Publisher publisher(*m_fixture->stores, m_fixture->clock);
    const ConsumerId acme = StoreFixture::publishConsumer(publisher, "acme");
    ApiKey key = keys().create(someKey(acme, "ci", "secret-1"), "alice").value();
    QVERIFY(keys().setState(key.id, KeyState::Revoked, "alice"));
    key.scopes = {"all"};
    QCOMPARE(keys().change(key, "bob").error().code, std::string("key-revoked"));
    QCOMPARE(keys().rotate(someKey(acme, "ci-2", "secret-2"), key.id, {}, "bob").error().code,
             std::string("key-revoked"));
    key.id = KeyId{77};
    QCOMPARE(keys().change(key, "bob").error().code, std::string("no-such-key"));
}

void KeyStoreTest::rotatingAKeyEndsTheFormerOneAtTheGivenTime() {
    Publisher publisher(*m_fixture->stores, m_fixture->clock);
    const ConsumerId acme = StoreFixture::publishConsumer(publisher, "acme");
    const auto former = keys().create(someKey(acme, "ci", "secret-1"), "alice");
    const WallTime end = m_fixture->clock.wallTime() + std::chrono::hours(24);
    const auto fresh = keys().rotate(someKey(acme, "ci-2", "secret-2"), former->id, end, "bob");
    QVERIFY(fresh);
    const auto listed = keys().list(acme).value();
    QCOMPARE(listed.size(), std::size_t{2});
    QVERIFY(listed[0].expires == end);
    QVERIFY(listed[0].state == KeyState::Active);
    QVERIFY(listed[1] == *fresh);
    const auto entries = m_fixture->ports().audit.list({}).value();
    QCOMPARE(entries[0].action, std::string("key-create"));
    QCOMPARE(entries[1].action, std::string("key-rotate"));
    QCOMPARE(entries[1].entityName, std::string("acme/ci"));
}

void KeyStoreTest::aRotatedKeyNeverHoldsLongerThanBefore() {
    Publisher publisher(*m_fixture->stores, m_fixture->clock);
    const ConsumerId acme = StoreFixture::publishConsumer(publisher, "acme");
    ApiKey key = someKey(acme, "ci", "secret-1");
    const WallTime soon = m_fixture->clock.wallTime() + std::chrono::hours(1);
    key.expires = soon;
    const auto former = keys().create(key, "alice");
    QVERIFY(
        keys().rotate(someKey(acme, "ci-2", "secret-2"), former->id, soon + std::chrono::hours(9), "bob"));
    QVERIFY(keys().list(acme)->front().expires == soon);
}

void KeyStoreTest::rotatingWithoutAnOverlapRevokesTheFormerKey() {
    Publisher publisher(*m_fixture->stores, m_fixture->clock);
    const ConsumerId acme = StoreFixture::publishConsumer(publisher, "acme");
    const auto former = keys().create(someKey(acme, "ci", "secret-1"), "alice");
    QVERIFY(keys().rotate(someKey(acme, "ci", "secret-2"), former->id, m_fixture->clock.wallTime(), "bob"));
    QVERIFY(keys().list(acme)->front().state == KeyState::Revoked);
}

void KeyStoreTest::aRotationThatFailsLeavesTheFormerKeyAsItWas() {
    Publisher publisher(*m_fixture->stores, m_fixture->clock);
    const ConsumerId acme = StoreFixture::publishConsumer(publisher, "acme");
    const auto former = keys().create(someKey(acme, "ci", "secret-1"), "alice");
    const WallTime end = m_fixture->clock.wallTime() + std::chrono::hours(24);
    QCOMPARE(keys().rotate(someKey(acme, "ci-2", "secret-1"), former->id, end, "bob").error().code,
             std::string("key-hash-known"));
    QVERIFY(keys().list(acme).value() == std::vector<ApiKey>{*former});
}

void KeyStoreTest::keysAreImportedAllOrNone() {
    Publisher publisher(*m_fixture->stores, m_fixture->clock);
    const ConsumerId acme = StoreFixture::publishConsumer(publisher, "acme");
    std::vector<ApiKey> several;
    for (int i = 0; i < 5; ++i) {
        several.push_back(someKey(acme, "ci-" + std::to_string(i), "secret-" + std::to_string(i)));
        several.back().created = WallTime(std::chrono::hours(i + 1));
        several.back().uses = 7;
    }
    several[3].hash = several[1].hash;
    const auto refused = keys().import(several, "alice");
    QVERIFY(!refused);
    QCOMPARE(refused.error().code, std::string("key-hash-known"));
    QVERIFY2(refused.error().message.starts_with("Key 4: "), refused.error().message.c_str());
    QVERIFY(keys().list(acme)->empty());

    several[3].hash = gateway::sha256("yet another");
    QCOMPARE(keys().import(several, "alice").value(), std::size_t{5});
    const auto listed = keys().list(acme).value();
    QCOMPARE(listed.size(), std::size_t{5});
    QVERIFY(listed[2].created == WallTime(std::chrono::hours(3)));
    QCOMPARE(listed[2].uses, std::uint64_t{7});
    QCOMPARE(keys().import({}, "alice").value(), std::size_t{0});
}

void KeyStoreTest::keysOfBeforeATimeAreRevokedTogether() {
    Publisher publisher(*m_fixture->stores, m_fixture->clock);
    const ConsumerId acme = StoreFixture::publishConsumer(publisher, "acme");
    QVERIFY(keys().create(someKey(acme, "old", "secret-1"), "alice"));
    const auto disabled = keys().create(someKey(acme, "disabled", "secret-2"), "alice");
    QVERIFY(keys().setState(disabled->id, KeyState::Disabled, "alice"));
    const auto gone = keys().create(someKey(acme, "gone", "secret-3"), "alice");
    QVERIFY(keys().setState(gone->id, KeyState::Revoked, "alice"));
    m_fixture->clock.advance(std::chrono::seconds(1));
    QVERIFY(keys().create(someKey(acme, "new", "secret-4"), "alice"));
    const auto generation = m_fixture->ports().config.version()->keyGeneration;

    QCOMPARE(keys().revokeBefore(m_fixture->clock.wallTime(), "bob").value(), std::size_t{2});
    const auto listed = keys().list(acme).value();
    QVERIFY(listed[0].state == KeyState::Revoked);
    QVERIFY(listed[1].state == KeyState::Revoked);
    QVERIFY(listed[3].state == KeyState::Active);
    std::size_t seen = 0;
    QVERIFY(keys().visit(generation, [&seen](const ApiKey&) { ++seen; }));
    QCOMPARE(seen, std::size_t{2});
    const auto entries = m_fixture->ports().audit.list({}).value();
    QCOMPARE(entries[0].action, std::string("key-revoke"));
    QCOMPARE(entries[0].actor, std::string("bob"));
    QCOMPARE(entries[0].entityName, std::string("acme/disabled"));
    QVERIFY(entries[0].before.find("disabled") != std::string::npos);
    QCOMPARE(entries[1].entityName, std::string("acme/old"));
    QVERIFY(entries[1].time == std::chrono::floor<std::chrono::milliseconds>(m_fixture->clock.wallTime()));
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
