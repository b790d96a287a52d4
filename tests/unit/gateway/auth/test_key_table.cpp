#include "gateway/auth/key_table.h"

#include <QtTest/QtTest>
#include <atomic>
#include <cstring>
#include <random>
#include <thread>
#include <unordered_map>

using gateway::Sha256;
using gateway::WallTime;
using gateway::auth::KeyTable;
using gateway::model::ApiKey;
using gateway::model::ConsumerId;
using gateway::model::KeyId;
using gateway::model::KeyState;

namespace {

constexpr std::uint64_t keyCount = 200'000;

/// Spreads like a digest, and costs less than 200,000 of them under a sanitizer.
Sha256 hashOf(std::uint64_t number) {
    Sha256 hash{};
    std::mt19937_64 random(number);
    for (std::size_t at = 0; at < hash.size(); at += sizeof(std::uint64_t)) {
        const std::uint64_t word = random();
        std::memcpy(hash.data() + at, &word, sizeof word);
    }
    return hash;
}

ApiKey keyOf(std::uint64_t number, KeyState state = KeyState::Active) {
    ApiKey key;
    key.id = KeyId{number};
    key.consumer = ConsumerId{number * 3};
    key.hash = hashOf(number);
    key.state = state;
    return key;
}

} // namespace

class KeyTableTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void findsWhatWasPutAndNothingElse();
    void updatesTheKeyWithTheSameHash();
    void tellsHashesApartThatShareASlot();
    void keepsWhatItKnowsWhenItGrows();
    void entriesStayWhereTheyAre();
    void knowsTheGrantsOfEachKey();
    void grantsThatWereReadStayWhenTheKeyGetsOthers();
    void aChangeOfGrantsCountsAsAChange();
    void keysWithTheSameGrantsShareThem();
    void takesLittleMoreThanALineOfCacheAKey();
    void startsWithTheLastUseThatWasStored();
    void agreesWithAMapOverRandomChanges();
    void readersSeeWholeEntriesWhileAWriterAddsKeys();
    void readersSeeWholeGrantsWhileAWriterChangesThem();
    void aChangeOfStateIsSeenByTheNextLookUp();
};

