#include "gateway/upstream/health_checker.h"

#include <random>
#include <utility>

namespace gateway::upstream {

HealthChecker::HealthChecker(net::EventLoop& loop, const Pools& pools, HealthBoard& board)
    : m_loop(loop)
    , m_random(std::random_device{}())
    , m_parts{loop, pools, board, m_random} {}

void HealthChecker::update(const std::vector<const ServicePlan*>& services) {
    auto former = std::exchange(m_probes, {});
    for (const ServicePlan* service : services) {
        for (const TargetPlan& target : service->targets) {
            if (!service->settings.health) {
                // Also when checks of an earlier run of the engine found it down.
                target.state->setHealthy(true, m_loop.clock().now());
                continue;
            }
            auto known = former.extract(target.index);
            if (known.empty()) {
                m_probes.emplace(target.index,
                                 std::make_unique<HealthProbe>(m_parts, target, *service->settings.health));
            } else {
                known.mapped()->update(target, *service->settings.health);
                m_probes.insert(std::move(known));
            }
        }
    }
    for (const auto& [index, probe] : former) {
        probe->forget();
    }
}

} // namespace gateway::upstream
