#pragma once

#include "property.h"
#include "service_fixture.h"

#include <array>
#include <cmath>
#include <optional>
#include <set>
#include <string>
#include <vector>

inline constexpr std::array allBalances{
    gateway::model::Balance::RoundRobin, gateway::model::Balance::LeastRequests,
    gateway::model::Balance::RandomTwo, gateway::model::Balance::ConsistentHash};

struct BalancerCase {
    gateway::model::Balance balance = gateway::model::Balance::RoundRobin;
    std::vector<TargetCase> targets{};
    std::vector<std::uint64_t> load{}; ///< requests in flight, by target
    std::uint64_t seed = 0;
};

inline const char* nameOf(gateway::model::Balance balance) {
    switch (balance) {
    case gateway::model::Balance::RoundRobin:
        return "round robin";
    case gateway::model::Balance::LeastRequests:
        return "least requests";
    case gateway::model::Balance::RandomTwo:
        return "random two";
    case gateway::model::Balance::ConsistentHash:
        return "consistent hash";
    }
    return "";
}

inline std::string asText(const BalancerCase& each) {
    std::string text = std::string(nameOf(each.balance)) + " over " + describe(each.targets);
    for (const std::uint64_t load : each.load) {
        text += " load " + std::to_string(load);
    }
    return text;
}

inline BalancerCase someTargets(property::Random& random, std::size_t size, std::uint32_t troublePercent) {
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

inline BalancerCase healthyTargets(property::Random& random, std::size_t size) {
    return someTargets(random, size, 0);
}
inline BalancerCase anyTargets(property::Random& random, std::size_t size) {
    return someTargets(random, size, random.below(101));
}
inline std::vector<BalancerCase> simpler(const BalancerCase& each) {
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
inline std::set<std::size_t> allowedIn(const std::vector<TargetCase>& targets) {
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
    const gateway::upstream::TargetPlan* pick(std::uint64_t caller = 0,
                                              const gateway::upstream::TriedTargets& tried = {}) {
        return balancer.pick(service.plan, caller, clock.now(), tried);
    }

    gateway::ManualClock clock;
    FakeLoad load;
    ServiceFixture service;
    gateway::upstream::Balancer balancer;
};

inline std::vector<int> picks(Bench& bench, int count) {
    std::vector<int> picked(bench.service.plan.targets.size());
    for (int i = 0; i < count; ++i) {
        const gateway::upstream::TargetPlan* target =
            bench.pick(gateway::upstream::stableHash(std::to_string(i)));
        if (target != nullptr) {
            ++picked[target->position];
        }
    }
    return picked;
}

/// Five standard deviations of so many independent draws.
inline double drawn(double share, int count) {
    return 5 * std::sqrt(share * (1 - share) * count) + 1;
}

inline std::string check(std::optional<std::string> (*violation)(const BalancerCase&),
                         BalancerCase (*generate)(property::Random&, std::size_t), std::size_t cases) {
    return property::counterexample<BalancerCase>(
        {.generate = generate, .violation = violation, .simpler = simpler, .describe = asText}, cases);
}
