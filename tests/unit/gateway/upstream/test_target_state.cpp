// <algorithm> first: moc stumbles over <concepts> when it is the first standard header that it meets.
#include <algorithm>

#include "gateway/base/clock.h"
#include "gateway/upstream/service_state.h"
#include "gateway/upstream/target_state.h"

#include <QtTest>

using namespace gateway;
using namespace gateway::upstream;
using namespace std::chrono_literals;

class TargetStateTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aNewTargetIsHealthyAndAvailable();
    void anUnhealthyTargetIsNotAvailable();
    void warmthGrowsWithTimeFromATenthToAll();
    void withoutSlowStartATargetIsWarmAtOnce();
    void aTargetThatBecomesHealthyBeginsToWarmUp();
    void aTargetThatStaysHealthyGoesOnWarmingUp();
    void aStateSurvivesAndNewOnesWarmUpFromWhenTheyCame();
};

void TargetStateTest::aNewTargetIsHealthyAndAvailable() {
    const ManualClock clock;
    const TargetState state;
    QVERIFY(state.isHealthy());
    QVERIFY(!state.isEjected(clock.now()));
    QVERIFY(state.isAvailable(clock.now()));
    QCOMPARE(state.ejections(), 0U);
    QVERIFY(state.ejectedUntil() == Monotonic{});
}

void TargetStateTest::anUnhealthyTargetIsNotAvailable() {
    const ManualClock clock;
    TargetState state;
    state.setHealthy(false, clock.now());
    QVERIFY(!state.isHealthy());
    QVERIFY(!state.isAvailable(clock.now()));
    state.setHealthy(true, clock.now());
    QVERIFY(state.isAvailable(clock.now()));
}

void TargetStateTest::warmthGrowsWithTimeFromATenthToAll() {
    ManualClock clock;
    TargetState state;
    state.startWarming(clock.now());
    QCOMPARE(state.warmth(clock.now(), 10s), 0.1);
    double before = 0;
    for (int second = 1; second <= 10; ++second) {
        clock.advance(1s);
        const double warmth = state.warmth(clock.now(), 10s);
        QCOMPARE(warmth, second / 10.0);
        QVERIFY(warmth > before);
        before = warmth;
    }
    clock.advance(1h);
    QCOMPARE(state.warmth(clock.now(), 10s), 1.0);
}

void TargetStateTest::withoutSlowStartATargetIsWarmAtOnce() {
    const ManualClock clock;
    TargetState state;
    state.startWarming(clock.now());
    QCOMPARE(state.warmth(clock.now(), 0ms), 1.0);
}

void TargetStateTest::aTargetThatBecomesHealthyBeginsToWarmUp() {
    ManualClock clock;
    TargetState state;
    QCOMPARE(state.warmth(clock.now(), 10s), 1.0);
    state.setHealthy(false, clock.now());
    clock.advance(1min);
    state.setHealthy(true, clock.now());
    QCOMPARE(state.warmth(clock.now(), 10s), 0.1);
    clock.advance(5s);
    QCOMPARE(state.warmth(clock.now(), 10s), 0.5);
}

void TargetStateTest::aTargetThatStaysHealthyGoesOnWarmingUp() {
    ManualClock clock;
    TargetState state;
    state.startWarming(clock.now());
    clock.advance(5s);
    state.setHealthy(true, clock.now());
    QCOMPARE(state.warmth(clock.now(), 10s), 0.5);
}

void TargetStateTest::aStateSurvivesAndNewOnesWarmUpFromWhenTheyCame() {
    ManualClock clock;
    StateStore store;
    TargetState& first = store.target(3, clock.now());
    clock.advance(5s);
    TargetState& second = store.target(7, clock.now());
    QCOMPARE(&store.target(3, clock.now()), &first);
    QCOMPARE(first.warmth(clock.now(), 10s), 0.5);
    QCOMPARE(second.warmth(clock.now(), 10s), 0.1);
    ServiceState& service = store.service(2);
    QCOMPARE(&store.service(2), &service);
}

QTEST_APPLESS_MAIN(TargetStateTest)
#include "test_target_state.moc"
