#pragma once

#include "gateway/metrics/cells.h"
#include "gateway/upstream/balancer.h"

#include <utility>
#include <vector>

namespace gateway::upstream {

/// Sums up what all workers count. Any thread.
class CellsLoad final : public LoadView {
public:
    explicit CellsLoad(std::vector<const metrics::WorkerCells*> workers)
        : m_workers(std::move(workers)) {}

    [[nodiscard]] std::uint64_t requestsActive(std::uint32_t targetIndex) const override {
        std::uint64_t sum = 0;
        for (const metrics::WorkerCells* worker : m_workers) {
            if (const metrics::TargetCells* cells = worker->targets.peek(targetIndex)) {
                sum += cells->requestsActive.value();
            }
        }
        return sum;
    }

private:
    std::vector<const metrics::WorkerCells*> m_workers;
};

} // namespace gateway::upstream
