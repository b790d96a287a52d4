#pragma once

#include "gateway/base/clock.h"
#include "gateway/net/buffer.h"
#include "gateway/net/timer_wheel.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

struct epoll_event;

namespace gateway::net {

/// Something with a descriptor that a loop watches.
class EventSource {
public:
    /// `events` as of epoll.
    virtual void onEvents(std::uint32_t events) = 0;

protected:
    ~EventSource() = default;
};

/// One worker's reactor, timers and buffers. run() and everything else belong to one thread; only post() may
/// be called from others.
class EventLoop {
public:
    /// `onTick` is called about once a TimerWheel::tick, after the timers.
    EventLoop(const Clock& clock, std::function<void()> onTick);
    ~EventLoop();
    EventLoop(const EventLoop&) = delete;
    EventLoop& operator=(const EventLoop&) = delete;

    /// Runs until stop().
    void run();
    void stop() noexcept { m_stopped = true; }
    /// Runs the task on the loop's thread, between events. Any thread. Tasks posted before run() are kept.
    void post(std::function<void()> task);
    /// Runs the task soon, after the current event. The loop's own thread only.
    void defer(std::function<void()> task) { m_deferred.push_back(std::move(task)); }

    /// From now on `source` hears of the descriptor's events; false: the system has no room.
    [[nodiscard]] bool watch(int descriptor, EventSource& source, std::uint32_t events) noexcept;
    /// To be called before the descriptor is closed: a child process that was forked and has not begun its
    /// own program yet keeps it open, and with it its events.
    void unwatch(int descriptor) noexcept;
    /// Nothing that is under way reaches the source any more.
    void forget(EventSource& source) noexcept;
    /// Gives the source a turn of its own without an event (`events` is 0), before the loop waits again.
    void queue(EventSource& source) { m_queued.push_back(&source); }

    [[nodiscard]] TimerWheel& timers() noexcept { return m_timers; }
    [[nodiscard]] BufferPool& buffers() noexcept { return m_buffers; }
    /// In which a stream collects what it encrypts, to send it in one piece; empty between its calls.
    [[nodiscard]] std::string& outbox() noexcept { return m_outbox; }
    [[nodiscard]] const Clock& clock() const noexcept { return m_clock; }

private:
    struct Mailbox;
    struct Ticker;

    void runDeferred();
    void runQueued();
    void dispatch(int timeoutMs);

    static constexpr std::size_t eventsAtOnce = 256;

    const Clock& m_clock;
    std::function<void()> m_onTick;
    int m_epoll;
    bool m_stopped = false;
    BufferPool m_buffers;
    TimerWheel m_timers;
    std::string m_outbox;
    std::unique_ptr<epoll_event[]> m_events;
    std::size_t m_eventCount = 0; ///< of the batch that is being handled
    std::vector<EventSource*> m_queued;
    std::vector<EventSource*> m_turn; ///< what runQueued() works on
    std::vector<std::function<void()>> m_deferred;
    std::vector<std::function<void()>> m_running; ///< what runDeferred() works on
    std::unique_ptr<Mailbox> m_mailbox;
    std::unique_ptr<Ticker> m_ticker;
};

} // namespace gateway::net
