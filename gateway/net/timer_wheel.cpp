#include "gateway/net/timer_wheel.h"

#include <algorithm>
#include <utility>

namespace gateway::net {

void Timer::set(std::chrono::nanoseconds delay) noexcept {
    const auto ticks =
        (std::max(delay, std::chrono::nanoseconds{0}) + TimerWheel::tick - std::chrono::nanoseconds{1}) /
        TimerWheel::tick;
    // One more tick than the delay is long: the current tick has already begun.
    m_deadlineTick = m_wheel->m_current + static_cast<std::uint64_t>(ticks) + 1;
    // A linked timer whose slot comes no later is moved on when the wheel gets there; most timers are set
    // again and again without ever being touched in the list.
    if (m_previousNext != nullptr && m_linkedTick <= m_deadlineTick) {
        return;
    }
    unlink();
    m_wheel->link(*this, m_deadlineTick);
}

void Timer::unlink() noexcept {
    if (m_previousNext == nullptr) {
        return;
    }
    *m_previousNext = m_next;
    if (m_next != nullptr) {
        m_next->m_previousNext = m_previousNext;
    }
    m_previousNext = nullptr;
    m_next = nullptr;
}

void TimerWheel::link(Timer& timer, std::uint64_t atTick) noexcept {
    Timer*& head = m_slots[atTick % slotCount];
    timer.m_linkedTick = atTick;
    timer.m_next = head;
    timer.m_previousNext = &head;
    if (head != nullptr) {
        head->m_previousNext = &timer.m_next;
    }
    head = &timer;
}

void TimerWheel::advance(Monotonic now) {
    const auto target = static_cast<std::uint64_t>((now - m_start) / tick);
    // After a long sleep of the machine one round over the slots sees every timer; more rounds would see
    // none.
    if (target > m_current + slotCount) {
        m_current = target - slotCount;
    }
    while (m_current < target) {
        ++m_current;
        // Handlers may set, clear and destroy timers; taking the list over first keeps the walk safe.
        Timer* waiting = std::exchange(m_slots[m_current % slotCount], nullptr);
        if (waiting != nullptr) {
            waiting->m_previousNext = &waiting;
        }
        while (waiting != nullptr) {
            Timer& timer = *waiting;
            timer.unlink();
            if (timer.m_deadlineTick == Timer::never) {
                continue;
            }
            if (timer.m_deadlineTick > m_current) {
                link(timer, timer.m_deadlineTick);
                continue;
            }
            timer.m_deadlineTick = Timer::never;
            timer.m_expired(timer.m_owner);
        }
    }
}

} // namespace gateway::net
