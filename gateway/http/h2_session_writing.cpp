#include "gateway/http/h2_fields.h"
#include "gateway/http/h2_session.h"

#include <algorithm>
#include <utility>

/// What goes to the client: frames, collected and sent in one piece, and what the socket does not take at
/// once.
namespace gateway::http {
namespace {

constexpr std::size_t outBytesMax = 128 * 1024; // collected before it is sent

} // namespace

/// Gives the session a turn at the end of this round of the loop.
void H2Session::schedule() {
    if (m_phase == Phase::Open && !std::exchange(m_scheduled, true)) {
        m_host.loop().queue(*this);
    }
}

void H2Session::onEvents(std::uint32_t /*events*/) {
    m_scheduled = false;
    if (m_phase != Phase::Open) {
        return;
    }
    tellGone();
    pump();
    tellWritable();
    if (m_phase == Phase::Open) {
        closeIfDone();
    }
    if (m_phase == Phase::Open) {
        armRead();
        armTimer();
    }
}

/// Makes and sends frames until there is nothing more to say, or nobody to say it to.
void H2Session::pump() {
    if (!canWriteNow()) {
        return;
    }
    m_pumping = true;
    std::string& out = m_shared.out;
    bool more = true;
    while (more && m_phase == Phase::Open) {
        more = makeFrames(out);
        more = writeOut(out) && more;
        out.clear();
    }
    m_pumping = false;
}

/// False: there is no more.
bool H2Session::makeFrames(std::string& out) {
    while (out.size() < outBytesMax) {
        const std::uint8_t* frame = nullptr;
        const std::size_t before = out.size();
        const ssize_t bytes = nghttp2_session_mem_send(m_h2.get(), &frame);
        if (bytes < 0) {
            m_failed = true;
            return false;
        }
        if (bytes == 0) {
            // Frames with data went to `out` directly; after them nghttp2 has nothing, too.
            return out.size() != before;
        }
        out.append(reinterpret_cast<const char*>(frame), static_cast<std::size_t>(bytes));
    }
    return true;
}

/// Sends, and keeps what the socket does not take. False: it is full, or the client is gone.
bool H2Session::writeOut(std::string_view bytes) {
    if (bytes.empty()) {
        return true;
    }
    const iovec piece{const_cast<char*>(bytes.data()), bytes.size()};
    const std::ptrdiff_t sent = m_stream->write(&piece, 1);
    if (sent < 0) {
        die(false);
        return false;
    }
    if (static_cast<std::size_t>(sent) == bytes.size()) {
        return true;
    }
    m_unsent = std::make_unique<Unsent>();
    m_unsent->bytes.assign(bytes.substr(static_cast<std::size_t>(sent)));
    m_stalledSince = m_host.loop().clock().now();
    m_stream->waitWritable();
    armTimer();
    return false;
}

void H2Session::onWritable() {
    if (m_unsent == nullptr) {
        return;
    }
    const std::string_view rest = std::string_view(m_unsent->bytes).substr(m_unsent->sent);
    const iovec piece{const_cast<char*>(rest.data()), rest.size()};
    const std::ptrdiff_t sent = m_stream->write(&piece, 1);
    if (sent < 0) {
        die(false);
        return;
    }
    if (sent > 0) {
        m_stalledSince = m_host.loop().clock().now();
    }
    m_unsent->sent += static_cast<std::size_t>(sent);
    if (m_unsent->sent < m_unsent->bytes.size()) {
        m_stream->waitWritable();
        return;
    }
    m_unsent.reset();
    schedule();
}

/// Asks the exchanges that were told to stop for more, and hands over what came ahead of a tunnel's answer.
void H2Session::tellWritable() {
    if (m_unsent != nullptr || !std::exchange(m_someBlocked, false)) {
        return;
    }
    for (std::size_t i = 0; i < m_streams.size(); ++i) {
        H2Stream& stream = *m_streams[i];
        if (stream.m_closed || stream.m_exchange == nullptr) {
            continue;
        }
        if (!stream.m_early.empty() && stream.m_responded) {
            deliver(stream, std::exchange(stream.m_early, {}));
            stream.m_exchange->onBatchEnd();
        }
        if (stream.m_blocked && stream.bytesPending() == 0) {
            stream.m_blocked = false;
            stream.m_exchange->onWritable();
        }
        m_someBlocked = m_someBlocked || stream.m_blocked;
    }
}

// What nghttp2 asks for

ssize_t H2Session::onDataWanted(nghttp2_session* h2, std::int32_t /*id*/, std::uint8_t* /*buffer*/,
                                std::size_t bytes, std::uint32_t* flags, nghttp2_data_source* source,
                                void* self) {
    auto& stream = *static_cast<H2Stream*>(source->ptr);
    const std::size_t pending = stream.bytesPending();
    if (pending == 0 && !stream.m_finished) {
        stream.m_deferred = true;
        return NGHTTP2_ERR_DEFERRED;
    }
    *flags |= NGHTTP2_DATA_FLAG_NO_COPY;
    const std::size_t taken = std::min(bytes, pending);
    if (stream.m_finished && taken == pending) {
        *flags |= NGHTTP2_DATA_FLAG_EOF;
        if (!stream.m_trailers.empty()) {
            auto& fields = static_cast<H2Session*>(self)->m_shared.fields;
            fields.clear();
            appendFields(fields, stream.m_trailers);
            if (!fields.empty()) {
                *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
                nghttp2_submit_trailer(h2, stream.m_id, fields.data(), fields.size());
            }
        }
    }
    return static_cast<ssize_t>(taken);
}

int H2Session::onSendData(nghttp2_session* /*h2*/, nghttp2_frame* /*frame*/, const std::uint8_t* head,
                          std::size_t bytes, nghttp2_data_source* source, void* self) {
    constexpr std::size_t frameHeadBytes = 9;
    std::string& out = static_cast<H2Session*>(self)->m_shared.out;
    out.append(reinterpret_cast<const char*>(head), frameHeadBytes);
    static_cast<H2Stream*>(source->ptr)->takePending(out, bytes);
    return 0;
}

int H2Session::onFrameSent(nghttp2_session* /*h2*/, const nghttp2_frame* frame, void* self) {
    auto& session = *static_cast<H2Session*>(self);
    const bool ends = (frame->hd.type == NGHTTP2_DATA || frame->hd.type == NGHTTP2_HEADERS) &&
                      (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
    if (!ends) {
        return 0;
    }
    if (H2Stream* const stream = session.streamOf(frame->hd.stream_id)) {
        stream->m_localEnded = true;
        if (!stream->m_requestEnded) {
            // RFC 9113, 8.1: the answer is complete, the rest of the request is not wanted.
            session.resetStream(*stream, NGHTTP2_NO_ERROR);
        }
    }
    return 0;
}

} // namespace gateway::http
