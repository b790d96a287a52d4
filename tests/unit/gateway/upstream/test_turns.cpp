// <algorithm> first: moc stumbles over <concepts> when it is the first standard header that it meets.
#include <algorithm>

#include "gateway/upstream/service_plan.h"

#include <QtTest>

using namespace gateway::upstream;

class TurnsTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void equalTargetsTakeTurns();
    void eachTargetGetsItsWeight();
    void aHeavyTargetDoesNotTakeAllItsTurnsAtOnce();
    void largeWeightsAreShortened();
};

void TurnsTest::equalTargetsTakeTurns() {
    QCOMPARE(turnsByWeight({1, 1, 1}), (std::vector<std::uint16_t>{0, 1, 2}));
    QCOMPARE(turnsByWeight({5}), (std::vector<std::uint16_t>{0}));
}

void TurnsTest::eachTargetGetsItsWeight() {
    const auto turns = turnsByWeight({3, 2, 7});
    QCOMPARE(std::count(turns.begin(), turns.end(), 0), 3);
    QCOMPARE(std::count(turns.begin(), turns.end(), 1), 2);
    QCOMPARE(std::count(turns.begin(), turns.end(), 2), 7);
}

void TurnsTest::aHeavyTargetDoesNotTakeAllItsTurnsAtOnce() {
    QCOMPARE(turnsByWeight({5, 1, 1}), (std::vector<std::uint16_t>{0, 0, 1, 0, 2, 0, 0}));
}

void TurnsTest::largeWeightsAreShortened() {
    QCOMPARE(turnsByWeight({1000, 500}).size(), std::size_t{3});
}

QTEST_APPLESS_MAIN(TurnsTest)
#include "test_turns.moc"
