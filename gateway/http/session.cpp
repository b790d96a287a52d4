#include "gateway/http/session.h"

#include "gateway/http/writer.h"

#include <algorithm>
#include <utility>

namespace gateway::http {
namespace {

using namespace std::chrono_literals;

constexpr auto lingerFor = 2s;     // how long a client may go on sending into a connection that is closing
constexpr auto drainGrace = 300ms; // for requests that were on their way when the gateway began to stop
constexpr std::uint32_t lingerBytesMax = 256 * 1024;
constexpr std::uint64_t discardBytesMax = 64 * 1024; // of an unwanted body; more costs the connection
constexpr std::size_t copyBytesMax =
    8 * 1024; // smaller pieces are collected, larger ones sent from where they are
constexpr std::size_t targetBytesMax = 8 * 1024;

constexpr Refusal headTimeout{408, "request-timeout", "The request's head did not arrive in time."};
constexpr Refusal bodyTimeout{408, "request-timeout", "The request's body stopped arriving."};
constexpr Refusal bodyTooLarge{413, "body-too-large",
                               "The request's body is larger than this gateway takes."};
constexpr Refusal badChunk{400, "bad-chunk", "The request's chunked coding is malformed."};
constexpr Refusal headTooLarge{431, "head-too-large",
                               "The request's head is larger than this gateway takes."};
constexpr Refusal targetTooLong{414, "target-too-long",
                                "The request's target is longer than this gateway takes."};
constexpr Refusal malformedHead{400, "malformed-head",
                                "The request's head has a bare CR or LF or a control byte."};

iovec piece(std::string_view bytes) {
    return {const_cast<char*>(bytes.data()), bytes.size()};
}

} // namespace

Session::Session(net::EventLoop& loop, SessionHost& host, net::StreamPointer stream,
                 model::ListenerId listener, std::string peerAddress)
    : m_loop(loop)
    , m_host(host)
    , m_stream(std::move(stream))
    , m_timer(loop.timers(), this, &Session::onTimer)
    , m_listener(listener)
    , m_peerAddress(std::move(peerAddress)) {}

Session::~Session() {
    m_stream->close();
}

void Session::start() {
    m_stream->setHandler(this);
    armRead();
    armTimer();
}

// Reading

void Session::onRead(std::size_t bytes, net::StreamEnd end) {
    if (m_phase == Phase::Closing) {
        m_discarded += static_cast<std::uint32_t>(bytes);
        m_in.consume(m_in.size());
        if (end != net::StreamEnd::None || m_discarded > lingerBytesMax) {
            die(false);
        } else {
            armRead();
        }
        return;
    }
    if (end != net::StreamEnd::None) {
        die(end == net::StreamEnd::Reset);
        return;
    }
    m_readFull = m_in.writable() == 0;
    process();
}

void Session::armRead() {
    if (m_stream->isReading() || m_phase == Phase::Dead) {
        return;
    }
    // With the body paused nobody wants more; while a request is served, what follows it may fill the buffer,
    // no more.
    if (m_phase == Phase::Serving && m_body != Body::None && m_bodyPaused) {
        return;
    }
    if (m_in.size() == 0) {
        // The stream lends a small one when something comes; waiting takes none.
        m_in.giveBack();
        if (m_readFull && m_body != Body::None) {
            m_in = m_loop.buffers().lend(net::BufferPool::largeBytes);
        }
    } else if (m_in.writable() == 0) {
        m_in.compact();
        if (m_in.writable() == 0) {
            return;
        }
    }
    m_stream->read(m_in);
}

void Session::process() {
    if (std::exchange(m_processing, true)) {
        return;
    }
    bool more = true;
    while (more) {
        switch (m_phase) {
        case Phase::Head:
            // A client that pipelines but does not read waits: what it has not taken yet is the bound.
            more = m_pending.empty() && processHead();
            break;
        case Phase::Serving:
            pumpBody();
            if (m_exchange != nullptr) {
                m_exchange->onBatchEnd();
            }
            // A finished answer with a finished body makes room for the next request.
            more = m_phase == Phase::Serving && m_responded && m_keepAlive && m_body == Body::None;
            if (more) {
                nextRequest();
            }
            break;
        case Phase::Closing:
        case Phase::Dead:
            more = false;
            break;
        }
    }
    m_processing = false;
    if (m_phase != Phase::Dead) {
        armRead();
        armTimer();
    }
}

/// Whether there is something to do at once.
bool Session::processHead() {
    const std::size_t skipped = leadingEmptyLines(m_in.readable(), m_emptyLines);
    m_emptyLines = static_cast<std::uint8_t>(m_emptyLines + skipped / 2);
    m_in.consume(skipped);
    const std::string_view data = m_in.readable();
    if (data.empty()) {
        return false;
    }
    RequestHead& head = m_host.requestHead();
    const auto& limits = listener().limits;
    const HeadLimits headLimits{
        limits.headBytesMax, std::min<std::size_t>(targetBytesMax, limits.headBytesMax), limits.headersMax};
    switch (m_scanner.scan(data)) {
    case HeadScanner::Result::Malformed:
        // The scanner only knows that this is no head; the parser says which rule it breaks.
        refuse(head, parseRequestHead(data, headLimits, head).value_or(malformedHead));
        return false;
    case HeadScanner::Result::Incomplete:
        if (data.size() >= limits.headBytesMax) {
            head = RequestHead{};
            refuse(head, data.find('\n') == std::string_view::npos ? targetTooLong : headTooLarge);
        } else if (m_in.writable() == 0) {
            m_in.compact();
            if (m_in.writable() == 0) {
                m_in.grow(std::min<std::size_t>(m_in.capacity() * 4, limits.headBytesMax));
            }
        }
        return false;
    case HeadScanner::Result::Complete:
        break;
    }
    const std::size_t headBytes = m_scanner.headSize();
    if (const auto refusal = parseRequestHead(data.substr(0, headBytes), headLimits, head)) {
        refuse(head, *refusal);
        return false;
    }
    serve(headBytes, head);
    return true;
}

void Session::serve(std::size_t headBytes, RequestHead& head) {
    m_phase = Phase::Serving;
    m_responded = false;
    m_bodyPaused = false;
    m_bodyBytes = 0;
    m_bodyLeft = head.contentLength;
    m_expectsContinue = head.expectContinue && head.minorVersion > 0;
    m_clientKeepAlive = head.keepAlive;
    m_bodyBytesMax = listener().limits.bodyBytesMax;
    m_body = Body::None;
    if (head.framing == Framing::Chunked) {
        m_body = Body::Chunked;
        m_decoder.reset();
    } else if (head.framing == Framing::Length && head.contentLength > 0) {
        m_body = Body::Length;
    }
    if (m_body == Body::Length && head.contentLength > m_bodyBytesMax) {
        m_clientKeepAlive = false;
        m_host.handler().onRefused(*this, head, bodyTooLarge);
    } else {
        m_host.handler().onRequest(*this, head);
    }
    m_scanner.reset();
    if (m_phase != Phase::Serving) {
        return; // refused and closing: what is left was let go
    }
    m_in.consume(headBytes);
    if (m_body == Body::None && m_exchange != nullptr) {
        m_exchange->onBodyEnd({});
    }
}

void Session::refuse(const RequestHead& head, const Refusal& refusal) {
    // After a framing error nobody knows where the next request would begin.
    m_phase = Phase::Serving;
    m_responded = false;
    m_body = Body::None;
    m_clientKeepAlive = false;
    m_host.handler().onRefused(*this, head, refusal);
}

void Session::pumpBody() {
    if (m_body == Body::Chunked) {
        pumpChunked();
        return;
    }
    while (m_body == Body::Length && !m_bodyPaused && m_in.size() > 0 && m_phase == Phase::Serving) {
        const std::string_view data = m_in.readable().substr(0, m_bodyLeft);
        m_bodyLeft -= data.size();
        deliver(data);
        m_in.consume(data.size());
        if (m_bodyLeft == 0) {
            endBody({});
        }
    }
}

void Session::pumpChunked() {
    while (m_body == Body::Chunked && !m_bodyPaused && m_in.size() > 0 && m_phase == Phase::Serving) {
        std::string_view input = m_in.readable();
        std::string_view data;
        const auto event = m_decoder.next(input, data);
        switch (event) {
        case ChunkedDecoder::Event::Data:
            if (m_bodyBytes + data.size() > m_bodyBytesMax) {
                failBody(bodyTooLarge);
                return;
            }
            deliver(data);
            break;
        case ChunkedDecoder::Event::End:
            endBody(m_decoder.trailers());
            break;
        case ChunkedDecoder::Event::Malformed:
            failBody(badChunk);
            return;
        case ChunkedDecoder::Event::NeedMore:
            break;
        }
        m_in.consume(m_in.size() - input.size());
    }
}

void Session::deliver(std::string_view data) {
    m_bodyBytes += data.size();
    m_expectsContinue = false;
    if (m_exchange != nullptr && !m_exchange->onBody(data)) {
        m_bodyPaused = true;
    }
}

void Session::endBody(std::string_view trailers) {
    m_body = Body::None;
    if (m_exchange != nullptr) {
        m_exchange->onBodyEnd(trailers);
    }
}

void Session::failBody(const Refusal& refusal) {
    m_clientKeepAlive = false;
    if (m_exchange != nullptr) {
        m_exchange->onBodyFailed(refusal);
    } else {
        die(false);
    }
}

void Session::resumeBody() {
    if (std::exchange(m_bodyPaused, false)) {
        process();
    }
}

void Session::nextRequest() {
    m_phase = Phase::Head;
    m_emptyLines = 0;
    m_responded = false;
    m_readFull = false;
}

// Answering

bool Session::decideKeepAlive(bool delimited) {
    m_keepAlive = m_clientKeepAlive && delimited && !m_draining && !m_host.isDraining();
    if (m_body != Body::None) {
        // The answer is ahead of the body. A short rest can be read past; a long one, or one that the client
        // holds back until it is asked to continue, cannot.
        const bool shortRest = m_body == Body::Length && m_bodyLeft <= discardBytesMax && !m_expectsContinue;
        m_keepAlive = m_keepAlive && shortRest;
    }
    return m_keepAlive;
}

bool Session::send(std::string_view data) {
    std::string& out = m_host.scratch();
    if (m_phase == Phase::Dead) {
        out.clear();
        return false;
    }
    if (data.empty()) {
        return true;
    }
    const bool chunked = m_responseFraming == Framing::Chunked;
    if (chunked) {
        writeChunkSize(out, data.size());
    }
    if (data.size() <= copyBytesMax) {
        out.append(data);
        if (chunked) {
            out.append("\r\n");
        }
        return m_pending.empty();
    }
    const iovec pieces[] = {piece(out), piece(data), piece("\r\n")};
    const bool took = writeOut(pieces, chunked ? 3 : 2);
    out.clear();
    return took;
}

void Session::flush() {
    std::string& out = m_host.scratch();
    if (!out.empty() && m_phase != Phase::Dead) {
        const iovec all = piece(out);
        writeOut(&all, 1);
    }
    out.clear();
}

/// Sends, and keeps what the socket does not take. False: it is full, or the client is gone.
bool Session::writeOut(const iovec* pieces, std::size_t count) {
    std::size_t sent = 0;
    if (m_pending.empty()) {
        const std::ptrdiff_t result = m_stream->write(pieces, count);
        if (result < 0) {
            die(false);
            return false;
        }
        sent = static_cast<std::size_t>(result);
    }
    for (std::size_t i = 0; i < count; ++i) {
        const std::string_view part(static_cast<const char*>(pieces[i].iov_base), pieces[i].iov_len);
        const std::size_t skipped = std::min(sent, part.size());
        sent -= skipped;
        m_pending.append(part.substr(skipped));
    }
    if (m_pending.empty()) {
        return true;
    }
    m_stream->waitWritable();
    armTimer();
    return false;
}

void Session::onWritable() {
    const std::string_view rest = std::string_view(m_pending).substr(m_pendingSent);
    const iovec all = piece(rest);
    const std::ptrdiff_t sent = m_stream->write(&all, 1);
    if (sent < 0) {
        die(false);
        return;
    }
    m_pendingSent += static_cast<std::size_t>(sent);
    if (m_pendingSent < m_pending.size()) {
        m_stream->waitWritable();
        setTimer(Waiting::Write, listener().timeouts.body);
        return;
    }
    m_pending = std::string();
    m_pendingSent = 0;
    if (m_exchange != nullptr) {
        m_exchange->onWritable();
    } else if (m_responded && !m_keepAlive) {
        closeAfterResponse();
    } else {
        process();
    }
    if (m_phase != Phase::Dead) {
        armTimer();
    }
}

void Session::finish(std::string_view trailers) {
    m_exchange = nullptr;
    if (m_phase == Phase::Dead) {
        m_host.scratch().clear();
        return;
    }
    if (m_responseFraming == Framing::Chunked) {
        std::string& out = m_host.scratch();
        out.append("0\r\n").append(trailers).append("\r\n");
    }
    m_responseFraming = Framing::None;
    flush();
    m_responded = true;
    m_bodyPaused = false;
    if (m_phase == Phase::Dead) {
        return;
    }
    if (!m_keepAlive) {
        if (m_pending.empty()) {
            closeAfterResponse();
        }
        return;
    }
    process();
}

void Session::abort() {
    m_exchange = nullptr;
    m_host.scratch().clear();
    if (m_phase != Phase::Dead) {
        die(true);
    }
}

// Ending

void Session::closeAfterResponse() {
    // Closing with unread bytes in the socket would reset the connection and could take the answer away from
    // the client.
    if (m_body != Body::None || m_in.size() > 0) {
        linger();
    } else {
        die(false);
    }
}

void Session::linger() {
    m_phase = Phase::Closing;
    m_in.consume(m_in.size());
    m_readFull = false;
    m_stream->shutdownWrite();
    setTimer(Waiting::Linger, lingerFor);
    armRead();
}

void Session::die(bool reset) {
    if (m_phase == Phase::Dead) {
        return;
    }
    m_phase = Phase::Dead;
    m_timer.clear();
    m_stream->close(reset);
    // The exchange and the session itself may be on the stack now; they are told and taken down from the
    // loop.
    m_loop.defer([this] {
        if (m_exchange != nullptr) {
            std::exchange(m_exchange, nullptr)->onClientGone();
        }
        m_host.onSessionOver(*this);
    });
}

void Session::drain() {
    m_draining = true;
    if (m_phase == Phase::Head && m_in.size() == 0) {
        setTimer(Waiting::Idle, drainGrace);
    }
}

bool Session::cut() {
    const bool serving = m_phase == Phase::Serving && (m_exchange != nullptr || !m_pending.empty());
    die(serving);
    return serving;
}

// Time limits: one timer, for what the session waits for now.

void Session::armTimer() {
    const auto& timeouts = listener().timeouts;
    if (m_phase == Phase::Closing || m_phase == Phase::Dead) {
        return;
    }
    if (!m_pending.empty()) {
        setTimer(Waiting::Write, timeouts.body);
    } else if (m_phase == Phase::Head && m_in.size() > 0) {
        // Counted from the first byte: a head that comes byte by byte gets no extra time.
        if (m_waiting != Waiting::Head || !m_timer.isSet()) {
            setTimer(Waiting::Head, timeouts.header);
        }
    } else if (m_phase == Phase::Head) {
        if (m_draining) {
            setTimer(Waiting::Idle, drainGrace);
        } else {
            setTimer(Waiting::Idle, timeouts.idle);
        }
    } else if (m_body != Body::None && !m_bodyPaused) {
        setTimer(Waiting::Body, timeouts.body);
    } else {
        m_waiting = Waiting::Nothing;
        m_timer.clear();
    }
}

void Session::setTimer(Waiting waiting, std::chrono::nanoseconds delay) {
    m_waiting = waiting;
    m_timer.set(delay);
}

void Session::onTimer(void* self) {
    auto& session = *static_cast<Session*>(self);
    session.expire(std::exchange(session.m_waiting, Waiting::Nothing));
}

void Session::expire(Waiting waiting) {
    switch (waiting) {
    case Waiting::Nothing:
        break;
    case Waiting::Head:
        refuse(m_host.requestHead() = RequestHead{}, headTimeout);
        break;
    case Waiting::Body:
        failBody(bodyTimeout);
        break;
    case Waiting::Idle:
    case Waiting::Linger:
        die(false);
        break;
    case Waiting::Write:
        die(true);
        break;
    }
}

} // namespace gateway::http
