#include "gateway/auth/revocations.h"

#include <QtTest/QtTest>
#include <atomic>
#include <thread>

using gateway::WallTime;
using gateway::auth::Revocations;
using gateway::auth::RevocationSet;
using gateway::auth::Token;
using gateway::model::ConsumerId;
using gateway::model::IdentityProviderId;
using gateway::model::Revocation;
using namespace std::chrono_literals;

namespace {

constexpr std::int64_t noon = 1'767'268'800; // 2026-01-01T12:00:00Z

WallTime atSecond(std::int64_t seconds) {
    return WallTime(std::chrono::seconds(seconds));
}

Token tokenOf(std::uint64_t provider, std::string subject, std::string id, std::int64_t issuedAt = noon) {
    Token token;
    token.provider = IdentityProviderId{provider};
    token.subject = std::move(subject);
    token.id = std::move(id);
    token.issuedAt = issuedAt;
    return token;
}

Revocation ofTokenId(std::string id, std::uint64_t provider = 0) {
    Revocation revocation;
    revocation.kind = Revocation::Kind::TokenId;
    revocation.provider = IdentityProviderId{provider};
    revocation.value = std::move(id);
    return revocation;
}

Revocation ofSubject(std::string subject, WallTime before, std::uint64_t provider = 0) {
    Revocation revocation = ofTokenId(std::move(subject), provider);
    revocation.kind = Revocation::Kind::Subject;
    revocation.before = before;
    return revocation;
}

Revocation ofAllBefore(WallTime before, std::uint64_t provider = 0) {
    Revocation revocation = ofSubject({}, before, provider);
    revocation.kind = Revocation::Kind::Before;
    return revocation;
}

Revocation ofConsumer(std::uint64_t consumer) {
    Revocation revocation;
    revocation.kind = Revocation::Kind::Consumer;
    revocation.consumer = ConsumerId{consumer};
    return revocation;
}

} // namespace

class RevocationsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void nothingIsRevokedAtFirst();
    void aConsumerIsRevokedByItsId();
    void aTokenIdIsRevokedForOneProviderOrForAll();
    void aTokenWithoutAnIdIsNotMeantByAnyTokenId();
    void aSubjectsTokensAreRevokedThatWereIssuedBefore();
    void allTokensOfAProviderAreRevokedThatWereIssuedBefore();
    void allTokensAreRevokedThatWereIssuedBefore();
    void aTokenWithoutATimeOfIssueCountsAsOlder();
    void aTokenIssuedInTheSecondOfTheRevocationCountsAsOlder();
    void ofSeveralTimesTheLatestHolds();
    void theSetMovesOnWithEachChange();
    void aReaderThatSeesTheChangeHasTheNewSet();
};

void RevocationsTest::nothingIsRevokedAtFirst() {
    const Revocations revocations;
    QVERIFY(revocations.current()->isEmpty());
    QVERIFY(!revocations.current()->isRevoked(tokenOf(1, "mallory", "t-1")));
    QVERIFY(!revocations.current()->isRevoked(ConsumerId{7}));
}

void RevocationsTest::aConsumerIsRevokedByItsId() {
    const RevocationSet set({ofConsumer(7), ofConsumer(9)});
    QVERIFY(!set.isEmpty());
    QVERIFY(set.isRevoked(ConsumerId{7}));
    QVERIFY(set.isRevoked(ConsumerId{9}));
    QVERIFY(!set.isRevoked(ConsumerId{8}));
    QVERIFY(!set.isRevoked(ConsumerId{}));
}

void RevocationsTest::aTokenIdIsRevokedForOneProviderOrForAll() {
    const RevocationSet set({ofTokenId("one", 1), ofTokenId("all")});
    QVERIFY(set.isRevoked(tokenOf(1, "u", "one")));
    QVERIFY(!set.isRevoked(tokenOf(2, "u", "one")));
    QVERIFY(set.isRevoked(tokenOf(1, "u", "all")));
    QVERIFY(set.isRevoked(tokenOf(2, "u", "all")));
    QVERIFY(!set.isRevoked(tokenOf(1, "one", "other")));
}

void RevocationsTest::aTokenWithoutAnIdIsNotMeantByAnyTokenId() {
    const RevocationSet set({ofTokenId("")});
    QVERIFY(!set.isRevoked(tokenOf(1, "u", "")));
}

