#pragma once

#include "gateway/model/config.h"
#include "gateway/model/problem.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>

namespace gateway::model {

class ChangedNames;
class Surroundings;

/// Validates one config after another. What did not change since the last one without problems, and leans on
/// nothing that did, is not looked at again: one edit among 100,000 routes costs what one among 50 does. For
/// one thread.
class Validator {
public:
    /// The problems that validate() finds, in the same order.
    [[nodiscard]] Problems validate(const Config& config);

    /// How many entities the last call took apart.
    [[nodiscard]] std::size_t checked() const noexcept { return m_checked; }

private:
    struct RouteChange;
    struct ConsumerChange;

    void checkConsumers(const Surroundings& around, const ChangedNames& names, ConsumerChange& change,
                        Problems& problems);
    void checkIdentities(const ConsumerChange& change, Problems& problems);
    void checkRoutes(const Surroundings& around, const ChangedNames& names, RouteChange& change,
                     Problems& problems);
    void checkOverlaps(const RouteChange& change, Problems& problems);
    void remember(const ConsumerChange& change);
    void remember(const RouteChange& change);

    Config m_good; ///< without problems, as an empty one is
    /// Enabled routes of m_good by the places where they could overlap with others.
    std::unordered_multimap<std::uint64_t, const Route*> m_places;
    /// Consumers of m_good by what else than keys they are known by.
    std::unordered_map<std::string, const Consumer*> m_identities;
    std::size_t m_checked = 0;
};

} // namespace gateway::model
