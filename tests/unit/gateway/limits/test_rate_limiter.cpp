#include <QtTest/QtTest>
#include <algorithm>
#include <atomic>
#include <random>
#include <thread>
#include <vector>

#include "gateway/limits/rate_limiter.h"

using namespace std::chrono_literals;
using gateway::ManualClock;
using gateway::Monotonic;
using gateway::limits::Bucket;
using gateway::limits::BucketStore;
using gateway::limits::Decision;
using gateway::limits::Rate;
using gateway::model::ConsumerId;
using gateway::model::Tier;

namespace {

Tier tier(std::uint64_t requests, std::chrono::seconds period, std::uint64_t burst) {
    Tier made;
    made.name = "free";
    made.requests = requests;
    made.period = period;
    made.burst = burst;
    return made;
}

std::uint64_t countAdmitted(Bucket& bucket, const Rate& rate, Monotonic now, std::uint64_t attempts) {
    std::uint64_t admitted = 0;
    for (std::uint64_t i = 0; i < attempts; ++i) {
        admitted += bucket.admit(rate, now).admitted ? 1 : 0;
    }
    return admitted;
}

/// What the bucket has to do, told differently: a whole number of tokens and the time of the last refill.
class TokenOracle {
public:
    explicit TokenOracle(const Rate& rate)
        : m_rate(rate)
        , m_tokens(rate.burst) {}

    bool admit(std::int64_t nowNs) {
        refill(nowNs);
        if (m_tokens == 0) {
            return false;
        }
        // A full bucket does not save up: its next token takes a whole interval from now.
        if (m_tokens == m_rate.burst) {
            m_refilledAtNs = nowNs;
        }
        --m_tokens;
        return true;
    }

    std::uint64_t tokens(std::int64_t nowNs) {
        refill(nowNs);
        return m_tokens;
    }

private:
    void refill(std::int64_t nowNs) {
        while (m_tokens < m_rate.burst && nowNs - m_refilledAtNs >= m_rate.intervalNs) {
            m_refilledAtNs += m_rate.intervalNs;
            ++m_tokens;
        }
    }

    Rate m_rate;
    std::uint64_t m_tokens;
    std::int64_t m_refilledAtNs = 0;
};

} // namespace

class RateLimiterTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void admitsExactlyTheBurstAtOnceThenOneAnInterval_data();
    void admitsExactlyTheBurstAtOnceThenOneAnInterval();
    void roundsTheIntervalUpSoThatTheRateIsNeverExceeded();
    void saysWhenOneMoreIsAdmittedAndMeansIt();
    void countsDownWhatRemainsAndWhenTheBucketIsFull();
    void agreesWithATokenBucketOnRandomSchedules();
    void neverAdmitsMoreThanRateTimesTimePlusBurstFromManyThreads_data();
    void neverAdmitsMoreThanRateTimesTimePlusBurstFromManyThreads();
    void keepsWhatWasUsedWhenTheBurstGrows();
    void holdsACallerToASmallerBurstAtOnce();
    void doesNotMakeACallerWaitForTheRefillOfASlowerFormerRate();
    void staysWithinItsBoundsWhileTwoRatesTakeTurns();
    void survivesTheLargestBurstAndTheSlowestRate();
    void givesEachConsumerABucketThatStaysWhereItIs();
    void writesTheFieldsOfAnAdmittedRequest();
    void writesRetryAfterWhenRefused();
};

