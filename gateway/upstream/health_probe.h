#pragma once

#include "gateway/base/random.h"
#include "gateway/http/parser.h"
#include "gateway/model/service.h"
#include "gateway/net/event_loop.h"
#include "gateway/net/stream.h"
#include "gateway/upstream/health_board.h"
#include "gateway/upstream/pools.h"
#include "gateway/upstream/service_plan.h"

#include <string>
#include <vector>

namespace gateway::upstream {

/// What probes share.
struct ProbeParts {
    net::EventLoop& loop;
    const Pools& pools; ///< knows what names stand for now
    HealthBoard& board;
    Random& random;
};

/// Checks one target's health again and again, on a fresh connection each time, so that a target that takes
/// no connections is found out, too. Single-threaded.
class HealthProbe final : private net::StreamHandler {
public:
    /// The first check comes within an interval, at random, so that not all targets are asked at once.
    HealthProbe(const ProbeParts& parts, const TargetPlan& target, const model::HealthCheck& settings);
    HealthProbe(const HealthProbe&) = delete;
    HealthProbe& operator=(const HealthProbe&) = delete;
    ~HealthProbe() override;

    /// Takes over what changed; what was counted stays, and so does the schedule unless the interval is
    /// another one.
    void update(const TargetPlan& target, const model::HealthCheck& settings);
    /// Nobody checks any more: the target counts as healthy.
    void forget();

private:
    void onConnected(net::StreamEnd end) override;
    void onRead(std::size_t bytes, net::StreamEnd end) override;

    void scheduleFirst();
    void begin();
    void onDue();
    void onTimeout();
    void readHead();
    void answered(int status);
    void good();
    void bad(const std::string& what);
    void finish();

    ProbeParts m_parts;
    model::HealthCheck m_settings;
    std::string m_address;
    std::vector<net::Endpoint> m_endpoints; ///< as planned
    TargetState* m_state;
    std::uint32_t m_targetIndex;
    std::uint32_t m_turn = 0;
    std::uint32_t m_goodInARow = 0;
    std::uint32_t m_badInARow = 0;
    net::Timer m_due;
    net::Timer m_timeout;
    net::StreamPointer m_stream; ///< null between checks
    net::Buffer m_in;
    http::HeadScanner m_scanner;
    http::ResponseHead m_head;
};

} // namespace gateway::upstream
