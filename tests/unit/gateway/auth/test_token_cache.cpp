#include "gateway/auth/token_cache.h"

#include <QtTest/QtTest>
#include <string>

using gateway::Sha256;
using gateway::auth::Token;
using gateway::auth::TokenCache;
using gateway::auth::TokenPointer;

namespace {

/// Of the set that the first number chooses.
Sha256 hashOf(std::uint8_t set, std::uint8_t number) {
    Sha256 hash{};
    hash[0] = set;
    hash[31] = number;
    return hash;
}

TokenPointer tokenOf(const std::string& subject) {
    const auto token = std::make_shared<Token>();
    token->subject = subject;
    return token;
}

} // namespace

class TokenCacheTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void findsWhatWasPutUnderTheSameRulesOnly() {
        TokenCache cache(64);
        QVERIFY(cache.find(hashOf(1, 1), 7) == nullptr);
        cache.put(hashOf(1, 1), 7, tokenOf("alice")).until = 99;
        const auto* entry = cache.find(hashOf(1, 1), 7);
        QVERIFY(entry != nullptr);
        QCOMPARE(entry->token->subject, std::string("alice"));
        QCOMPARE(entry->until, std::int64_t(99));
        QVERIFY(cache.find(hashOf(1, 1), 8) == nullptr);
        QVERIFY(cache.find(hashOf(1, 2), 7) == nullptr);
        QCOMPARE(cache.size(), std::size_t(1));
    }
    void putsInPlaceOfTheSame() {
        TokenCache cache(64);
        cache.put(hashOf(1, 1), 7, tokenOf("alice")).until = 99;
        const auto& again = cache.put(hashOf(1, 1), 7, tokenOf("alice again"));
        QCOMPARE(again.until, std::int64_t(0));
        QCOMPARE(cache.size(), std::size_t(1));
        cache.put(hashOf(1, 1), 8, tokenOf("by other rules"));
        QCOMPARE(cache.size(), std::size_t(2));
        QCOMPARE(cache.find(hashOf(1, 1), 7)->token->subject, std::string("alice again"));
    }
    void forgetsWhatIsErasedAndLetsGoOfTheToken() {
        TokenCache cache(64);
        TokenPointer token = tokenOf("alice");
        const std::weak_ptr<const Token> watched = token;
        auto& entry = cache.put(hashOf(1, 1), 7, std::move(token));
        cache.erase(entry);
        QVERIFY(watched.expired());
        QCOMPARE(cache.size(), std::size_t(0));
        cache.erase(entry);
        QCOMPARE(cache.size(), std::size_t(0));
        QVERIFY(cache.find(hashOf(1, 1), 7) == nullptr);
    }
    void staysWithinItsBounds() {
        TokenCache cache(100);
        QCOMPARE(cache.capacity(), std::size_t(104));
        for (int i = 0; i < 2000; ++i) {
            cache.put(gateway::sha256(std::to_string(i)), 1, tokenOf("x"));
            QVERIFY(cache.size() <= cache.capacity());
        }
        QVERIFY(cache.find(gateway::sha256("1999"), 1) != nullptr);
        QCOMPARE(TokenCache(0).capacity(), std::size_t(8));
    }
    void sparesWhatWasAskedForLately() {
        TokenCache cache(64);
        for (std::uint8_t i = 0; i < 8; ++i) {
            cache.put(hashOf(3, i), 1, tokenOf("x"));
        }
        // One in use among strangers who come once each.
        for (std::uint8_t i = 100; i < 200; ++i) {
            QVERIFY(cache.find(hashOf(3, 5), 1) != nullptr);
            cache.put(hashOf(3, i), 1, tokenOf("x"));
        }
        QVERIFY(cache.find(hashOf(3, 5), 1) != nullptr);
        QVERIFY(cache.find(hashOf(3, 4), 1) == nullptr);
        QCOMPARE(cache.size(), std::size_t(8));
    }
    void makesRoomEvenWhenAllAreInUse() {
        TokenCache cache(8);
        for (std::uint8_t i = 0; i < 50; ++i) {
            cache.put(hashOf(3, i), 1, tokenOf("x"));
            for (std::uint8_t j = 0; j <= i; ++j) {
                static_cast<void>(cache.find(hashOf(3, j), 1));
            }
            QVERIFY(cache.find(hashOf(3, i), 1) != nullptr);
        }
        QCOMPARE(cache.size(), std::size_t(8));
    }
};

QTEST_APPLESS_MAIN(TokenCacheTest)
#include "test_token_cache.moc"
