#pragma once

#include "gateway/model/service.h"
#include "gateway/net/address.h"
#include "gateway/net/tls.h"
#include "gateway/upstream/service_state.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace gateway::upstream {

/// A target with its addresses resolved.
struct TargetPlan {
    std::string address;    ///< as configured, host:port or unix:/path
    std::string serverName; ///< whom its certificate must name, where it is asked by TLS
    std::vector<net::Endpoint> endpoints;
    std::uint32_t index = 0;    ///< dense and stable: pools and counters hang on it
    std::uint16_t position = 0; ///< in ServicePlan::targets
    std::uint32_t weight = 1;
    bool drain = false;
    std::uint64_t hash = 0;       ///< of the address, for consistent hashing
    TargetState* state = nullptr; ///< lives as long as the engine; never null
};

/// A compiled Service. Immutable, part of a snapshot.
struct ServicePlan {
    model::ServiceId id;
    std::string name;
    std::uint32_t index = 0; ///< dense and stable
    std::vector<TargetPlan> targets;
    std::vector<std::uint16_t>
        turns; ///< positions of targets that are not drained, in the order in which they are asked
    model::Service settings;                   ///< what the balancer, breaker, retries and time limits go by
    std::shared_ptr<const net::TlsClient> tls; ///< null: in the clear
    ServiceState* state = nullptr;             ///< lives as long as the engine; never null

    /// Whether calls share connections (HTTP/2).
    [[nodiscard]] bool isMultiplexed() const noexcept { return settings.protocol != model::Protocol::Http1; }
};

/// The order that gives each target its weight of turns, evenly spread (smooth weighted round robin).
[[nodiscard]] std::vector<std::uint16_t> turnsByWeight(const std::vector<std::uint32_t>& weights);

} // namespace gateway::upstream
