#pragma once

#include "gateway/model/config.h"
#include "gateway/model/problem.h"

namespace gateway::model {

/// Everything that is wrong with a Config, in the order of the Config; empty: it can run (ports and DNS
/// aside).
[[nodiscard]] Problems validate(const Config& config);

/// The same for one entity in its surroundings, for a check while typing. `config` need not hold the entity
/// yet; one with the same id is taken as its former self.
[[nodiscard]] Problems validateEntity(const Config& config, const Put& put);

} // namespace gateway::model
