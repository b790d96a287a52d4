// <algorithm> first: moc stumbles over <concepts> when it is the first standard header that it meets.
#include <algorithm>

#include "balancer_case.h"

#include <QtTest>

#include <cmath>
#include <set>

using namespace gateway;
using namespace gateway::upstream;
using namespace std::chrono_literals;
using model::Balance;

namespace {

BalancerCase busyTargets(property::Random& random, std::size_t size) {
    BalancerCase made = someTargets(random, size, random.below(50));
    made.balance = Balance::LeastRequests;
    const std::uint32_t busiest = 1 + random.below(50);
    for (std::uint64_t& load : made.load) {
        load = random.below(busiest);
    }
    return made;
}

std::optional<std::string> sharesDiffer(const BalancerCase& each) {
    constexpr int count = 3'000;
    Bench bench(each);
    const std::vector<int> picked = picks(bench, count);
    const std::set<std::size_t> allowed = allowedIn(each.targets);
    double total = 0;
    for (const std::size_t position : allowed) {
        total += each.targets[position].weight;
    }
    for (std::size_t i = 0; i < picked.size(); ++i) {
        const double share = allowed.count(i) > 0 ? each.targets[i].weight / total : 0;
        if (std::abs(picked[i] - share * count) > drawn(share, count)) {
            return "target " + std::to_string(i) + " got " + std::to_string(picked[i]) + " of " +
                   std::to_string(count) + " instead of " + std::to_string(share * count);
        }
    }
    return std::nullopt;
}

std::optional<std::string> sharesOfTurnsAreNotExact(const BalancerCase& each) {
    for (const Balance balance : {Balance::RoundRobin, Balance::LeastRequests}) {
        BalancerCase inTurn = each;
        inTurn.balance = balance;
        Bench bench(inTurn);
        const std::vector<int> picked = picks(bench, 3 * static_cast<int>(bench.service.plan.turns.size()));
        for (std::size_t i = 0; i < picked.size(); ++i) {
            if (picked[i] * static_cast<int>(each.targets[0].weight) !=
                picked[0] * static_cast<int>(each.targets[i].weight)) {
                return std::string(nameOf(balance)) + ": target " + std::to_string(i) + " got " +
                       std::to_string(picked[i]);
            }
        }
    }
    return std::nullopt;
}

std::optional<std::string> picksOneThatMayNot(const BalancerCase& each) {
    Bench bench(each);
    const std::set<std::size_t> allowed = allowedIn(each.targets);
    for (int i = 0; i < 200; ++i) {
        const TargetPlan* target = bench.pick(stableHash(std::to_string(i)));
        if ((target == nullptr) != allowed.empty()) {
            return target == nullptr ? "picks none" : "picks one of none";
        }
        if (target != nullptr && allowed.count(target->position) == 0) {
            return "picks target " + std::to_string(target->position);
        }
    }
    return std::nullopt;
}

std::optional<std::string> asksOneTwiceOrLeavesOneOut(const BalancerCase& each) {
    Bench bench(each);
    const std::set<std::size_t> allowed = allowedIn(each.targets);
    for (int call = 0; call < 5; ++call) {
        std::set<std::size_t> asked;
        TriedTargets tried;
        while (const TargetPlan* target = bench.pick(stableHash(std::to_string(call)), tried)) {
            if (!asked.insert(target->position).second) {
                return "asks target " + std::to_string(target->position) + " twice";
            }
            tried.push_back(target->position);
        }
        if (asked != allowed) {
            return "asks " + std::to_string(asked.size()) + " of " + std::to_string(allowed.size());
        }
    }
    return std::nullopt;
}

/// By the description: the one whose turn it is, unless another would be no worse off with the request than
/// that one is without it; then the best of the others.
std::optional<std::string> picksOneThatIsBusier(const BalancerCase& each) {
    Bench bench(each);
    BalancerCase inTurn = each;
    inTurn.balance = Balance::RoundRobin;
    Bench turns(inTurn);
    const std::set<std::size_t> allowed = allowedIn(each.targets);
    for (int i = 0; i < 50; ++i) {
        const std::size_t first = turns.pick()->position;
        const std::size_t picked = bench.pick()->position;
        const auto isWorse = [&](std::size_t left, std::size_t right) {
            return (each.load[left] + (left == first ? 0 : 1)) * each.targets[right].weight >
                   (each.load[right] + (right == first ? 0 : 1)) * each.targets[left].weight;
        };
        for (const std::size_t other : allowed) {
            const bool isNoBetter = picked == first && other != first && !isWorse(other, picked);
            if (isWorse(picked, other) || isNoBetter) {
                return "in the turn of " + std::to_string(first) + " picks target " + std::to_string(picked) +
                       " rather than " + std::to_string(other);
            }
        }
    }
    return std::nullopt;
}

} // namespace

class BalancerTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void eachTargetGetsTheShareOfItsWeight();
    void whatUnavailableTargetsDoNotGetIsSharedByWeight();
    void turnsAreSharedExactly();
    void requestsThatLastAreSharedByWeight_data();
    void requestsThatLastAreSharedByWeight();
    void leastRequestsPicksNoBusierOne();
    void randomTwoNeverPicksTheBusiest();
    void onlyTargetsThatMayGetRequestsArePicked();
    void aCallGoesOnToEachTargetOnce();
    void panicBeginsBelowHalfOfTheTargets();
    void inAPanicConditionDoesNotCount_data();
    void inAPanicConditionDoesNotCount();
    void theShareOfAWarmingTargetGrows_data();
    void theShareOfAWarmingTargetGrows();
    void targetsThatAllWarmUpShareByWeight();
    void aServiceThatLosesTargetsGoesOn();
    void eachServiceHasItsOwnTurns();
    void aFurtherTryTakesNobodysTurn();
};

void BalancerTest::eachTargetGetsTheShareOfItsWeight() {
    const std::string found = check(sharesDiffer, healthyTargets, 200);
    QVERIFY2(found.empty(), found.c_str());
}

void BalancerTest::whatUnavailableTargetsDoNotGetIsSharedByWeight() {
    const std::string found = check(sharesDiffer, anyTargets, 200);
    QVERIFY2(found.empty(), found.c_str());
}

void BalancerTest::turnsAreSharedExactly() {
    const std::string found = check(sharesOfTurnsAreNotExact, healthyTargets, 200);
    QVERIFY2(found.empty(), found.c_str());
}

void BalancerTest::requestsThatLastAreSharedByWeight_data() {
    QTest::addColumn<int>("balance");
    for (const Balance balance : allBalances) {
        QTest::newRow(nameOf(balance)) << static_cast<int>(balance);
    }
}

/// A hundred callers, each with one request in flight; all requests take the same time on average.
void BalancerTest::requestsThatLastAreSharedByWeight() {
    QFETCH(int, balance);
    Bench bench({.balance = static_cast<Balance>(balance),
                 .targets = {{.weight = 1}, {.weight = 2}, {.weight = 2}, {.weight = 5}},
                 .seed = 7});
    property::Random random(8);
    std::vector<const TargetPlan*> inFlight(100);
    std::vector<int> picked(4);
    constexpr int requests = 40'000;
    for (int i = 0; i < requests; ++i) {
        const TargetPlan*& ending = inFlight[random.below(100)];
        if (ending != nullptr) {
            --bench.load.active[ending->index];
        }
        ending = bench.pick(random.next());
        ++bench.load.active[ending->index];
        ++picked[ending->position];
    }
    for (const TargetPlan& target : bench.service.plan.targets) {
        const double share = picked[target.position] / static_cast<double>(requests);
        QVERIFY2(std::abs(share - target.weight / 10.0) < 0.01, qPrintable(QString::number(share)));
    }
}

void BalancerTest::leastRequestsPicksNoBusierOne() {
    const std::string found = check(
        picksOneThatIsBusier,
        [](property::Random& random, std::size_t size) {
            BalancerCase made = busyTargets(random, size);
            made.targets.push_back({}); // somebody is there
            made.load.push_back(random.below(50));
            return made;
        },
        1000);
    QVERIFY2(found.empty(), found.c_str());
}

