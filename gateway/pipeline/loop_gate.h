#pragma once

#include "gateway/net/event_loop.h"

#include <functional>
#include <mutex>
#include <utility>

namespace gateway::pipeline {

/// A way to a loop for those who may outlive it: what comes too late is dropped. Any thread.
class LoopGate {
public:
    explicit LoopGate(net::EventLoop& loop)
        : m_loop(&loop) {}

    void post(std::function<void()> task) {
        const std::lock_guard lock(m_mutex);
        if (m_loop != nullptr) {
            m_loop->post(std::move(task));
        }
    }
    /// From now on nothing is posted. Before the loop goes.
    void close() {
        const std::lock_guard lock(m_mutex);
        m_loop = nullptr;
    }

private:
    std::mutex m_mutex;
    net::EventLoop* m_loop;
};

} // namespace gateway::pipeline
