#pragma once

#include "gateway/metrics/metrics_frame.h"

#include <cstddef>
#include <string_view>
#include <vector>

namespace ui {

/// Half of what a target got went wrong: it is not well.
[[nodiscard]] bool isFailing(const gateway::metrics::TargetTraffic& target);
/// It is among those that new requests go to.
[[nodiscard]] bool getsRequests(const gateway::metrics::TargetTraffic& target);

/// The one with this address; null: the frame has not spoken of it.
[[nodiscard]] const gateway::metrics::TargetTraffic*
findTarget(const std::vector<gateway::metrics::TargetTraffic>& targets, std::string_view address);

/// How the targets of a service stand, counted.
struct TargetTally {
    std::size_t serving = 0; ///< that get requests
    std::size_t wanted = 0;  ///< that are not drained
    std::size_t drained = 0;
    std::size_t ejected = 0;
    std::size_t unhealthy = 0; ///< by their health checks
    std::size_t failing = 0;

    [[nodiscard]] std::size_t all() const { return wanted + drained; }
    /// Nobody is to be asked, since all were taken out.
    [[nodiscard]] bool isDrained() const { return wanted == 0 && drained > 0; }
};
[[nodiscard]] TargetTally tallyOf(const gateway::metrics::ServiceTraffic& live);

} // namespace ui
