#pragma once

#include "gateway/upstream/failure.h"

#include <chrono>
#include <cstddef>
#include <string_view>
#include <sys/uio.h>

namespace gateway::upstream {

/// How a call lost its way to the target.
struct Broken {
    Failure failure;
    bool anythingReceived = false; ///< of this call's answer
    bool reused = false;           ///< the connection served another call before
    bool unprocessed = false;      ///< the target said that it did nothing about the request
};

/// A call's way to a target: an HTTP/1.1 connection of its own, or a stream of an HTTP/2 one that others
/// share. Single-threaded.
class Lane {
public:
    /// The call does not want it any more. It hears nothing after it.
    virtual void abandon() = 0;
    /// Whether write() may be called; if not yet, Call::onReady() tells when.
    [[nodiscard]] virtual bool isReady() const noexcept = 0;
    /// Takes what fits of the head as writeRequestHead writes it, which comes whole and first, and of the
    /// body. -1: the peer is gone, which the read side tells, too; 0: nothing fits.
    [[nodiscard]] virtual std::ptrdiff_t write(const iovec* pieces, std::size_t count) = 0;
    /// Call::onWritable() tells when more fits.
    virtual void waitWritable() = 0;
    /// The request ends here, unless its framing says so by itself.
    virtual void endRequest(std::string_view trailers) = 0;
    /// The request is sent: from here on silence counts. 0: it does not.
    virtual void expectResponse(std::chrono::milliseconds timeout) = 0;
    virtual void resume() = 0;
    [[nodiscard]] virtual bool isPaused() const noexcept = 0;

protected:
    ~Lane() = default;
};

} // namespace gateway::upstream
