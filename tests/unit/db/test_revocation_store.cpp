#include "tests/unit/db/store_fixture.h"

#include <memory>

using namespace store_fixture;
using gateway::ErrorKind;
using gateway::WallTime;

class RevocationStoreTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init() { m_fixture = std::make_unique<StoreFixture>(); }
    void cleanup() { m_fixture.reset(); }

    void whatWasAddedIsThereAfterReopening();
    void idsAreNeverGivenTwice();
    void anExpiredRevocationIsNotListed();
    void expiredRevocationsAreForgottenWithTheNextOne();
    void aLiftedRevocationIsGone();
    void liftingWhatIsNotThereIsAnError();
    void eachChangeIsSeenByOtherProcesses();
    void changesAreAudited();
    void aDatabaseOfAnOlderSchemaIsBroughtUpToDate();

private:
    [[nodiscard]] RevocationStore& revocations() const { return m_fixture->ports().revocations; }
    [[nodiscard]] WallTime now() const { return m_fixture->clock.wallTime(); }
    [[nodiscard]] Revocation ofTokenId(const std::string& id) const {
        Revocation revocation;
        revocation.kind = Revocation::Kind::TokenId;
        revocation.value = id;
        revocation.reason = "lost";
        revocation.author = "alice";
        revocation.created = now();
        return revocation;
    }

    std::unique_ptr<StoreFixture> m_fixture;
};

void RevocationStoreTest::whatWasAddedIsThereAfterReopening() {
    std::vector<Revocation> added;
    Revocation first = ofTokenId("7f3a");
    first.provider = IdentityProviderId{4};
    first.expires = now() + std::chrono::hours(1);
    added.push_back(revocations().add(first).value());
    Revocation second = ofTokenId("auth0|1 \xC3\xA9");
    second.kind = Revocation::Kind::Subject;
    second.before = now();
    added.push_back(revocations().add(second).value());
    Revocation third = ofTokenId("");
    third.kind = Revocation::Kind::Consumer;
    third.consumer = ConsumerId{9};
    added.push_back(revocations().add(third).value());
    m_fixture->open();
    QVERIFY(revocations().list(now()).value() == added);
    QCOMPARE(added[1].value, second.value);
    QVERIFY(added[0].expires == first.expires);
    QVERIFY(!added[1].expires);
    QVERIFY(added[1].before == second.before);
}

void RevocationStoreTest::idsAreNeverGivenTwice() {
    const auto first = revocations().add(ofTokenId("a"));
    QVERIFY(first->id);
    QVERIFY(revocations().remove(first->id, "bob"));
    const auto second = revocations().add(ofTokenId("a"));
    QVERIFY(second->id.value > first->id.value);
}

void RevocationStoreTest::anExpiredRevocationIsNotListed() {
    Revocation revocation = ofTokenId("a");
    revocation.expires = now() + std::chrono::seconds(10);
    QVERIFY(revocations().add(revocation));
    QVERIFY(revocations().add(ofTokenId("b")));
    m_fixture->clock.advance(std::chrono::milliseconds(9'999));
    QCOMPARE(revocations().list(now()).value().size(), std::size_t{2});
    m_fixture->clock.advance(std::chrono::milliseconds(1));
    QCOMPARE(revocations().list(now()).value().size(), std::size_t{1});
}

void RevocationStoreTest::expiredRevocationsAreForgottenWithTheNextOne() {
    Revocation revocation = ofTokenId("a");
    revocation.expires = now() + std::chrono::seconds(10);
    QVERIFY(revocations().add(revocation));
    m_fixture->clock.advance(std::chrono::seconds(10));
    QVERIFY(revocations().add(ofTokenId("b")));
    QCOMPARE(m_fixture->stores->database().queryInteger("SELECT COUNT(*) FROM revocation").value(), 1);
}

void RevocationStoreTest::aLiftedRevocationIsGone() {
    const auto revocation = revocations().add(ofTokenId("a"));
    QVERIFY(revocations().remove(revocation->id, "bob"));
    QVERIFY(revocations().list(now()).value().empty());
}

void RevocationStoreTest::liftingWhatIsNotThereIsAnError() {
    const auto lifted = revocations().remove(RevocationId{7}, "bob");
    QVERIFY(!lifted);
    QCOMPARE(lifted.error().kind, ErrorKind::Input);
    QCOMPARE(lifted.error().code, std::string("no-such-revocation"));
}

void RevocationStoreTest::eachChangeIsSeenByOtherProcesses() {
    const auto other =
        std::move(*SqliteStores::open(m_fixture->path, db::OpenMode::Existing, m_fixture->clock));
    const auto before = other->ports().config.version().value();
    const auto revocation = revocations().add(ofTokenId("a"));
    const auto between = other->ports().config.version().value();
    QVERIFY(between.revocationGeneration > before.revocationGeneration);
    QCOMPARE(between.keyGeneration, before.keyGeneration);
    QCOMPARE(other->ports().revocations.list(now()).value().size(), std::size_t{1});
    QVERIFY(revocations().remove(revocation->id, "bob"));
    QVERIFY(other->ports().config.version().value().revocationGeneration > between.revocationGeneration);
}

void RevocationStoreTest::changesAreAudited() {
    Publisher publisher(*m_fixture->stores, m_fixture->clock);
    Revocation revocation = ofTokenId("");
    revocation.kind = Revocation::Kind::Consumer;
    revocation.consumer = StoreFixture::publishConsumer(publisher, "acme");
    const auto added = revocations().add(revocation);
    QVERIFY(revocations().remove(added->id, "bob"));
    AuditQuery query;
    query.entityKind = "revocation";
    const auto entries = m_fixture->ports().audit.list(query).value();
    QCOMPARE(entries.size(), std::size_t{2});
    QCOMPARE(entries[1].action, std::string("revoke"));
    QCOMPARE(entries[1].actor, std::string("alice"));
    QCOMPARE(entries[1].entityName, std::string("consumer acme"));
    QVERIFY(entries[1].after.find("lost") != std::string::npos);
    QCOMPARE(entries[0].action, std::string("revocation-lift"));
    QCOMPARE(entries[0].actor, std::string("bob"));
    QCOMPARE(entries[0].before, entries[1].after);
}

void RevocationStoreTest::aDatabaseOfAnOlderSchemaIsBroughtUpToDate() {
    Publisher publisher(*m_fixture->stores, m_fixture->clock);
    const ConsumerId acme = StoreFixture::publishConsumer(publisher, "acme");
    const auto key = m_fixture->ports().keys.create(someKey(acme, "ci", "secret-1"), "alice");
    for (const int schema : {2, 1}) {
        m_fixture->reopenFrom(schema);
        const auto keys = m_fixture->ports().keys.list(acme);
        QVERIFY(keys.value() == std::vector<ApiKey>{*key});
        std::vector<ApiKey> seen;
        QVERIFY(m_fixture->ports().keys.visit(0, [&seen](const ApiKey& each) { seen.push_back(each); }));
        QCOMPARE(seen.size(), std::size_t{1});
        QCOMPARE(seen.front().scopes, key->scopes);
        QVERIFY(revocations().add(ofTokenId("a")));
        QCOMPARE(m_fixture->ports().config.version()->revocationGeneration, std::uint64_t{1});
        QVERIFY(m_fixture->ports().calls.list({}, 0, 10).value().empty());
    }
}

QTEST_GUILESS_MAIN(RevocationStoreTest)
#include "test_revocation_store.moc"
