#pragma once

#include "gateway/base/clock.h"
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
/// drowning the few). A target that was tried for this call comes again only when there is no other. One a
/// worker; single-threaded.
class Balancer {
public:
    explicit Balancer(const LoadView& load, std::uint64_t seed = std::random_device{}());

    /// Null: the service has no target that may get requests (all are drained, or all were tried). `hash` is
    /// used by Balance::ConsistentHash only.
    [[nodiscard]] const TargetPlan* pick(const ServicePlan& service, std::uint64_t hash, Monotonic now,
                                         const TriedTargets& tried);
    /// Whether condition does not count now.
    [[nodiscard]] static bool isPanicking(const ServicePlan& service, Monotonic now) noexcept;

private:
    const LoadView& m_load;
    std::mt19937_64 m_random;
    std::vector<std::uint32_t> m_turns; ///< by service index
};

/// A well-mixed hash, the same in every process and version.
[[nodiscard]] std::uint64_t stableHash(std::string_view text) noexcept;

} // namespace gateway::upstream
