#pragma once

#include <cstdint>

namespace gateway::upstream {

/// Why an upstream did not answer, or not to the end.
enum class FailureKind : std::uint8_t {
    ConnectFailed,  ///< refused or unreachable, at every target that was tried
    ConnectTimeout, ///< nobody answered the door
    BadCertificate, ///< the target is not who it should be, or wants to see another certificate of ours
    TlsFailed,      ///< no encrypted connection came about for another reason
    ResponseTimeout,
    DeadlineExceeded, ///< the caller's own time limit passed
    Reset,            ///< the connection broke before the answer was complete
    BadResponse,      ///< what came is not HTTP, or not safe to pass on
    Exhausted,        ///< the gateway has no file descriptor or port left
    // Nobody was asked.
    NoTarget,    ///< all targets of the service are drained
    BreakerOpen, ///< the service fails too much to be asked now
    Busy,        ///< as many requests as the service may have are in flight
    NoWebSocket, ///< the service's protocol carries none
};

struct Failure {
    FailureKind kind = FailureKind::ConnectFailed;
    const char* detail = ""; ///< a sentence; stays at least until the call starts again
};

} // namespace gateway::upstream
