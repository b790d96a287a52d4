#pragma once

#include "gateway/http/exchange.h"
#include "gateway/http/head.h"
#include "gateway/http/parser.h"
#include "gateway/http/request_body.h"
#include "gateway/model/listener.h"
#include "gateway/net/event_loop.h"
#include "gateway/net/stream.h"

#include <cstdint>
#include <memory>
#include <string>

namespace gateway::http {

/// What the sessions of a worker share.
class SessionHost {
public:
    virtual ~SessionHost() = default;

    [[nodiscard]] virtual net::EventLoop& loop() = 0;
    /// The current settings of a listener; valid until the next event.
    [[nodiscard]] virtual const model::Listener& listener(model::ListenerId id) const = 0;
    [[nodiscard]] virtual RequestHandler& handler() = 0;
    [[nodiscard]] virtual bool isDraining() const = 0;
    /// A string in which a session collects what it sends within one event; empty between events.
    [[nodiscard]] virtual std::string& scratch() = 0;
    [[nodiscard]] virtual RequestBodyPool& bodies() = 0;
    /// A head that is reused from request to request.
    [[nodiscard]] virtual RequestHead& requestHead() = 0;
    /// The session is over: destroy it.
    virtual void onSessionOver(Session& session) = 0;
};

/// A client's HTTP/1.1 connection: reads one request after the other (pipelined ones wait their turn), hands
/// it to the RequestHandler and frames the answer. Single-threaded. Holds buffers and other state only while
/// it needs them, because most sessions of a busy gateway are idle.
/// session_reading.cpp and session_answering.cpp have the two directions, session.cpp the rest.
class Session final : private net::StreamHandler {
public:
    Session(SessionHost& host, net::StreamPointer stream, model::ListenerId listener,
            std::string peerAddress);
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;
    ~Session() override;

    void start();

    // For the exchange and the request handler.
    void attach(Exchange& exchange) noexcept { m_exchange = &exchange; }
    [[nodiscard]] const std::string& peerAddress() const noexcept { return m_peerAddress; }
    [[nodiscard]] model::ListenerId listenerId() const noexcept { return m_listener; }
    [[nodiscard]] const model::Listener& listener() const { return m_host.listener(m_listener); }
    void resumeBody();

    /// Whether the connection stays open after this answer. Asked once, when its head is written.
    /// `delimited`: the answer's end can be told without closing.
    [[nodiscard]] bool decideKeepAlive(bool delimited);
    /// Where to write heads; they go out with the next send(), finish() or flush().
    [[nodiscard]] std::string& out() { return m_host.scratch(); }
    /// How the pieces that follow the head are framed.
    void startBody(Framing framing) noexcept { m_responseFraming = framing; }
    /// False: the socket is full; wait for Exchange::onWritable(). The piece is taken in any case.
    [[nodiscard]] bool send(std::string_view piece);
    void flush();
    /// The answer is complete; the exchange is detached. `trailers` are whole lines, sent with chunked
    /// framing only.
    void finish(std::string_view trailers = {});
    /// The answer cannot be completed: cut the connection so that the client notices. Detaches the exchange.
    void abort();

    /// From the worker: leave as soon as no request is being served.
    void drain();
    /// From the worker at its deadline. Returns whether a request was cut.
    bool cut();

    // The host's own notes.
    std::uint32_t position = 0; ///< among its sessions
    std::uint32_t place = 0;    ///< among the connections of the peer's address

private:
    enum class Phase : std::uint8_t { Head, Serving, Closing, Dead };
    enum class Waiting : std::uint8_t { Nothing, Idle, Head, Body, Write, Linger };

    /// What the socket did not take; bounded by what one read of an upstream brings.
    struct Unsent {
        std::string bytes;
        std::size_t sent = 0;
    };

    void onRead(std::size_t bytes, net::StreamEnd end) override;
    void onWritable() override;
    static void onTimer(void* self);

    void process();
    [[nodiscard]] bool processHead();
    void refuse(const RequestHead& head, const Refusal& refusal);
    void serve(std::size_t headBytes, RequestHead& head);
    void pumpBody();
    void deliver(std::string_view piece);
    void endBody();
    void giveBodyBack() noexcept;
    void failBody(const Refusal& refusal);
    void nextRequest();
    void armRead();
    void armTimer();
    void armBodyTimer(const model::Listener::Timeouts& timeouts);
    void setTimer(Waiting waiting, std::chrono::nanoseconds delay);
    void expire(Waiting waiting);
    bool writeOut(const iovec* pieces, std::size_t count);
    void closeAfterResponse();
    void linger();
    void die(bool reset);

    SessionHost& m_host;
    net::StreamPointer m_stream;
    net::Timer m_timer;
    Exchange* m_exchange = nullptr;
    net::Buffer m_in;
    std::unique_ptr<Unsent> m_unsent; ///< null: the socket took everything
    RequestBody* m_body = nullptr;    ///< null: no body, or it is over
    HeadScanner m_scanner;
    model::ListenerId m_listener;
    std::string m_peerAddress;
    std::uint32_t m_discarded = 0;
    Phase m_phase = Phase::Head;
    Waiting m_waiting = Waiting::Nothing;
    Framing m_responseFraming = Framing::None;
    std::uint8_t m_emptyLines = 0; ///< before the request
    bool m_bodyPaused = false;
    bool m_expectsContinue = false;
    bool m_clientKeepAlive = true;
    bool m_keepAlive = true;
    bool m_responded = false;
    bool m_processing = false;
    bool m_draining = false;
    bool m_readFull = false;
};

} // namespace gateway::http
