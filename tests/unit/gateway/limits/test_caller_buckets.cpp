#include <QtTest/QtTest>
#include <algorithm>
#include <atomic>
#include <random>
#include <set>
#include <thread>
#include <vector>

#include "gateway/limits/caller_buckets.h"

using namespace std::chrono_literals;
using gateway::ManualClock;
using gateway::limits::CallerBuckets;
using gateway::limits::Rate;

namespace {

/// As many as are admitted of `attempts` at one moment.
int admitted(CallerBuckets& buckets, std::uint64_t key, const Rate& rate, const ManualClock& clock,
             int attempts) {
    int count = 0;
    for (int i = 0; i < attempts; ++i) {
        count += buckets.admit(key, rate, clock.now()).admitted ? 1 : 0;
    }
    return count;
}

constexpr Rate oneASecond{1'000'000'000, 3};
constexpr int places = static_cast<int>(CallerBuckets::placesEach);

} // namespace

/// Buckets of callers who are no consumers.
class CallerBucketsTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void holdsEachCallerToTheRate();
    void keepsCallersOfDifferentKindsApart();
    void knowsAddressesByWhatOneClientHas();
    void givesThePlaceOfAFullBucketAway();
    void neverGivesThePlaceOfABusyCallerAway();
    void letsCallersShareABucketWhereAllPlacesAreBusy();
    void doesNotAdmitMoreThanTheRateAllowsFromManyThreads();
    void doesNotAdmitMoreWhilePlacesChangeHands();
    void countsACallerOnceThatManyThreadsBringAtOnce();
};

void CallerBucketsTest::holdsEachCallerToTheRate() {
    CallerBuckets buckets;
    ManualClock clock;
    const std::uint64_t alice = buckets.keyOf(1, "alice");
    const std::uint64_t bob = buckets.keyOf(1, "bob");
    QCOMPARE(admitted(buckets, alice, oneASecond, clock, 9), 3);
    QCOMPARE(admitted(buckets, bob, oneASecond, clock, 9), 3);
    clock.advance(2s);
    QCOMPARE(admitted(buckets, alice, oneASecond, clock, 9), 2);
}

void CallerBucketsTest::keepsCallersOfDifferentKindsApart() {
    const CallerBuckets buckets;
    std::set<std::uint64_t> keys;
    for (std::uint64_t kind = 0; kind < 50; ++kind) {
        for (const char* name : {"", "a", "b", "auth0|1", "a longer name of more than sixteen bytes"}) {
            keys.insert(buckets.keyOf(kind, name));
        }
    }
    QCOMPARE(keys.size(), std::size_t{250});
    QVERIFY(!keys.contains(0));
    // Another run, other meetings.
    QVERIFY(CallerBuckets().keyOf(1, "a") != buckets.keyOf(1, "a"));
}

void CallerBucketsTest::knowsAddressesByWhatOneClientHas() {
    const CallerBuckets buckets;
    const auto key = [&](const char* address) { return buckets.keyOf(*gateway::parseIpLiteral(address)); };
    QCOMPARE(key("2001:db8::1"), key("2001:db8::ffff:2"));
    QVERIFY(key("2001:db8::1") != key("2001:db8:0:1::1"));
    QVERIFY(key("192.0.2.1") != key("192.0.2.2"));
    QCOMPARE(key("192.0.2.1"), key("::ffff:192.0.2.1"));
}

void CallerBucketsTest::givesThePlaceOfAFullBucketAway() {
    CallerBuckets buckets(1);
    ManualClock clock;
    for (int round = 0; round < 5; ++round) {
        for (int i = 0; i < places; ++i) {
            const auto key = static_cast<std::uint64_t>(100 * round + i + 1);
            QCOMPARE(admitted(buckets, key, oneASecond, clock, 9), 3);
        }
        clock.advance(3s);
    }
}

void CallerBucketsTest::neverGivesThePlaceOfABusyCallerAway() {
    CallerBuckets buckets(1);
    ManualClock clock;
    QCOMPARE(admitted(buckets, 1, oneASecond, clock, 9), 3);
    for (std::uint64_t key = 2; key < 200; ++key) {
        static_cast<void>(buckets.admit(key, oneASecond, clock.now()));
    }
    QCOMPARE(admitted(buckets, 1, oneASecond, clock, 9), 0);
    clock.advance(1s);
    QCOMPARE(admitted(buckets, 1, oneASecond, clock, 9), 1);
}

