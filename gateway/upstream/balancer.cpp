#include "gateway/upstream/balancer.h"

#include <algorithm>
#include <cmath>
#include <optional>

namespace gateway::upstream {

namespace {

/// So many turns or draws that lead to nobody are thrown away; then all targets are looked at. Both give the
/// same shares, and the first is cheap when nearly everybody may get requests.
constexpr int turnsWasted = 32;
constexpr int drawsWasted = 4;

/// Where in (0, 1) the caller falls at the target.
double unitOf(std::uint64_t bits) noexcept {
    return (static_cast<double>(bits >> 11U) + 0.5) * 0x1.0p-53;
}

} // namespace

/// What holds for one pick.
class Balancer::Choice {
public:
    Choice(const ServicePlan& plan, Monotonic at, const TriedTargets& triedBefore)
        : service(plan)
        , now(at)
        , tried(triedBefore)
        , isWarming(plan.settings.slowStart.count() > 0) {}

    [[nodiscard]] bool mayGet(const TargetPlan& target) {
        return !target.drain && (target.state->isAvailable(now) || isPanic()) && !wasTried(target);
    }

    [[nodiscard]] double weightOf(const TargetPlan& target) const {
        const auto weight = static_cast<double>(target.weight);
        return isWarming ? weight * target.state->warmth(now, service.settings.slowStart) : weight;
    }

    const ServicePlan& service;
    const Monotonic now;
    const TriedTargets& tried;
    const bool isWarming;

private:
    [[nodiscard]] bool wasTried(const TargetPlan& target) const {
        return !tried.empty() && std::find(tried.begin(), tried.end(), target.position) != tried.end();
    }

    /// Asked for only when somebody is not available, which is rare.
    [[nodiscard]] bool isPanic() {
        if (!m_panic) {
            m_panic = isPanicking(service, now);
        }
        return *m_panic;
    }

