#pragma once

#include "gateway/http/head.h"
#include "gateway/metrics/cells.h"
#include "gateway/net/event_loop.h"
#include "gateway/upstream/connection.h"
#include "gateway/upstream/service_plan.h"

#include <memory>
#include <vector>

namespace gateway::upstream {

/// One worker's connections to all targets. Idle ones wait last in, first out, so that what a quieter time
/// does not need grows old and is closed. Survives snapshots: everything hangs on the stable index of a
/// target.
class Pools {
public:
    /// Idle connections a target; more are closed after use.
    static constexpr std::size_t idleMax = 256;

    Pools(net::EventLoop& loop, metrics::WorkerCells& cells);
    Pools(const Pools&) = delete;
    Pools& operator=(const Pools&) = delete;
    ~Pools();

    /// The next turn of a service.
    [[nodiscard]] std::uint32_t nextTurn(const ServicePlan& service);
    /// An idle connection, or null.
    [[nodiscard]] Connection* takeIdle(std::uint32_t targetIndex);
    [[nodiscard]] Connection& open(std::uint32_t targetIndex);
    /// False: the pool is full.
    [[nodiscard]] bool giveBack(Connection& connection);
    void forget(Connection& connection); ///< it is not idle any more
    void remove(Connection& connection); ///< destroys it
    void closeIdle();

    [[nodiscard]] metrics::TargetCells& cellsOf(std::uint32_t targetIndex) {
        return m_cells.targets.at(targetIndex);
    }
    /// A head that is reused from answer to answer.
    [[nodiscard]] http::ResponseHead& responseHead() noexcept { return m_responseHead; }

private:
    net::EventLoop& m_loop;
    metrics::WorkerCells& m_cells;
    http::ResponseHead m_responseHead;
    std::vector<std::unique_ptr<Connection>> m_all;
    std::vector<std::vector<Connection*>> m_idle; ///< by target index
    std::vector<std::uint32_t> m_turns;           ///< by service index
};

} // namespace gateway::upstream
