#include "gateway/http/h2_session.h"

#include "gateway/http/refusals.h"

#include <algorithm>
#include <limits>
#include <utility>

/// What comes from the client: heads, bodies, and when to read on.
namespace gateway::http {
namespace {

constexpr std::uint32_t lingerBytesMax = 256 * 1024;
constexpr std::size_t targetBytesMax = 8 * 1024;
constexpr std::size_t readBytes = 16 * 1024;   // a frame, and what TCP brings with it
constexpr std::size_t outboundFramesMax = 200; // while the socket is full; beyond it nothing more is read

constexpr Refusal trailersTooLarge{431, "head-too-large",
                                   "The request's trailers are larger than this gateway takes."};

std::string_view viewOf(const std::uint8_t* data, std::size_t bytes) noexcept {
    return {reinterpret_cast<const char*>(data), bytes};
}

} // namespace

void H2Session::onRead(std::size_t bytes, net::StreamEnd end) {
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
    receive();
}

void H2Session::armRead() {
    if (m_stream->isReading() || m_phase == Phase::Dead || (m_failed && m_phase == Phase::Open)) {
        return;
    }
    // A client that asks without reading waits: what it has not taken yet is the bound.
    if (m_unsent != nullptr && nghttp2_session_get_outbound_queue_size(m_h2.get()) > outboundFramesMax) {
        return;
    }
    // Waiting takes no memory; the stream lends a small buffer when something comes.
    m_in.giveBack();
    if (m_readFull) {
        m_in = m_host.loop().buffers().lend(readBytes);
    }
    m_stream->read(m_in);
}

void H2Session::receive() {
    const std::string_view data = m_in.readable();
    m_receiving = true;
    const ssize_t taken =
        nghttp2_session_mem_recv(m_h2.get(), reinterpret_cast<const std::uint8_t*>(data.data()), data.size());
    m_receiving = false;
    m_in.consume(m_in.size());
    if (taken < 0) {
        m_failed = true;
        if (taken == NGHTTP2_ERR_FLOODED || taken == NGHTTP2_ERR_TOO_MANY_CONTINUATIONS) {
            flood();
        }
        endConnection(m_flooded ? NGHTTP2_ENHANCE_YOUR_CALM : NGHTTP2_PROTOCOL_ERROR);
    }
    endBatch();
    schedule();
    armRead();
}

// Heads

int H2Session::onBeginHeaders(nghttp2_session* h2, const nghttp2_frame* frame, void* self) {
    auto& session = *static_cast<H2Session*>(self);
    const bool isRequest = frame->headers.cat == NGHTTP2_HCAT_REQUEST;
    if (isRequest) {
        const bool wasIdle = session.m_streams.empty();
        H2Stream& stream = session.m_shared.takeStream();
        stream.begin(session, frame->hd.stream_id);
        stream.m_position = static_cast<std::uint32_t>(session.m_streams.size());
        session.m_streams.push_back(&stream);
        nghttp2_session_set_stream_user_data(h2, frame->hd.stream_id, &stream);
        if (wasIdle) {
            session.armTimer();
        }
    }
    if (session.m_block == nullptr) {
        session.m_block = &session.m_shared.takeBlock();
    }
    session.m_block->begin(isRequest ? H2HeadBlock::Kind::Request : H2HeadBlock::Kind::Trailers,
                           session.listener().limits.headBytesMax);
    session.m_blockSince = {};
    return 0;
}

int H2Session::onHeader(nghttp2_session* /*h2*/, const nghttp2_frame* /*frame*/, const std::uint8_t* name,
                        std::size_t nameBytes, const std::uint8_t* value, std::size_t valueBytes,
                        std::uint8_t /*flags*/, void* self) {
    auto& session = *static_cast<H2Session*>(self);
    if (session.m_block != nullptr &&
        !session.m_block->add(viewOf(name, nameBytes), viewOf(value, valueBytes))) {
        return session.flood();
    }
    return 0;
}

int H2Session::onInvalidHeader(nghttp2_session* /*h2*/, const nghttp2_frame* /*frame*/,
                               const std::uint8_t* /*name*/, std::size_t /*nameBytes*/,
                               const std::uint8_t* /*value*/, std::size_t /*valueBytes*/,
                               std::uint8_t /*flags*/, void* self) {
    auto& session = *static_cast<H2Session*>(self);
    if (session.m_block != nullptr) {
        session.m_block->spoil();
    }
    return 0;
}

/// A whole head or trailer is there.
void H2Session::endBlock(const nghttp2_frame& frame) {
    H2Stream* const stream = streamOf(frame.hd.stream_id);
    const bool endsStream = (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
    if (stream == nullptr || m_block == nullptr) {
        giveBlockBack();
        return;
    }
    if (m_block->isMalformed()) {
        resetStream(*stream, NGHTTP2_PROTOCOL_ERROR);
    } else if (m_block->kind() == H2HeadBlock::Kind::Request) {
        serve(*stream, endsStream);
    } else if (m_block->isTooLarge()) {
        failBody(*stream, trailersTooLarge);
    } else if (endsStream) {
        endRequest(*stream, m_block->trailers());
    }
    giveBlockBack();
}

void H2Session::giveBlockBack() noexcept {
    if (m_block != nullptr) {
        m_shared.giveBlock(*std::exchange(m_block, nullptr));
    }
}

void H2Session::serve(H2Stream& stream, bool endsStream) {
    const model::Listener& settings = listener();
    const HeadLimits limits{settings.limits.headBytesMax,
                            std::min<std::size_t>(targetBytesMax, settings.limits.headBytesMax),
                            settings.limits.headersMax, settings.webSocket};
    RequestHead& head = m_host.requestHead();
    stream.m_requestEnded = endsStream;
    const auto refusal = m_block->parse(
        limits, endsStream, m_block->isTunnel() ? m_shared.makeWebSocketKey() : std::string_view{}, head);
    if (refusal) {
        m_host.handler().onRefused(stream, head, *refusal);
        return;
    }
    if (head.contentLength > settings.limits.bodyBytesMax) {
        m_host.handler().onRefused(stream, head, refusals::bodyTooLarge);
        return;
    }
    stream.m_isTunnel = head.webSocket;
    if (!endsStream && !stream.m_isTunnel) {
        stream.m_body = &m_host.bodies().take();
        // HTTP/2 frames the body itself; only its amount and its pace are looked at.
        stream.m_body->begin(Framing::Length, std::numeric_limits<std::uint64_t>::max(), 0);
        stream.m_bodySince = m_host.loop().clock().now();
        stream.m_body->startClock(stream.m_bodySince);
    }
    m_host.handler().onRequest(stream, head);
    if (endsStream && stream.m_exchange != nullptr) {
        stream.m_exchange->onBodyEnd({});
        touch(stream);
    }
}

// Bodies

int H2Session::onData(nghttp2_session* /*h2*/, std::uint8_t /*flags*/, std::int32_t id,
                      const std::uint8_t* data, std::size_t bytes, void* self) {
    auto& session = *static_cast<H2Session*>(self);
    if (H2Stream* const stream = session.streamOf(id)) {
        stream->m_held += static_cast<std::uint32_t>(bytes);
        session.deliver(*stream, viewOf(data, bytes));
    } else {
        nghttp2_session_consume(session.m_h2.get(), id, bytes);
    }
    return 0;
}

void H2Session::deliver(H2Stream& stream, std::string_view piece) {
    if (stream.m_isTunnel && !stream.m_responded) {
        stream.m_early.append(piece); // no more than the window lets through
        return;
    }
    stream.m_bodyBytes += piece.size();
    stream.m_bodyMoved = true;
    if (!stream.m_isTunnel && !stream.m_isStream && stream.m_bodyBytes > listener().limits.bodyBytesMax) {
        failBody(stream, refusals::bodyTooLarge);
    }
    if (stream.m_exchange != nullptr && !stream.m_bodyFailed) {
        if (stream.m_body != nullptr) {
            std::string_view input = piece;
            std::string_view data;
            static_cast<void>(stream.m_body->next(input, data));
        }
        touch(stream);
        if (!stream.m_exchange->onBody(piece)) {
            stream.m_bodyPaused = true;
            if (stream.m_body != nullptr) {
                stream.m_body->stopClock(m_host.loop().clock().now());
            }
        }
    }
    if (!stream.m_bodyPaused) {
        consume(stream);
    }
}

/// Gives back to the windows what was taken.
void H2Session::consume(H2Stream& stream) {
    if (stream.m_held > 0 && !stream.m_closed) {
        nghttp2_session_consume(m_h2.get(), stream.m_id, std::exchange(stream.m_held, 0));
    }
}

void H2Session::resumeBody(H2Stream& stream) {
    if (!std::exchange(stream.m_bodyPaused, false) || stream.m_closed) {
        return;
    }
    if (stream.m_body != nullptr) {
        stream.m_bodySince = m_host.loop().clock().now();
        stream.m_body->startClock(stream.m_bodySince);
    }
    consume(stream);
    schedule();
}

void H2Session::endRequest(H2Stream& stream, std::string_view trailers) {
    stream.m_requestEnded = true;
    if (stream.m_body != nullptr) {
        m_host.bodies().give(*std::exchange(stream.m_body, nullptr));
    }
    if (stream.m_exchange != nullptr && !stream.m_bodyFailed) {
        touch(stream);
        stream.m_exchange->onBodyEnd(trailers);
    }
}

void H2Session::failBody(H2Stream& stream, const Refusal& refusal) {
    if (std::exchange(stream.m_bodyFailed, true) || stream.m_exchange == nullptr) {
        return;
    }
    stream.m_bodyPaused = false;
    consume(stream);
    stream.m_exchange->onBodyFailed(refusal);
}

void H2Session::touch(H2Stream& stream) {
    if (stream.m_touched == H2Stream::notTouched) {
        stream.m_touched = static_cast<std::uint32_t>(m_touched.size());
        m_touched.push_back(&stream);
    }
}

/// What one read brought is handed over.
void H2Session::endBatch() {
    for (std::size_t i = 0; i < m_touched.size(); ++i) {
        if (H2Stream* const stream = m_touched[i]) {
            stream->m_touched = H2Stream::notTouched;
            if (stream->m_exchange != nullptr && !stream->m_closed) {
                stream->m_exchange->onBatchEnd();
            }
        }
    }
    m_touched.clear();
}

int H2Session::onFrame(nghttp2_session* /*h2*/, const nghttp2_frame* frame, void* self) {
    auto& session = *static_cast<H2Session*>(self);
    switch (frame->hd.type) {
    case NGHTTP2_HEADERS:
        session.endBlock(*frame);
        break;
    case NGHTTP2_DATA:
        if ((frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) {
            if (H2Stream* const stream = session.streamOf(frame->hd.stream_id)) {
                session.endRequest(*stream, {});
            }
        } else if (frame->hd.length > 0 && frame->hd.length == frame->data.padlen) {
            return session.spend(session.m_budgets.emptyFrames, h2_allowances::emptyFrames);
        }
        break;
    case NGHTTP2_SETTINGS:
        session.m_settingsAcknowledged =
            session.m_settingsAcknowledged || (frame->hd.flags & NGHTTP2_FLAG_ACK) != 0;
        break;
    case NGHTTP2_WINDOW_UPDATE:
        if (frame->window_update.window_size_increment < h2TinyWindowBytes) {
            return session.spend(session.m_budgets.tinyWindows, h2_allowances::tinyWindows);
        }
        break;
    case NGHTTP2_PRIORITY_UPDATE:
        // RFC 9218, 7.1: stream 0 has no priority.
        return static_cast<const nghttp2_ext_priority_update*>(frame->ext.payload)->stream_id == 0
                   ? NGHTTP2_ERR_CALLBACK_FAILURE
                   : 0;
    default:
        break;
    }
    return 0;
}

} // namespace gateway::http
