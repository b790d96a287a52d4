#include "gateway/upstream/h1_connection.h"

#include "gateway/upstream/failures.h"
#include "gateway/upstream/pools.h"
#include "gateway/upstream/tls_failures.h"

#include <algorithm>
#include <utility>

namespace gateway::upstream {
namespace {

constexpr http::HeadLimits responseLimits{64 * 1024, 8 * 1024, 200};
constexpr std::uint8_t informationalsMax = 16;

constexpr Failure malformedChunk{FailureKind::BadResponse, "The upstream's chunked coding is malformed."};
constexpr Failure notUpgraded{FailureKind::BadResponse,
                              "The upstream switched protocols, but not as it was asked to."};

} // namespace

H1Connection::H1Connection(net::EventLoop& loop, Pools& pools, std::uint32_t targetIndex,
                           const net::Endpoint& endpoint, std::shared_ptr<const net::TlsClient> tls)
    : m_loop(loop)
    , m_pools(pools)
    , m_stream(net::Stream::create(loop))
    , m_tls(std::move(tls))
    , m_timer(loop.timers(), this, &H1Connection::onTimer)
    , m_endpoint(endpoint)
    , m_targetIndex(targetIndex) {
    m_stream->setHandler(this);
}

H1Connection::~H1Connection() {
    m_stream->close();
}

void H1Connection::connect(std::chrono::milliseconds timeout, Call& call) {
    m_call = &call;
    m_state = State::Connecting;
    m_timer.set(timeout);
    m_stream->connect(m_endpoint);
}

void H1Connection::onConnected(net::StreamEnd end) {
    if (end != net::StreamEnd::None) {
        failToConnect(end == net::StreamEnd::Exhausted ? failures::exhausted : failures::connectRefused);
        return;
    }
    if (m_tls) {
        // The time to connect goes on.
        m_stream->secure(m_tls, m_call->target()->serverName);
        return;
    }
    becomeReady();
}

void H1Connection::onSecured(const std::string& failure) {
    if (failure.empty()) {
        becomeReady();
        return;
    }
    const TlsFailure told(failure);
    failToConnect(told.failure());
}

void H1Connection::becomeReady() {
    m_timer.clear();
    m_state = State::Serving;
    armRead();
    m_call->onReady();
}

void H1Connection::failToConnect(const Failure& failure) {
    Call* call = std::exchange(m_call, nullptr);
    die();
    call->onConnectFailed(failure);
}

void H1Connection::serve(Call& call) {
    m_call = &call;
    m_state = State::Serving;
    m_reused = true;
    m_receivedAny = false;
    m_timer.clear();
}

void H1Connection::abandon() {
    m_call = nullptr;
    die();
}

void H1Connection::expectResponse(std::chrono::milliseconds timeout) {
    m_responseTimeout = timeout;
    setResponseTimer();
}

/// Only a tunnel needs to be told: other requests say in themselves where they end.
void H1Connection::endRequest(std::string_view) {
    m_stream->shutdownWrite();
}

void H1Connection::setResponseTimer() {
    if (m_responseTimeout.count() > 0) {
        m_timer.set(m_responseTimeout);
    } else {
        m_timer.clear();
    }
}

void H1Connection::resume() {
    if (std::exchange(m_paused, false)) {
        setResponseTimer();
        process();
    }
}

void H1Connection::onTimer(void* self) {
    auto& connection = *static_cast<H1Connection*>(self);
    switch (connection.m_state) {
    case State::Connecting:
        connection.failToConnect(failures::connectTimeout);
        break;
    case State::Idle:
        connection.m_pools.forget(connection);
        connection.die();
        break;
    case State::Serving:
        connection.breakOff(failures::responseTimeout);
        break;
    case State::Dead:
        break;
    }
}

// Reading

void H1Connection::armRead() {
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

void H1Connection::onRead(std::size_t bytes, net::StreamEnd end) {
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

void H1Connection::endOfStream(net::StreamEnd end) {
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
    breakOff(m_receivedAny ? failures::resetLate : failures::resetEarly);
}

void H1Connection::process() {
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
        call->listener().onResponseBatchEnd();
    }
    armRead();
}

/// Whether to go on with what is left in the buffer.
bool H1Connection::processHead() {
    const std::string_view data = m_in.readable();
    switch (m_scanner.scan(data)) {
    case http::HeadScanner::Result::Malformed:
        breakOff(failures::malformedHead);
        return false;
    case http::HeadScanner::Result::Incomplete:
        if (data.size() >= responseLimits.headBytesMax) {
            breakOff(failures::headTooLarge);
        } else if (!std::string_view("HTTP/1.").starts_with(data.substr(0, 7))) {
            // Another protocol may never send the empty line that a head ends with.
            breakOff(failures::malformedHead);
        }
        return false;
    case http::HeadScanner::Result::Complete:
        break;
    }
    http::ResponseHead& head = m_pools.responseHead();
    const std::size_t headBytes = m_scanner.headSize();
    if (const auto refusal = http::parseResponseHead(data.substr(0, headBytes), m_call->plan().method,
                                                     responseLimits, head, m_call->plan().webSocket)) {
        breakOff({FailureKind::BadResponse, refusal->detail});
        return false;
    }
    m_scanner.reset();
    if (head.status == 101) {
        return processTunnelHead(head, headBytes);
    }
    if (head.status < 200) {
        if (++m_informationals > informationalsMax) {
            breakOff(failures::endlessInterim);
            return false;
        }
        m_call->onInterim(head);
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
    m_call->onHead(head);
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

/// From here on bytes pass as they are, until the connection ends.
bool H1Connection::processTunnelHead(const http::ResponseHead& head, std::size_t headBytes) {
    if (!m_call->mayOpenTunnel(head)) {
        breakOff(notUpgraded);
        return false;
    }
    m_reusable = false;
    m_reading = Reading::UntilClose;
    m_call->openTunnel();
    m_call->onHead(head);
    m_in.consume(headBytes);
    return m_call != nullptr;
}

bool H1Connection::processBody() {
    if (m_reading == Reading::Chunked) {
        return processChunked();
    }
    std::string_view data = m_in.readable();
    if (m_reading == Reading::Length) {
        data = data.substr(0, m_left);
        m_left -= data.size();
    }
    const bool wantsMore = m_call->listener().onResponseBody(data);
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

bool H1Connection::processChunked() {
    std::string_view input = m_in.readable();
    std::string_view data;
    const auto event = m_decoder.next(input, data);
    bool wantsMore = true;
    if (event == http::ChunkedDecoder::Event::Data) {
        wantsMore = m_call->listener().onResponseBody(data);
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
void H1Connection::complete() {
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
void H1Connection::skipAnswer(int status, http::Framing framing, std::uint64_t bodyBytes) {
    Call* call = std::exchange(m_call, nullptr);
    const bool whole = (framing == http::Framing::None && m_in.size() == 0) ||
                       (framing == http::Framing::Length && m_in.size() == bodyBytes);
    m_in.consume(m_in.size());
    becomeIdle(m_reusable && whole && call->isRequestSent(), call->settings().timeouts.idle);
    call->retryAnswered(status >= 500);
}

void H1Connection::becomeIdle(bool reusable, std::chrono::milliseconds timeout) {
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

void H1Connection::onWritable() {
    if (m_call != nullptr) {
        m_call->onWritable();
    }
}

void H1Connection::breakOff(const Failure& failure) {
    Call* call = std::exchange(m_call, nullptr);
    const bool received = m_receivedAny;
    const bool reused = m_reused;
    die();
    if (call != nullptr) {
        call->onBroken({failure, received, reused, false});
    }
}

void H1Connection::die() {
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
