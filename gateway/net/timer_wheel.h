#pragma once

#include "gateway/base/clock.h"

#include <array>
#include <cstdint>

namespace gateway::net {

class TimerWheel;

/// A coarse timer that its owner embeds. Setting and clearing it is a store: the wheel finds out when the
/// slot comes round. Single-threaded; must be destroyed on the wheel's thread, before the wheel.
class Timer {
public:
    /// `expired` is called with `owner` from TimerWheel::advance.
    using Expired = void (*)(void* owner);

    Timer(TimerWheel& wheel, void* owner, Expired expired) noexcept
        : m_wheel(&wheel)
        , m_owner(owner)
        , m_expired(expired) {}
    Timer(const Timer&) = delete;
    Timer& operator=(const Timer&) = delete;
    ~Timer() { unlink(); }

    /// Expires once, at the first tick at or after now + `delay`.
    void set(std::chrono::nanoseconds delay) noexcept;
    void clear() noexcept { m_deadlineTick = never; }
    [[nodiscard]] bool isSet() const noexcept { return m_deadlineTick != never; }

private:
    friend class TimerWheel;
    static constexpr std::uint64_t never = ~std::uint64_t{0};

    void unlink() noexcept;

    TimerWheel* m_wheel;
    void* m_owner;
    Expired m_expired;
    Timer* m_next = nullptr;
    Timer** m_previousNext = nullptr; ///< what points here; null: not linked
    std::uint64_t m_deadlineTick = never;
    std::uint64_t m_linkedTick = 0; ///< the tick at which the wheel looks at it
};

/// Hashed timing wheel. Resolution is one tick; a timer may fire up to a tick late, never early.
class TimerWheel {
public:
    static constexpr std::chrono::nanoseconds tick = std::chrono::milliseconds(50);

    explicit TimerWheel(Monotonic now) noexcept
        : m_start(now) {}
    TimerWheel(const TimerWheel&) = delete;
    TimerWheel& operator=(const TimerWheel&) = delete;

    /// Expires what is due. Called about once a tick.
    void advance(Monotonic now);

private:
    friend class Timer;
    static constexpr std::size_t slotCount = 1024;

    void link(Timer& timer, std::uint64_t tick) noexcept;

    Monotonic m_start;
    std::uint64_t m_current = 0; ///< ticks that were handled
    std::array<Timer*, slotCount> m_slots{};
};

} // namespace gateway::net
