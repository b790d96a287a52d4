// <algorithm> first: moc stumbles over <concepts> when it is the first standard header that it meets.
#include <algorithm>

#include "property.h"
#include "service_fixture.h"

#include <QtTest>

#include <array>
#include <bitset>
#include <cmath>
#include <numeric>
#include <optional>
#include <set>

using namespace gateway;
using namespace gateway::upstream;
using namespace std::chrono_literals;
using model::Balance;

namespace {

constexpr std::array allBalances{Balance::RoundRobin, Balance::LeastRequests, Balance::RandomTwo,
                                 Balance::ConsistentHash};

struct BalancerCase {
    Balance balance = Balance::RoundRobin;
    std::vector<TargetCase> targets{};
    std::vector<std::uint64_t> load{}; ///< requests in flight, by target
    std::uint64_t seed = 0;
};

const char* nameOf(Balance balance) {
    switch (balance) {
    case Balance::RoundRobin:
        return "round robin";
    case Balance::LeastRequests:
        return "least requests";
    case Balance::RandomTwo:
        return "random two";
    case Balance::ConsistentHash:
        return "consistent hash";
    }
    return "";
}

std::string asText(const BalancerCase& each) {
    std::string text = std::string(nameOf(each.balance)) + " over " + describe(each.targets);
    for (const std::uint64_t load : each.load) {
        text += " load " + std::to_string(load);
    }
    return text;
}

BalancerCase someTargets(property::Random& random, std::size_t size, std::uint32_t troublePercent) {
    BalancerCase made;
    made.balance = allBalances[random.below(allBalances.size())];
    made.seed = random.next();
    const std::uint32_t count = 1 + random.below(static_cast<std::uint32_t>(size));
    const std::uint32_t heaviest = random.below(3) == 0 ? 1 : 1 + random.below(20);
    for (std::uint32_t i = 0; i < count; ++i) {
        made.targets.push_back({.weight = 1 + random.below(heaviest),
                                .drain = random.below(200) < troublePercent,
                                .healthy = random.below(100) >= troublePercent,
                                .ejected = random.below(100) < troublePercent});
        made.load.push_back(0);
    }
    return made;
}

BalancerCase healthyTargets(property::Random& random, std::size_t size) {
    return someTargets(random, size, 0);
}
BalancerCase anyTargets(property::Random& random, std::size_t size) {
    return someTargets(random, size, random.below(101));
}
BalancerCase busyTargets(property::Random& random, std::size_t size) {
    BalancerCase made = someTargets(random, size, random.below(50));
    made.balance = Balance::LeastRequests;
    const std::uint32_t busiest = 1 + random.below(50);
    for (std::uint64_t& load : made.load) {
        load = random.below(busiest);
    }
    return made;
}

std::vector<BalancerCase> simpler(const BalancerCase& each) {
    std::vector<BalancerCase> made;
    for (std::size_t i = 0; i < each.targets.size() && each.targets.size() > 1; ++i) {
        BalancerCase& fewer = made.emplace_back(each);
        fewer.targets.erase(fewer.targets.begin() + static_cast<std::ptrdiff_t>(i));
        fewer.load.erase(fewer.load.begin() + static_cast<std::ptrdiff_t>(i));
    }
    for (std::size_t i = 0; i < each.targets.size(); ++i) {
        if (each.targets[i].weight > 1) {
            made.emplace_back(each).targets[i].weight /= 2;
        }
        if (each.load[i] > 0) {
            made.emplace_back(each).load[i] /= 2;
        }
        if (each.targets[i].drain || !each.targets[i].isAvailable()) {
            made.emplace_back(each).targets[i] = {.weight = each.targets[i].weight};
        }
    }
    return made;
}

/// The positions that may get requests, in the words of the description.
std::set<std::size_t> allowedIn(const std::vector<TargetCase>& targets) {
    std::set<std::size_t> eligible;
    std::set<std::size_t> available;
    for (std::size_t i = 0; i < targets.size(); ++i) {
        if (!targets[i].drain) {
            eligible.insert(i);
            if (targets[i].isAvailable()) {
                available.insert(i);
            }
        }
    }
    return available.size() * 2 < eligible.size() ? eligible : available;
}

/// A balancer over a case.
struct Bench {
    explicit Bench(const BalancerCase& each, const std::vector<std::uint32_t>& names = {})
        : service(each.targets, each.balance, clock.now(), names)
        , balancer(load, each.seed) {
        for (std::size_t i = 0; i < each.load.size(); ++i) {
            load.active[service.plan.targets[i].index] = each.load[i];
        }
    }
    const TargetPlan* pick(std::uint64_t caller = 0, const TriedTargets& tried = {}) {
        return balancer.pick(service.plan, caller, clock.now(), tried);
    }