    std::optional<bool> m_panic;
};

Balancer::Balancer(const LoadView& load, std::uint64_t seed)
    : m_load(load)
    , m_random(seed) {}

inline const TargetPlan& Balancer::nextTurn(const ServicePlan& service) {
    if (service.index >= m_turns.size()) {
        m_turns.resize(service.index + 1);
    }
    std::uint32_t& turn = m_turns[service.index];
    turn = turn >= service.turns.size() ? 0 : turn; // the service may have fewer targets now
    return service.targets[service.turns[turn++]];
}

const TargetPlan* Balancer::pick(const ServicePlan& service, std::uint64_t hash, Monotonic now,
                                 const TriedTargets& tried) {
    if (service.turns.empty()) {
        return nullptr;
    }
    // Nearly every pick of nearly every service ends here.
    if (service.settings.balance == model::Balance::RoundRobin && service.settings.slowStart.count() == 0 &&
        tried.empty()) {
        const TargetPlan& target = nextTurn(service);
        if (!target.drain && target.state->isAvailable(now)) {
            return &target;
        }
        Choice choice(service, now, tried);
        return choice.mayGet(target) ? &target : byTurn(choice);
    }
    Choice choice(service, now, tried);
    switch (service.settings.balance) {
    case model::Balance::RoundRobin:
        // A further try takes nobody's turn: with two targets and one down, every first try would meet that.
        return tried.empty() ? byTurn(choice) : drawFromAll(choice, nullptr);
    case model::Balance::LeastRequests:
        return byLoad(choice);
    case model::Balance::RandomTwo:
        return byTwoDraws(choice);
    case model::Balance::ConsistentHash:
        return byHash(choice, hash);
    }
    return nullptr;
}

bool Balancer::isPanicking(const ServicePlan& service, Monotonic now) noexcept {
    std::size_t targets = 0;
    std::size_t available = 0;
    for (const TargetPlan& target : service.targets) {
        if (!target.drain) {
            ++targets;
            available += target.state->isAvailable(now) ? 1 : 0;
        }
    }
    return available * 2 < targets;
}

/// Turns of those who may not get requests are used up, so that the others keep their shares: were they
/// handed to the next in line, that one would get twice its share.
const TargetPlan* Balancer::byTurn(Choice& choice) {
    for (int i = 0; i < turnsWasted; ++i) {
        const TargetPlan& target = nextTurn(choice.service);
        if (choice.mayGet(target) && !passesUp(choice, target)) {
            return &target;
        }
    }
    return drawFromAll(choice, nullptr);
}

const TargetPlan* Balancer::byLoad(Choice& choice) {
    const TargetPlan* const first = byTurn(choice);
    if (first == nullptr) {
        return nullptr;
    }
    const TargetPlan* best = first;
    double bestLoad = loadOf(*first);
    if (bestLoad == 0) {
        return first; // nobody is better, whatever the weights
    }
    double bestWeight = choice.weightOf(*first);
    const auto& targets = choice.service.targets;
    std::size_t position = first->position;
    for (std::size_t i = 1; i < targets.size(); ++i) {
        position = position + 1 == targets.size() ? 0 : position + 1;
        const TargetPlan& target = targets[position];
        if (!choice.mayGet(target)) {
            continue;
        }
        const double load = loadOf(target) + 1;
        const double weight = choice.weightOf(target);
        const double difference = load * bestWeight - bestLoad * weight;
        // The first goes without the request that is to come, so on a draw it is the busier one.
        if (difference < 0 || (difference == 0 && best == first)) {
            best = &target;
            bestLoad = load;
            bestWeight = weight;
        }
    }
    return best;
}

const TargetPlan* Balancer::byTwoDraws(Choice& choice) {
    const TargetPlan* const first = draw(choice, nullptr);
    if (first == nullptr || choice.service.targets.size() == 1) {
        return first;
    }
    const TargetPlan* const second = draw(choice, first);
    if (second == nullptr) {
        return first;
    }
    const bool isSecondBetter =
        (loadOf(*second) + 1) * choice.weightOf(*first) <= loadOf(*first) * choice.weightOf(*second);
    return isSecondBetter ? second : first;
}

const TargetPlan* Balancer::byHash(Choice& choice, std::uint64_t hash) {
    const TargetPlan* best = nullptr;
    double bestUnit = 0;
    double bestWeight = 0;
    for (const TargetPlan& target : choice.service.targets) {
        if (!choice.mayGet(target)) {
            continue;
        }
        const double unit = unitOf(mixBits(hash ^ target.hash));
        const double weight = choice.weightOf(target);
        // The comparison of -weight / ln(unit) needs no logarithm when one has more of both.
        bool isBetter = unit > bestUnit;
        if (best != nullptr && (unit > bestUnit) != (weight >= bestWeight) && weight != bestWeight) {
            isBetter = weight * -std::log(bestUnit) > bestWeight * -std::log(unit);
        }
        if (isBetter) {
            best = &target;
            bestUnit = unit;
            bestWeight = weight;
        }
    }
    return best;
}

/// A random target that may get requests, each with its weight for its chance.
const TargetPlan* Balancer::draw(Choice& choice, const TargetPlan* except) {
    const ServicePlan& service = choice.service;
    const auto turns = static_cast<std::uint32_t>(service.turns.size());
    for (int i = 0; i < drawsWasted; ++i) {
        const TargetPlan& target = service.targets[service.turns[m_random.below(turns)]];
        if (&target != except && choice.mayGet(target) && !passesUp(choice, target)) {
            return &target;
        }
    }
    return drawFromAll(choice, except);
}

const TargetPlan* Balancer::drawFromAll(Choice& choice, const TargetPlan* except) {
    double total = 0;
    for (const TargetPlan& target : choice.service.targets) {
        if (&target != except && choice.mayGet(target)) {
            total += choice.weightOf(target);
        }
    }
    double left = m_random.fraction() * total;
    const TargetPlan* drawn = nullptr;
    for (const TargetPlan& target : choice.service.targets) {
        if (&target != except && choice.mayGet(target)) {
            drawn = &target;
            left -= choice.weightOf(target);
            if (left < 0) {
                break;
            }
        }
    }
    return drawn;
}

/// A target that warms up passes up so many of its turns that its share is left.
bool Balancer::passesUp(const Choice& choice, const TargetPlan& target) {
    if (!choice.isWarming) {
        return false;
    }
    const double warmth = target.state->warmth(choice.now, choice.service.settings.slowStart);
    return warmth < 1 && m_random.fraction() >= warmth;
}

double Balancer::loadOf(const TargetPlan& target) const {
    return static_cast<double>(static_cast<std::int64_t>(m_load.requestsActive(target.index)));
}

std::uint64_t stableHash(std::string_view text) noexcept {
    std::uint64_t hash = 0xcbf29ce484222325U;
    for (const char c : text) {
        hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
    }
    return mixBits(hash);
}

} // namespace gateway::upstream
