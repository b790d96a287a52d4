#include "gateway/auth/key_table.h"

#include <QtTest/QtTest>
#include <algorithm>
#include <set>

using namespace std::chrono_literals;
using gateway::ManualClock;
using gateway::sha256;
using gateway::WallTime;
using gateway::auth::KeyCheck;
using gateway::auth::KeyTable;
using gateway::auth::KeyVerdict;
using gateway::model::ApiKey;
using gateway::model::ConsumerId;
using gateway::model::KeyId;
using gateway::model::KeyState;

namespace {

constexpr std::string_view presented = "gh_a-secret-that-was-issued";

ApiKey keyOf(std::string_view text) {
    ApiKey key;
    key.id = KeyId{7};
    key.consumer = ConsumerId{3};
    key.name = "ci";
    key.hash = sha256(text);
    return key;
}

} // namespace

class ApiKeyTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void aKnownKeyIsGoodAndNamesItsConsumer();
    void noKeyAtAllIsMissing();
    void whatCannotBeAKeyIsMalformed_data();
    void whatCannotBeAKeyIsMalformed();
    void theShortestAndTheLongestKeyAreLookedUp();
    void aKeyThatNobodyHasIsUnknown();
    void disabledAndRevokedKeysAreToldApartAndNamed();
    void aKeyIsRefusedFromTheMomentItExpires();
    void aKeyThatExpiredBefore1970IsExpired();
    void aDisabledKeyWorksAgainOnceEnabled();
    void notesTheMinuteOfAUse();
    void aKeyWithAddressesIsGoodFromThoseOnly();
    void aKeyBoundToWhatIsNoAddressIsGoodFromNowhere();
    void verdictsHaveNames();
    void aNewKeyHasItsMarkerLengthAndChecksum();
    void theChecksumNoticesEveryChangedCharacter();
    void theChecksumIsTheOneOfZipFiles();
    void otherKeysHaveNoChecksum();
    void newKeysDiffer();
    void thePrefixIsTheFirstSevenCharacters();
};

void ApiKeyTest::aKnownKeyIsGoodAndNamesItsConsumer() {
    ManualClock clock;
    KeyTable table;
    table.put(keyOf(presented));
    const KeyCheck check = checkKey(table, presented, clock.wallTime());
    QCOMPARE(check.verdict, KeyVerdict::Good);
    QVERIFY(check.entry);
    QCOMPARE(check.entry->key.load(), std::uint64_t{7});
    QCOMPARE(check.entry->consumer.load(), std::uint64_t{3});
}

void ApiKeyTest::noKeyAtAllIsMissing() {
    const KeyTable table;
    QCOMPARE(checkKey(table, "", WallTime()).verdict, KeyVerdict::Missing);
}

void ApiKeyTest::whatCannotBeAKeyIsMalformed_data() {
    QTest::addColumn<QByteArray>("text");
    QTest::newRow("too short") << QByteArray("1234567");
    QTest::newRow("too long") << QByteArray(257, 'x');
    QTest::newRow("a space") << QByteArray("gh_with space");
    QTest::newRow("a control character") << QByteArray("gh_with\ttab");
    QTest::newRow("a NUL") << QByteArray("gh_with\0nul", 11);
    QTest::newRow("DEL") << QByteArray("gh_with\x7F"
                                       "del");
    QTest::newRow("beyond ASCII") << QByteArray("gh_with\xC3\xA9");
}

void ApiKeyTest::whatCannotBeAKeyIsMalformed() {
    QFETCH(const QByteArray, text);
    KeyTable table;
    table.put(keyOf(text.toStdString()));
    const KeyCheck check = checkKey(table, text.toStdString(), WallTime());
    QCOMPARE(check.verdict, KeyVerdict::Malformed);
    QVERIFY(!check.entry);
}

void ApiKeyTest::theShortestAndTheLongestKeyAreLookedUp() {
    for (const std::string& text : {std::string(8, '!'), std::string(256, '~')}) {
        KeyTable table;
        QCOMPARE(checkKey(table, text, WallTime()).verdict, KeyVerdict::Unknown);
        table.put(keyOf(text));
        QCOMPARE(checkKey(table, text, WallTime()).verdict, KeyVerdict::Good);
    }
}

