#pragma once

#include "gateway/model/config.h"
#include "gateway/model/overlap.h"
#include "gateway/model/problem.h"
#include "gateway/model/surroundings.h"

#include <optional>

// The steps of validate(), for those that take only some of them.
namespace gateway::model {

/// What is wrong with one entity of a config: by itself, and with what it names.
void checkEntity(const Surroundings& around, const Certificate& certificate, Problems& problems);
void checkEntity(const Surroundings& around, const Listener& listener, Problems& problems);
void checkEntity(const Surroundings& around, const Tier& tier, Problems& problems);
void checkEntity(const Surroundings& around, const Consumer& consumer, Problems& problems);
void checkEntity(const Surroundings& around, const IdentityProvider& provider, Problems& problems);
void checkEntity(const Surroundings& around, const Service& service, Problems& problems);
void checkEntity(const Surroundings& around, const Policy& policy, Problems& problems);
void checkEntity(const Surroundings& around, const Route& route, Problems& problems);

/// Listeners that cannot be open at the same time.
void checkAddressesDiffer(const Config& config, Problems& problems);

/// Consumers of which the same credential would be. In the order of their names: the first one has it.
void checkIdentitiesDiffer(const Config& config, Problems& problems);

/// Takes the route's path apart; nothing for a disabled route and for a path that is no pattern.
[[nodiscard]] std::optional<RankedRoute> rankRoute(const Route& route);

} // namespace gateway::model
