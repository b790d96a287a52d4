#include "gateway/auth/peer_guard.h"

#include <QtTest>
#include <thread>
#include <vector>

using namespace std::chrono_literals;
using gateway::ManualClock;
using gateway::auth::PeerDelays;
using gateway::auth::PeerGuard;
using gateway::auth::Slowdown;
using Kind = gateway::auth::Slowdown::Kind;

namespace {

gateway::IpBytes address(const char* text) {
    return *gateway::parseIpLiteral(text);
}

const gateway::IpBytes mallory = address("192.0.2.66");
const gateway::IpBytes alice = address("192.0.2.1");

/// The answers that wait are let go at once.
Slowdown failOnce(PeerGuard& guard, const gateway::IpBytes& peer, const ManualClock& clock) {
    const Slowdown slowdown = guard.fail(peer, clock.now(), true);
    if (slowdown.kind == Kind::Delay) {
        guard.leave(slowdown.place);
    }
    return slowdown;
}

void useUpWhatIsFree(PeerGuard& guard, const gateway::IpBytes& peer, const ManualClock& clock) {
    for (unsigned i = 0; i < PeerGuard::freeFailures; ++i) {
        QCOMPARE(failOnce(guard, peer, clock).kind, Kind::None);
    }
}

} // namespace

/// Failures of one address, and what they cost it.
class PeerGuardTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void costsNothingUpToTenFailuresAMinute();
    void doublesTheDelayUpToTwoSeconds();
    void slowsNobodyElseDown();
    void countsAnIpv6NetworkAsOne();
    void forgetsWithTime();
    void letsTwentyAnswersOfAnAddressWait();
    void letsNoAnswerWaitWhereAWorkerHasNoRoom();
    void limitsTheChecksOfWhoIsSlowedDown();
    void letsWhoIsNotSlowedDownHaveAnyNumberOfChecks();
    void countsExactlyFromManyThreads();
    void knowsManyAddressesAtATime();
};

void PeerGuardTest::costsNothingUpToTenFailuresAMinute() {
    PeerGuard guard;
    ManualClock clock;
    useUpWhatIsFree(guard, mallory, clock);
    for (int i = 0; i < 100; ++i) {
        clock.advance(6s);
        QCOMPARE(failOnce(guard, mallory, clock).kind, Kind::None);
        QVERIFY(!guard.isSlowed(mallory, clock.now()));
    }
    QCOMPARE(failOnce(guard, mallory, clock).kind, Kind::Delay);
    QVERIFY(guard.isSlowed(mallory, clock.now()));
}

