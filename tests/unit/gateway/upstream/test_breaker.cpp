// <algorithm> first: moc stumbles over <concepts> when it is the first standard header that it meets.
#include <algorithm>

#include "at_once.h"
#include "gateway/base/clock.h"
#include "gateway/upstream/breaker.h"
#include "property.h"

#include <QtTest>

#include <atomic>

using namespace gateway;
using namespace gateway::upstream;
using namespace std::chrono_literals;

namespace {

constexpr std::uint64_t lowestRandom = 0;
constexpr std::uint64_t highestRandom = ~std::uint64_t{0};

/// The breaker in the words of its description: it keeps every outcome and recounts all of them each time.
class NaiveBreaker {
public:
    [[nodiscard]] BreakerState state(const model::Breaker& settings, Monotonic now) const {
        if (!m_openedAt || now >= *m_openedAt + settings.open + settings.recover) {
            return BreakerState::Closed;
        }
        return now < *m_openedAt + settings.open ? BreakerState::Open : BreakerState::Recovering;
    }

    void note(const model::Breaker& settings, bool error, Monotonic now) {
        if (state(settings, now) == BreakerState::Open) {
            return;
        }
        m_outcomes.push_back({secondOf(now), error});
        const std::size_t requests = counted(now, false);
        const std::size_t errors = counted(now, true);
        if (error && requests >= settings.samples && errors * 100 >= requests * settings.errorRatioPercent) {
            m_openedAt = now;
            m_outcomes.clear();
        }
    }

    [[nodiscard]] std::size_t counted(Monotonic now, bool errorsOnly) const {
        return static_cast<std::size_t>(
            std::count_if(m_outcomes.begin(), m_outcomes.end(), [&](const Outcome& each) {
                return each.second > secondOf(now) - 10 && (each.error || !errorsOnly);
            }));
    }

private:
    struct Outcome {
        std::int64_t second;
        bool error;
    };
    static std::int64_t secondOf(Monotonic now) {
        return std::chrono::floor<std::chrono::seconds>(now.time_since_epoch()).count();
    }

