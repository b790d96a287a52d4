#include "gateway/upstream/h2_connection.h"

#include "gateway/http/parser.h"
#include "gateway/upstream/failures.h"
#include "gateway/upstream/h2_callbacks.h"
#include "gateway/upstream/h2_pool.h"
#include "gateway/upstream/tls_failures.h"

#include <algorithm>
#include <utility>

namespace gateway::upstream {
namespace {

using namespace std::chrono_literals;

/// Rarer than servers mind (gRPC's own ask for five minutes between two).
constexpr std::chrono::milliseconds silenceMax = 330s;
constexpr std::chrono::milliseconds pingTimeout = 5s;

constexpr Failure notHttp2{FailureKind::BadResponse, "The upstream does not speak HTTP/2 there."};
constexpr Failure notChosen{FailureKind::TlsFailed, "The upstream did not choose HTTP/2 (ALPN \"h2\")."};
constexpr Failure protocolError{FailureKind::BadResponse, "The upstream broke the rules of HTTP/2."};
constexpr Failure silent{FailureKind::Reset, "The upstream's HTTP/2 connection is dead."};
constexpr Failure goingAway{FailureKind::Reset, "The upstream's HTTP/2 connection takes no more requests."};

} // namespace

H2Connection::H2Connection(H2Pool& pool, std::uint32_t targetIndex, const net::Endpoint& endpoint,
                           std::shared_ptr<const net::TlsClient> tls, std::string serverName)
    : m_pool(pool)
    , m_loop(pool.loop())
    , m_stream(net::Stream::create(pool.loop()))
    , m_tls(std::move(tls))
    , m_serverName(std::move(serverName))
    , m_endpoint(endpoint)
    , m_timer(pool.loop().timers(), this, &H2Connection::onTimer)
    , m_targetIndex(targetIndex) {
    m_stream->setHandler(this);
}

H2Connection::~H2Connection() {
    m_stream->close();
    nghttp2_session_del(m_session);
}

// The way up

void H2Connection::connect(std::chrono::milliseconds timeout) {
    m_timerUse = TimerUse::Connect;
    m_timer.set(timeout);
    m_stream->connect(m_endpoint);
}

void H2Connection::onConnected(net::StreamEnd end) {
    if (end != net::StreamEnd::None) {
        failToConnect(end == net::StreamEnd::Exhausted ? failures::exhausted : failures::connectRefused);
        return;
    }
    if (m_tls) {
        m_stream->secure(m_tls, m_serverName);
        return;
    }
    becomeReady();
}

void H2Connection::onSecured(const std::string& failure) {
    if (!failure.empty()) {
        const TlsFailure told(failure);
        failToConnect(told.failure());
        return;
    }
    if (m_stream->tlsInfo()->protocol != "h2") {
        failToConnect(notChosen);
        return;
    }
    becomeReady();
}

void H2Connection::becomeReady() {
    m_session = makeSession(*this);
    const nghttp2_settings_entry settings[] = {
        {NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
        {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, streamWindowBytes},
        {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, headBytesMax},
    };
    if (m_session == nullptr ||
        nghttp2_submit_settings(m_session, NGHTTP2_FLAG_NONE, settings, std::size(settings)) != 0 ||
        nghttp2_session_set_local_window_size(m_session, NGHTTP2_FLAG_NONE, 0, connectionWindowBytes) != 0) {
        failToConnect(failures::exhausted);
        return;
    }
    m_state = State::Ready;
    setTimer();
    armRead();
    startWaiting();
    sendSoon();
}

void H2Connection::failToConnect(const Failure& failure) {
    die();
    for (std::size_t i = 0; i < m_streams.size(); ++i) {
        if (m_streams[i]->isInUse()) {
            m_streams[i]->failToConnect(failure);
        }
    }
}

// Streams

std::size_t H2Connection::room() const noexcept {
    if (m_state != State::Ready || m_draining || nghttp2_session_check_request_allowed(m_session) == 0) {
        return 0;
    }
    const std::size_t allowed =
        m_settingsReceived ? std::min<std::size_t>(nghttp2_session_get_remote_settings(
                                                       m_session, NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS),
                                                   streamsMax)
                           : streamsAtFirst;
    return allowed > m_active ? allowed - m_active : 0;
}

H2Stream& H2Connection::join(Call& call) {
    if (m_free.empty()) {
        m_free.push_back(m_streams.emplace_back(std::make_unique<H2Stream>(*this)).get());
    }
    H2Stream& stream = *m_free.back();
    m_free.pop_back();
    const model::Service::Timeouts& timeouts = call.settings().timeouts;
    m_idleTimeout = timeouts.idle;
    stream.begin(call, std::exchange(m_servedAny, true));
    if (room() > 0 && m_waiting.empty()) {
        ++m_active;
        setTimer();
    } else {
        stream.waitForTurn(timeouts.connect);
        m_waiting.push_back(&stream);
    }
    return stream;
}

void H2Connection::startWaiting() {
    while (!m_waiting.empty() && room() > 0) {
        H2Stream* stream = m_waiting.front();
        m_waiting.pop_front();
        ++m_active;
        setTimer();
        stream->takeTurn();
    }
    if (m_draining || std::exchange(m_justSettled, false)) {
        // Those that were too many find another connection, which none would look for later.
        const std::deque<H2Stream*> leaving = m_waiting;
        for (H2Stream* stream : leaving) {
            if (stream->isWaiting()) {
                stream->moveOn();
            }
        }
    }
}

void H2Connection::release(H2Stream& stream, bool wasWaiting) {
    if (wasWaiting) {
        std::erase(m_waiting, &stream);
    } else {
        --m_active;
    }
    m_free.push_back(&stream);
    if (m_state == State::Ready) {
        setTimer();
        sendSoon();
    }
}

void H2Connection::drain() {
    m_draining = true;
    m_pool.forget(*this);
    sendSoon();
}

void H2Connection::suspect() {
    if (m_state != State::Ready || m_timerUse == TimerUse::Ping) {
        return;
    }
    m_suspected = true;
    nghttp2_submit_ping(m_session, NGHTTP2_FLAG_NONE, nullptr);
    m_timerUse = TimerUse::Ping;
    m_timer.set(pingTimeout);
    sendSoon();
}

/// A ping goes on until something comes.
void H2Connection::setTimer() {
    if (m_timerUse == TimerUse::Ping) {
        return;
    }
    m_timerUse = m_active > 0 ? TimerUse::Silence : TimerUse::Idle;
    m_timer.set(m_active > 0 ? silenceMax : m_idleTimeout);
}

void H2Connection::onTimer(void* self) {
    auto& connection = *static_cast<H2Connection*>(self);
    if (connection.m_state == State::Dead) {
        return;
    }
    switch (connection.m_timerUse) {
    case TimerUse::Connect:
        connection.failToConnect(failures::connectTimeout);
        break;
    case TimerUse::Idle:
        connection.drain();
        break;
    case TimerUse::Silence:
        connection.suspect();
        connection.m_suspected = false; // silence alone says nothing
        break;
    case TimerUse::Ping:
        connection.breakOff(silent);
        break;
    }
}

// Reading

void H2Connection::armRead() {
    if (m_state != State::Ready || m_stream->isReading()) {
        return;
    }
    // The stream lends a small one when something comes; waiting takes none.
    const bool wasFull = m_in.writable() == 0 && m_in.capacity() > 0;
    m_in.consume(m_in.size());
    m_in.giveBack();
    if (wasFull) {
        m_in = m_loop.buffers().lend(net::BufferPool::largeBytes);
    }
    m_stream->read(m_in);
}

void H2Connection::onRead(std::size_t bytes, net::StreamEnd end) {
    if (end != net::StreamEnd::None || bytes == 0) {
        breakOff(failures::resetEarly);
        return;
    }
    m_timerUse = TimerUse::Silence;
    m_suspected = false;
    setTimer();
    const std::string_view data = m_in.readable();
    const ssize_t taken =
        nghttp2_session_mem_recv(m_session, reinterpret_cast<const std::uint8_t*>(data.data()), data.size());
    for (std::size_t i = 0; i < m_touched.size(); ++i) {
        const auto [stream, id] = m_touched[i];
        if (stream->id() == id) {
            stream->onBatchEnd();
        }
    }
    m_touched.clear();
    if (taken < 0) {
        breakOff(m_settingsReceived ? protocolError : notHttp2);
        return;
    }
    armRead();
    sendSoon();
}

int H2Connection::onFrameBegin() noexcept {
    return ++m_uselessFrames > uselessFramesMax ? NGHTTP2_ERR_CALLBACK_FAILURE : 0;
}

void H2Connection::onFieldsBegin(std::int32_t id) {
    const H2Stream* stream = streamOf(id);
    m_fieldsAreWanted = stream != nullptr;
    m_fieldsAreTrailers = stream != nullptr && stream->expectsTrailers();
    m_lines.clear();
    m_fieldBytes = 0;
}

int H2Connection::onField(std::int32_t id, std::string_view name, std::string_view value) {
    constexpr std::size_t overhead = 4;               // of a line
    constexpr std::size_t bytesToCutAt = 1024 * 1024; // no honest peer sends so much
    m_fieldBytes += name.size() + value.size() + overhead;
    if (m_fieldBytes > headBytesMax) {
        return m_fieldBytes > bytesToCutAt ? NGHTTP2_ERR_CALLBACK_FAILURE : 0;
    }
    if (!m_fieldsAreWanted) {
        return 0;
    }
    if (name == ":status") {
        m_lines.put("HTTP/1.1 ");
        m_lines.put(value);
        m_lines.put(" \r\n");
        return 0;
    }
    if (m_fieldsAreTrailers) {
        if (H2Stream* stream = name == "grpc-status" ? streamOf(id) : nullptr) {
            stream->onGrpcStatus(value);
        }
        if (!http::isAllowedTrailer(name)) {
            return 0;
        }
    }
    m_lines.putLine(name, value);
    return 0;
}

void H2Connection::onFrame(const nghttp2_frame& frame) {
    const bool endsStream = (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
    H2Stream* stream = streamOf(frame.hd.stream_id);
    switch (frame.hd.type) {
    case NGHTTP2_SETTINGS:
        m_justSettled = m_justSettled || !m_settingsReceived;
        m_settingsReceived = true;
        break;
    case NGHTTP2_GOAWAY:
        m_draining = true;
        m_pool.forget(*this);
        break;
    case NGHTTP2_HEADERS:
        if (stream != nullptr && m_fieldBytes > headBytesMax) {
            stream->reset(NGHTTP2_CANCEL, failures::headTooLarge);
        } else if (stream != nullptr) {
            stream->onFields(m_lines, endsStream);
        }
        break;
    case NGHTTP2_DATA:
        if (stream != nullptr && endsStream) {
            stream->onEnd();
        }
        break;
    case NGHTTP2_RST_STREAM:
        if (stream != nullptr) {
            stream->onReset(frame.rst_stream.error_code);
        }
        break;
    default:
        break;
    }
}

/// The session itself ends a stream that a call still has: a slow client has not taken all of the answer yet,
/// the peer went away before it looked at the request, or it broke a rule.
void H2Connection::onStreamOver(std::int32_t id, std::uint32_t code) {
    H2Stream* stream = streamOf(id);
    if (stream == nullptr) {
        return;
    }
    if (stream->hasEnded()) {
        stream->onOver();
        return;
    }
    const bool unprocessed = code == NGHTTP2_REFUSED_STREAM;
    stream->breakOff(unprocessed ? goingAway : protocolError, unprocessed);
}

void H2Connection::onRequestNotSent(std::int32_t id) {
    if (H2Stream* stream = streamOf(id)) {
        stream->breakOff(goingAway, true);
    }
}

H2Stream* H2Connection::streamOf(std::int32_t id) noexcept {
    return id > 0 ? static_cast<H2Stream*>(nghttp2_session_get_stream_user_data(m_session, id)) : nullptr;
}

// Sending

void H2Connection::sendSoon() {
    if (m_state != State::Dead && !std::exchange(m_sendQueued, true)) {
        m_loop.defer([this] {
            m_sendQueued = false;
            send();
        });
    }
}

void H2Connection::send() {
    if (m_state == State::Dead) {
        return;
    }
    startWaiting();
    while (m_state == State::Ready && !m_socketFull) {
        std::string& out = m_pool.outbox();
        out.clear();
        if (nghttp2_session_send(m_session) != 0) {
            breakOff(protocolError);
            return;
        }
        if (out.empty()) {
            break;
        }
        sendOut(out);
        wakeWriters();
    }
    if (m_state == State::Ready && !m_socketFull && nghttp2_session_want_read(m_session) == 0) {
        // The peer was told what it did wrong.
        breakOff(m_settingsReceived ? protocolError : notHttp2);
        return;
    }
    closeIfDone();
}

void H2Connection::sendOut(std::string_view bytes) {
    const iovec all{const_cast<char*>(bytes.data()), bytes.size()};
    // A peer that is gone is told by the read side.
    const auto sent = static_cast<std::size_t>(std::max<std::ptrdiff_t>(m_stream->write(&all, 1), 0));
    if (sent < bytes.size()) {
        m_unsent.assign(bytes.substr(sent));
        m_socketFull = true;
        m_stream->waitWritable();
    }
}

void H2Connection::onWritable() {
    const std::string unsent = std::exchange(m_unsent, {});
    m_socketFull = false;
    sendOut(unsent);
    send();
}

void H2Connection::wakeWriters() {
    for (std::size_t i = 0; i < m_writers.size(); ++i) {
        const auto [stream, id] = m_writers[i];
        if (stream->id() == id && stream->takeWish()) {
            stream->onWritable();
        }
    }
    m_writers.clear();
}

// The end

void H2Connection::closeIfDone() {
    if (m_state == State::Dead || !m_draining || m_active > 0 || !m_waiting.empty()) {
        return;
    }
    if (m_state == State::Ready && !m_socketFull) {
        std::string& out = m_pool.outbox();
        out.clear();
        nghttp2_submit_goaway(m_session, NGHTTP2_FLAG_NONE, 0, NGHTTP2_NO_ERROR, nullptr, 0);
        if (nghttp2_session_send(m_session) == 0) {
            sendOut(out);
        }
    }
    die();
}

void H2Connection::breakOff(const Failure& failure) {
    die();
    for (std::size_t i = 0; i < m_streams.size(); ++i) {
        if (m_streams[i]->isInUse()) {
            m_streams[i]->breakOff(failure);
        }
    }
}

void H2Connection::die() {
    if (m_state == State::Dead) {
        return;
    }
    m_state = State::Dead;
    m_pool.forget(*this);
    m_timer.clear();
    m_stream->close();
    // It may be on the stack now; it is taken down from the loop.
    m_loop.defer([this] { m_pool.remove(*this); });
}

} // namespace gateway::upstream
