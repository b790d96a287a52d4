#pragma once

#include "gateway/model/path_pattern.h"
#include "gateway/model/reporter.h"
#include "gateway/model/surroundings.h"

// Who may call, and what services learn about callers.
namespace gateway::model {

void checkListenerAccess(const Surroundings& around, const Listener& listener, Reporter& report);
void checkConsumerAccess(const Surroundings& around, const Consumer& consumer, Reporter& report);
void checkServicePolicies(const Surroundings& around, const Service& service, Reporter& report);
void checkPolicyAccess(const Surroundings& around, const Policy& policy, Reporter& report);
/// `pattern` null: the route's path is not good.
void checkRouteAccess(const Surroundings& around, const Route& route, const PathPattern* pattern,
                      Reporter& report);

/// The same for two identities if and only if the same credential would be of both.
[[nodiscard]] std::string identityKey(const ConsumerIdentity& identity);

/// Adds that an identity of the consumer is known to be another one's.
void addSameIdentity(const Consumer& consumer, std::size_t index, const Consumer& owner, Problems& problems);

} // namespace gateway::model
