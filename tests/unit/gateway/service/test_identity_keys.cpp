#include "gateway/service/identity_keys.h"

#include "tests/unit/db/store_fixture.h"

using namespace store_fixture;
using gateway::crypto::MasterKey;
using namespace std::chrono_literals;

namespace {

/// A master key that is there.
class SomePlace final : public MasterKeyPlace {
public:
    [[nodiscard]] Result<std::optional<MasterKey>> load() override { return m_key; }
    [[nodiscard]] Result<MasterKey> make() override {
        m_key = gateway::crypto::newMasterKey();
        return *m_key;
    }
    [[nodiscard]] std::string text() const override { return "a test"; }

private:
    std::optional<MasterKey> m_key;
};

/// The program as it is started on a database.
struct Program {
    Program(StoreFixture& fixture, SomePlace& place)
        : secrets(fixture.ports().secrets, place)
        , keys(fixture.clock, secrets) {}

    Secrets secrets;
    IdentityKeys keys;
};

std::vector<std::string> fingerprints(const IdentityKeys& keys) {
    std::vector<std::string> texts;
    for (const auto& key : keys.keys()) {
        texts.push_back(key.fingerprint());
    }
    return texts;
}

} // namespace

class IdentityKeysTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init() {
        m_fixture = std::make_unique<StoreFixture>();
        m_place = std::make_unique<SomePlace>();
    }
    void cleanup() { m_fixture.reset(); }

    void theFirstKeySignsAtOnce();
    void theKeyIsThereAfterARestart();
    void aKeyIsReplacedAfterNinetyDays();
    void theSuccessorIsShownForAnHourBeforeItSigns();
    void theFormerKeyIsShownForTwoDaysAndThenForgotten();
    void aKeyThatAnotherProgramMadeIsTakenUp();
    void policiesThatSignAreRecognised();

private:
    [[nodiscard]] std::unique_ptr<Program> program() const {
        return std::make_unique<Program>(*m_fixture, *m_place);
    }
    /// As often as the service asks.
    bool passHours(Program& program, int hours) const {
        bool isChanged = false;
        for (int i = 0; i < hours; ++i) {
            m_fixture->clock.advance(1h);
            isChanged = program.keys.renew().value() || isChanged;
        }
        return isChanged;
    }

    std::unique_ptr<StoreFixture> m_fixture;
    std::unique_ptr<SomePlace> m_place;
};

void IdentityKeysTest::theFirstKeySignsAtOnce() {
    const auto one = program();
    QVERIFY(!one->keys.load().value());
    QVERIFY(one->keys.keys().empty());
    QVERIFY(one->keys.renew().value());
    QCOMPARE(one->keys.keys().size(), std::size_t{1});
    QCOMPARE(one->keys.keys().front().kindText(), std::string("ECDSA P-256"));
    QVERIFY(!one->keys.renew().value());
    const auto entries = m_fixture->ports().audit.list({}).value();
    QCOMPARE(entries.size(), std::size_t{1});
    QCOMPARE(entries.front().entityKind, std::string("identity-key"));
}

void IdentityKeysTest::theKeyIsThereAfterARestart() {
    const auto one = program();
    QVERIFY(one->keys.renew());
    const auto two = program();
    QVERIFY(two->keys.load().value());
    QVERIFY(two->keys.renew().value());
    QCOMPARE(fingerprints(two->keys), fingerprints(one->keys));
}

void IdentityKeysTest::aKeyIsReplacedAfterNinetyDays() {
    const auto one = program();
    QVERIFY(one->keys.renew());
    const auto first = fingerprints(one->keys);
    QVERIFY(!passHours(*one, 24 * 90 - 1));
    QCOMPARE(fingerprints(one->keys), first);
    QVERIFY(passHours(*one, 1));
    QCOMPARE(fingerprints(one->keys).size(), std::size_t{2});
}

void IdentityKeysTest::theSuccessorIsShownForAnHourBeforeItSigns() {
    const auto one = program();
    QVERIFY(one->keys.renew());
    const std::string first = fingerprints(one->keys).front();
    QVERIFY(passHours(*one, 24 * 90));
    QCOMPARE(fingerprints(one->keys).front(), first);
    m_fixture->clock.advance(59min);
    QVERIFY(!one->keys.renew().value());
    QCOMPARE(fingerprints(one->keys).front(), first);
    m_fixture->clock.advance(1min);
    QVERIFY(one->keys.renew().value());
    const auto after = fingerprints(one->keys);
    QCOMPARE(after.size(), std::size_t{2});
    QVERIFY(after.front() != first);
    QCOMPARE(after.back(), first);
    QVERIFY(!one->keys.renew().value());
}

void IdentityKeysTest::theFormerKeyIsShownForTwoDaysAndThenForgotten() {
    const auto one = program();
    QVERIFY(one->keys.renew());
    QVERIFY(passHours(*one, 24 * 90 + 1));
    const std::string second = fingerprints(one->keys).front();
    QVERIFY(!passHours(*one, 47));
    QCOMPARE(fingerprints(one->keys).size(), std::size_t{2});
    QVERIFY(passHours(*one, 1));
    QCOMPARE(fingerprints(one->keys), std::vector<std::string>{second});
    QCOMPARE(one->secrets.list(Secrets::identityPurpose)->size(), std::size_t{1});
}

void IdentityKeysTest::aKeyThatAnotherProgramMadeIsTakenUp() {
    const auto one = program();
    QVERIFY(one->keys.renew());
    const auto two = program();
    QVERIFY(two->keys.load().value());
    QVERIFY(passHours(*one, 24 * 90));
    QVERIFY(two->keys.load().value());
    QVERIFY(!two->keys.load().value());
    QCOMPARE(fingerprints(two->keys), fingerprints(one->keys));
}

void IdentityKeysTest::policiesThatSignAreRecognised() {
    Config config;
    Policy policy;
    policy.name = "who";
    config.policies.put(policy);
    QVERIFY(!signsTokens(config));
    policy.identity = ForwardIdentity{};
    config.policies.put(policy);
    QVERIFY(!signsTokens(config));
    policy.identity->token.push_back({});
    config.policies.put(policy);
    QVERIFY(signsTokens(config));
}

QTEST_GUILESS_MAIN(IdentityKeysTest)
#include "test_identity_keys.moc"
