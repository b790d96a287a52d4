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
    /// From active checks. A target that becomes healthy begins to warm up. An ejection goes on: a good
    /// answer on the path of the checks says little of the requests that failed.
    void setHealthy(bool healthy, Monotonic now) noexcept;
    [[nodiscard]] bool isHealthy() const noexcept { return m_healthy.load(std::memory_order_relaxed); }

    /// From passive checks.
    [[nodiscard]] bool isEjected(Monotonic now) const noexcept {
        return m_ejectedUntil.load(std::memory_order_relaxed) > now.time_since_epoch().count();
    }
    /// When the last ejection ends or ended; the clock's zero: never was one.
    [[nodiscard]] Monotonic ejectedUntil() const noexcept {
        return Monotonic(std::chrono::nanoseconds(m_ejectedUntil.load(std::memory_order_relaxed)));
    }
    [[nodiscard]] std::uint32_t ejections() const noexcept { ///< in a row
        return m_ejections.load(std::memory_order_relaxed);
    }

    [[nodiscard]] bool isAvailable(Monotonic now) const noexcept { return isHealthy() && !isEjected(now); }

    /// 0.1..1: the share of its weight that a target gets while it warms up after it came (back). Grows with
    /// the time since then, and is never under a tenth, so that something reaches it at all.
    [[nodiscard]] double warmth(Monotonic now, std::chrono::milliseconds slowStart) const noexcept;
    /// From when on the target warms up: set when it is new or healthy again. The end of an ejection counts
    /// by itself.
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