void KeyTableTest::findsWhatWasPutAndNothingElse() {
    KeyTable table;
    QVERIFY(!table.find(hashOf(1)));
    for (std::uint64_t number = 1; number <= 1'000; ++number) {
        table.put(keyOf(number));
    }
    QCOMPARE(table.size(), std::size_t{1'000});
    for (std::uint64_t number = 1; number <= 1'000; ++number) {
        const KeyTable::Entry* const entry = table.find(hashOf(number));
        QVERIFY(entry);
        QCOMPARE(entry->key.load(), number);
        QCOMPARE(entry->consumer.load(), number * 3);
        QVERIFY(!table.find(hashOf(number + 1'000)));
    }
}

void KeyTableTest::updatesTheKeyWithTheSameHash() {
    KeyTable table;
    table.put(keyOf(1));
    ApiKey changed = keyOf(1, KeyState::Revoked);
    changed.id = KeyId{99};
    changed.consumer = ConsumerId{8};
    changed.expires = WallTime() + std::chrono::seconds(60);
    table.put(changed);
    QCOMPARE(table.size(), std::size_t{1});
    const KeyTable::Entry& entry = *table.find(hashOf(1));
    QCOMPARE(entry.key.load(), std::uint64_t{99});
    QCOMPARE(entry.consumer.load(), std::uint64_t{8});
    QCOMPARE(entry.expiresAt.load(), std::uint32_t{60});
    QCOMPARE(entry.state.load(), KeyState::Revoked);
}

void KeyTableTest::tellsHashesApartThatShareASlot() {
    // Same in the bytes that choose the slot, different in the last one.
    KeyTable table;
    for (std::uint8_t last = 1; last <= 100; ++last) {
        ApiKey key = keyOf(last);
        key.hash = hashOf(0);
        key.hash.back() = last;
        table.put(key);
    }
    for (std::uint8_t last = 1; last <= 100; ++last) {
        Sha256 hash = hashOf(0);
        hash.back() = last;
        QVERIFY(table.find(hash));
        QCOMPARE(table.find(hash)->key.load(), std::uint64_t{last});
    }
    Sha256 hash = hashOf(0);
    hash.back() = 101;
    QVERIFY(!table.find(hash));
}

void KeyTableTest::keepsWhatItKnowsWhenItGrows() {
    KeyTable table;
    ApiKey key = keyOf(1, KeyState::Disabled);
    key.expires = WallTime() + std::chrono::seconds(60);
    table.put(key);
    table.find(key.hash)->lastUsedMinute = 1234;
    table.reserve(100'000);
    const KeyTable::Entry& entry = *table.find(key.hash);
    QCOMPARE(entry.key.load(), std::uint64_t{1});
    QCOMPARE(entry.consumer.load(), std::uint64_t{3});
    QCOMPARE(entry.expiresAt.load(), std::uint32_t{60});
    QCOMPARE(entry.lastUsedMinute.load(), 1234U);
    QCOMPARE(entry.state.load(), KeyState::Disabled);
}

void KeyTableTest::entriesStayWhereTheyAre() {
    KeyTable table;
    table.put(keyOf(1));
    KeyTable::Entry* const entry = table.find(hashOf(1));
    for (std::uint64_t number = 2; number <= 100'000; ++number) {
        table.put(keyOf(number));
    }
    QCOMPARE(table.find(hashOf(1)), entry);
    // What a worker notes in an entry that it found earlier is not lost.
    entry->lastUsedMinute = 77;
    table.dropOutgrown();
    QCOMPARE(table.find(hashOf(1))->lastUsedMinute.load(), 77U);
}

void KeyTableTest::knowsTheGrantsOfEachKey() {
    KeyTable table;
    for (std::uint64_t number = 1; number <= 1'000; ++number) {
        ApiKey key = keyOf(number);
        if (number % 4 != 0) {
            key.scopes = {"write:" + std::to_string(number), "read", "read"};
        }
        table.put(key);
    }
    for (std::uint64_t number = 1; number <= 1'000; ++number) {
        const auto& scopes = table.grantsOf(*table.find(hashOf(number))).scopes;
        QCOMPARE(scopes, number % 4 != 0
                             ? (std::vector<std::string>{"read", "write:" + std::to_string(number)})
                             : std::vector<std::string>());
    }
}

void KeyTableTest::grantsThatWereReadStayWhenTheKeyGetsOthers() {
    KeyTable table;
    ApiKey key = keyOf(1);
    key.scopes = {"read"};
    table.put(key);
    const gateway::auth::KeyGrants& former = table.grantsOf(*table.find(key.hash));
    for (int i = 0; i < 1'000; ++i) {
        key.scopes = {"scope-" + std::to_string(i)};
        table.put(key);
    }
    QCOMPARE(former.scopes, std::vector<std::string>{"read"});
    QCOMPARE(table.grantsOf(*table.find(key.hash)).scopes, std::vector<std::string>{"scope-999"});
}

void KeyTableTest::aChangeOfGrantsCountsAsAChange() {
    KeyTable table;
    ApiKey key = keyOf(1);
    table.put(key);
    const std::uint64_t before = table.changes();
    key.scopes = {"read"};
    table.put(key);
    const std::uint64_t between = table.changes();
    QVERIFY(between != before);
    key.addresses = {"10.0.0.0/8"};
    table.put(key);
    QVERIFY(table.changes() != between);
}

void KeyTableTest::keysWithTheSameGrantsShareThem() {
    KeyTable table;
    for (std::uint64_t number = 1; number <= keyCount; ++number) {
        ApiKey key = keyOf(number);
        key.scopes = {"orders:read", number % 2 == 0 ? "orders:write" : "orders:list"};
        key.addresses = {"10.0.0.0/8", "192.0.2.0/24"};
        table.put(key);
    }
    table.dropOutgrown();
    QVERIFY2(table.memoryBytes() <= keyCount * 100, qPrintable(QString::number(table.memoryBytes())));
    QCOMPARE(&table.grantsOf(*table.find(hashOf(1))), &table.grantsOf(*table.find(hashOf(3))));
    QVERIFY(&table.grantsOf(*table.find(hashOf(1))) != &table.grantsOf(*table.find(hashOf(2))));
}

void KeyTableTest::takesLittleMoreThanALineOfCacheAKey() {
    KeyTable table;
    for (std::uint64_t number = 1; number <= keyCount; ++number) {
        table.put(keyOf(number));
    }
    QVERIFY(table.memoryBytes() < keyCount * 128);
    table.dropOutgrown();
    QVERIFY2(table.memoryBytes() <= keyCount * 100, qPrintable(QString::number(table.memoryBytes())));
    QVERIFY(table.find(hashOf(keyCount)));
}

void KeyTableTest::startsWithTheLastUseThatWasStored() {
    KeyTable table;
    ApiKey key = keyOf(1);
    key.lastUsed = WallTime() + std::chrono::minutes(77);
    table.put(key);
    QCOMPARE(table.find(key.hash)->lastUsedMinute.load(), 77U);
}

void KeyTableTest::agreesWithAMapOverRandomChanges() {
    std::mt19937_64 random(11);
    KeyTable table;
    std::unordered_map<std::uint64_t, KeyState> expected;
    for (int step = 0; step < 20'000; ++step) {
        const std::uint64_t number = 1 + random() % 5'000;
        const auto state = static_cast<KeyState>(random() % 3);
        table.put(keyOf(number, state));
        expected[number] = state;
    }
    QCOMPARE(table.size(), expected.size());
    for (std::uint64_t number = 1; number <= 5'000; ++number) {
        const KeyTable::Entry* const entry = table.find(hashOf(number));
        const auto wanted = expected.find(number);
        QCOMPARE(entry != nullptr, wanted != expected.end());
        QVERIFY(!entry || entry->state.load() == wanted->second);
    }
}

void KeyTableTest::readersSeeWholeEntriesWhileAWriterAddsKeys() {
    KeyTable table;
    std::atomic<std::uint64_t> written{0};
    std::atomic<bool> isDone{false};
    std::atomic<std::uint64_t> faults{0};
    std::atomic<std::uint64_t> found{0};
    std::vector<std::thread> readers;
    for (std::uint64_t number = 0; number < 3; ++number) {
        readers.emplace_back([&, number] {
            std::mt19937_64 random(number);
            do {
                const std::uint64_t most = written.load(std::memory_order_acquire);
                const std::uint64_t wanted = 1 + random() % keyCount;
                KeyTable::Entry* const entry = table.find(hashOf(wanted));
                if (!entry) {
                    // What was announced as written has to be there.
                    faults += wanted <= most ? 1 : 0;
                    continue;
                }
                ++found;
                entry->lastUsedMinute.store(static_cast<std::uint32_t>(wanted), std::memory_order_relaxed);
                const bool isWhole = entry->key.load() == wanted && entry->consumer.load() == wanted * 3;
                faults += isWhole ? 0 : 1;
            } while (!isDone || found == 0);
        });
    }
    std::mt19937_64 random(99);
    for (std::uint64_t number = 1; number <= keyCount; ++number) {
        table.put(keyOf(number));
        written.store(number, std::memory_order_release);
        table.put(keyOf(1 + random() % number, static_cast<KeyState>(random() % 3)));
    }
    isDone = true;
    for (std::thread& reader : readers) {
        reader.join();
    }
    QCOMPARE(faults.load(), std::uint64_t{0});
    QVERIFY(found.load() > 0);
    QCOMPARE(table.size(), std::size_t{keyCount});
}

void KeyTableTest::readersSeeWholeGrantsWhileAWriterChangesThem() {
    KeyTable table;
    table.put(keyOf(1));
    std::atomic<bool> isDone{false};
    std::atomic<int> faults{0};
    std::vector<std::thread> readers;
    for (int number = 0; number < 2; ++number) {
        readers.emplace_back([&] {
            const KeyTable::Entry& entry = *table.find(hashOf(1));
            std::string latest;
            do {
                const auto& scopes = table.grantsOf(entry).scopes;
                const bool isWhole = scopes.empty() || (scopes.size() == 2 && scopes[1] == scopes[0] + "-");
                faults += isWhole && (scopes.empty() ? latest.empty() : scopes[0] >= latest) ? 0 : 1;
                latest = scopes.empty() ? latest : scopes[0];
            } while (!isDone);
        });
    }
    for (int i = 0; i < 20'000; ++i) {
        ApiKey key = keyOf(1);
        const std::string scope = std::to_string(100'000 + i);
        key.scopes = {scope + "-", scope};
        table.put(key);
    }
    isDone = true;
    for (std::thread& reader : readers) {
        reader.join();
    }
    QCOMPARE(faults.load(), 0);
    QCOMPARE(table.grantsOf(*table.find(hashOf(1))).scopes.front(), std::string("119999"));
}

void KeyTableTest::aChangeOfStateIsSeenByTheNextLookUp() {
    KeyTable table;
    table.put(keyOf(1));
    std::atomic<int> turn{0};
    std::atomic<int> faults{0};
    // Each even turn is the writer's, each odd one the reader's.
    constexpr int turns = 2'000;
    std::thread reader([&] {
        for (int mine = 1; mine < turns; mine += 2) {
            while (turn.load(std::memory_order_acquire) != mine) {
                std::this_thread::yield();
            }
            const KeyTable::Entry* const entry = table.find(hashOf(1));
            const KeyState expected = mine % 4 == 1 ? KeyState::Disabled : KeyState::Active;
            faults += entry && entry->state.load(std::memory_order_relaxed) == expected ? 0 : 1;
            turn.store(mine + 1, std::memory_order_release);
        }
    });
    for (int mine = 0; mine < turns; mine += 2) {
        while (turn.load(std::memory_order_acquire) != mine) {
            std::this_thread::yield();
        }
        table.put(keyOf(1, mine % 4 == 0 ? KeyState::Disabled : KeyState::Active));
        table.put(keyOf(static_cast<std::uint64_t>(mine) + 2));
        turn.store(mine + 1, std::memory_order_release);
    }
    reader.join();
    QCOMPARE(faults.load(), 0);
}

QTEST_APPLESS_MAIN(KeyTableTest)
#include "test_key_table.moc"