void BalancerTest::randomTwoNeverPicksTheBusiest() {
    for (std::size_t count = 2; count <= 12; ++count) {
        BalancerCase each{
            .balance = Balance::RandomTwo, .targets = std::vector<TargetCase>(count), .seed = count};
        for (std::size_t i = 0; i < count; ++i) {
            each.load.push_back((i * 7) % 13);
        }
        Bench bench(each);
        const auto busiest = std::max_element(each.load.begin(), each.load.end()) - each.load.begin();
        const std::vector<int> picked = picks(bench, 2'000);
        QCOMPARE(picked[static_cast<std::size_t>(busiest)], 0);
        QCOMPARE(std::count(picked.begin(), picked.end(), 0), std::ptrdiff_t{1});
    }
}

void BalancerTest::onlyTargetsThatMayGetRequestsArePicked() {
    const std::string found = check(picksOneThatMayNot, anyTargets, 1000);
    QVERIFY2(found.empty(), found.c_str());
}

void BalancerTest::aCallGoesOnToEachTargetOnce() {
    const std::string found = check(asksOneTwiceOrLeavesOneOut, anyTargets, 1000);
    QVERIFY2(found.empty(), found.c_str());
}

void BalancerTest::panicBeginsBelowHalfOfTheTargets() {
    for (std::size_t count = 0; count <= 20; ++count) {
        for (std::size_t available = 0; available <= count; ++available) {
            std::vector<TargetCase> targets(count);
            for (std::size_t i = available; i < count; ++i) {
                (i % 2 == 0 ? targets[i].healthy : targets[i].ejected) = i % 2 != 0;
            }
            targets.push_back({.drain = true}); // drained ones count on neither side
            targets.push_back({.drain = true, .healthy = false});
            Bench bench({.targets = targets});
            QCOMPARE(Balancer::isPanicking(bench.service.plan, bench.clock.now()), available * 2 < count);
        }
    }
}

void BalancerTest::inAPanicConditionDoesNotCount_data() {
    requestsThatLastAreSharedByWeight_data();
}

void BalancerTest::inAPanicConditionDoesNotCount() {
    QFETCH(int, balance);
    Bench bench({.balance = static_cast<Balance>(balance),
                 .targets = {{}, {.healthy = false}, {.ejected = true}, {.drain = true}},
                 .seed = 3});
    const std::vector<int> picked = picks(bench, 3'000);
    for (std::size_t i = 0; i < 3; ++i) {
        QVERIFY2(std::abs(picked[i] - 1000) <= drawn(1.0 / 3, 3'000), qPrintable(QString::number(picked[i])));
    }
    QCOMPARE(picked[3], 0);
    bench.service.states[1]->setHealthy(true, bench.clock.now());
    const std::vector<int> afterwards = picks(bench, 3'000);
    QCOMPARE(afterwards[2], 0);
    QVERIFY(afterwards[0] > 0 && afterwards[1] > 0);
}

void BalancerTest::theShareOfAWarmingTargetGrows_data() {
    requestsThatLastAreSharedByWeight_data();
}

void BalancerTest::theShareOfAWarmingTargetGrows() {
    QFETCH(int, balance);
    Bench bench({.balance = static_cast<Balance>(balance),
                 .targets = {{.weight = 2}, {.weight = 1}, {.weight = 1}},
                 .seed = 5});
    bench.service.plan.settings.slowStart = 10s;
    bench.service.states[0]->startWarming(bench.clock.now());
    constexpr int count = 20'000;
    int before = 0;
    for (int second = 0; second <= 12; second += 2) {
        const double weight = 2 * std::clamp(second / 10.0, 0.1, 1.0);
        const double share = weight / (weight + 2);
        const int picked = picks(bench, count)[0];
        const QString told = QStringLiteral("after %1 s it got %2").arg(second).arg(picked);
        QVERIFY2(std::abs(picked - share * count) <= drawn(share, count), qPrintable(told));
        QVERIFY2(second > 10 || picked > before, qPrintable(told));
        before = picked;
        bench.clock.advance(2s);
    }
}

void BalancerTest::targetsThatAllWarmUpShareByWeight() {
    for (const Balance balance : allBalances) {
        Bench bench({.balance = balance, .targets = {{.weight = 3}, {.weight = 1}}, .seed = 6});
        bench.service.plan.settings.slowStart = 10s;
        for (const auto& state : bench.service.states) {
            state->startWarming(bench.clock.now());
        }
        const int picked = picks(bench, 4'000)[0];
        QVERIFY2(std::abs(picked - 3'000) <= drawn(0.75, 4'000), qPrintable(QString::number(picked)));
    }
}

void BalancerTest::aServiceThatLosesTargetsGoesOn() {
    ManualClock clock;
    FakeLoad load;
    Balancer balancer(load, 1);
    const ServiceFixture many(std::vector<TargetCase>(10), Balance::RoundRobin, clock.now());
    const ServiceFixture one(std::vector<TargetCase>(1), Balance::RoundRobin, clock.now());
    for (int i = 0; i < 7; ++i) {
        QCOMPARE(balancer.pick(many.plan, 0, clock.now(), {})->position, static_cast<std::uint16_t>(i));
    }
    QCOMPARE(balancer.pick(one.plan, 0, clock.now(), {}), &one.plan.targets[0]);
    QCOMPARE(balancer.pick(one.plan, 0, clock.now(), {}), &one.plan.targets[0]);
}

void BalancerTest::eachServiceHasItsOwnTurns() {
    ManualClock clock;
    FakeLoad load;
    Balancer balancer(load, 1);
    ServiceFixture first({{}, {}}, Balance::RoundRobin, clock.now());
    ServiceFixture second({{}, {}}, Balance::RoundRobin, clock.now());
    second.plan.index = 5;
    QCOMPARE(balancer.pick(first.plan, 0, clock.now(), {})->position, std::uint16_t{0});
    QCOMPARE(balancer.pick(second.plan, 0, clock.now(), {})->position, std::uint16_t{0});
    QCOMPARE(balancer.pick(first.plan, 0, clock.now(), {})->position, std::uint16_t{1});
    QCOMPARE(balancer.pick(second.plan, 0, clock.now(), {})->position, std::uint16_t{1});
}

void BalancerTest::aFurtherTryTakesNobodysTurn() {
    ManualClock clock;
    FakeLoad load;
    Balancer balancer(load, 1);
    ServiceFixture service({{}, {}}, Balance::RoundRobin, clock.now());
    for (int call = 0; call < 4; ++call) {
        // Otherwise the first of two targets would meet every first try, and all of them would fail were it
        // down.
        const auto first = static_cast<std::uint16_t>(call % 2);
        QCOMPARE(balancer.pick(service.plan, 0, clock.now(), {})->position, first);
        QCOMPARE(balancer.pick(service.plan, 0, clock.now(), {first})->position,
                 static_cast<std::uint16_t>(1 - first));
    }
}

QTEST_APPLESS_MAIN(BalancerTest)
#include "test_balancer.moc"
