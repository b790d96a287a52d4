#pragma once

#include "gateway/model/ids.h"

#include <string>

namespace gateway::model {

/// One reusable rule; today: "callers authenticate with an API key".
struct Policy {
    PolicyId id;
    std::string name;
    bool authenticateApiKey = false; ///< `authenticate: { any_of: [api-key] }`

    bool operator==(const Policy&) const = default;
};

} // namespace gateway::model
