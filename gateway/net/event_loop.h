#pragma once

#include "gateway/base/clock.h"
#include "gateway/net/buffer.h"
#include "gateway/net/timer_wheel.h"

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>

namespace gateway::net {

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
    void stop();
    /// Runs the task on the loop's thread, between events. Any thread. Tasks posted before run() are kept.
    void post(std::function<void()> task);
    /// Runs the task soon, after the current event. The loop's own thread only.
    void defer(std::function<void()> task);

    [[nodiscard]] boost::asio::io_context& context() noexcept { return m_context; }
    [[nodiscard]] TimerWheel& timers() noexcept { return m_timers; }
    [[nodiscard]] BufferPool& buffers() noexcept { return m_buffers; }
    [[nodiscard]] const Clock& clock() const noexcept { return m_clock; }

private:
    struct Mailbox;

    void waitForMail();
    void waitForTick();

    const Clock& m_clock;
    std::function<void()> m_onTick;
    boost::asio::io_context m_context;
    BufferPool m_buffers;
    TimerWheel m_timers;
    std::unique_ptr<Mailbox> m_mailbox;
};

} // namespace gateway::net