void ApiKeyTest::aKeyThatNobodyHasIsUnknown() {
    KeyTable table;
    table.put(keyOf(presented));
    const KeyCheck check = checkKey(table, "gh_another-secret", WallTime());
    QCOMPARE(check.verdict, KeyVerdict::Unknown);
    QVERIFY(!check.entry);
}

void ApiKeyTest::disabledAndRevokedKeysAreToldApartAndNamed() {
    ManualClock clock;
    KeyTable table;
    ApiKey key = keyOf(presented);
    // A reason that a person chose goes before one that the calendar gave.
    key.expires = clock.wallTime() - 1h;
    key.state = KeyState::Disabled;
    table.put(key);
    const KeyCheck disabled = checkKey(table, presented, clock.wallTime());
    QCOMPARE(disabled.verdict, KeyVerdict::Disabled);
    QVERIFY(disabled.entry);
    key.state = KeyState::Revoked;
    table.put(key);
    const KeyCheck revoked = checkKey(table, presented, clock.wallTime());
    QCOMPARE(revoked.verdict, KeyVerdict::Revoked);
    QVERIFY(revoked.entry);
}

void ApiKeyTest::aKeyIsRefusedFromTheMomentItExpires() {
    ManualClock clock;
    KeyTable table;
    ApiKey key = keyOf(presented);
    key.expires = clock.wallTime() + 10s;
    table.put(key);
    clock.advance(10s - 1ns);
    QCOMPARE(checkKey(table, presented, clock.wallTime()).verdict, KeyVerdict::Good);
    clock.advance(1ns);
    const KeyCheck check = checkKey(table, presented, clock.wallTime());
    QCOMPARE(check.verdict, KeyVerdict::Expired);
    QVERIFY(check.entry);
}

void ApiKeyTest::aKeyThatExpiredBefore1970IsExpired() {
    ManualClock clock;
    for (const auto expiry : {WallTime(), WallTime() - 24h}) {
        KeyTable table;
        ApiKey key = keyOf(presented);
        key.expires = expiry;
        table.put(key);
        QCOMPARE(checkKey(table, presented, clock.wallTime()).verdict, KeyVerdict::Expired);
    }
}

void ApiKeyTest::aDisabledKeyWorksAgainOnceEnabled() {
    KeyTable table;
    ApiKey key = keyOf(presented);
    key.state = KeyState::Disabled;
    table.put(key);
    key.state = KeyState::Active;
    table.put(key);
    QCOMPARE(checkKey(table, presented, WallTime()).verdict, KeyVerdict::Good);
    QCOMPARE(table.size(), std::size_t{1});
}

void ApiKeyTest::notesTheMinuteOfAUse() {
    KeyTable table;
    table.put(keyOf(presented));
    KeyTable::Entry& entry = *table.find(sha256(presented));
    QCOMPARE(entry.lastUsedMinute.load(), 0U);
    markUsed(entry, WallTime() + 10min + 59s);
    QCOMPARE(entry.lastUsedMinute.load(), 10U);
    table.put(keyOf(presented));
    QCOMPARE(entry.lastUsedMinute.load(), 10U);
}

void ApiKeyTest::aKeyWithAddressesIsGoodFromThoseOnly() {
    KeyTable table;
    ApiKey key = keyOf(presented);
    const auto mayCome = [&table](const char* address) {
        const KeyTable::Entry& entry = *table.find(sha256(presented));
        return gateway::auth::mayComeFrom(table.grantsOf(entry), *gateway::parseIpLiteral(address));
    };
    table.put(key);
    QVERIFY(mayCome("192.0.2.1"));
    key.addresses = {"10.0.0.0/8", "2001:db8::7"};
    table.put(key);
    QVERIFY(mayCome("10.255.0.1"));
    QVERIFY(mayCome("2001:db8::7"));
    QVERIFY(!mayCome("192.0.2.1"));
    QVERIFY(!mayCome("2001:db8::8"));
    QVERIFY(!mayCome("::"));
    key.addresses.clear();
    table.put(key);
    QVERIFY(mayCome("192.0.2.1"));
}

