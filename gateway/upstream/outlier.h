#pragma once

#include "gateway/base/clock.h"
#include "gateway/upstream/service_plan.h"

namespace gateway::upstream {

/// Passive health checking: ejects a target after so many errors in a row, for longer each time, as long as
/// the bounded share of the service's targets allows. Any worker.
class OutlierDetector {
public:
    /// After each try, with the outcome at `target`.
    static void note(const ServicePlan& service, const TargetPlan& target, bool error,
                     Monotonic now) noexcept;
    /// How many of so many targets may be ejected at a time.
    [[nodiscard]] static std::size_t ejectedMax(std::size_t targets, std::uint32_t atMostPercent) noexcept;
};

} // namespace gateway::upstream
