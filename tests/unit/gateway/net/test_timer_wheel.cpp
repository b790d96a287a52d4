#include "gateway/net/timer_wheel.h"

#include <QtTest>
#include <memory>
#include <random>
#include <vector>

using namespace gateway;
using namespace gateway::net;
using namespace std::chrono_literals;

namespace {

struct Counted {
    explicit Counted(TimerWheel& wheel)
        : timer(wheel, this, [](void* self) { ++static_cast<Counted*>(self)->expired; }) {}
    int expired = 0;
    Timer timer;
};

} // namespace

class TimerWheelTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void expiresOnceAndNeverEarly();
    void doesNotExpireWhatWasCleared();
    void movesADeadlineLaterAndEarlier();
    void waitsForMoreThanOneRound();
    void survivesTimersThatDestroyEachOther();
    void agreesWithASimpleModel();
};

void TimerWheelTest::expiresOnceAndNeverEarly() {
    ManualClock clock;
    TimerWheel wheel(clock.now());
    Counted counted(wheel);
    counted.timer.set(100ms);
    clock.advance(99ms);
    wheel.advance(clock.now());
    QCOMPARE(counted.expired, 0);
    clock.advance(1ms + 2 * TimerWheel::tick);
    wheel.advance(clock.now());
    QCOMPARE(counted.expired, 1);
    QVERIFY(!counted.timer.isSet());
    clock.advance(10s);
    wheel.advance(clock.now());
    QCOMPARE(counted.expired, 1);
}

void TimerWheelTest::doesNotExpireWhatWasCleared() {
    ManualClock clock;
    TimerWheel wheel(clock.now());
    Counted counted(wheel);
    counted.timer.set(100ms);
    counted.timer.clear();
    clock.advance(1s);
    wheel.advance(clock.now());
    QCOMPARE(counted.expired, 0);
}

void TimerWheelTest::movesADeadlineLaterAndEarlier() {
    ManualClock clock;
    TimerWheel wheel(clock.now());
    Counted later(wheel);
    Counted earlier(wheel);
    later.timer.set(100ms);
    later.timer.set(1s);
    earlier.timer.set(1s);
    earlier.timer.set(100ms);
    clock.advance(500ms);
    wheel.advance(clock.now());
    QCOMPARE(later.expired, 0);
    QCOMPARE(earlier.expired, 1);
    clock.advance(700ms);
    wheel.advance(clock.now());
    QCOMPARE(later.expired, 1);
    QCOMPARE(earlier.expired, 1);
}

void TimerWheelTest::waitsForMoreThanOneRound() {
    ManualClock clock;
    TimerWheel wheel(clock.now());
    Counted counted(wheel);
    counted.timer.set(180s); // a round is 51 s
    for (int i = 0; i < 179; ++i) {
        clock.advance(1s);
        wheel.advance(clock.now());
    }
    QCOMPARE(counted.expired, 0);
    clock.advance(2s);
    wheel.advance(clock.now());
    QCOMPARE(counted.expired, 1);
}

void TimerWheelTest::survivesTimersThatDestroyEachOther() {
    ManualClock clock;
    TimerWheel wheel(clock.now());
    struct Pair {
        std::unique_ptr<Timer> first;
        std::unique_ptr<Timer> second;
        int expired = 0;
    } pair;
    const auto destroyBoth = [](void* self) {
        auto* both = static_cast<Pair*>(self);
        ++both->expired;
        both->first->clear();
        both->second->clear();
    };
    pair.first = std::make_unique<Timer>(wheel, &pair, destroyBoth);
    pair.second = std::make_unique<Timer>(wheel, &pair, destroyBoth);
    pair.first->set(100ms);
    pair.second->set(100ms);
    Counted survivor(wheel);
    survivor.timer.set(100ms);
    clock.advance(1s);
    wheel.advance(clock.now());
    QCOMPARE(pair.expired, 1);
    QCOMPARE(survivor.expired, 1);
}

void TimerWheelTest::agreesWithASimpleModel() {
    ManualClock clock;
    TimerWheel wheel(clock.now());
    std::mt19937 random(7);
    std::vector<std::unique_ptr<Counted>> timers;
    std::vector<std::optional<Monotonic>> deadlines(200);
    std::vector<int> expected(200, 0);
    for (int i = 0; i < 200; ++i) {
        timers.push_back(std::make_unique<Counted>(wheel));
    }
    for (int step = 0; step < 5000; ++step) {
        const std::size_t which = random() % timers.size();
        if (random() % 4 == 0) {
            timers[which]->timer.clear();
            deadlines[which].reset();
        } else {
            const auto delay = std::chrono::milliseconds(random() % 90'000);
            timers[which]->timer.set(delay);
            deadlines[which] = clock.now() + delay;
        }
        clock.advance(std::chrono::milliseconds(random() % 200));
        wheel.advance(clock.now());
        for (std::size_t i = 0; i < timers.size(); ++i) {
            const bool fired = timers[i]->expired > expected[i];
            if (fired) {
                QVERIFY(deadlines[i] && *deadlines[i] <= clock.now());
                ++expected[i];
                deadlines[i].reset();
            } else if (deadlines[i]) {
                QVERIFY(clock.now() < *deadlines[i] + 3 * TimerWheel::tick);
            }
            QCOMPARE(timers[i]->expired, expected[i]);
        }
    }
}

QTEST_APPLESS_MAIN(TimerWheelTest)
#include "test_timer_wheel.moc"
