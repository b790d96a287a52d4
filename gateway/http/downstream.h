#pragma once

#include "gateway/http/head.h"
#include "gateway/http/writer.h"
#include "gateway/model/listener.h"
#include "gateway/net/tls.h"

#include <memory>
#include <string>
#include <string_view>

namespace gateway::http {

class Exchange;

/// Who is at the other end of a client's connection.
struct Client {
    std::string address; ///< without a port; what a PROXY header said, where the listener takes one
    std::unique_ptr<const net::TlsInfo> tls; ///< null: the connection is not encrypted
    /// The proxy whose header named `address`; empty: nobody did, the client is connected itself.
    std::string proxyAddress = {};
};

enum class Protocol : std::uint8_t { Http1, Http2 };

/// One request's client and the way back to it: an HTTP/1.1 session, or a stream of an HTTP/2 one. Whoever
/// answers never asks which. Single-threaded. Nothing here calls the exchange from within.
class Downstream {
public:
    virtual void attach(Exchange& exchange) noexcept = 0;
    [[nodiscard]] virtual const Client& client() const noexcept = 0;
    [[nodiscard]] virtual Protocol protocol() const noexcept = 0;
    [[nodiscard]] virtual const model::Listener& listener() const = 0;
    /// Go on after Exchange::onBody() said false.
    virtual void resumeBody() = 0;

    /// The request's body is a stream of messages that come when they come: neither silence nor its length
    /// counts.
    virtual void becomeStream() noexcept = 0;

    /// A 1xx answer on its way through; sent at once.
    virtual void inform(const ResponseHead& head) = 0;
    /// The head of the answer. What the connection decides in `by` (framing, keepAlive, clientMinorVersion)
    /// is filled in. Goes out with the next send(), finish() or flush().
    virtual void respond(const ResponseHead& head, RespondedBy by) = 0;
    /// A whole answer of the gateway's own; finish() must follow.
    virtual void respond(ProblemReply problem) = 0;
    /// False: the client takes no more now; wait for Exchange::onWritable(). The piece is taken in any case.
    [[nodiscard]] virtual bool send(std::string_view piece) = 0;
    virtual void flush() = 0;
    /// The answer is complete; the exchange is detached. `trailers` are whole lines.
    virtual void finish(std::string_view trailers) = 0;
    /// The answer cannot be completed: break off so that the client notices. Detaches the exchange.
    virtual void abort() = 0;

protected:
    ~Downstream() = default;
};

} // namespace gateway::http
