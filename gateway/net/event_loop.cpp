#include "gateway/net/event_loop.h"

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdlib>
#include <mutex>
#include <sys/eventfd.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace gateway::net {

// The reactor runs without locks of its own (it has one thread), so other threads may not touch it: they
// leave tasks here and wake it through an event descriptor.
struct EventLoop::Mailbox {
    explicit Mailbox(boost::asio::io_context& context)
        : descriptor(context, ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC))
        , ticker(context) {}

    boost::asio::posix::stream_descriptor descriptor;
    boost::asio::steady_timer ticker;
    std::uint64_t counter = 0;
    std::mutex mutex;
    std::vector<std::function<void()>> tasks;
};

EventLoop::EventLoop(const Clock& clock, std::function<void()> onTick)
    : m_clock(clock)
    , m_onTick(std::move(onTick))
    , m_context(BOOST_ASIO_CONCURRENCY_HINT_UNSAFE)
    , m_timers(clock.now())
    , m_mailbox(std::make_unique<Mailbox>(m_context)) {}

EventLoop::~EventLoop() = default;

void EventLoop::run() {
    waitForMail();
    waitForTick();
    m_context.run();
}

void EventLoop::stop() {
    m_context.stop();
}

void EventLoop::post(std::function<void()> task) {
    {
        const std::lock_guard lock(m_mailbox->mutex);
        m_mailbox->tasks.push_back(std::move(task));
    }
    const std::uint64_t one = 1;
    // The counter cannot overflow between two reads; a failed write means that a wake-up is pending already.
    [[maybe_unused]] const auto written = ::write(m_mailbox->descriptor.native_handle(), &one, sizeof one);
}

void EventLoop::defer(std::function<void()> task) {
    boost::asio::post(m_context, std::move(task));
}

void EventLoop::waitForMail() {
    m_mailbox->descriptor.async_read_some(boost::asio::buffer(&m_mailbox->counter, sizeof m_mailbox->counter),
                                          [this](const boost::system::error_code& error, std::size_t) {
                                              if (error) {
                                                  return;
                                              }
                                              std::vector<std::function<void()>> tasks;
                                              {
                                                  const std::lock_guard lock(m_mailbox->mutex);
                                                  tasks.swap(m_mailbox->tasks);
                                              }
                                              waitForMail();
                                              for (const auto& task : tasks) {
                                                  task();
                                              }
                                          });
}

void EventLoop::waitForTick() {
    m_mailbox->ticker.expires_after(TimerWheel::tick);
    m_mailbox->ticker.async_wait([this](const boost::system::error_code& error) {
        if (error) {
            return;
        }
        m_timers.advance(m_clock.now());
        m_onTick();
        waitForTick();
    });
}

} // namespace gateway::net
