#pragma once

#include "gateway/base/clock.h"
#include "gateway/http/websocket_frames.h"
#include "gateway/net/timer_wheel.h"
#include "gateway/translate/grpc_web.h"

#include <cstdint>
#include <string>

namespace gateway::pipeline {

class Flow;

enum class StreamKind : std::uint8_t {
    WebSocket,
    EventStream, ///< text/event-stream, and what a route says may be silent for long
    GrpcCall,
};

/// Why the gateway itself ends a stream.
enum class StreamStop : std::uint8_t {
    Unauthorized, ///< who called may not any more
    GoingAway,    ///< the gateway, the listener or the route
};

/// What a request needs beside its Flow when it may last. Lent by the FlowHandler, because most requests are
/// none. Single-threaded.
struct OpenStream {
    explicit OpenStream(net::TimerWheel& timers)
        : timer(timers, this, &OpenStream::onTimer) {}

    Flow* flow = nullptr;
    std::uint32_t position = 0; ///< among the handler's
    StreamKind kind = StreamKind::EventStream;
    bool isOpen = false;          ///< counted; of a WebSocket: the tunnel is there
    bool clientEnded = false;     ///< before the tunnel was there
    bool isEvents = false;        ///< an answer that may end anywhere
    std::uint16_t closeCode = 0;  ///< of the Close that the client gets as soon as a frame may end; 0: none
    std::uint64_t openMicros = 0; ///< from the request to when it opened
    net::Timer timer;             ///< silence and the whole time, whichever ends first
    Monotonic endsAt = Monotonic::max();
    std::string early; ///< of a WebSocket, from the client before the tunnel was there
    http::WebSocketFrames fromClient{http::WebSocketFrames::From::Client};
    http::WebSocketFrames fromServer{http::WebSocketFrames::From::Server};
    translate::GrpcWebCall web;

private:
    static void onTimer(void* self);
};

} // namespace gateway::pipeline
