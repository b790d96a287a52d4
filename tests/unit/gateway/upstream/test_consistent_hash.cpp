// <algorithm> first: moc stumbles over <concepts> when it is the first standard header that it meets.
#include <algorithm>

#include "balancer_case.h"

#include <QtTest>

#include <bitset>
#include <numeric>

using namespace gateway;
using namespace gateway::upstream;
using model::Balance;

namespace {

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

} // namespace

class ConsistentHashTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aCallerStaysWithItsTarget();
    void aTargetThatComesOrGoesMovesNoOtherCallers();
    void callersOfAnUnavailableTargetComeBackToIt();
    void addressesWithUnmixedCallersAreSharedToo();
    void theHashIsAsPublished();
    void eachBitOfATextChangesHalfOfTheHash();
};

void ConsistentHashTest::aCallerStaysWithItsTarget() {
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

void ConsistentHashTest::aTargetThatComesOrGoesMovesNoOtherCallers() {
    const std::string found = check(movesMoreThanItMust, healthyTargets, 200);
    QVERIFY2(found.empty(), found.c_str());
}

void ConsistentHashTest::callersOfAnUnavailableTargetComeBackToIt() {
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

void ConsistentHashTest::addressesWithUnmixedCallersAreSharedToo() {
    Bench bench({.balance = Balance::ConsistentHash, .targets = std::vector<TargetCase>(4)});
    std::vector<int> picked(4);
    for (std::uint64_t caller = 0; caller < 4'000; ++caller) {
        ++picked[bench.pick(caller << 8U)->position];
    }
    for (const int each : picked) {
        QVERIFY2(std::abs(each - 1000) <= drawn(0.25, 4'000), qPrintable(QString::number(each)));
    }
}

void ConsistentHashTest::theHashIsAsPublished() {
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

void ConsistentHashTest::eachBitOfATextChangesHalfOfTheHash() {
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

QTEST_APPLESS_MAIN(ConsistentHashTest)
#include "test_consistent_hash.moc"
