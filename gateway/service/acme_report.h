#pragma once

#include "gateway/base/clock.h"

#include <optional>
#include <string>

namespace gateway::service {

enum class AcmePhase {
    Planned, ///< nothing to do before its time
    Blocked, ///< it is time, but the gateway could not answer a challenge now
    Working, ///< an order is under way
    Failed,  ///< waits for the next attempt
};

/// How a certificate that comes and renews by itself stands.
struct AcmeReport {
    AcmePhase phase = AcmePhase::Planned;
    std::string message;          ///< a sentence or two
    std::optional<WallTime> next; ///< when something happens next, if that is known
    unsigned failures = 0;        ///< in a row

    bool operator==(const AcmeReport&) const = default;
};

} // namespace gateway::service
