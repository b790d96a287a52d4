#include "gateway/net/event_loop.h"

#include <algorithm>
#include <cstdlib>
#include <mutex>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>
#include <utility>

namespace gateway::net {

/// Tasks from other threads, and the descriptor that wakes the loop for them.
struct EventLoop::Mailbox final : EventSource {
    Mailbox() = default;
    Mailbox(const Mailbox&) = delete;
    Mailbox& operator=(const Mailbox&) = delete;
    ~Mailbox() { ::close(descriptor); }

    void onEvents(std::uint32_t) override {
        std::uint64_t counter = 0;
        [[maybe_unused]] const auto got = ::read(descriptor, &counter, sizeof counter);
        std::vector<std::function<void()>> taken;
        {
            const std::lock_guard lock(mutex);
            taken.swap(tasks);
        }
        for (const auto& task : taken) {
            task();
        }
    }

    int descriptor = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    std::mutex mutex;
    std::vector<std::function<void()>> tasks;
};

/// A timer descriptor costs a system call a tick; a deadline for each wait would cost reading the clock
/// before every one.
struct EventLoop::Ticker final : EventSource {
    explicit Ticker(EventLoop& theLoop)
        : loop(theLoop) {
        const auto nanoseconds = static_cast<long>(TimerWheel::tick.count());
        const itimerspec every{{0, nanoseconds}, {0, nanoseconds}};
        ::timerfd_settime(descriptor, 0, &every, nullptr);
    }
    Ticker(const Ticker&) = delete;
    Ticker& operator=(const Ticker&) = delete;
    ~Ticker() { ::close(descriptor); }

    void onEvents(std::uint32_t) override {
        std::uint64_t expirations = 0;
        [[maybe_unused]] const auto got = ::read(descriptor, &expirations, sizeof expirations);
        loop.m_timers.advance(loop.m_clock.now());
        loop.m_onTick();
    }

    EventLoop& loop;
    int descriptor = ::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
};

EventLoop::EventLoop(const Clock& clock, std::function<void()> onTick)
    : m_clock(clock)
    , m_onTick(std::move(onTick))
    , m_epoll(::epoll_create1(EPOLL_CLOEXEC))
    , m_timers(clock.now())
    , m_events(std::make_unique<epoll_event[]>(eventsAtOnce))
    , m_mailbox(std::make_unique<Mailbox>())
    , m_ticker(std::make_unique<Ticker>(*this)) {
    // Without its own descriptors a loop would take work and never do any, and nobody would notice.
    if (!watch(m_mailbox->descriptor, *m_mailbox, EPOLLIN) ||
        !watch(m_ticker->descriptor, *m_ticker, EPOLLIN)) {
        std::abort();
    }
}

EventLoop::~EventLoop() {
    ::close(m_epoll);
}

void EventLoop::run() {
    while (!m_stopped) {
        dispatch(m_queued.empty() ? -1 : 0);
        runDeferred();
        runQueued();
    }
}

void EventLoop::dispatch(int timeoutMs) {
    const int count = ::epoll_wait(m_epoll, m_events.get(), eventsAtOnce, timeoutMs);
    m_eventCount = static_cast<std::size_t>(std::max(count, 0));
    for (std::size_t i = 0; i < m_eventCount; ++i) {
        if (auto* source = static_cast<EventSource*>(m_events[i].data.ptr)) {
            source->onEvents(m_events[i].events);
        }
    }
    m_eventCount = 0;
}

void EventLoop::runDeferred() {
    // A task may defer another; those run in the same round, because what they take down must be gone before
    // the loop waits.
    while (!m_deferred.empty()) {
        m_running.swap(m_deferred);
        for (const auto& task : m_running) {
            task();
        }
        m_running.clear();
    }
}

void EventLoop::runQueued() {
    if (m_queued.empty()) {
        return;
    }
    // One turn each: who queues again waits until the others' events were looked at.
    m_turn.swap(m_queued);
    for (std::size_t i = 0; i < m_turn.size(); ++i) {
        if (EventSource* source = m_turn[i]) {
            source->onEvents(0);
        }
    }
    m_turn.clear();
    runDeferred();
}

void EventLoop::post(std::function<void()> task) {
    {
        const std::lock_guard lock(m_mailbox->mutex);
        m_mailbox->tasks.push_back(std::move(task));
    }
    const std::uint64_t one = 1;
    // The counter cannot overflow between two reads; a failed write means that a wake-up is pending already.
    [[maybe_unused]] const auto written = ::write(m_mailbox->descriptor, &one, sizeof one);
}

bool EventLoop::watch(int descriptor, EventSource& source, std::uint32_t events) noexcept {
    epoll_event event{};
    event.events = events;
    event.data.ptr = &source;
    return ::epoll_ctl(m_epoll, EPOLL_CTL_ADD, descriptor, &event) == 0;
}

void EventLoop::unwatch(int descriptor) noexcept {
    ::epoll_ctl(m_epoll, EPOLL_CTL_DEL, descriptor, nullptr);
}

void EventLoop::forget(EventSource& source) noexcept {
    for (std::size_t i = 0; i < m_eventCount; ++i) {
        if (m_events[i].data.ptr == &source) {
            m_events[i].data.ptr = nullptr;
        }
    }
    std::replace(m_queued.begin(), m_queued.end(), &source, static_cast<EventSource*>(nullptr));
    std::replace(m_turn.begin(), m_turn.end(), &source, static_cast<EventSource*>(nullptr));
}

} // namespace gateway::net
