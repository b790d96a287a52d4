#pragma once

#include "gateway/http/head.h"
#include "gateway/metrics/cells.h"
#include "gateway/net/event_loop.h"
#include "gateway/upstream/balancer.h"
#include "gateway/upstream/h1_connection.h"
#include "gateway/upstream/h2_pool.h"
#include "gateway/upstream/retry_budget.h"
#include "gateway/upstream/service_plan.h"

#include <memory>
#include <optional>
#include <vector>

namespace gateway::upstream {

/// One worker's connections to all targets, and what its calls share beside them. Idle connections wait last
/// in, first out, so that what a quieter time does not need grows old and is closed. Survives snapshots:
/// everything hangs on the stable index of a target or service. Single-threaded.
class Pools {
public:
    /// Idle connections a target; more are closed after use.
    static constexpr std::size_t idleMax = 512;

    Pools(net::EventLoop& loop, metrics::WorkerCells& cells, const LoadView& load);
    Pools(const Pools&) = delete;
    Pools& operator=(const Pools&) = delete;
    ~Pools();

    // Connections.

    /// An idle connection that is encrypted in this way, or null.
    [[nodiscard]] H1Connection* takeIdle(std::uint32_t targetIndex, const net::TlsClient* tls);
    [[nodiscard]] H1Connection& open(const ServicePlan& service, const TargetPlan& target,
                                     const net::Endpoint& endpoint);
    /// False: it is not wanted any more, or the pool is full.
    [[nodiscard]] bool giveBack(H1Connection& connection);
    void forget(H1Connection& connection); ///< it is not idle any more
    void remove(H1Connection& connection); ///< destroys it
    void closeIdle();
    void closeIdle(std::uint32_t targetIndex); ///< of one target; calls that are under way are finished
    /// Those that many calls share.
    [[nodiscard]] H2Pool& multiplexed() noexcept { return m_multiplexed; }
    /// Connections to other targets than these (by index) are closed once they are idle: those targets are
    /// drained or have left the configuration.
    void keepOnly(const std::vector<bool>& wanted);

    // Addresses.

    /// What a target's name stands for now, instead of TargetPlan::endpoints. Idle connections to addresses
    /// that are gone are closed; busy ones once they are idle.
    void setEndpoints(std::uint32_t targetIndex, std::vector<net::Endpoint> endpoints);
    [[nodiscard]] const std::vector<net::Endpoint>&
    endpointsOf(std::uint32_t targetIndex, const std::vector<net::Endpoint>& planned) const noexcept;
    /// Counts up, so that the addresses of a target are asked in turn.
    [[nodiscard]] std::uint32_t nextEndpoint(std::uint32_t targetIndex);

    // For calls.

    [[nodiscard]] net::EventLoop& loop() noexcept { return m_loop; }
    [[nodiscard]] Balancer& balancer() noexcept { return m_balancer; }
    [[nodiscard]] Random& random() noexcept { return m_random; }
    [[nodiscard]] RetryBudget& budgetOf(std::uint32_t serviceIndex);
    [[nodiscard]] metrics::TargetCells& cellsOf(std::uint32_t targetIndex) {
        return m_cells.targets.at(targetIndex);
    }
    [[nodiscard]] metrics::ServiceEventCells& eventsOf(std::uint32_t serviceIndex) {
        return m_cells.serviceEvents.at(serviceIndex);
    }
    /// A head that is reused from answer to answer.
    [[nodiscard]] http::ResponseHead& responseHead() noexcept { return m_responseHead; }

private:
    struct Target {
        std::vector<H1Connection*> idle;
        std::optional<std::vector<net::Endpoint>> endpoints; ///< none: the plan's
        std::uint32_t generation = 0;                        ///< of the endpoints
        std::uint32_t turn = 0;
        bool wanted = true;
    };

    [[nodiscard]] Target& at(std::uint32_t targetIndex);
    static void closeAll(std::vector<H1Connection*>& idle);
    [[nodiscard]] static bool isCurrent(const Target& target, H1Connection& connection);

    net::EventLoop& m_loop;
    metrics::WorkerCells& m_cells;
    Balancer m_balancer;
    Random m_random;
    http::ResponseHead m_responseHead;
    std::vector<std::unique_ptr<H1Connection>> m_all;
    H2Pool m_multiplexed;
    std::vector<Target> m_targets;      ///< by target index
    std::vector<RetryBudget> m_budgets; ///< by service index
};

} // namespace gateway::upstream
