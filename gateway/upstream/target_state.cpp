#include "gateway/upstream/target_state.h"

#include <algorithm>

namespace gateway::upstream {

namespace {

constexpr double warmthAtFirst = 0.1;

} // namespace

void TargetState::setHealthy(bool healthy, Monotonic now) noexcept {
    if (isHealthy() == healthy) {
        return;
    }
    if (healthy) {
        startWarming(now);
    }
    m_healthy.store(healthy, std::memory_order_relaxed);
}

double TargetState::warmth(Monotonic now, std::chrono::milliseconds slowStart) const noexcept {
    if (slowStart.count() <= 0) {
        return 1;
    }
    const std::int64_t at = now.time_since_epoch().count();
    std::int64_t since = m_warmSince.load(std::memory_order_relaxed);
    // Nobody is called when an ejection ends, so its end is read from the clock.
    const std::int64_t ejectedUntil = m_ejectedUntil.load(std::memory_order_relaxed);
    if (ejectedUntil <= at) {
        since = std::max(since, ejectedUntil);
    }
    const std::int64_t whole = std::chrono::nanoseconds(slowStart).count();
    if (at - since >= whole) {
        return 1;
    }
    return std::max(static_cast<double>(at - since) / static_cast<double>(whole), warmthAtFirst);
}

void TargetState::startWarming(Monotonic now) noexcept {
    m_warmSince.store(now.time_since_epoch().count(), std::memory_order_relaxed);
}

} // namespace gateway::upstream
