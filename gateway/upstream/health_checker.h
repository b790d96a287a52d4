#pragma once

#include "gateway/upstream/health_probe.h"

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

namespace gateway::upstream {

/// Checks the health of all targets whose services ask for it. One an engine, on one worker's loop;
/// single-threaded.
class HealthChecker {
public:
    HealthChecker(net::EventLoop& loop, const Pools& pools, HealthBoard& board);
    HealthChecker(const HealthChecker&) = delete;
    HealthChecker& operator=(const HealthChecker&) = delete;
    ~HealthChecker();

    /// The services of a new snapshot. Targets that stay keep what was counted and their schedule; those that
    /// are not checked any more count as healthy.
    void update(const std::vector<const ServicePlan*>& services);

private:
    struct Own;

    net::EventLoop& m_loop;
    Random m_random;
    std::shared_ptr<Own> m_own;
    ProbeParts m_parts;
    std::map<std::uint32_t, std::unique_ptr<HealthProbe>> m_probes; ///< by target index
};

} // namespace gateway::upstream
