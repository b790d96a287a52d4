#include "gateway/service/revocation_rules.h"

#include "tests/unit/db/store_fixture.h"

using namespace store_fixture;
using gateway::WallTime;
using namespace std::chrono_literals;
namespace service = gateway::service;

class RevocationRulesTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init();
    void cleanup() { m_fixture.reset(); }

    void whatIsLeftOpenIsFilledIn();
    void fieldsOfAnotherKindAreDropped();
    void revocationsThatMeanNothingAreRefused_data();
    void revocationsThatMeanNothingAreRefused();
    void theSameIsNotStoredTwice();
    void whatHoldsLongerIsStoredBesideIt();
    void allBeforeATimeTakesTheKeysWithIt();
    void allOfOneProviderLeavesTheKeys();

private:
    [[nodiscard]] WallTime now() const { return m_fixture->clock.wallTime(); }
    [[nodiscard]] Result<Revocation> complete(Revocation revocation) const {
        return service::completeRevocation(std::move(revocation), m_config, now());
    }
    [[nodiscard]] static Revocation of(Revocation::Kind kind, const std::string& value = {}) {
        Revocation revocation;
        revocation.kind = kind;
        revocation.value = value;
        revocation.author = "alice";
        return revocation;
    }
    [[nodiscard]] Result<Revocation> revoke(const Revocation& revocation) const {
        return service::storeRevocation(m_fixture->ports(), complete(revocation).value());
    }

    std::unique_ptr<StoreFixture> m_fixture;
    Config m_config;
    ConsumerId m_acme;
};

void RevocationRulesTest::init() {
    m_fixture = std::make_unique<StoreFixture>();
    Publisher publisher(*m_fixture->stores, m_fixture->clock);
    m_acme = StoreFixture::publishConsumer(publisher, "acme");
    m_config = publisher.config();
}

void RevocationRulesTest::whatIsLeftOpenIsFilledIn() {
    const auto subject = complete(of(Revocation::Kind::Subject, "auth0|1"));
    QVERIFY(subject->before == now());
    QVERIFY(subject->created == now());
    QVERIFY(!subject->expires);
    QVERIFY(complete(of(Revocation::Kind::Before))->before == now());
    Revocation earlier = of(Revocation::Kind::Subject, "auth0|1");
    earlier.before = now() - 5h;
    QVERIFY(complete(earlier)->before == now() - 5h);
}

void RevocationRulesTest::fieldsOfAnotherKindAreDropped() {
    Revocation everything = of(Revocation::Kind::Consumer, "x");
    everything.consumer = m_acme;
    everything.before = now();
    everything.id = RevocationId{9};
    const auto ofConsumer = complete(everything);
    QVERIFY(ofConsumer->value.empty());
    QVERIFY(ofConsumer->before == WallTime{});
    QVERIFY(!ofConsumer->id);
    everything.kind = Revocation::Kind::TokenId;
    const auto ofToken = complete(everything);
    QVERIFY(!ofToken->consumer);
    QVERIFY(ofToken->before == WallTime{});
    QCOMPARE(ofToken->value, std::string("x"));
}

