#pragma once

#include "gateway/base/clock.h"
#include "gateway/base/result.h"
#include "gateway/metrics/collector.h"
#include "gateway/model/service.h"
#include "gateway/net/address.h"
#include "gateway/upstream/service_plan.h"
#include "gateway/upstream/service_state.h"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace gateway::runtime {

/// Tells the addresses of a host; may block.
using ResolveName =
    std::function<Result<std::vector<net::Endpoint>>(const std::string& host, std::uint16_t port)>;

/// Makes the plan by which workers ask a service. Keeps what must survive a snapshot: dense indices, the
/// states of targets and the last good addresses of names. Control thread; resolving names may block.
class ServiceCompiler {
public:
    ServiceCompiler(const Clock& clock, metrics::Catalog& catalog, upstream::StateStore& states,
                    ResolveName resolve)
        : m_clock(clock)
        , m_catalog(catalog)
        , m_states(states)
        , m_resolve(std::move(resolve)) {}

    /// Fails with a sentence that names the service and the target.
    [[nodiscard]] Result<std::unique_ptr<const upstream::ServicePlan>> compile(const model::Service& service);

private:
    [[nodiscard]] Result<std::vector<net::Endpoint>> addressesOf(const model::Target& target);

    const Clock& m_clock;
    metrics::Catalog& m_catalog;
    upstream::StateStore& m_states;
    ResolveName m_resolve;
    std::map<std::pair<std::string, std::uint16_t>, std::vector<net::Endpoint>> m_lastGood;
};

} // namespace gateway::runtime