void RateLimiterTest::admitsExactlyTheBurstAtOnceThenOneAnInterval_data() {
    QTest::addColumn<quint64>("requests");
    QTest::addColumn<int>("period");
    QTest::addColumn<quint64>("burst");
    QTest::newRow("one a second, no burst") << quint64{1} << 1 << quint64{1};
    QTest::newRow("100 a minute, burst 20") << quint64{100} << 60 << quint64{20};
    QTest::newRow("3 a second, burst 7") << quint64{3} << 1 << quint64{7};
    QTest::newRow("2000 a second, burst 4000") << quint64{2000} << 1 << quint64{4000};
    QTest::newRow("one a day, burst 2") << quint64{1} << 86400 << quint64{2};
    QTest::newRow("more than one a nanosecond") << quint64{5'000'000'000} << 1 << quint64{10};
}

void RateLimiterTest::admitsExactlyTheBurstAtOnceThenOneAnInterval() {
    QFETCH(const quint64, requests);
    QFETCH(const int, period);
    QFETCH(const quint64, burst);
    const Rate rate = Rate::of(tier(requests, std::chrono::seconds(period), burst));
    const std::chrono::nanoseconds interval(rate.intervalNs);
    ManualClock clock;
    Bucket bucket;

    QCOMPARE(countAdmitted(bucket, rate, clock.now(), 2 * burst), std::uint64_t{burst});
    for (int i = 0; i < 3; ++i) {
        clock.advance(interval - 1ns);
        QVERIFY(!bucket.admit(rate, clock.now()).admitted);
        clock.advance(1ns);
        QCOMPARE(countAdmitted(bucket, rate, clock.now(), 3), std::uint64_t{1});
    }
    clock.advance(interval * static_cast<std::int64_t>(burst));
    QCOMPARE(countAdmitted(bucket, rate, clock.now(), 2 * burst), std::uint64_t{burst});
}

void RateLimiterTest::roundsTheIntervalUpSoThatTheRateIsNeverExceeded() {
    QCOMPARE(Rate::of(tier(3, 1s, 1)).intervalNs, std::int64_t{333'333'334});
    QCOMPARE(Rate::of(tier(4, 1s, 1)).intervalNs, std::int64_t{250'000'000});
    QCOMPARE(Rate::of(tier(1, 24h, 1)).intervalNs, std::int64_t{86'400'000'000'000});
    QCOMPARE(Rate::of(tier(std::numeric_limits<std::uint64_t>::max(), 1s, 1)).intervalNs, std::int64_t{1});
    const Rate own = Rate::of(gateway::model::OwnRate{3, 1s, 7});
    QCOMPARE(own.intervalNs, std::int64_t{333'333'334});
    QCOMPARE(own.burst, std::uint64_t{7});
}

void RateLimiterTest::saysWhenOneMoreIsAdmittedAndMeansIt() {
    const Rate rate = Rate::of(tier(100, 1min, 2));
    ManualClock clock;
    Bucket bucket;
    QCOMPARE(bucket.admit(rate, clock.now()).retryAfter, 0ns);
    clock.advance(100ms);
    QCOMPARE(bucket.admit(rate, clock.now()).retryAfter, 0ns);
    const Decision refused = bucket.admit(rate, clock.now());
    QVERIFY(!refused.admitted);
    QCOMPARE(refused.retryAfter, 500ms);

    clock.advance(refused.retryAfter - 1ns);
    QVERIFY(!bucket.admit(rate, clock.now()).admitted);
    clock.advance(1ns);
    QVERIFY(bucket.admit(rate, clock.now()).admitted);
}

void RateLimiterTest::countsDownWhatRemainsAndWhenTheBucketIsFull() {
    const Rate rate = Rate::of(tier(10, 1s, 3));
    ManualClock clock;
    Bucket bucket;
    for (std::uint64_t left = 3; left-- > 0;) {
        const Decision decision = bucket.admit(rate, clock.now());
        QVERIFY(decision.admitted);
        QCOMPARE(decision.limit, std::uint64_t{3});
        QCOMPARE(decision.remaining, left);
        QCOMPARE(decision.reset, 100ms * static_cast<std::int64_t>(3 - left));
    }
    const Decision refused = bucket.admit(rate, clock.now());
    QCOMPARE(refused.remaining, std::uint64_t{0});
    QCOMPARE(refused.reset, 300ms);
    clock.advance(refused.reset);
    QCOMPARE(bucket.admit(rate, clock.now()).remaining, std::uint64_t{2});
}

void RateLimiterTest::agreesWithATokenBucketOnRandomSchedules() {
    std::mt19937_64 random(20260101);
    for (int round = 0; round < 300; ++round) {
        const Rate rate{static_cast<std::int64_t>(1 + random() % 1000), 1 + random() % 20};
        TokenOracle oracle(rate);
        Bucket bucket;
        std::int64_t now = 1'000'000;
        for (int step = 0; step < 300; ++step) {
            now += random() % 3 == 0 ? static_cast<std::int64_t>(random() % (2'000)) : 0;
            const bool expected = oracle.admit(now);
            const Decision decision = bucket.admit(rate, Monotonic(std::chrono::nanoseconds(now)));
            QCOMPARE(decision.admitted, expected);
            QCOMPARE(decision.remaining, oracle.tokens(now));
        }
    }
}

void RateLimiterTest::neverAdmitsMoreThanRateTimesTimePlusBurstFromManyThreads_data() {
    QTest::addColumn<int>("threads");
    for (const int threads : {1, 2, 3, 4, 8}) {
        QTest::addRow("%d threads", threads) << threads;
    }
}

void RateLimiterTest::neverAdmitsMoreThanRateTimesTimePlusBurstFromManyThreads() {
    QFETCH(const int, threads);
    const Rate rate{1'000, 50};
    ManualClock clock;
    const Monotonic start = clock.now();
    Bucket bucket;
    std::atomic<std::uint64_t> admitted{0};
    std::vector<std::thread> callers;
    for (int number = 0; number < threads; ++number) {
        callers.emplace_back([&, number] {
            std::mt19937_64 random(static_cast<std::uint64_t>(number) + 7);
            for (int i = 0; i < 20'000; ++i) {
                if (random() % 8 == 0) {
                    clock.advance(std::chrono::nanoseconds(random() % 500));
                }
                admitted += bucket.admit(rate, clock.now()).admitted ? 1 : 0;
            }
        });
    }
    for (std::thread& caller : callers) {
        caller.join();
    }
    const auto elapsed = static_cast<std::uint64_t>((clock.now() - start).count());
    const std::uint64_t allowed = rate.burst + elapsed / static_cast<std::uint64_t>(rate.intervalNs);
    QVERIFY2(admitted <= allowed, qPrintable(QStringLiteral("%1 of %2").arg(admitted).arg(allowed)));
    // The callers ask far more often than the rate allows, so that hardly anything may be left unused either.
    QVERIFY2(admitted + rate.burst >= allowed,
             qPrintable(QStringLiteral("%1 of %2").arg(admitted).arg(allowed)));
}

void RateLimiterTest::keepsWhatWasUsedWhenTheBurstGrows() {
    ManualClock clock;
    Bucket bucket;
    QCOMPARE(countAdmitted(bucket, Rate::of(tier(1, 1s, 5)), clock.now(), 9), std::uint64_t{5});
    QCOMPARE(countAdmitted(bucket, Rate::of(tier(1, 1s, 8)), clock.now(), 9), std::uint64_t{3});
}

void RateLimiterTest::holdsACallerToASmallerBurstAtOnce() {
    ManualClock clock;
    Bucket bucket;
    QCOMPARE(countAdmitted(bucket, Rate::of(tier(1, 1s, 100)), clock.now(), 2), std::uint64_t{2});
    // Two of five are used up already.
    QCOMPARE(countAdmitted(bucket, Rate::of(tier(1, 1s, 5)), clock.now(), 9), std::uint64_t{3});
    clock.advance(1h);
    QCOMPARE(countAdmitted(bucket, Rate::of(tier(1, 1s, 5)), clock.now(), 9), std::uint64_t{5});
}

void RateLimiterTest::doesNotMakeACallerWaitForTheRefillOfASlowerFormerRate() {
    ManualClock clock;
    Bucket bucket;
    QCOMPARE(countAdmitted(bucket, Rate::of(tier(1, 24h, 30)), clock.now(), 40), std::uint64_t{30});
    const Rate faster = Rate::of(tier(10, 1s, 3));
    const Decision refused = bucket.admit(faster, clock.now());
    QVERIFY(!refused.admitted);
    QCOMPARE(refused.remaining, std::uint64_t{0});
    QCOMPARE(refused.retryAfter, 100ms);
    QCOMPARE(refused.reset, 300ms);
    clock.advance(100ms);
    QVERIFY(bucket.admit(faster, clock.now()).admitted);
}

void RateLimiterTest::staysWithinItsBoundsWhileTwoRatesTakeTurns() {
    std::mt19937_64 random(7);
    for (int round = 0; round < 200; ++round) {
        ManualClock clock;
        Bucket bucket;
        for (int step = 0; step < 200; ++step) {
            const Rate rate{static_cast<std::int64_t>(1 + random() % 5) * 1'000'000, 1 + random() % 10};
            clock.advance(std::chrono::nanoseconds(random() % 3'000'000));
            const Decision decision = bucket.admit(rate, clock.now());
            QVERIFY(decision.remaining <= rate.burst - (decision.admitted ? 1 : 0));
            QVERIFY(decision.admitted || decision.remaining == 0);
            QVERIFY(decision.reset.count() <= rate.toleranceNs());
            QVERIFY(decision.retryAfter.count() <= rate.intervalNs);
            QCOMPARE(decision.retryAfter > 0ns, !decision.admitted);
        }
    }
}

void RateLimiterTest::survivesTheLargestBurstAndTheSlowestRate() {
    ManualClock clock;
    Bucket bucket;
    const Rate rate = Rate::of(tier(1, 24h, 1'000'000'000));
    Decision decision = bucket.admit(rate, clock.now());
    QVERIFY(decision.admitted);
    QCOMPARE(decision.reset, 24h);
    const std::uint64_t most = decision.remaining;
    QVERIFY(most >= 50'000);
    QCOMPARE(countAdmitted(bucket, rate, clock.now(), most + 10), most);
    decision = bucket.admit(rate, clock.now());
    QVERIFY(!decision.admitted);
    QVERIFY(decision.retryAfter > 0ns && decision.retryAfter <= 24h);
    QVERIFY(decision.reset > 0ns);

    Bucket fast;
    const Rate large{1, 1'000'000'000};
    QCOMPARE(fast.admit(large, clock.now()).remaining, std::uint64_t{999'999'999});
}

void RateLimiterTest::givesEachConsumerABucketThatStaysWhereItIs() {
    BucketStore store;
    Bucket* const first = &store.bucketOf(ConsumerId{1});
    Bucket* const second = &store.bucketOf(ConsumerId{2});
    QVERIFY(first != second);
    for (std::uint64_t id = 3; id < 5'000; ++id) {
        (void)store.bucketOf(ConsumerId{id});
    }
    QCOMPARE(&store.bucketOf(ConsumerId{1}), first);
    QCOMPARE(&store.bucketOf(ConsumerId{2}), second);
    QCOMPARE(reinterpret_cast<std::uintptr_t>(first) % 64, std::uintptr_t{0});
}

void RateLimiterTest::writesTheFieldsOfAnAdmittedRequest() {
    const Rate rate = Rate::of(tier(100, 1min, 20));
    ManualClock clock;
    Bucket bucket;
    std::string out = "X-Before: 1\r\n";
    writeRateLimitFields(out, bucket.admit(rate, clock.now()), rate, "free");
    QCOMPARE(QString::fromStdString(out), QStringLiteral("X-Before: 1\r\n"
                                                         "X-RateLimit-Limit: 20\r\n"
                                                         "X-RateLimit-Remaining: 19\r\n"
                                                         "X-RateLimit-Reset: 1\r\n"
                                                         "RateLimit-Policy: \"free\";q=20;w=12\r\n"
                                                         "RateLimit: \"free\";r=19;t=1\r\n"));
}

void RateLimiterTest::writesRetryAfterWhenRefused() {
    const Rate rate = Rate::of(tier(1, 1min, 2));
    ManualClock clock;
    Bucket bucket;
    QCOMPARE(countAdmitted(bucket, rate, clock.now(), 2), std::uint64_t{2});
    clock.advance(500ms);
    std::string out;
    writeRateLimitFields(out, bucket.admit(rate, clock.now()), rate, "pro.eu-1");
    QCOMPARE(QString::fromStdString(out), QStringLiteral("X-RateLimit-Limit: 2\r\n"
                                                         "X-RateLimit-Remaining: 0\r\n"
                                                         "X-RateLimit-Reset: 120\r\n"
                                                         "RateLimit-Policy: \"pro.eu-1\";q=2;w=120\r\n"
                                                         "RateLimit: \"pro.eu-1\";r=0;t=120\r\n"
                                                         "Retry-After: 60\r\n"));
    out.clear();
    const Rate fast = Rate::of(tier(1000, 1s, 1));
    Bucket other;
    QVERIFY(other.admit(fast, clock.now()).admitted);
    writeRateLimitFields(out, other.admit(fast, clock.now()), fast, "x");
    QVERIFY(out.ends_with("Retry-After: 1\r\n"));
}

QTEST_APPLESS_MAIN(RateLimiterTest)
#include "test_rate_limiter.moc"
