#include "gateway/http/h2_session.h"

#include <array>
#include <cstdlib>
#include <utility>

namespace gateway::http {
namespace {

using namespace std::chrono_literals;

constexpr auto lingerFor = 2s;     // how long a client may go on sending into a connection that is closing
constexpr auto drainGrace = 300ms; // for requests that were on their way when the gateway began to stop

} // namespace

void H2Session::setCallbacks(nghttp2_session_callbacks& callbacks) {
    nghttp2_session_callbacks_set_on_begin_frame_callback(&callbacks, &onBeginFrame);
    nghttp2_session_callbacks_set_on_begin_headers_callback(&callbacks, &onBeginHeaders);
    nghttp2_session_callbacks_set_on_header_callback(&callbacks, &onHeader);
    nghttp2_session_callbacks_set_on_invalid_header_callback(&callbacks, &onInvalidHeader);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(&callbacks, &onData);
    nghttp2_session_callbacks_set_on_frame_recv_callback(&callbacks, &onFrame);
    nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(&callbacks, &onInvalidFrame);
    nghttp2_session_callbacks_set_unpack_extension_callback(&callbacks, &onUnknownFrame);
    nghttp2_session_callbacks_set_on_frame_send_callback(&callbacks, &onFrameSent);
    nghttp2_session_callbacks_set_on_stream_close_callback(&callbacks, &onStreamClosed);
    nghttp2_session_callbacks_set_send_data_callback(&callbacks, &onSendData);
}

H2Session::H2Session(SessionHost& host, net::StreamPointer stream, model::ListenerId listener, Client client,
                     net::Buffer received)
    : ClientConnection(listener)
    , m_host(host)
    , m_shared(host.http2())
    , m_stream(std::move(stream))
    , m_timer(host.loop().timers(), this, &H2Session::onTimer)
    , m_in(std::move(received))
    , m_client(std::move(client)) {
    m_host.onHttp2(Http2Event::Opened);
}

H2Session::~H2Session() {
    if (m_scheduled) {
        m_host.loop().forget(*this);
    }
    m_stream->close();
    giveBlockBack();
    for (H2Stream* stream : m_streams) {
        if (stream->m_body != nullptr) {
            m_host.bodies().give(*stream->m_body);
        }
        stream->reset();
        m_shared.giveStream(*stream);
    }
    m_host.onHttp2(Http2Event::Closed);
}

void H2Session::start() {
    nghttp2_session* h2 = nullptr;
    if (nghttp2_session_server_new3(&h2, m_shared.callbacks(), this, m_shared.option(), m_shared.memory()) !=
        0) {
        die(true);
        return;
    }
    m_h2.reset(h2);
    const model::Listener& settings = listener();
    const std::array<nghttp2_settings_entry, 5> entries{{
        {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, settings.limits.streamsMax},
        {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, streamWindowBytes},
        {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, settings.limits.headBytesMax},
        {NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1},
        {NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL, 1},
    }};
    nghttp2_submit_settings(h2, NGHTTP2_FLAG_NONE, entries.data(),
                            entries.size() - (settings.webSocket ? 0 : 1));
    nghttp2_session_set_local_window_size(h2, NGHTTP2_FLAG_NONE, 0, connectionWindowBytes);
    m_startedAt = m_idleSince = m_host.loop().clock().now();
    m_stream->setHandler(this);
    schedule();
    if (m_in.size() > 0) {
        receive();
    } else {
        armRead();
    }
    armTimer();
}

H2Stream* H2Session::streamOf(std::int32_t id) const noexcept {
    return static_cast<H2Stream*>(nghttp2_session_get_stream_user_data(m_h2.get(), id));
}

// Streams

void H2Session::resetStream(H2Stream& stream, std::uint32_t error) {
    if (!stream.m_closed) {
        nghttp2_submit_rst_stream(m_h2.get(), NGHTTP2_FLAG_NONE, stream.m_id, error);
        schedule();
    }
}

int H2Session::onStreamClosed(nghttp2_session* /*h2*/, std::int32_t id, std::uint32_t error, void* self) {
    auto& session = *static_cast<H2Session*>(self);
    H2Stream* const stream = session.streamOf(id);
    if (stream == nullptr) {
        return 0;
    }
    stream->m_closed = true;
    stream->m_closedWell = error == NGHTTP2_NO_ERROR && stream->m_localEnded;
    if (stream->m_held > 0) {
        nghttp2_session_consume_connection(session.m_h2.get(), std::exchange(stream->m_held, 0));
    }
    if (stream->m_exchange == nullptr) {
        session.release(*stream);
    } else if (!stream->m_closedWell) {
        // The exchange may be the one who is writing now; it is told when nobody is.
        ++session.m_gone;
        session.schedule();
    }
    return 0;
}

void H2Session::release(H2Stream& stream) {
    if (stream.m_body != nullptr) {
        m_host.bodies().give(*stream.m_body);
    }
    if (stream.m_touched != H2Stream::notTouched) {
        m_touched[stream.m_touched] = nullptr;
        stream.m_touched = H2Stream::notTouched;
    }
    m_streams[stream.m_position] = m_streams.back();
    m_streams[stream.m_position]->m_position = stream.m_position;
    m_streams.pop_back();
    stream.reset();
    m_shared.giveStream(stream);
    if (m_streams.empty()) {
        m_idleSince = m_host.loop().clock().now();
        schedule();
    }
}

/// Tells the exchanges whose clients took back their requests.
void H2Session::tellGone() {
    for (std::size_t i = m_streams.size(); m_gone > 0 && i > 0;) {
        --i;
        if (i >= m_streams.size()) {
            continue; // others left meanwhile
        }
        H2Stream& stream = *m_streams[i];
        if (stream.m_closed && !stream.m_closedWell && stream.m_exchange != nullptr) {
            std::exchange(stream.m_exchange, nullptr)->onClientGone();
            release(stream);
        }
    }
    m_gone = 0;
}

// The end

void H2Session::drain() {
    if (m_phase != Phase::Open || m_goaway != Goaway::None || m_h2 == nullptr) {
        return;
    }
    // RFC 9113, 6.8: first a warning, so that no request that is on its way already is lost.
    m_goaway = Goaway::Announced;
    nghttp2_submit_shutdown_notice(m_h2.get());
    m_timer.set(drainGrace);
    schedule();
}

std::size_t H2Session::cut() {
    std::size_t serving = 0;
    for (const H2Stream* stream : m_streams) {
        serving += stream->m_exchange != nullptr || stream->bytesPending() > 0 ? 1 : 0;
    }
    die(serving > 0);
    return serving;
}

void H2Session::closeIfDone() {
    if (m_phase != Phase::Open || m_unsent != nullptr || nghttp2_session_want_write(m_h2.get()) != 0) {
        return;
    }
    if (m_failed || nghttp2_session_want_read(m_h2.get()) == 0) {
        linger();
    }
}

/// Closing with unread bytes in the socket would reset the connection and could take the last frames away
/// from the client.
void H2Session::linger() {
    m_phase = Phase::Closing;
    m_in.consume(m_in.size());
    m_readFull = false;
    for (const H2Stream* stream : m_streams) {
        m_gone += stream->m_exchange != nullptr ? 1 : 0;
    }
    for (H2Stream* stream : m_streams) {
        stream->m_closed = true;
        stream->m_closedWell = false;
    }
    tellGone();
    m_stream->shutdownWrite();
    m_timer.set(lingerFor);
    armRead();
}

void H2Session::die(bool reset) {
    if (m_phase == Phase::Dead) {
        return;
    }
    m_phase = Phase::Dead;
    m_timer.clear();
    m_stream->close(reset);
    for (H2Stream* stream : m_streams) {
        stream->m_closed = true;
        stream->m_closedWell = false;
    }
    // The exchanges and the session itself may be on the stack now; they are told and taken down from the
    // loop.
    m_host.loop().defer([this] {
        m_gone = static_cast<std::uint32_t>(m_streams.size());
        tellGone();
        m_host.onConnectionOver(*this);
    });
}

} // namespace gateway::http
