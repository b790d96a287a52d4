#include "tests/unit/db/store_fixture.h"

#include <memory>

using namespace store_fixture;

class SecretStoreTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init() { m_fixture = std::make_unique<StoreFixture>(); }
    void cleanup() { m_fixture.reset(); }

    void whatWasPutIsThereAfterReopening();
    void putTakesThePlaceOfTheFormerOne();
    void secretsAreListedByPurpose();
    void aRemovedSecretIsGone();
    void changesAreAuditedByNameAlone();
    void eachChangeIsSeenByOtherProcesses();
    void theCheckOfTheMasterKeyIsClaimedOnce();
    void aDatabaseOfTheFirstSchemaIsBroughtUpToDate();

private:
    [[nodiscard]] SecretStore& secrets() const { return m_fixture->ports().secrets; }

    std::unique_ptr<StoreFixture> m_fixture;
};

namespace {
const std::string sealed("\x01\x00seal\xff", 7); // no text: a zero byte and no UTF-8
}

void SecretStoreTest::whatWasPutIsThereAfterReopening() {
    QVERIFY(secrets().put({"private-key", "a", {}}, sealed, "alice"));
    m_fixture->open();
    QCOMPARE(secrets().get("private-key", "a").value(), sealed);
    QVERIFY(secrets().get("private-key", "b").value().empty());
    QVERIFY(secrets().get("acme", "a").value().empty());
}

void SecretStoreTest::putTakesThePlaceOfTheFormerOne() {
    QVERIFY(secrets().put({"private-key", "a", {}}, sealed, "alice"));
    QVERIFY(secrets().put({"private-key", "a", {}}, "other", "alice"));
    QCOMPARE(secrets().get("private-key", "a").value(), std::string("other"));
    QCOMPARE(secrets().list("private-key").value().size(), std::size_t{1});
}

void SecretStoreTest::secretsAreListedByPurpose() {
    m_fixture->clock.advance(std::chrono::hours(5));
    for (const char* name : {"b", "a"}) {
        QVERIFY(secrets().put({"private-key", name, {}}, sealed, "alice"));
    }
    QVERIFY(secrets().put({"acme", "c", {}}, sealed, "alice"));
    const auto names = secrets().list("private-key").value();
    QCOMPARE(names.size(), std::size_t{2});
    QCOMPARE(names[0].name, std::string("a"));
    QCOMPARE(names[1].name, std::string("b"));
    QVERIFY(names[0].created == std::chrono::floor<std::chrono::milliseconds>(m_fixture->clock.wallTime()));
}

void SecretStoreTest::aRemovedSecretIsGone() {
    QVERIFY(secrets().put({"private-key", "a", {}}, sealed, "alice"));
    QVERIFY(secrets().remove("private-key", "a", "bob"));
    QVERIFY(secrets().get("private-key", "a").value().empty());
    QVERIFY(secrets().remove("private-key", "a", "bob"));
}

void SecretStoreTest::changesAreAuditedByNameAlone() {
    QVERIFY(secrets().put({"private-key", "a", {}}, sealed, "alice"));
    QVERIFY(secrets().remove("private-key", "a", "bob"));
    QVERIFY(secrets().remove("private-key", "a", "bob")); // nothing happened
    const auto entries = m_fixture->ports().audit.list({}).value();
    QCOMPARE(entries.size(), std::size_t{2});
    QCOMPARE(entries[0].action, std::string("secret-remove"));
    QCOMPARE(entries[0].actor, std::string("bob"));
    QCOMPARE(entries[1].action, std::string("secret-put"));
    QCOMPARE(entries[1].entityKind, std::string("private-key"));
    QCOMPARE(entries[1].entityName, std::string("a"));
    QVERIFY(entries[1].before.empty() && entries[1].after.empty());
}

void SecretStoreTest::eachChangeIsSeenByOtherProcesses() {
    const auto other =
        std::move(*SqliteStores::open(m_fixture->path, db::OpenMode::Existing, m_fixture->clock));
    const auto before = other->ports().config.version().value();
    QVERIFY(secrets().put({"private-key", "a", {}}, sealed, "alice"));
    const auto after = other->ports().config.version().value();
    QVERIFY(after.secretGeneration > before.secretGeneration);
    QCOMPARE(after.revision, before.revision);
    QCOMPARE(after.keyGeneration, before.keyGeneration);
}

void SecretStoreTest::theCheckOfTheMasterKeyIsClaimedOnce() {
    QVERIFY(secrets().keyCheck().value().empty());
    QCOMPARE(secrets().replaceKeyCheck("", "00ff00ff00ff").value(), std::string("00ff00ff00ff"));
    m_fixture->open();
    QCOMPARE(secrets().keyCheck().value(), std::string("00ff00ff00ff"));
    QCOMPARE(secrets().replaceKeyCheck("", "aaaaaaaaaaaa").value(), std::string("00ff00ff00ff"));
    QCOMPARE(secrets().replaceKeyCheck("00ff00ff00ff", "aaaaaaaaaaaa").value(), std::string("aaaaaaaaaaaa"));
    QVERIFY(!secrets().replaceKeyCheck("aaaaaaaaaaaa", "no hex"));
}

void SecretStoreTest::aDatabaseOfTheFirstSchemaIsBroughtUpToDate() {
    Publisher publisher(*m_fixture->stores, m_fixture->clock);
    QVERIFY(StoreFixture::publishSome(publisher));
    m_fixture->reopenFrom(1);
    const Publisher again(*m_fixture->stores, m_fixture->clock);
    QCOMPARE(again.config().routes.size(), std::size_t{1});
    QVERIFY(secrets().put({"private-key", "a", {}}, sealed, "alice"));
    QCOMPARE(secrets().get("private-key", "a").value(), sealed);
}

QTEST_GUILESS_MAIN(SecretStoreTest)
#include "test_secret_store.moc"
