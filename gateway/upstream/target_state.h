#pragma once

#include "gateway/base/clock.h"
#include "gateway/model/service.h"

#include <atomic>
#include <chrono>
#include <cstdint>

namespace gateway::upstream {

/// What is known of a target's condition. One for all workers, lives as long as the engine. The healthy case
/// only reads it, so that workers do not fight over its memory.
class TargetState {
public:
    /// From active checks.
    void setHealthy(bool healthy, Monotonic now) noexcept;
    [[nodiscard]] bool isHealthy() const noexcept { return m_healthy.load(std::memory_order_relaxed); }

    /// From passive checks.
    [[nodiscard]] bool isEjected(Monotonic now) const noexcept;
    [[nodiscard]] Monotonic ejectedUntil() const noexcept;
    [[nodiscard]] std::uint32_t ejections() const noexcept; ///< in a row

    [[nodiscard]] bool isAvailable(Monotonic now) const noexcept { return isHealthy() && !isEjected(now); }

    /// 0.1..1: the share of its weight that a target gets while it warms up after it came (back).
    [[nodiscard]] double warmth(Monotonic now, std::chrono::milliseconds slowStart) const noexcept;
    /// From when on the target warms up: set when it is new, healthy again or no longer ejected.
    void startWarming(Monotonic now) noexcept;

private:
    friend class OutlierDetector;

    std::atomic<bool> m_healthy{true};
    std::atomic<std::uint32_t> m_consecutiveErrors{0};
    std::atomic<std::uint32_t> m_ejections{0};
    std::atomic<std::int64_t> m_ejectedUntil{0}; ///< nanoseconds of Monotonic; 0: never was
    std::atomic<std::int64_t> m_warmSince{0};
};

} // namespace gateway::upstream
