#pragma once

#include "gateway/model/config.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace gateway::runtime {

/// What the policies of a listener or route say about how clients come here; where two say it, the later one.
struct EdgePolicies {
    std::uint16_t redirectPort = 0;               ///< 0: requests in the clear are served
    std::shared_ptr<const std::string> hsts = {}; ///< Strict-Transport-Security, a whole line; null: none
};

[[nodiscard]] EdgePolicies edgePoliciesOf(const model::Config& config, const std::vector<std::string>& names);

} // namespace gateway::runtime