    std::vector<Outcome> m_outcomes;
    std::optional<Monotonic> m_openedAt;
};

struct Event {
    enum class Kind : std::uint8_t { Success, Error, Wait, Ask };
    Kind kind = Kind::Success;
    std::uint32_t milliseconds = 0; ///< of a wait
};

struct BreakerCase {
    model::Breaker settings;
    std::vector<Event> events;
};

BreakerCase someEvents(property::Random& random, std::size_t size) {
    BreakerCase made;
    made.settings.errorRatioPercent = 1 + random.below(100);
    made.settings.samples = 1 + random.below(40);
    made.settings.open = std::chrono::milliseconds(random.below(15'000));
    made.settings.recover = std::chrono::milliseconds(1 + random.below(15'000));
    const std::uint32_t errors = random.below(101);
    const std::uint32_t longest = 1 + random.below(3'000);
    for (std::size_t i = 0; i < size * 30; ++i) {
        const std::uint32_t dice = random.below(10);
        if (dice == 0) {
            made.events.push_back({Event::Kind::Wait, random.below(longest)});
        } else if (dice == 1) {
            made.events.push_back({Event::Kind::Ask});
        } else {
            made.events.push_back({random.below(100) < errors ? Event::Kind::Error : Event::Kind::Success});
        }
    }
    return made;
}

/// Looks at everything that can be seen after each event.
std::optional<std::string> differsFromTheNaiveOne(const BreakerCase& each) {
    ManualClock clock;
    Breaker breaker;
    NaiveBreaker naive;
    for (std::size_t i = 0; i < each.events.size(); ++i) {
        const Event& event = each.events[i];
        switch (event.kind) {
        case Event::Kind::Wait:
            clock.advance(std::chrono::milliseconds(event.milliseconds));
            break;
        case Event::Kind::Success:
        case Event::Kind::Error:
            breaker.note(each.settings, event.kind == Event::Kind::Error, clock.now());
            naive.note(each.settings, event.kind == Event::Kind::Error, clock.now());
            break;
        case Event::Kind::Ask: {
            const BreakerState state = naive.state(each.settings, clock.now());
            if (breaker.admits(each.settings, clock.now(), highestRandom) !=
                (state == BreakerState::Closed)) {
                return "event " + std::to_string(i) + ": admits other than in its state";
            }
            break;
        }
        }
        if (breaker.state(each.settings, clock.now()) != naive.state(each.settings, clock.now())) {
            return "event " + std::to_string(i) + ": is in another state";
        }
        const Breaker::Counts counts = breaker.counted(clock.now());
        if (counts.requests != naive.counted(clock.now(), false) ||
            counts.errors != naive.counted(clock.now(), true)) {
            return "event " + std::to_string(i) + ": counted " + std::to_string(counts.errors) + " of " +
                   std::to_string(counts.requests);
        }
    }
    return std::nullopt;
}

std::vector<BreakerCase> fewerEvents(const BreakerCase& each) {
    std::vector<BreakerCase> fewer;
    for (auto& events : property::shortened(each.events)) {
        fewer.push_back({each.settings, std::move(events)});
    }
    return fewer;
}

std::string asText(const BreakerCase& each) {
    std::string text = std::to_string(each.settings.errorRatioPercent) + "% of " +
                       std::to_string(each.settings.samples) + " opens for " +
                       std::to_string(each.settings.open.count()) + " ms, recovers for " +
                       std::to_string(each.settings.recover.count()) + " ms:";
    for (const Event& event : each.events) {
        switch (event.kind) {
        case Event::Kind::Success:
            text += " success";
            break;
        case Event::Kind::Error:
            text += " error";
            break;
        case Event::Kind::Wait:
            text += " +" + std::to_string(event.milliseconds) + "ms";
            break;
        case Event::Kind::Ask:
            text += " ask";
            break;
        }
    }
    return text;
}

void noteMany(Breaker& breaker, const model::Breaker& settings, int successes, int errors, Monotonic now) {
    for (int i = 0; i < successes; ++i) {
        breaker.note(settings, false, now);
    }
    for (int i = 0; i < errors; ++i) {
        breaker.note(settings, true, now);
    }
}

} // namespace

class BreakerTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void behavesAsItsDescriptionWhateverHappens();
    void neverOpensOnFewerRequestsThanSamples();
    void opensAtExactlyTheRatio();
    void onlyAnErrorOpensIt();
    void oldErrorsDoNotCount();
    void refusesEverythingWhileOpen();
    void whatEndsWhileOpenDoesNotCount();
    void admitsAShareThatGrowsWithTheRecovery();
    void opensAgainWhenErrorsComeInTheRecovery();
    void errorsFromBeforeItOpenedDoNotCountInTheRecovery();
    void closesAfterTheRecovery();
    void resetClosesItAndForgets();
    void aFloodOfRequestsInASecondKeepsTheRatio();
    void workersAtTheSameTimeLoseNoCount();
    void workersAtDifferentSecondsCountNothingTwice();
    void workersAtTheSameTimeOpenItOnce();

private:
    const model::Breaker m_settings{.errorRatioPercent = 50, .samples = 20, .open = 10s, .recover = 10s};
};

void BreakerTest::behavesAsItsDescriptionWhateverHappens() {
    const std::string found = property::counterexample<BreakerCase>({.generate = someEvents,
                                                                     .violation = differsFromTheNaiveOne,
                                                                     .simpler = fewerEvents,
                                                                     .describe = asText},
                                                                    1000);
    QVERIFY2(found.empty(), found.c_str());
}

void BreakerTest::neverOpensOnFewerRequestsThanSamples() {
    const ManualClock clock;
    Breaker breaker;
    noteMany(breaker, m_settings, 0, 19, clock.now());
    QCOMPARE(breaker.state(m_settings, clock.now()), BreakerState::Closed);
    breaker.note(m_settings, true, clock.now());
    QCOMPARE(breaker.state(m_settings, clock.now()), BreakerState::Open);
}

void BreakerTest::opensAtExactlyTheRatio() {
    const ManualClock clock;
    for (std::uint32_t ratio = 1; ratio <= 100; ++ratio) {
        const model::Breaker settings{.errorRatioPercent = ratio, .samples = 100};
        Breaker below;
        noteMany(below, settings, static_cast<int>(100 - ratio) + 1, static_cast<int>(ratio) - 1,
                 clock.now());
        QCOMPARE(below.state(settings, clock.now()), BreakerState::Closed);
        Breaker at;
        noteMany(at, settings, static_cast<int>(100 - ratio), static_cast<int>(ratio), clock.now());
        QCOMPARE(at.state(settings, clock.now()), BreakerState::Open);
    }
}

void BreakerTest::onlyAnErrorOpensIt() {
    const ManualClock clock;
    Breaker breaker;
    noteMany(breaker, m_settings, 0, 15, clock.now());
    noteMany(breaker, m_settings, 5, 0, clock.now());
    QCOMPARE(breaker.state(m_settings, clock.now()), BreakerState::Closed);
    breaker.note(m_settings, true, clock.now());
    QCOMPARE(breaker.state(m_settings, clock.now()), BreakerState::Open);
}

void BreakerTest::oldErrorsDoNotCount() {
    ManualClock clock;
    Breaker breaker;
    noteMany(breaker, m_settings, 0, 19, clock.now());
    clock.advance(9s);
    QCOMPARE(breaker.counted(clock.now()).errors, std::uint64_t{19});
    clock.advance(1s);
    QCOMPARE(breaker.counted(clock.now()).errors, std::uint64_t{0});
    noteMany(breaker, m_settings, 11, 9, clock.now());
    QCOMPARE(breaker.state(m_settings, clock.now()), BreakerState::Closed);
}

void BreakerTest::refusesEverythingWhileOpen() {
    ManualClock clock;
    Breaker breaker;
    noteMany(breaker, m_settings, 0, 20, clock.now());
    const Monotonic recoversAt = clock.now() + 10s;
    QVERIFY(breaker.opensUntil(m_settings) == recoversAt);
    property::Random random(1);
    for (int i = 0; i < 1000; ++i) {
        QVERIFY(!breaker.admits(m_settings, clock.now(), random.next()));
        QVERIFY(!breaker.admits(m_settings, clock.now(), lowestRandom));
        QCOMPARE(breaker.state(m_settings, clock.now()), BreakerState::Open);
        clock.advance(10ms);
    }
    QVERIFY(clock.now() == recoversAt);
    QCOMPARE(breaker.state(m_settings, clock.now()), BreakerState::Recovering);
}

void BreakerTest::whatEndsWhileOpenDoesNotCount() {
    ManualClock clock;
    Breaker breaker;
    noteMany(breaker, m_settings, 0, 20, clock.now());
    clock.advance(9s);
    noteMany(breaker, m_settings, 10, 30, clock.now());
    QVERIFY(breaker.opensUntil(m_settings) == clock.now() + 1s);
    clock.advance(1s);
    QCOMPARE(breaker.counted(clock.now()).requests, std::uint64_t{0});
}

void BreakerTest::admitsAShareThatGrowsWithTheRecovery() {
    ManualClock clock;
    Breaker breaker;
    noteMany(breaker, m_settings, 0, 20, clock.now());
    clock.advance(10s);
    QVERIFY(!breaker.admits(m_settings, clock.now(), lowestRandom));
    property::Random random(2);
    int admittedBefore = 0;
    for (int tenth = 1; tenth < 10; ++tenth) {
        clock.advance(1s);
        int admitted = 0;
        for (int i = 0; i < 10'000; ++i) {
            admitted += breaker.admits(m_settings, clock.now(), random.next()) ? 1 : 0;
        }
        // Five standard deviations of so many independent draws at their widest.
        QVERIFY2(std::abs(admitted - tenth * 1000) <= 250, qPrintable(QString::number(admitted)));
        QVERIFY(admitted > admittedBefore);
        admittedBefore = admitted;
    }
}

void BreakerTest::opensAgainWhenErrorsComeInTheRecovery() {
    ManualClock clock;
    Breaker breaker;
    noteMany(breaker, m_settings, 0, 20, clock.now());
    clock.advance(15s);
    noteMany(breaker, m_settings, 10, 9, clock.now());
    QCOMPARE(breaker.state(m_settings, clock.now()), BreakerState::Recovering);
    breaker.note(m_settings, true, clock.now());
    QCOMPARE(breaker.state(m_settings, clock.now()), BreakerState::Open);
    QVERIFY(breaker.opensUntil(m_settings) == clock.now() + 10s);
}

void BreakerTest::errorsFromBeforeItOpenedDoNotCountInTheRecovery() {
    ManualClock clock;
    Breaker breaker;
    const model::Breaker brief{.errorRatioPercent = 50, .samples = 20, .open = 100ms, .recover = 10s};
    noteMany(breaker, brief, 0, 20, clock.now());
    clock.advance(100ms); // still in the same second, in which twenty errors were counted
    breaker.note(brief, true, clock.now());
    QCOMPARE(breaker.state(brief, clock.now()), BreakerState::Recovering);
    QCOMPARE(breaker.counted(clock.now()).errors, std::uint64_t{1});
}

void BreakerTest::closesAfterTheRecovery() {
    ManualClock clock;
    Breaker breaker;
    noteMany(breaker, m_settings, 0, 20, clock.now());
    clock.advance(20s - 1ms);
    QCOMPARE(breaker.state(m_settings, clock.now()), BreakerState::Recovering);
    QVERIFY(!breaker.admits(m_settings, clock.now(), highestRandom));
    clock.advance(1ms);
    QCOMPARE(breaker.state(m_settings, clock.now()), BreakerState::Closed);
    QVERIFY(breaker.admits(m_settings, clock.now(), highestRandom));
    QVERIFY(breaker.opensUntil(m_settings) == Monotonic{});
}

void BreakerTest::resetClosesItAndForgets() {
    const ManualClock clock;
    Breaker breaker;
    noteMany(breaker, m_settings, 0, 20, clock.now());
    breaker.reset();
    QCOMPARE(breaker.state(m_settings, clock.now()), BreakerState::Closed);
    noteMany(breaker, m_settings, 0, 19, clock.now());
    breaker.reset();
    breaker.note(m_settings, true, clock.now());
    QCOMPARE(breaker.counted(clock.now()).requests, std::uint64_t{1});
}

void BreakerTest::aFloodOfRequestsInASecondKeepsTheRatio() {
    const ManualClock clock;
    Breaker breaker;
    for (int i = 0; i < 1'000'000; ++i) {
        breaker.note(m_settings, i % 5 < 2, clock.now());
    }
    QCOMPARE(breaker.state(m_settings, clock.now()), BreakerState::Closed);
    const Breaker::Counts counts = breaker.counted(clock.now());
    QVERIFY(counts.requests >= 100'000);
    const double ratio = static_cast<double>(counts.errors) / static_cast<double>(counts.requests);
    QVERIFY2(std::abs(ratio - 0.4) < 0.001, qPrintable(QString::number(ratio)));
}

void BreakerTest::workersAtTheSameTimeLoseNoCount() {
    const ManualClock clock;
    Breaker breaker;
    constexpr std::size_t workers = 3;
    constexpr int requestsEach = 80'000;
    const auto work = [&](std::size_t) {
        for (int i = 0; i < requestsEach; ++i) {
            breaker.note(m_settings, i % 4 == 3, clock.now());
        }
    };
    Breaker::Counts counts;
    atOnce(workers, 20, work, [&] {
        counts = breaker.counted(clock.now());
        breaker.reset();
        return counts.requests == workers * requestsEach && counts.errors == workers * requestsEach / 4;
    });
    QCOMPARE(counts.requests, std::uint64_t{workers * requestsEach});
    QCOMPARE(counts.errors, std::uint64_t{workers * requestsEach / 4});
}

void BreakerTest::workersAtDifferentSecondsCountNothingTwice() {
    const ManualClock clock;
    Breaker breaker;
    constexpr std::size_t workers = 3;
    constexpr int requestsEach = 20'000;
    std::atomic<int> refused{0};
    // Each worker goes through five seconds by itself, so that buckets turn under the others' hands.
    atOnce(workers, 1, [&](std::size_t) {
        for (int i = 0; i < requestsEach; ++i) {
            const Monotonic now = clock.now() + std::chrono::seconds(i / (requestsEach / 5));
            refused += breaker.admits(m_settings, now, highestRandom) ? 0 : 1;
            breaker.note(m_settings, false, now);
        }
    });
    QCOMPARE(refused.load(), 0);
    const Breaker::Counts counts = breaker.counted(clock.now() + 4s);
    QCOMPARE(counts.requests, std::uint64_t{workers * requestsEach});
    QCOMPARE(counts.errors, std::uint64_t{0});
}

void BreakerTest::workersAtTheSameTimeOpenItOnce() {
    const ManualClock clock;
    Breaker breaker;
    bool isOpen = true;
    bool isOfOne = true;
    bool isEmpty = true;
    const auto work = [&](std::size_t worker) {
        for (int i = 0; i < 100; ++i) {
            breaker.note(m_settings, true, clock.now() + std::chrono::milliseconds(worker));
        }
    };
    atOnce(3, 500, work, [&] {
        const Monotonic later = clock.now() + 5s;
        isOpen = breaker.state(m_settings, later) == BreakerState::Open &&
                 !breaker.admits(m_settings, later, lowestRandom);
        const Monotonic recovers = breaker.opensUntil(m_settings);
        isOfOne = recovers >= clock.now() + 10s && recovers <= clock.now() + 10s + 2ms;
        // Only those that were noting at the moment when it opened are still counted.
        isEmpty = breaker.counted(clock.now()).requests < 3;
        breaker.reset();
        return isOpen && isOfOne && isEmpty;
    });
    QVERIFY(isOpen);
    QVERIFY(isOfOne);
    QVERIFY(isEmpty);
}

QTEST_APPLESS_MAIN(BreakerTest)
#include "test_breaker.moc"