void ApiKeyTest::aKeyBoundToWhatIsNoAddressIsGoodFromNowhere() {
    KeyTable table;
    ApiKey key = keyOf(presented);
    key.addresses = {"somewhere"};
    table.put(key);
    const gateway::auth::KeyGrants& grants = table.grantsOf(*table.find(sha256(presented)));
    for (const char* address : {"10.0.0.1", "127.0.0.1", "::1", "::", "0.0.0.0"}) {
        QVERIFY2(!gateway::auth::mayComeFrom(grants, *gateway::parseIpLiteral(address)), address);
    }
}

void ApiKeyTest::verdictsHaveNames() {
    std::set<std::string> names;
    for (const KeyVerdict verdict :
         {KeyVerdict::Good, KeyVerdict::Missing, KeyVerdict::Malformed, KeyVerdict::Unknown,
          KeyVerdict::Disabled, KeyVerdict::Revoked, KeyVerdict::Expired, KeyVerdict::WrongAddress}) {
        names.insert(keyVerdictName(verdict));
    }
    QCOMPARE(names, (std::set<std::string>{"good", "missing", "malformed", "unknown", "disabled", "revoked",
                                           "expired", "wrong-address"}));
}

void ApiKeyTest::aNewKeyHasItsMarkerLengthAndChecksum() {
    for (int i = 0; i < 200; ++i) {
        const std::string key = gateway::auth::generateKey();
        QCOMPARE(key.size(), std::size_t{3 + 43 + 6});
        QVERIFY(key.starts_with("gh_"));
        QVERIFY(
            std::all_of(key.begin() + 3, key.end(), [](unsigned char c) { return std::isalnum(c) != 0; }));
        QVERIFY(gateway::auth::hasValidChecksum(key));
        QCOMPARE(checkKey(KeyTable(), key, WallTime()).verdict, KeyVerdict::Unknown);
    }
}

void ApiKeyTest::theChecksumNoticesEveryChangedCharacter() {
    const std::string key = gateway::auth::generateKey();
    for (std::size_t at = 0; at < key.size(); ++at) {
        std::string changed = key;
        changed[at] = changed[at] == 'A' ? 'B' : 'A';
        QVERIFY2(!gateway::auth::hasValidChecksum(changed), changed.c_str());
    }
}

void ApiKeyTest::theChecksumIsTheOneOfZipFiles() {
    // CRC-32 of "gh_" and 43 zeroes is 0x6788B846, which is 1tYKVq in base 62 (0-9, A-Z, a-z).
    const std::string body = "gh_" + std::string(43, '0');
    QVERIFY(gateway::auth::hasValidChecksum(body + "1tYKVq"));
}

void ApiKeyTest::otherKeysHaveNoChecksum() {
    QVERIFY(!gateway::auth::hasValidChecksum(""));
    QVERIFY(!gateway::auth::hasValidChecksum("gh_"));
    QVERIFY(!gateway::auth::hasValidChecksum(gateway::auth::generateKey() + "0"));
    QVERIFY(!gateway::auth::hasValidChecksum("xx" + gateway::auth::generateKey().substr(2)));
}

void ApiKeyTest::newKeysDiffer() {
    std::set<std::string> keys;
    for (int i = 0; i < 500; ++i) {
        keys.insert(gateway::auth::generateKey().substr(0, 20));
    }
    QCOMPARE(keys.size(), std::size_t{500});
}

void ApiKeyTest::thePrefixIsTheFirstSevenCharacters() {
    QCOMPARE(gateway::auth::keyPrefix("gh_4f9aBCDE"), std::string("gh_4f9a"));
    QCOMPARE(gateway::auth::keyPrefix("gh_"), std::string("gh_"));
}

QTEST_APPLESS_MAIN(ApiKeyTest)
#include "test_api_key.moc"
