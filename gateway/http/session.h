#pragma once

#include "gateway/http/client_connection.h"
#include "gateway/http/downstream.h"
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

class H2Shared;

/// How what comes before HTTP went; for the counters.
enum class ArrivalOutcome : std::uint8_t { HandshakeFull, HandshakeResumed, HandshakeFailed, ProxyHeaderBad };

/// What HTTP/2 connections tell; for the counters.
enum class Http2Event : std::uint8_t { Opened, Closed, FloodCut };

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
    [[nodiscard]] virtual H2Shared& http2() = 0;
    virtual void onHttp2(Http2Event event) = 0;
    virtual void onArrival(ArrivalOutcome outcome) = 0;
    /// From now on the connection counts as one of this client's, whom a proxy named. False: that client has
    /// too many.
    [[nodiscard]] virtual bool countClient(ClientConnection& connection, const net::Endpoint& client) = 0;
    /// `next` goes on with what the connection began. The former one is destroyed after the current event.
    virtual void replaceConnection(ClientConnection& former, std::unique_ptr<ClientConnection> next) = 0;
    /// The connection is over: destroy it.
    virtual void onConnectionOver(ClientConnection& connection) = 0;
};

/// A client's HTTP/1.1 connection: reads one request after the other (pipelined ones wait their turn), hands
/// it to the RequestHandler and frames the answer. Single-threaded. Holds buffers and other state only while
/// it needs them, because most sessions of a busy gateway are idle.
/// session_reading.cpp and session_answering.cpp have the two directions, session.cpp the rest.
class Session final : public ClientConnection, private Downstream, private net::StreamHandler {
public:
    Session(SessionHost& host, net::StreamPointer stream, model::ListenerId listener, Client client);
    ~Session() override;

    /// `received` came already, behind what was before HTTP.
    void start(net::Buffer received = {});

    void drain() override;
    std::size_t cut() override;

private:
    enum class Phase : std::uint8_t { Head, Serving, Closing, Dead };
    enum class Waiting : std::uint8_t { Nothing, Idle, Head, Body, Write, Linger };

    /// What the socket did not take; bounded by what one read of an upstream brings.
    struct Unsent {
        std::string bytes;
        std::size_t sent = 0;
    };

    // Downstream.
    void attach(Exchange& exchange) noexcept override { m_exchange = &exchange; }
    [[nodiscard]] const Client& client() const noexcept override { return m_client; }
    [[nodiscard]] Protocol protocol() const noexcept override { return Protocol::Http1; }
    [[nodiscard]] const model::Listener& listener() const override { return m_host.listener(listenerId()); }
    void resumeBody() override;
    void becomeStream() noexcept override;
    void inform(const ResponseHead& head) override;
    void respond(const ResponseHead& head, RespondedBy by) override;
    void respond(ProblemReply problem) override;
    [[nodiscard]] bool send(std::string_view piece) override;
    void flush() override;
    void finish(std::string_view trailers) override;
    void abort() override;

    void onRead(std::size_t bytes, net::StreamEnd end) override;
    void onWritable() override;
    static void onTimer(void* self);

    void process();
    [[nodiscard]] bool processHead();
    void refuse(const RequestHead& head, const Refusal& refusal);
    [[nodiscard]] bool isHttp2() const;
    void becomeHttp2();
    void serve(std::size_t headBytes, RequestHead& head);
    void pumpBody();
    void pumpTunnel();
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
    [[nodiscard]] bool decideKeepAlive(bool delimited);
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
    Client m_client;
    std::uint32_t m_discarded = 0;
    Phase m_phase = Phase::Head;
    Waiting m_waiting = Waiting::Nothing;
    Framing m_responseFraming = Framing::None;
    std::uint8_t m_emptyLines = 0;   ///< before the request
    std::uint8_t m_minorVersion = 1; ///< of the request
    bool m_bodyPaused = false;
    bool m_expectsContinue = false;
    bool m_clientKeepAlive = true;
    bool m_keepAlive = true;
    bool m_responded = false;
    bool m_processing = false;
    bool m_draining = false;
    bool m_readFull = false;
    bool m_isFresh = true;   ///< there was no request yet
    bool m_isStream = false; ///< see becomeStream()
    bool m_isTunnel = false; ///< bytes pass as they are, both ways, until one end closes
};

} // namespace gateway::http
