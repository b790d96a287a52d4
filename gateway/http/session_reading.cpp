#include "gateway/http/h2_session.h"
#include "gateway/http/refusals.h"
#include "gateway/http/session.h"

#include <algorithm>
#include <utility>

/// What comes from the client: heads, bodies, and when to read on.
namespace gateway::http {
namespace {

constexpr std::uint32_t lingerBytesMax = 256 * 1024;
constexpr std::size_t targetBytesMax = 8 * 1024;

constexpr Refusal badChunk{400, "bad-chunk", "The request's chunked coding is malformed."};
constexpr Refusal headTooLarge{431, "head-too-large",
                               "The request's head is larger than this gateway takes."};
constexpr Refusal targetTooLong{414, "target-too-long",
                                "The request's target is longer than this gateway takes."};
constexpr Refusal malformedHead{400, "malformed-head",
                                "The request's head has a bare CR or LF or a control byte."};

} // namespace

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
    if (m_phase == Phase::Serving && m_bodyPaused && (m_body != nullptr || m_isTunnel)) {
        return;
    }
    if (m_in.size() == 0) {
        // The stream lends a small one when something comes; waiting takes none.
        m_in.giveBack();
        if (m_readFull && (m_body != nullptr || m_isTunnel)) {
            m_in = m_host.loop().buffers().lend(net::BufferPool::largeBytes);
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
            more = m_unsent == nullptr && processHead();
            break;
        case Phase::Serving:
            pumpBody();
            if (m_exchange != nullptr) {
                m_exchange->onBatchEnd();
            }
            // A finished answer with a finished body makes room for the next request.
            more = m_phase == Phase::Serving && m_responded && m_keepAlive && m_body == nullptr;
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
    const HeadLimits headLimits{limits.headBytesMax,
                                std::min<std::size_t>(targetBytesMax, limits.headBytesMax), limits.headersMax,
                                listener().webSocket};
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
        if (isHttp2()) {
            becomeHttp2();
            return false;
        }
        refuse(head, *refusal);
        return false;
    }
    serve(headBytes, head);
    return true;
}

void Session::serve(std::size_t headBytes, RequestHead& head) {
    m_phase = Phase::Serving;
    m_isFresh = false;
    m_responded = false;
    m_bodyPaused = false;
    m_expectsContinue = head.expectContinue && head.minorVersion > 0;
    m_clientKeepAlive = head.keepAlive;
    m_minorVersion = head.minorVersion;
    bool tooLarge = false;
    if (head.framing == Framing::Chunked || head.contentLength > 0) {
        const std::uint64_t bytesMax = listener().limits.bodyBytesMax;
        tooLarge = head.contentLength > bytesMax;
        m_body = &m_host.bodies().take();
        m_body->begin(head.framing, head.contentLength, bytesMax);
    }
    if (tooLarge) {
        m_clientKeepAlive = false;
        m_host.handler().onRefused(*this, head, refusals::bodyTooLarge);
    } else {
        m_host.handler().onRequest(*this, head);
    }
    m_scanner.reset();
    if (m_phase != Phase::Serving) {
        return; // refused and closing: what is left was let go
    }
    m_in.consume(headBytes);
    if (head.webSocket) {
        m_bodyPaused = true; // what comes before the 101 waits for it
    } else if (m_body == nullptr && m_exchange != nullptr) {
        m_exchange->onBodyEnd({});
    }
}

/// Whether what was refused is how a client that knows already begins HTTP/2 (RFC 9113, 3.4).
bool Session::isHttp2() const {
    constexpr std::string_view prefaceHead = "PRI * HTTP/2.0\r\n\r\n";
    return m_isFresh && m_client.tls == nullptr && listener().http2 &&
           m_in.readable().substr(0, prefaceHead.size()) == prefaceHead;
}

void Session::becomeHttp2() {
    m_phase = Phase::Dead;
    m_timer.clear();
    auto successor = std::make_unique<H2Session>(m_host, std::move(m_stream), listenerId(),
                                                 std::move(m_client), std::move(m_in));
    H2Session& started = *successor;
    m_host.replaceConnection(*this, std::move(successor));
    started.start();
    if (m_draining) {
        started.drain();
    }
}

void Session::refuse(const RequestHead& head, const Refusal& refusal) {
    // After a framing error nobody knows where the next request would begin.
    m_phase = Phase::Serving;
    m_responded = false;
    m_clientKeepAlive = false;
    m_minorVersion = head.minorVersion;
    m_host.handler().onRefused(*this, head, refusal);
}

void Session::pumpTunnel() {
    while (m_in.size() > 0 && !m_bodyPaused && m_phase == Phase::Serving && m_exchange != nullptr) {
        const std::string_view data = m_in.readable();
        // They stay where they are until the next read.
        m_in.consume(data.size());
        deliver(data);
    }
}

void Session::pumpBody() {
    if (m_isTunnel) {
        pumpTunnel();
        return;
    }
    // The end of a body that is there already needs no further reading.
    while (m_body != nullptr && (!m_bodyPaused || m_body->bytesLeft() == 0) && m_phase == Phase::Serving) {
        std::string_view input = m_in.readable();
        std::string_view data;
        const auto event = m_body->next(input, data);
        // The bytes of `data` stay where they are until the next read.
        m_in.consume(m_in.size() - input.size());
        switch (event) {
        case RequestBody::Event::NeedMore:
            return;
        case RequestBody::Event::Data:
            deliver(data);
            break;
        case RequestBody::Event::End:
            endBody();
            break;
        case RequestBody::Event::Malformed:
            failBody(badChunk);
            return;
        case RequestBody::Event::TooLarge:
            failBody(refusals::bodyTooLarge);
            return;
        }
    }
}

void Session::deliver(std::string_view data) {
    m_expectsContinue = false;
    if (m_exchange != nullptr && !m_exchange->onBody(data)) {
        m_bodyPaused = true;
    }
}

void Session::endBody() {
    if (m_exchange != nullptr) {
        m_exchange->onBodyEnd(m_body->trailers());
    }
    giveBodyBack();
}

void Session::giveBodyBack() noexcept {
    if (m_body != nullptr) {
        m_host.bodies().give(*std::exchange(m_body, nullptr));
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

void Session::becomeStream() noexcept {
    m_isStream = true;
    if (m_body != nullptr) {
        m_body->liftLimit();
    }
}

void Session::nextRequest() {
    m_phase = Phase::Head;
    m_isStream = false;
    m_emptyLines = 0;
    m_responded = false;
    m_readFull = false;
}

} // namespace gateway::http