void RevocationsTest::aSubjectsTokensAreRevokedThatWereIssuedBefore() {
    const RevocationSet set({ofSubject("mallory", atSecond(noon), 1), ofSubject("eve", atSecond(noon))});
    QVERIFY(set.isRevoked(tokenOf(1, "mallory", "", noon - 1)));
    QVERIFY(!set.isRevoked(tokenOf(1, "mallory", "", noon)));
    QVERIFY(!set.isRevoked(tokenOf(2, "mallory", "", noon - 1)));
    QVERIFY(set.isRevoked(tokenOf(2, "eve", "", noon - 1)));
    QVERIFY(!set.isRevoked(tokenOf(1, "alice", "mallory", noon - 1)));
}

void RevocationsTest::allTokensOfAProviderAreRevokedThatWereIssuedBefore() {
    const RevocationSet set({ofAllBefore(atSecond(noon), 1)});
    QVERIFY(set.isRevoked(tokenOf(1, "alice", "", noon - 1)));
    QVERIFY(!set.isRevoked(tokenOf(1, "alice", "", noon)));
    QVERIFY(!set.isRevoked(tokenOf(2, "alice", "", noon - 1)));
}

void RevocationsTest::allTokensAreRevokedThatWereIssuedBefore() {
    const RevocationSet set({ofAllBefore(atSecond(noon))});
    QVERIFY(set.isRevoked(tokenOf(1, "alice", "", noon - 1)));
    QVERIFY(set.isRevoked(tokenOf(2, "", "", noon - 1)));
    QVERIFY(!set.isRevoked(tokenOf(1, "alice", "", noon)));
    QVERIFY(!set.isRevoked(ConsumerId{7}));
}

void RevocationsTest::aTokenWithoutATimeOfIssueCountsAsOlder() {
    QVERIFY(RevocationSet({ofAllBefore(atSecond(noon))}).isRevoked(tokenOf(1, "alice", "", 0)));
    QVERIFY(RevocationSet({ofSubject("alice", atSecond(noon))}).isRevoked(tokenOf(1, "alice", "", 0)));
}

void RevocationsTest::aTokenIssuedInTheSecondOfTheRevocationCountsAsOlder() {
    const RevocationSet set({ofAllBefore(atSecond(noon) + 1ms)});
    QVERIFY(set.isRevoked(tokenOf(1, "alice", "", noon)));
    QVERIFY(!set.isRevoked(tokenOf(1, "alice", "", noon + 1)));
}

void RevocationsTest::ofSeveralTimesTheLatestHolds() {
    const RevocationSet set({ofSubject("eve", atSecond(noon)), ofSubject("eve", atSecond(noon - 100)),
                             ofAllBefore(atSecond(noon - 50), 3), ofAllBefore(atSecond(noon - 20), 3)});
    QVERIFY(set.isRevoked(tokenOf(1, "eve", "", noon - 1)));
    QVERIFY(set.isRevoked(tokenOf(3, "alice", "", noon - 21)));
    QVERIFY(!set.isRevoked(tokenOf(3, "alice", "", noon - 20)));
}

void RevocationsTest::theSetMovesOnWithEachChange() {
    Revocations revocations;
    const std::uint64_t before = revocations.changes();
    revocations.set({ofConsumer(7)});
    QVERIFY(revocations.changes() != before);
    const auto kept = revocations.current();
    QVERIFY(kept->isRevoked(ConsumerId{7}));
    revocations.set({});
    QVERIFY(revocations.current()->isEmpty());
    QVERIFY(kept->isRevoked(ConsumerId{7}));
}

void RevocationsTest::aReaderThatSeesTheChangeHasTheNewSet() {
    Revocations revocations;
    constexpr std::uint64_t sets = 500;
    std::atomic<int> faults{0};
    std::thread reader([&] {
        for (std::uint64_t seen = 0; seen < sets;) {
            seen = revocations.changes();
            faults += seen == 0 || revocations.current()->isRevoked(ConsumerId{seen}) ? 0 : 1;
        }
    });
    // The change number n brings consumer n beside those before.
    std::vector<Revocation> all;
    for (std::uint64_t number = 1; number <= sets; ++number) {
        all.push_back(ofConsumer(number));
        revocations.set(all);
    }
    reader.join();
    QCOMPARE(faults.load(), 0);
}

QTEST_APPLESS_MAIN(RevocationsTest)
#include "test_revocations.moc"
