#pragma once

#include "gateway/http/head_copy.h"
#include "gateway/net/timer_wheel.h"

#include <cstddef>
#include <cstdint>
#include <string>

namespace gateway::pipeline {

class Flow;

/// What a request needs beside its Flow while a stage waits for something. Lent by the FlowHandler, because
/// most requests wait for nothing. Single-threaded.
struct PendingRequest {
    explicit PendingRequest(net::TimerWheel& timers)
        : timer(timers, this, &PendingRequest::onTimer) {}

    Flow* flow = nullptr;
    std::uint32_t position = 0; ///< among the handler's
    std::uint64_t ticket = 0;   ///< by which an answer finds it; another one with each wait
    std::size_t stage = 0;      ///< where it goes on
    net::Timer timer;
    http::HeadCopy head;
    std::string body;      ///< that came meanwhile; bounded by what one read, or an HTTP/2 window, brings
    std::string trailers;  ///< of the body that ended
    bool isPaused = false; ///< the client was told to wait with its body
    bool hasEnded = false; ///< the body is whole

private:
    static void onTimer(void* self);
};

} // namespace gateway::pipeline
