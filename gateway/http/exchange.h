#pragma once

#include "gateway/http/head.h"

#include <string_view>

namespace gateway::http {

class Downstream;

/// Serves one request. The connection calls it as the request's body comes in; it answers through its
/// Downstream. Everything happens on the connection's thread.
class Exchange {
public:
    virtual ~Exchange() = default;

    /// A piece of the request's body; it is taken whole in any case. False: pause until
    /// Downstream::resumeBody().
    [[nodiscard]] virtual bool onBody(std::string_view piece) = 0;
    virtual void onBodyEnd(std::string_view trailers) = 0;
    /// The body cannot be read to its end: malformed, too large, too slow. Answer with it, if that is still
    /// possible.
    virtual void onBodyFailed(const Refusal& refusal) = 0;
    /// What one read brought is handed over: time to send on what was collected.
    virtual void onBatchEnd() = 0;
    /// The client took what was buffered: go on after Downstream::send() said false.
    virtual void onWritable() = 0;
    /// The client has left. The last call; the downstream must not be used any more.
    virtual void onClientGone() = 0;
};

/// Where the requests of clients go. One a worker.
class RequestHandler {
public:
    virtual ~RequestHandler() = default;

    /// A complete head; `head` is valid until the return. Attach an Exchange, or answer at once.
    virtual void onRequest(Downstream& downstream, RequestHead& head) = 0;
    /// Bytes that cannot become a request. The handler answers; the connection closes where nobody knows what
    /// would follow.
    virtual void onRefused(Downstream& downstream, const RequestHead& head, const Refusal& refusal) = 0;
};

} // namespace gateway::http
