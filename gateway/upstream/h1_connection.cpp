#include "gateway/upstream/connection.h"

#include "gateway/upstream/pools.h"

#include <algorithm>
#include <utility>

namespace gateway::upstream {
namespace {

constexpr http::HeadLimits responseLimits{64 * 1024, 8 * 1024, 200};
constexpr std::uint8_t informationalsMax = 16;

constexpr Failure connectTimeout{FailureKind::ConnectTimeout,
                                 "The upstream did not accept a connection in time."};
constexpr Failure connectRefused{FailureKind::ConnectFailed, "No connection to the upstream could be made."};
constexpr Failure exhausted{FailureKind::Exhausted, "The gateway has no socket left for the upstream."};
constexpr Failure responseTimeout{FailureKind::ResponseTimeout, "The upstream did not answer in time."};
constexpr Failure resetEarly{FailureKind::Reset, "The upstream closed the connection before it answered."};
constexpr Failure resetLate{FailureKind::Reset, "The upstream closed the connection within its answer."};
constexpr Failure headTooLarge{FailureKind::BadResponse, "The upstream's response head is too large."};
constexpr Failure malformedHead{FailureKind::BadResponse, "The upstream's response head is malformed."};
constexpr Failure malformedChunk{FailureKind::BadResponse, "The upstream's chunked coding is malformed."};
constexpr Failure endlessInterim{FailureKind::BadResponse,
                                 "The upstream sent interim responses without end."};

} // namespace

Connection::Connection(net::EventLoop& loop, Pools& pools, std::uint32_t targetIndex,
                       const net::Endpoint& endpoint)
    : m_loop(loop)
    , m_pools(pools)
    , m_stream(net::Stream::create(loop))
    , m_timer(loop.timers(), this, &Connection::onTimer)
    , m_endpoint(endpoint)
    , m_targetIndex(targetIndex) {
    m_stream->setHandler(this);
}

Connection::~Connection() {
    m_stream->close();
}

void Connection::connect(std::chrono::milliseconds timeout, Call& call) {
    m_call = &call;
    m_state = State::Connecting;
    m_timer.set(timeout);
    m_stream->connect(m_endpoint);
}

void Connection::onConnected(net::StreamEnd end) {
    m_timer.clear();
    if (end != net::StreamEnd::None) {
        Call* call = std::exchange(m_call, nullptr);
        die();
        call->onConnectFailed(end == net::StreamEnd::Exhausted ? exhausted : connectRefused);
        return;
    }
    m_state = State::Serving;
    armRead();
    m_call->onConnected();
}

void Connection::serve(Call& call) {
    m_call = &call;
    m_state = State::Serving;
    m_reused = true;
    m_receivedAny = false;
    m_timer.clear();
}

void Connection::abandon() {
    m_call = nullptr;
    die();
}

void Connection::expectResponse(std::chrono::milliseconds timeout) {
    m_responseTimeout = timeout;
    setResponseTimer();
}

void Connection::setResponseTimer() {
    if (m_responseTimeout.count() > 0) {
        m_timer.set(m_responseTimeout);
    } else {
        m_timer.clear();
    }
}

void Connection::resume() {
    if (std::exchange(m_paused, false)) {
        setResponseTimer();
        process();
    }
}

void Connection::onTimer(void* self) {
    auto& connection = *static_cast<Connection*>(self);
    switch (connection.m_state) {
    case State::Connecting: {
        Call* call = std::exchange(connection.m_call, nullptr);
        connection.die();
        call->onConnectFailed(connectTimeout);
        break;
    }
    case State::Idle:
        connection.m_pools.forget(connection);
        connection.die();
        break;
    case State::Serving:
        connection.breakOff(responseTimeout);
        break;
    case State::Dead:
        break;
    }
}

// Reading

void Connection::armRead() {
    if (m_state == State::Dead || m_paused || m_stream->isReading()) {
        return;
    }
    if (m_in.size() == 0) {
        // The stream lends a small one when something comes; waiting takes none.
        m_in.giveBack();
        if (m_readFull && m_reading != Reading::Head) {
            m_in = m_loop.buffers().lend(net::BufferPool::largeBytes);
        }
    } else if (m_in.writable() == 0) {
        m_in.compact();
        if (m_in.writable() == 0) {
            m_in.grow(m_in.capacity() * 4);
        }
    }
    m_stream->read(m_in);
}

void Connection::onRead(std::size_t bytes, net::StreamEnd end) {
    if (end != net::StreamEnd::None || bytes == 0) {
        endOfStream(end);
        return;
    }
    m_readFull = m_in.writable() == 0;
    if (m_state == State::Idle) {
        // Surplus bytes would be taken for the answer to the next request.
        m_pools.forget(*this);
        die();
        return;
    }
    m_receivedAny = true;
    if (m_responseTimeout.count() > 0) {
        m_timer.set(m_responseTimeout);
    }
    process();
}

void Connection::endOfStream(net::StreamEnd end) {
    switch (m_state) {
    case State::Idle:
        m_pools.forget(*this);
        die();
        return;
    case State::Serving:
        break;
    case State::Connecting:
    case State::Dead:
        return;
    }
    if (m_reading == Reading::UntilClose && end == net::StreamEnd::Closed) {
        m_reusable = false;
        complete();
        return;
    }
    breakOff(m_receivedAny ? resetLate : resetEarly);
}

void Connection::process() {
    if (std::exchange(m_processing, true)) {
        return;
    }
    Call* const call = m_call;
    bool more = true;
    while (more && m_call == call && call != nullptr && m_in.size() > 0 && !m_paused &&
           m_state == State::Serving) {
        more = m_reading == Reading::Head ? processHead() : processBody();
    }
    m_processing = false;
    if (m_call == call && call != nullptr && m_state == State::Serving) {
        call->m_listener->onResponseBatchEnd();
    }
    armRead();
}

/// Whether to go on with what is left in the buffer.
bool Connection::processHead() {
    const std::string_view data = m_in.readable();
    switch (m_scanner.scan(data)) {
    case http::HeadScanner::Result::Malformed:
        breakOff(malformedHead);
        return false;
    case http::HeadScanner::Result::Incomplete:
        if (data.size() >= responseLimits.headBytesMax) {
            breakOff(headTooLarge);
        } else if (!std::string_view("HTTP/1.").starts_with(data.substr(0, 7))) {
            // Another protocol may never send the empty line that a head ends with.
            breakOff(malformedHead);
        }
        return false;
    case http::HeadScanner::Result::Complete:
        break;
    }
    http::ResponseHead& head = m_pools.responseHead();
    const std::size_t headBytes = m_scanner.headSize();
    if (const auto refusal =
            http::parseResponseHead(data.substr(0, headBytes), m_call->m_plan.method, responseLimits, head)) {
        breakOff({FailureKind::BadResponse, refusal->detail});
        return false;
    }
    m_scanner.reset();
    if (head.status < 200) {
        if (++m_informationals > informationalsMax) {
            breakOff(endlessInterim);
            return false;
        }
        // A 100 that the client did not ask for would only confuse it.
        const bool unasked = head.status == 100 && (!m_call->m_plan.expectsContinue || m_call->m_continued);
        if (!unasked) {
            m_call->m_continued = m_call->m_continued || head.status == 100;
            m_call->m_listener->onInformational(head);
        }
        m_in.consume(headBytes);
        return true;
    }
    m_reusable = head.keepAlive;
    m_left = head.contentLength;
    const http::Framing framing = head.framing;
    if (m_call->retriesOn(head.status)) {
        m_in.consume(headBytes);
        skipAnswer(head.status, framing, m_left);
        return false;
    }
    m_call->onHead(head.status);
    m_call->m_listener->onResponseHead(head);
    m_in.consume(headBytes);
    if (m_call == nullptr) {
        return false;
    }
    switch (framing) {
    case http::Framing::None:
        complete();
        return false;
    case http::Framing::Length:
        if (m_left == 0) {
            complete();
            return false;
        }
        m_reading = Reading::Length;
        break;
    case http::Framing::Chunked:
        m_reading = Reading::Chunked;
        m_decoder.reset();
        break;
    case http::Framing::UntilClose:
        m_reading = Reading::UntilClose;
        break;
    }
    return true;
}

bool Connection::processBody() {
    if (m_reading == Reading::Chunked) {
        return processChunked();
    }
    std::string_view data = m_in.readable();
    if (m_reading == Reading::Length) {
        data = data.substr(0, m_left);
        m_left -= data.size();
    }
    const bool wantsMore = m_call->m_listener->onResponseBody(data);
    m_in.consume(data.size());
    if (m_call == nullptr) {
        return false;
    }
    if (m_reading == Reading::Length && m_left == 0) {
        complete();
        return false;
    }
    if (!wantsMore) {
        m_paused = true;
        m_timer.clear();
    }
    return wantsMore;
}

bool Connection::processChunked() {
    std::string_view input = m_in.readable();
    std::string_view data;
    const auto event = m_decoder.next(input, data);
    bool wantsMore = true;
    if (event == http::ChunkedDecoder::Event::Data) {
        wantsMore = m_call->m_listener->onResponseBody(data);
    }
    m_in.consume(m_in.size() - input.size());
    if (m_call == nullptr) {
        return false;
    }
    switch (event) {
    case http::ChunkedDecoder::Event::NeedMore:
        return false;
    case http::ChunkedDecoder::Event::Malformed:
        breakOff(malformedChunk);
        return false;
    case http::ChunkedDecoder::Event::End:
        complete();
        return false;
    case http::ChunkedDecoder::Event::Data:
        break;
    }
    if (!wantsMore) {
        m_paused = true;
        m_timer.clear();
    }
    return wantsMore;
}

/// The answer is whole: back into the pool first, so that a pipelined request finds the connection there.
void Connection::complete() {
    Call* call = std::exchange(m_call, nullptr);
    const bool chunked = m_reading == Reading::Chunked;
    becomeIdle(m_reusable && m_in.size() == 0 && call->isRequestSent(), call->settings().timeouts.idle);
    CallListener* listener = call->onComplete();
    // The decoder's string may be used by the connection's next call while the listener still reads it.
    const std::string trailers = chunked ? m_decoder.trailers() : std::string();
    listener->onResponseEnd(trailers);
}

/// Another try takes the place of this answer. A body that is here already is thrown away; waiting for the
/// rest of one costs more than a new connection.
void Connection::skipAnswer(int status, http::Framing framing, std::uint64_t bodyBytes) {
    Call* call = std::exchange(m_call, nullptr);
    const bool whole = (framing == http::Framing::None && m_in.size() == 0) ||
                       (framing == http::Framing::Length && m_in.size() == bodyBytes);
    m_in.consume(m_in.size());
    becomeIdle(m_reusable && whole && call->isRequestSent(), call->settings().timeouts.idle);
    call->retryAnswered(status);
}

void Connection::becomeIdle(bool reusable, std::chrono::milliseconds timeout) {
    m_reading = Reading::Head;
    m_informationals = 0;
    m_paused = false;
    m_responseTimeout = std::chrono::milliseconds{0};
    m_state = State::Idle;
    if (reusable && m_pools.giveBack(*this)) {
        m_timer.set(timeout);
    } else {
        die();
    }
}

void Connection::onWritable() {
    if (m_call != nullptr) {
        m_call->onWritable();
    }
}

void Connection::breakOff(const Failure& failure) {
    Call* call = std::exchange(m_call, nullptr);
    const bool received = m_receivedAny;
    const bool reused = m_reused;
    die();
    if (call != nullptr) {
        call->onDied(failure, received, reused);
    }
}

void Connection::die() {
    if (m_state == State::Dead) {
        return;
    }
    m_state = State::Dead;
    m_timer.clear();
    m_stream->close();
    // It may be on the stack now; it is taken down from the loop.
    m_loop.defer([this] { m_pools.remove(*this); });
}

} // namespace gateway::upstream
