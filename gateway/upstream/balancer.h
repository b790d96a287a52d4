#pragma once

#include "gateway/base/clock.h"
#include "gateway/base/random.h"
#include "gateway/upstream/service_plan.h"

#include <cstdint>
#include <random>
#include <string_view>
#include <vector>

namespace gateway::upstream {

/// Tells how many requests a target is serving now, from all workers.
class LoadView {
public:
    virtual ~LoadView() = default;
    [[nodiscard]] virtual std::uint64_t requestsActive(std::uint32_t targetIndex) const = 0;
};

/// The targets that a call has asked, by their positions in the plan.
using TriedTargets = std::vector<std::uint16_t>;

/// Chooses targets. Drained ones get nothing; unhealthy and ejected ones get nothing unless fewer than half
/// of the rest are available (panic: then condition does not count, because asking all is better than
/// drowning the few). A target that was tried for this call does not come again. One a worker;
/// single-threaded. Allocates nothing but a counter for a service that it sees for the first time.
///
/// A target that warms up has less weight for as long. By weight means for
/// - Balance::RoundRobin: the next of the plan's turns that may get requests;
/// - Balance::LeastRequests: the lowest (requests in flight + 1) / weight. The one whose turn it is goes
///   without the + 1, so that idle targets take turns and light ones are not starved by heavy ones;
/// - Balance::RandomTwo: two different ones are drawn, each with its weight for its chance, and compared in
///   the same way, the first drawn being the one whose turn it is;
/// - Balance::ConsistentHash: weighted rendezvous (Thaler and Ravishankar, 1998; Schindelhauer and Schomaker,
///   2005): the target with the highest -weight / ln(hash of caller and target). A target that goes gives
///   away its own callers only, one that comes takes its share from all.
class Balancer {
public:
    explicit Balancer(const LoadView& load, std::uint64_t seed = std::random_device{}());

    /// Null: the service has no target that may get requests (all are drained, or all that may were tried).
    /// `hash` is used by Balance::ConsistentHash only; it need not be well mixed.
    [[nodiscard]] const TargetPlan* pick(const ServicePlan& service, std::uint64_t hash, Monotonic now,
                                         const TriedTargets& tried);
    /// Whether condition does not count now.
    [[nodiscard]] static bool isPanicking(const ServicePlan& service, Monotonic now) noexcept;

private:
    class Choice;

    [[nodiscard]] const TargetPlan& nextTurn(const ServicePlan& service);
    [[nodiscard]] const TargetPlan* byTurn(Choice& choice);
    [[nodiscard]] const TargetPlan* byLoad(Choice& choice);
    [[nodiscard]] const TargetPlan* byTwoDraws(Choice& choice);
    [[nodiscard]] static const TargetPlan* byHash(Choice& choice, std::uint64_t hash);

    [[nodiscard]] const TargetPlan* draw(Choice& choice, const TargetPlan* except);
    [[nodiscard]] const TargetPlan* drawFromAll(Choice& choice, const TargetPlan* except);
    [[nodiscard]] bool passesUp(const Choice& choice, const TargetPlan& target);
    [[nodiscard]] double loadOf(const TargetPlan& target) const;

    const LoadView& m_load;
    Random m_random;
    std::vector<std::uint32_t> m_turns; ///< by service index
};

/// FNV-1a of 64 bits (Fowler, Noll and Vo) and then mixBits(), because FNV alone leaves the high bits of
/// short texts alike. The same in every process and version.
[[nodiscard]] std::uint64_t stableHash(std::string_view text) noexcept;

} // namespace gateway::upstream