void RevocationRulesTest::revocationsThatMeanNothingAreRefused_data() {
    QTest::addColumn<int>("kind");
    QTest::addColumn<QString>("value");
    QTest::addColumn<int>("consumer");
    QTest::addColumn<int>("provider");
    QTest::addColumn<int>("beforeHours");
    QTest::addColumn<int>("expiresHours");
    QTest::addColumn<QString>("code");
    const auto consumer = static_cast<int>(Revocation::Kind::Consumer);
    const auto token = static_cast<int>(Revocation::Kind::TokenId);
    const auto subject = static_cast<int>(Revocation::Kind::Subject);
    const auto before = static_cast<int>(Revocation::Kind::Before);
    QTest::newRow("nobody") << consumer << "" << 0 << 0 << 0 << 1 << "no-such-consumer";
    QTest::newRow("a consumer that is gone") << consumer << "" << 77 << 0 << 0 << 1 << "no-such-consumer";
    QTest::newRow("a provider that is gone") << token << "a" << 0 << 77 << 0 << 1 << "no-such-provider";
    QTest::newRow("no token id") << token << "" << 0 << 0 << 0 << 1 << "bad-revocation";
    QTest::newRow("no subject") << subject << "" << 0 << 0 << 0 << 1 << "bad-revocation";
    QTest::newRow("a long subject") << subject << QString(1'025, QLatin1Char('x')) << 0 << 0 << 0 << 1
                                    << "bad-revocation";
    QTest::newRow("a control character") << token << "a\nb" << 0 << 0 << 0 << 1 << "bad-revocation";
    QTest::newRow("what is to come") << before << "" << 0 << 0 << 2 << 1 << "bad-revocation";
    QTest::newRow("over already") << token << "a" << 0 << 0 << 0 << 0 << "bad-revocation";
}

void RevocationRulesTest::revocationsThatMeanNothingAreRefused() {
    QFETCH(const int, kind);
    QFETCH(const QString, value);
    QFETCH(const int, consumer);
    QFETCH(const int, provider);
    QFETCH(const int, beforeHours);
    QFETCH(const int, expiresHours);
    QFETCH(const QString, code);
    Revocation revocation = of(static_cast<Revocation::Kind>(kind), value.toStdString());
    revocation.consumer = ConsumerId{static_cast<std::uint64_t>(consumer)};
    revocation.provider = IdentityProviderId{static_cast<std::uint64_t>(provider)};
    if (beforeHours != 0) {
        revocation.before = now() + std::chrono::hours(beforeHours);
    }
    revocation.expires = now() + std::chrono::hours(expiresHours);
    const auto refused = complete(revocation);
    QVERIFY(!refused);
    QCOMPARE(refused.error().code, code.toStdString());
}

void RevocationRulesTest::theSameIsNotStoredTwice() {
    Revocation revocation = of(Revocation::Kind::Consumer);
    revocation.consumer = m_acme;
    const auto first = revoke(revocation);
    m_fixture->clock.advance(1h);
    QVERIFY(revoke(revocation).value() == *first);
    revocation.expires = now() + 1h; // holds less long
    QVERIFY(revoke(revocation).value() == *first);
    QCOMPARE(m_fixture->ports().revocations.list(now()).value().size(), std::size_t{1});
}

void RevocationRulesTest::whatHoldsLongerIsStoredBesideIt() {
    Revocation revocation = of(Revocation::Kind::Subject, "auth0|1");
    revocation.expires = now() + 1h;
    QVERIFY(revoke(revocation));
    revocation.expires = now() + 2h;
    QVERIFY(revoke(revocation));
    QCOMPARE(m_fixture->ports().revocations.list(now()).value().size(), std::size_t{2});
    m_fixture->clock.advance(1min);
    revocation.before = now(); // more tokens
    QVERIFY(revoke(revocation));
    QCOMPARE(m_fixture->ports().revocations.list(now()).value().size(), std::size_t{3});
}

void RevocationRulesTest::allBeforeATimeTakesTheKeysWithIt() {
    const auto old = m_fixture->ports().keys.create(someKey(m_acme, "old", "secret-1"), "alice");
    m_fixture->clock.advance(1s);
    QVERIFY(revoke(of(Revocation::Kind::Before)));
    m_fixture->clock.advance(1s);
    const auto fresh = m_fixture->ports().keys.create(someKey(m_acme, "new", "secret-2"), "alice");
    QVERIFY(m_fixture->ports().keys.find(old->id).value()->state == KeyState::Revoked);
    QVERIFY(m_fixture->ports().keys.find(fresh->id).value()->state == KeyState::Active);
}

void RevocationRulesTest::allOfOneProviderLeavesTheKeys() {
    IdentityProvider provider;
    provider.id = IdentityProviderId{5};
    provider.name = "corp";
    m_config.identityProviders.put(provider);
    const auto key = m_fixture->ports().keys.create(someKey(m_acme, "ci", "secret-1"), "alice");
    m_fixture->clock.advance(1s);
    Revocation revocation = of(Revocation::Kind::Before);
    revocation.provider = provider.id;
    QVERIFY(revoke(revocation));
    QVERIFY(m_fixture->ports().keys.find(key->id).value()->state == KeyState::Active);
}

QTEST_GUILESS_MAIN(RevocationRulesTest)
#include "test_revocation_rules.moc"
