#include "gateway/base/clock.h"

#include <QtTest>

using namespace gateway;
using namespace std::chrono_literals;

class ClockTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void standsStillUntilTold();
    void movesBothTimesTogether();
    void setsTheWallTimeAlone();
    void neverGoesBackOnTheSystem();
};

void ClockTest::standsStillUntilTold() {
    const ManualClock clock;
    QVERIFY(clock.now() == clock.now());
    QVERIFY(clock.wallTime() == clock.wallTime());
}

void ClockTest::movesBothTimesTogether() {
    ManualClock clock;
    const Monotonic before = clock.now();
    const WallTime wallBefore = clock.wallTime();
    clock.advance(1500ms);
    QVERIFY(clock.now() - before == 1500ms);
    QVERIFY(clock.wallTime() - wallBefore == 1500ms);
}

void ClockTest::setsTheWallTimeAlone() {
    ManualClock clock;
    clock.advance(5s);
    const Monotonic before = clock.now();
    const WallTime wanted = std::chrono::sys_days(std::chrono::year(2027) / 1 / 31) + 9h;
    clock.setWallTime(wanted);
    QVERIFY(clock.wallTime() == wanted);
    QVERIFY(clock.now() == before);
    clock.advance(1s);
    QVERIFY(clock.wallTime() == wanted + 1s);
}

void ClockTest::neverGoesBackOnTheSystem() {
    const SystemClock clock;
    const Monotonic first = clock.now();
    QVERIFY(clock.now() >= first);
    QVERIFY(clock.wallTime() > std::chrono::sys_days(std::chrono::year(2024) / 1 / 1));
}

QTEST_APPLESS_MAIN(ClockTest)
#include "test_clock.moc"
