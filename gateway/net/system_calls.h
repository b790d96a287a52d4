#pragma once

#include <cerrno>
#include <cstddef>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

namespace gateway::net {

// The C library's own functions are points at which a thread may be cancelled, and guard themselves with two
// atomic exchanges each. Nobody cancels threads here, and two receives and two sends are most of a request.

/// Receives without waiting; goes on after a signal.
inline ssize_t receiveFrom(int descriptor, char* at, std::size_t room) noexcept {
    ssize_t got = 0;
    do {
        got = ::syscall(SYS_recvfrom, descriptor, at, room, MSG_DONTWAIT, nullptr, nullptr);
    } while (got < 0 && errno == EINTR);
    return got;
}

/// Sends without waiting; goes on after a signal.
inline ssize_t sendTo(int descriptor, const void* data, std::size_t bytes) noexcept {
    ssize_t sent = 0;
    do {
        sent = ::syscall(SYS_sendto, descriptor, data, bytes, MSG_NOSIGNAL | MSG_DONTWAIT, nullptr, 0);
    } while (sent < 0 && errno == EINTR);
    return sent;
}

inline bool isWait(int error) noexcept {
    return error == EAGAIN || error == EWOULDBLOCK;
}

} // namespace gateway::net
