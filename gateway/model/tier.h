#pragma once

#include "gateway/model/ids.h"

#include <chrono>
#include <cstdint>
#include <string>

namespace gateway::model {

/// How much the consumers of a class may take: `requests` per `period`, and `burst` of them at once.
/// Each consumer of the tier has a bucket of its own.
struct Tier {
    TierId id;
    std::string name;
    std::uint64_t requests = 1;     ///< >= 1
    std::chrono::seconds period{1}; ///< 1 s, 1 min, 1 h or 1 day
    std::uint64_t burst = 1;        ///< >= 1: size of the bucket

    bool operator==(const Tier&) const = default;
};

} // namespace gateway::model