void CallerBucketsTest::letsCallersShareABucketWhereAllPlacesAreBusy() {
    CallerBuckets buckets(1);
    ManualClock clock;
    for (int i = 0; i < places; ++i) {
        QCOMPARE(admitted(buckets, static_cast<std::uint64_t>(i + 1), oneASecond, clock, 9), 3);
    }
    QCOMPARE(admitted(buckets, 101, oneASecond, clock, 2), 2);
    QCOMPARE(admitted(buckets, 102, oneASecond, clock, 2), 1);
    QCOMPARE(admitted(buckets, 103, oneASecond, clock, 2), 0);
    clock.advance(3s);
    QCOMPARE(admitted(buckets, 102, oneASecond, clock, 9), 3);
    QCOMPARE(admitted(buckets, 103, oneASecond, clock, 9), 3);
}

void CallerBucketsTest::doesNotAdmitMoreThanTheRateAllowsFromManyThreads() {
    CallerBuckets buckets(1);
    ManualClock clock;
    const auto start = clock.now();
    const Rate rate{1'000, 20};
    std::array<std::atomic<std::uint64_t>, CallerBuckets::placesEach> counts{};
    // All of them have a place before the threads begin.
    for (std::size_t i = 0; i < counts.size(); ++i) {
        counts[i] += buckets.admit(i + 1, rate, clock.now()).admitted ? 1 : 0;
    }
    std::vector<std::thread> threads;
    for (unsigned number = 0; number < 4; ++number) {
        threads.emplace_back([&, number] {
            std::mt19937_64 random(number);
            for (int i = 0; i < 40'000; ++i) {
                if (random() % 8 == 0) {
                    clock.advance(std::chrono::nanoseconds(random() % 1'000));
                }
                const std::size_t who = random() % counts.size();
                counts[who] += buckets.admit(who + 1, rate, clock.now()).admitted ? 1 : 0;
            }
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    const auto allowed = rate.burst + static_cast<std::uint64_t>((clock.now() - start) / 1'000ns);
    for (const auto& count : counts) {
        QVERIFY2(count <= allowed, qPrintable(QStringLiteral("%1 of %2").arg(count).arg(allowed)));
        QVERIFY(count > 0);
    }
}

void CallerBucketsTest::doesNotAdmitMoreWhilePlacesChangeHands() {
    // Thrice as many callers as places, and time enough for buckets to fill: places go from hand to hand.
    constexpr std::size_t callers = 3 * CallerBuckets::placesEach;
    CallerBuckets buckets(1);
    ManualClock clock;
    const auto start = clock.now();
    const Rate rate{100, 4};
    std::atomic<std::uint64_t> all{0};
    std::vector<std::thread> threads;
    for (unsigned number = 0; number < 4; ++number) {
        threads.emplace_back([&, number] {
            std::mt19937_64 random(number + 100);
            for (int i = 0; i < 40'000; ++i) {
                if (random() % 4 == 0) {
                    clock.advance(std::chrono::nanoseconds(random() % 60));
                }
                all += buckets.admit(1 + random() % callers, rate, clock.now()).admitted ? 1 : 0;
            }
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    // Of a place and of the shared bucket no more than the rate allows goes out, whoever has it: a bucket
    // that changes hands is full, as it would be for the one who had it.
    const auto elapsed = static_cast<std::uint64_t>((clock.now() - start).count());
    const std::uint64_t allowed = (CallerBuckets::placesEach + 1) * (rate.burst + elapsed / 100);
    QVERIFY2(all <= allowed, qPrintable(QStringLiteral("%1 of %2").arg(all).arg(allowed)));
    QVERIFY(all > allowed / 20);
}

void CallerBucketsTest::countsACallerOnceThatManyThreadsBringAtOnce() {
    for (int round = 0; round < 300; ++round) {
        CallerBuckets buckets(1);
        ManualClock clock;
        std::atomic<int> ready{0};
        std::atomic<int> count{0};
        std::vector<std::thread> threads;
        for (int number = 0; number < 4; ++number) {
            threads.emplace_back([&] {
                ++ready;
                while (ready < 4) {
                    std::this_thread::yield();
                }
                count += admitted(buckets, 7, oneASecond, clock, 3);
            });
        }
        for (std::thread& thread : threads) {
            thread.join();
        }
        QCOMPARE(count.load(), 3);
    }
}

QTEST_APPLESS_MAIN(CallerBucketsTest)
#include "test_caller_buckets.moc"
