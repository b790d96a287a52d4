#pragma once

#include "gateway/auth/revocations.h"
#include "gateway/service/access_report.h"
#include "gateway/service/caller_means.h"
#include "gateway/service/ports.h"

#include <functional>
#include <string>
#include <vector>

// "What may acme call?" and "who may call orders?", answered from the configuration, the keys and the
// revocations, without a request. What requests meet and what these say come from the same EffectivePolicy.
namespace gateway::service {

/// What the answers are made from. References stay until the answer is there.
struct AccessGrounds {
    const model::Config& config;
    const auth::RevocationSet& revocations;
    const KeyRoll& keys; ///< of those who are asked about
};

/// A line a route that is enabled, by name. Nobody else's keys are needed.
[[nodiscard]] std::vector<AccessLine> accessOfConsumer(const AccessGrounds& grounds,
                                                       const model::Consumer& consumer);

/// The names of a consumer's keys, for the lines that are shown.
using NameKeys = std::function<void(model::ConsumerId consumer, CallerMeans& means)>;

/// All consumers are counted, and those that may call come first; `limit` of them get a line. Before them
/// comes a line for anonymous callers and one for each provider's tokens that are of no consumer.
[[nodiscard]] RouteAccess callersOfRoute(const AccessGrounds& grounds, const model::Route& route,
                                         std::size_t limit, const NameKeys& nameKeys = {});

/// The same with the keys of a store, by name. Input error "no-such-consumer", "no-such-route"; or the
/// store's.
[[nodiscard]] Result<std::vector<AccessLine>> accessOfStored(Stores stores, const model::Config& config,
                                                             const auth::RevocationSet& revocations,
                                                             WallTime now, const std::string& consumer);
[[nodiscard]] Result<RouteAccess> callersOfStored(Stores stores, const model::Config& config,
                                                  const auth::RevocationSet& revocations, WallTime now,
                                                  const std::string& route, std::size_t limit);

/// What holds for a route and where it comes from, on all listeners.
[[nodiscard]] std::vector<PolicySource> policySources(const model::Config& config, const model::Route& route);

/// "allowed", "conditional", "denied"
[[nodiscard]] const char* verdictName(AccessLine::Verdict verdict);

} // namespace gateway::service
