#pragma once

#include "gateway/model/config.h"
#include "gateway/model/effective_policy.h"

#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace gateway::model {

/// A config, and what of it reaches entities that do not name it. Keeps a reference to the config; for one
/// thread.
class Surroundings {
public:
    explicit Surroundings(const Config& config);

    const Config& config;
    const PolicyPlaces places;
    bool asksForClientCertificates = false; ///< some listener does
    std::set<std::string> keyHeaders;       ///< in lower case: fields in which some listener looks for keys

    /// Names of path parameters that a policy asks for; a rule that cannot be read asks for none.
    [[nodiscard]] const std::vector<std::string>& pathParametersOf(const Policy& policy) const;

private:
    // Many routes ask for the same few policies.
    mutable std::unordered_map<const Policy*, std::vector<std::string>> m_pathParameters;
};

/// Names of path parameters in what a policy asks for and passes on.
[[nodiscard]] std::vector<std::string> pathParametersOf(const Policy& policy);

} // namespace gateway::model