    ManualClock clock;
    FakeLoad load;
    ServiceFixture service;
    Balancer balancer;
};

std::vector<int> picks(Bench& bench, int count) {
    std::vector<int> picked(bench.service.plan.targets.size());
    for (int i = 0; i < count; ++i) {
        const TargetPlan* target = bench.pick(stableHash(std::to_string(i)));
        if (target != nullptr) {
            ++picked[target->position];
        }
    }
    return picked;
}

/// Five standard deviations of so many independent draws.
double drawn(double share, int count) {
    return 5 * std::sqrt(share * (1 - share) * count) + 1;
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

std::optional<std::string> movesMoreThanItMust(const BalancerCase& each) {
    BalancerCase before = each;
    before.balance = Balance::ConsistentHash;
    BalancerCase after = before;
    const std::size_t leaving = each.seed % each.targets.size();
    std::vector<std::uint32_t> names(each.targets.size());
    std::iota(names.begin(), names.end(), 0U);
    Bench with(before, names);
    after.load.erase(after.load.begin() + static_cast<std::ptrdiff_t>(leaving));
    after.targets.erase(after.targets.begin() + static_cast<std::ptrdiff_t>(leaving));
    names.erase(names.begin() + static_cast<std::ptrdiff_t>(leaving));
    if (after.targets.empty()) {
        return std::nullopt;
    }
    Bench without(after, names);
    constexpr int callers = 2'000;
    double total = 0;
    for (const TargetCase& target : before.targets) {
        total += target.weight;
    }
    int moved = 0;
    for (int i = 0; i < callers; ++i) {
        const std::uint64_t caller = stableHash(std::to_string(i));
        const TargetPlan* was = with.pick(caller);
        const TargetPlan* is = without.pick(caller);
        if (was->position == leaving) {
            ++moved;
        } else if (was->address != is->address) {
            return "caller " + std::to_string(i) + " moves from " + was->address + " to " + is->address;
        }
    }
    const double share = before.targets[leaving].weight / total;
    if (std::abs(moved - share * callers) > drawn(share, callers)) {
        return std::to_string(moved) + " of " + std::to_string(callers) + " move";
    }
    return std::nullopt;
}

std::string check(std::optional<std::string> (*violation)(const BalancerCase&),
                  BalancerCase (*generate)(property::Random&, std::size_t), std::size_t cases) {
    return property::counterexample<BalancerCase>(
        {.generate = generate, .violation = violation, .simpler = simpler, .describe = asText}, cases);
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
    void aCallerStaysWithItsTarget();
    void aTargetThatComesOrGoesMovesNoOtherCallers();
    void callersOfAnUnavailableTargetComeBackToIt();
    void addressesWithUnmixedCallersAreSharedToo();
    void theShareOfAWarmingTargetGrows_data();
    void theShareOfAWarmingTargetGrows();
    void targetsThatAllWarmUpShareByWeight();
    void aServiceThatLosesTargetsGoesOn();
    void eachServiceHasItsOwnTurns();
    void theHashIsAsPublished();
    void eachBitOfATextChangesHalfOfTheHash();
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

void BalancerTest::aCallerStaysWithItsTarget() {
    const BalancerCase each{.balance = Balance::ConsistentHash,
                            .targets = {{.weight = 3}, {.weight = 1}, {.weight = 7}, {.weight = 1}}};
    Bench one(each);
    BalancerCase busy = each;
    busy.load = {100, 0, 3, 0};
    busy.seed = 99;
    Bench other(busy);
    for (int i = 0; i < 1'000; ++i) {
        const std::uint64_t caller = stableHash(std::to_string(i));
        const std::uint16_t position = one.pick(caller)->position;
        QCOMPARE(one.pick(caller)->position, position);
        QCOMPARE(other.pick(caller)->position, position);
    }
}

void BalancerTest::aTargetThatComesOrGoesMovesNoOtherCallers() {
    const std::string found = check(movesMoreThanItMust, healthyTargets, 200);
    QVERIFY2(found.empty(), found.c_str());
}

void BalancerTest::callersOfAnUnavailableTargetComeBackToIt() {
    Bench bench({.balance = Balance::ConsistentHash, .targets = std::vector<TargetCase>(5)});
    std::vector<std::uint16_t> before;
    for (std::uint64_t caller = 0; caller < 1'000; ++caller) {
        before.push_back(bench.pick(caller)->position);
    }
    bench.service.states[2]->setHealthy(false, bench.clock.now());
    for (std::uint64_t caller = 0; caller < 1'000; ++caller) {
        const std::uint16_t position = bench.pick(caller)->position;
        QVERIFY(before[caller] == 2 ? position != 2 : position == before[caller]);
    }
    bench.service.states[2]->setHealthy(true, bench.clock.now());
    for (std::uint64_t caller = 0; caller < 1'000; ++caller) {
        QCOMPARE(bench.pick(caller)->position, before[caller]);
    }
}

void BalancerTest::addressesWithUnmixedCallersAreSharedToo() {
    Bench bench({.balance = Balance::ConsistentHash, .targets = std::vector<TargetCase>(4)});
    std::vector<int> picked(4);
    for (std::uint64_t caller = 0; caller < 4'000; ++caller) {
        ++picked[bench.pick(caller << 8U)->position];
    }
    for (const int each : picked) {
        QVERIFY2(std::abs(each - 1000) <= drawn(0.25, 4'000), qPrintable(QString::number(each)));
    }
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

void BalancerTest::theHashIsAsPublished() {
    // The values of FNV-1a that its authors give, and the first numbers of SplitMix64.
    QCOMPARE(stableHash(""), mixBits(0xcbf29ce484222325U));
    QCOMPARE(stableHash("a"), mixBits(0xaf63dc4c8601ec8cU));
    QCOMPARE(stableHash("foobar"), mixBits(0x85944171f73967e8U));
    Random fromZero(0);
    QCOMPARE(fromZero.next(), std::uint64_t{0xe220a8397b1dcdafU});
    Random random(1'234'567);
    QCOMPARE(random.next(), std::uint64_t{6'457'827'717'110'365'317U});
    QCOMPARE(random.next(), std::uint64_t{3'203'168'211'198'807'973U});
}

void BalancerTest::eachBitOfATextChangesHalfOfTheHash() {
    double changed = 0;
    int flips = 0;
    for (int i = 0; i < 200; ++i) {
        const std::string text = "10.0.0." + std::to_string(i);
        for (std::size_t bit = 0; bit < text.size() * 8; ++bit) {
            std::string other = text;
            other[bit / 8] = static_cast<char>(other[bit / 8] ^ (1 << (bit % 8)));
            const int differs =
                static_cast<int>(std::bitset<64>(stableHash(text) ^ stableHash(other)).count());
            QVERIFY2(differs >= 8 && differs <= 56, other.c_str());
            changed += differs;
            ++flips;
        }
    }
    QVERIFY(std::abs(changed / flips - 32) < 0.5);
}

QTEST_APPLESS_MAIN(BalancerTest)
#include "test_balancer.moc"
