#pragma once

#include "gateway/base/random.h"
#include "gateway/model/service.h"
#include "gateway/net/event_loop.h"
#include "gateway/upstream/call.h"
#include "gateway/upstream/health_board.h"
#include "gateway/upstream/pools.h"
#include "gateway/upstream/service_plan.h"

#include <string>
#include <string_view>
#include <vector>

namespace gateway::upstream {

/// What probes share.
struct ProbeParts {
    net::EventLoop& loop;
    const Pools& pools; ///< knows what names stand for now
    Pools& ownPools;    ///< of the checks: what they do is no traffic
    HealthBoard& board;
    Random& random;
};

/// Checks one target's health again and again, by the protocol and TLS of its service, on a fresh connection
/// each time, so that a target that takes no connections is found out, too. Single-threaded.
class HealthProbe final : private CallListener {
public:
    /// The first check comes within an interval, at random, so that not all targets are asked at once.
    HealthProbe(const ProbeParts& parts, const ServicePlan& service, const TargetPlan& target);
    HealthProbe(const HealthProbe&) = delete;
    HealthProbe& operator=(const HealthProbe&) = delete;
    ~HealthProbe() override;

    /// Takes over what changed; what was counted stays, and so does the schedule unless the interval is
    /// another one.
    void update(const ServicePlan& service, const TargetPlan& target);
    /// Nobody checks any more: the target counts as healthy.
    void forget();

private:
    void onInformational(const http::ResponseHead&) override {}
    void onResponseHead(const http::ResponseHead& head) override;
    bool onResponseBody(std::string_view piece) override;
    void onResponseBatchEnd() override {}
    void onResponseEnd(std::string_view trailers) override;
    void onCallFailed(const Failure& failure, bool started) override;
    void onRequestWritable() override {}

    void plan(const ServicePlan& service, const TargetPlan& target);
    void scheduleFirst();
    void begin();
    void onDue();
    void answered(int status);
    void good();
    void bad(const std::string& what);
    void finish();

    ProbeParts m_parts;
    model::HealthCheck m_settings;
    std::vector<net::Endpoint> m_endpoints; ///< as planned
    TargetState* m_state;
    std::uint32_t m_targetIndex;
    std::uint32_t m_turn = 0;
    std::uint32_t m_goodInARow = 0;
    std::uint32_t m_badInARow = 0;
    ServiceState m_ownServiceState;
    TargetState m_ownTargetState;
    ServicePlan m_plan; ///< the target alone, and nothing but the check's own time limit
    net::Timer m_due;
    Call m_call;
    std::string m_grpcStatus;
    std::string m_grpcAnswer;
    int m_status = 0;
    bool m_asking = false;
};

} // namespace gateway::upstream
