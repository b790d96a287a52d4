#pragma once

#include "gateway/base/clock.h"
#include "gateway/upstream/service_plan.h"

namespace gateway::upstream {

/// Passive health checking: ejects a target after so many errors in a row, for longer each time, as long as
/// the bounded share of the service's targets allows. Any worker.
///
/// Ejections follow in a row when a target is ejected again before it was in use for as long as its last
/// ejection lasted. A target that stays good for so long starts from one.
class OutlierDetector {
public:
    static constexpr std::uint32_t ejectionFactorMax = 10;

    /// After each try, with the outcome at `target`. Outcomes that come in while it is ejected do not count.
    static void note(const ServicePlan& service, const TargetPlan& target, bool error,
                     Monotonic now) noexcept;
    /// How many of so many targets may be ejected at a time; drained ones are not among them.
    [[nodiscard]] static std::size_t ejectedMax(std::size_t targets, std::uint32_t atMostPercent) noexcept;

private:
    static void noteSuccess(const model::Outlier& settings, TargetState& state, Monotonic now) noexcept;
    static void ejectIfAllowed(const ServicePlan& service, TargetState& state, Monotonic now) noexcept;
    [[nodiscard]] static bool wasGoodForLong(const model::Outlier& settings, const TargetState& state,
                                             Monotonic now) noexcept;
};

} // namespace gateway::upstream
