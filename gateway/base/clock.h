#pragma once

#include <atomic>
#include <chrono>

namespace gateway {

/// Nanoseconds on a clock that never goes back; only differences mean anything.
using Monotonic = std::chrono::time_point<std::chrono::steady_clock, std::chrono::nanoseconds>;
using WallTime = std::chrono::system_clock::time_point;

/// Where everything that depends on time gets it from. Thread-safe.
class Clock {
public:
    Clock() = default;
    Clock(const Clock&) = delete;
    Clock& operator=(const Clock&) = delete;
    virtual ~Clock() = default;

    [[nodiscard]] virtual Monotonic now() const = 0;
    [[nodiscard]] virtual WallTime wallTime() const = 0;
};

class SystemClock final : public Clock {
public:
    [[nodiscard]] Monotonic now() const override { return std::chrono::steady_clock::now(); }
    [[nodiscard]] WallTime wallTime() const override { return std::chrono::system_clock::now(); }
};

/// A clock for tests: it stands still until told otherwise.
class ManualClock final : public Clock {
public:
    [[nodiscard]] Monotonic now() const override {
        return Monotonic(std::chrono::nanoseconds(m_sinceStart.load()));
    }
    [[nodiscard]] WallTime wallTime() const override {
        return WallTime(std::chrono::duration_cast<WallTime::duration>(
            std::chrono::nanoseconds(m_wallStart.load() + m_sinceStart.load())));
    }
    void advance(std::chrono::nanoseconds by) { m_sinceStart += by.count(); }
    void setWallTime(WallTime time) {
        m_wallStart = std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count() -
                      m_sinceStart;
    }

private:
    std::atomic<std::int64_t> m_sinceStart{3'600'000'000'000};        // an hour, so that "a while ago" exists
    std::atomic<std::int64_t> m_wallStart{1'767'225'600'000'000'000}; // 2026-01-01T00:00:00Z
};

} // namespace gateway