void PeerGuardTest::doublesTheDelayUpToTwoSeconds() {
    PeerGuard guard;
    ManualClock clock;
    useUpWhatIsFree(guard, mallory, clock);
    for (const auto delay : {100ms, 200ms, 400ms, 800ms, 1'600ms, 2'000ms, 2'000ms, 2'000ms}) {
        const Slowdown slowdown = failOnce(guard, mallory, clock);
        QCOMPARE(slowdown.kind, Kind::Delay);
        QCOMPARE(slowdown.time, delay);
    }
    for (int i = 0; i < 1'000; ++i) {
        QCOMPARE(failOnce(guard, mallory, clock).time, 2'000ms);
    }
}

void PeerGuardTest::slowsNobodyElseDown() {
    PeerGuard guard;
    ManualClock clock;
    for (int i = 0; i < 100; ++i) {
        static_cast<void>(failOnce(guard, mallory, clock));
    }
    QVERIFY(!guard.isSlowed(alice, clock.now()));
    QCOMPARE(failOnce(guard, alice, clock).kind, Kind::None);
    QVERIFY(guard.mayVerify(alice, clock.now()));
}

void PeerGuardTest::countsAnIpv6NetworkAsOne() {
    PeerGuard guard;
    ManualClock clock;
    useUpWhatIsFree(guard, address("2001:db8::1"), clock);
    QCOMPARE(failOnce(guard, address("2001:db8::ffff:ffff:ffff:1"), clock).kind, Kind::Delay);
    QCOMPARE(failOnce(guard, address("2001:db8:0:1::1"), clock).kind, Kind::None);
    // The same bits as an IPv4 address are another client.
    QCOMPARE(failOnce(guard, address("32.1.13.184"), clock).kind, Kind::None);
}

void PeerGuardTest::forgetsWithTime() {
    PeerGuard guard;
    ManualClock clock;
    for (int i = 0; i < 1'000; ++i) {
        static_cast<void>(failOnce(guard, mallory, clock));
    }
    clock.advance(60s - 1ms);
    QVERIFY(guard.isSlowed(mallory, clock.now()));
    clock.advance(1ms);
    QVERIFY(!guard.isSlowed(mallory, clock.now()));
    QCOMPARE(failOnce(guard, mallory, clock).kind, Kind::Delay);
    clock.advance(120s);
    useUpWhatIsFree(guard, mallory, clock);
}

void PeerGuardTest::letsTwentyAnswersOfAnAddressWait() {
    PeerGuard guard;
    ManualClock clock;
    useUpWhatIsFree(guard, mallory, clock);
    std::vector<Slowdown> waiting;
    for (unsigned i = 0; i < PeerGuard::waitingMax; ++i) {
        waiting.push_back(guard.fail(mallory, clock.now(), true));
        QCOMPARE(waiting.back().kind, Kind::Delay);
    }
    const Slowdown refused = guard.fail(mallory, clock.now(), true);
    QCOMPARE(refused.kind, Kind::Refuse);
    QCOMPARE(refused.time, 60s);
    guard.leave(waiting.back().place);
    QCOMPARE(guard.fail(mallory, clock.now(), true).kind, Kind::Delay);
    QCOMPARE(guard.fail(mallory, clock.now(), true).kind, Kind::Refuse);
}

void PeerGuardTest::letsNoAnswerWaitWhereAWorkerHasNoRoom() {
    PeerGuard guard;
    PeerDelays delays(guard);
    PeerDelays others(guard);
    ManualClock clock;
    std::vector<Slowdown> waiting;
    for (unsigned peer = 0; waiting.size() < PeerDelays::waitingMax; ++peer) {
        const auto from =
            address(("10.0." + std::to_string(peer / 200) + "." + std::to_string(peer % 200)).c_str());
        useUpWhatIsFree(guard, from, clock);
        for (unsigned i = 0; i < PeerGuard::waitingMax; ++i) {
            waiting.push_back(delays.fail(from, clock.now()));
            QCOMPARE(waiting.back().kind, Kind::Delay);
        }
    }
    QCOMPARE(delays.waiting(), PeerDelays::waitingMax);
    useUpWhatIsFree(guard, mallory, clock);
    const Slowdown refused = delays.fail(mallory, clock.now());
    QCOMPARE(refused.kind, Kind::Refuse);
    QCOMPARE(refused.time, 6s);
    // Another worker has room.
    QCOMPARE(others.fail(mallory, clock.now()).kind, Kind::Delay);
    delays.end(waiting.front());
    QCOMPARE(delays.fail(mallory, clock.now()).kind, Kind::Delay);
}

void PeerGuardTest::limitsTheChecksOfWhoIsSlowedDown() {
    PeerGuard guard;
    ManualClock clock;
    useUpWhatIsFree(guard, mallory, clock);
    const auto checks = [&](int attempts) {
        int count = 0;
        for (int i = 0; i < attempts; ++i) {
            count += guard.mayVerify(mallory, clock.now()) ? 1 : 0;
        }
        return count;
    };
    QCOMPARE(checks(100), 100);
    for (int i = 0; i < 10; ++i) {
        QCOMPARE(failOnce(guard, mallory, clock).kind, Kind::Delay);
    }
    QCOMPARE(checks(100), 50);
    clock.advance(300ms);
    QCOMPARE(checks(100), 15);
    // What was good does not count.
    guard.giveBack(mallory);
    QCOMPARE(checks(100), 1);
    guard.giveBack(alice);
    // Answers that wait do not change what is left.
    QCOMPARE(failOnce(guard, mallory, clock).kind, Kind::Delay);
    QCOMPARE(checks(100), 0);
    clock.advance(10s);
    QCOMPARE(checks(100), 50);
    clock.advance(50s);
    QCOMPARE(checks(100), 100);
}

void PeerGuardTest::letsWhoIsNotSlowedDownHaveAnyNumberOfChecks() {
    PeerGuard guard;
    ManualClock clock;
    for (int i = 0; i < 1'000; ++i) {
        QVERIFY(guard.mayVerify(alice, clock.now()));
    }
}

void PeerGuardTest::countsExactlyFromManyThreads() {
    PeerGuard guard;
    ManualClock clock;
    static_cast<void>(failOnce(guard, mallory, clock)); // it has a place
    std::atomic<unsigned> free{1};
    std::vector<std::thread> threads;
    for (int number = 0; number < 4; ++number) {
        threads.emplace_back([&] {
            for (int i = 0; i < 1'000; ++i) {
                free += failOnce(guard, mallory, clock).kind == Kind::None ? 1U : 0U;
            }
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    QCOMPARE(free.load(), PeerGuard::freeFailures);
    // Nothing is left of those that waited.
    for (unsigned i = 0; i < PeerGuard::waitingMax; ++i) {
        QCOMPARE(guard.fail(mallory, clock.now(), true).kind, Kind::Delay);
    }
    QCOMPARE(guard.fail(mallory, clock.now(), true).kind, Kind::Refuse);
}

void PeerGuardTest::knowsManyAddressesAtATime() {
    PeerGuard guard;
    ManualClock clock;
    for (int i = 0; i < 30; ++i) {
        static_cast<void>(failOnce(guard, mallory, clock));
    }
    // Whoever fails now and then from very many addresses does not wash a stubborn one out.
    for (unsigned peer = 0; peer < 100'000; ++peer) {
        gateway::IpBytes from = address("2001:db8::");
        from[4] = static_cast<std::uint8_t>(peer >> 16U);
        from[5] = static_cast<std::uint8_t>(peer >> 8U);
        from[6] = static_cast<std::uint8_t>(peer);
        QCOMPARE(failOnce(guard, from, clock).kind, Kind::None);
    }
    QVERIFY(guard.isSlowed(mallory, clock.now()));
}

QTEST_APPLESS_MAIN(PeerGuardTest)
#include "test_peer_guard.moc"
