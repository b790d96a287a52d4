#include "gateway/upstream/health_checker.h"

#include <random>
#include <utility>

namespace gateway::upstream {
namespace {

class NoLoad final : public LoadView {
public:
    [[nodiscard]] std::uint64_t requestsActive(std::uint32_t) const override { return 0; }
};

} // namespace

/// What checks use instead of what requests use.
struct HealthChecker::Own {
    explicit Own(net::EventLoop& loop)
        : pools(loop, cells, load) {}

    metrics::WorkerCells cells;
    NoLoad load;
    Pools pools;
};

HealthChecker::HealthChecker(net::EventLoop& loop, const Pools& pools, HealthBoard& board)
    : m_loop(loop)
    , m_random(std::random_device{}())
    , m_own(std::make_shared<Own>(loop))
    , m_parts{loop, pools, m_own->pools, board, m_random} {}

HealthChecker::~HealthChecker() {
    m_probes.clear();
    // Connections are taken down from the loop, by what was deferred and by what that defers.
    m_loop.defer([&loop = m_loop, own = std::move(m_own)] { loop.defer([own] {}); });
}

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
                m_probes.emplace(target.index, std::make_unique<HealthProbe>(m_parts, *service, target));
            } else {
                known.mapped()->update(*service, target);
                m_probes.insert(std::move(known));
            }
        }
    }
    for (const auto& [index, probe] : former) {
        probe->forget();
    }
}

} // namespace gateway::upstream
