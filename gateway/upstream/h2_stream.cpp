#include "gateway/upstream/h2_stream.h"

#include "gateway/http/parser.h"
#include "gateway/http/writer.h"
#include "gateway/upstream/failures.h"
#include "gateway/upstream/h2_connection.h"
#include "gateway/upstream/h2_pool.h"
#include "gateway/upstream/pools.h"

#include <algorithm>
#include <utility>

namespace gateway::upstream {
namespace {

constexpr http::HeadLimits responseLimits{H2Connection::headBytesMax, 8 * 1024, 200};
constexpr std::uint8_t interimsMax = 16;
constexpr std::size_t keptBytesMax = 4 * 1024; ///< of a stream's buffers, from one call to the next

constexpr Failure refused{FailureKind::Reset, "The upstream refused the stream."};
constexpr Failure resetByPeer{FailureKind::Reset, "The upstream broke the stream off."};
constexpr Failure wantsHttp1{FailureKind::BadResponse, "The upstream wants this request over HTTP/1.1."};
constexpr Failure notSubmitted{FailureKind::Reset, "The HTTP/2 connection took no further request."};

/// Statuses of gRPC that are the server's fault rather than the caller's.
bool isServersFault(std::string_view status) noexcept {
    return status == "2" ||  // UNKNOWN
           status == "4" ||  // DEADLINE_EXCEEDED
           status == "13" || // INTERNAL
           status == "14" || // UNAVAILABLE
           status == "15";   // DATA_LOSS
}

void clearKept(std::string& text) {
    if (text.capacity() > keptBytesMax) {
        text = std::string();
    } else {
        text.clear();
    }
}

} // namespace

H2Stream::H2Stream(H2Connection& connection)
    : m_connection(connection)
    , m_timer(connection.loop().timers(), this, &H2Stream::onTimer) {}

void H2Stream::begin(Call& call, bool reused) {
    m_call = &call;
    m_state = State::Ready;
    m_reused = reused;
    m_responseTimeout = std::chrono::milliseconds{0};
    m_contentSent = 0;
    m_uncredited = 0;
    m_id = -1;
    m_interims = 0;
    m_requestEnded = m_contentDeferred = m_wantsToWrite = false;
    m_headReceived = m_anythingReceived = m_paused = m_ended = m_isOver = m_submitFailed = false;
    m_grpcStatus = GrpcStatus::Missing;
}

void H2Stream::waitForTurn(std::chrono::milliseconds timeMax) {
    m_state = State::Waiting;
    m_timer.set(timeMax);
}

void H2Stream::takeTurn() {
    m_state = State::Ready;
    m_timer.clear();
    m_call->onReady();
}

void H2Stream::moveOn() {
    release()->takeOtherLane();
}

// The request

std::ptrdiff_t H2Stream::write(const iovec* pieces, std::size_t count) {
    std::size_t headBytes = 0;
    if (m_id < 0) {
        if (m_submitFailed ||
            !submit({static_cast<const char*>(pieces[0].iov_base), pieces[0].iov_len}, headBytes)) {
            // Told from the loop, because the call does not expect to be told from within.
            m_submitFailed = true;
            m_timer.set(std::chrono::nanoseconds{0});
            return 0;
        }
    }
    std::size_t taken = headBytes;
    if (m_contentSent > 0) {
        m_content.erase(0, std::exchange(m_contentSent, 0));
    }
    for (std::size_t i = 0; i < count; ++i) {
        const std::size_t skipped = i == 0 ? headBytes : 0;
        const std::size_t bytes = pieces[i].iov_len - skipped;
        const std::size_t fits = std::min(bytes, requestBytesMax - m_content.size());
        m_content.append(static_cast<const char*>(pieces[i].iov_base) + skipped, fits);
        taken += fits;
        if (fits < bytes) {
            break;
        }
    }
    resumeContent();
    m_connection.sendSoon();
    return static_cast<std::ptrdiff_t>(taken);
}

bool H2Stream::submit(std::string_view text, std::size_t& headBytes) {
    H2Fields& fields = m_connection.pool().fields();
    headBytes = fields.readHead(text, {m_connection.tls() != nullptr, m_call->timeLeft()});
    nghttp2_data_provider content = contentProvider();
    m_id = nghttp2_submit_request(m_connection.session(), nullptr, fields.fields().data(),
                                  fields.fields().size(), fields.hasContent() ? &content : nullptr, this);
    return m_id >= 0;
}

void H2Stream::resumeContent() {
    if (m_contentDeferred && (!m_content.empty() || m_requestEnded)) {
        m_contentDeferred = false;
        nghttp2_session_resume_data(m_connection.session(), m_id);
    }
}

void H2Stream::waitWritable() {
    m_wantsToWrite = true;
}

void H2Stream::endRequest(std::string_view trailers) {
    m_requestEnded = true;
    m_requestTrailers = trailers;
    if (m_id >= 0) {
        resumeContent();
        m_connection.sendSoon();
    }
}

ssize_t H2Stream::offerContent(std::size_t bytesMax, std::uint32_t& flags) {
    const std::size_t waiting = m_content.size() - m_contentSent;
    if (waiting == 0 && !m_requestEnded) {
        m_contentDeferred = true;
        return NGHTTP2_ERR_DEFERRED;
    }
    flags |= NGHTTP2_DATA_FLAG_NO_COPY;
    const std::size_t bytes = std::min(waiting, bytesMax);
    if (m_requestEnded && bytes == waiting) {
        flags |= NGHTTP2_DATA_FLAG_EOF;
        if (!m_requestTrailers.empty()) {
            H2Fields& fields = m_connection.pool().fields();
            fields.readTrailers(m_requestTrailers);
            if (nghttp2_submit_trailer(m_connection.session(), m_id, fields.fields().data(),
                                       fields.fields().size()) == 0) {
                flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
            }
        }
    }
    return static_cast<ssize_t>(bytes);
}

void H2Stream::moveContent(std::string& to, std::size_t bytes) {
    to.append(m_content, m_contentSent, bytes);
    m_contentSent += bytes;
    if (m_contentSent == m_content.size()) {
        m_content.clear();
        m_contentSent = 0;
    }
    if (m_wantsToWrite && m_content.size() - m_contentSent <= requestBytesMax / 2) {
        m_connection.wantsToWrite(*this);
    }
}

bool H2Stream::takeWish() noexcept {
    return std::exchange(m_wantsToWrite, false);
}

void H2Stream::onWritable() {
    m_call->onWritable();
}

// The answer

void H2Stream::expectResponse(std::chrono::milliseconds timeout) {
    m_responseTimeout = timeout;
    setResponseTimer();
}

void H2Stream::setResponseTimer() noexcept {
    if (m_submitFailed) {
        return;
    }
    if (m_responseTimeout.count() > 0 && !m_paused) {
        m_timer.set(m_responseTimeout);
    } else {
        m_timer.clear();
    }
}

void H2Stream::onTimer(void* self) {
    H2Stream& stream = *static_cast<H2Stream*>(self);
    if (stream.m_state == State::Waiting) {
        stream.failToConnect(failures::connectTimeout);
    } else if (stream.m_submitFailed) {
        stream.m_connection.drain();
        stream.breakOff(notSubmitted, true);
    } else if (stream.m_state == State::Ready) {
        stream.m_connection.suspect();
        stream.reset(NGHTTP2_CANCEL, failures::responseTimeout);
    }
}

void H2Stream::onFields(http::LineBuffer& lines, bool endsStream) {
    m_anythingReceived = true;
    setResponseTimer();
    if (!m_headReceived) {
        onHead(lines, endsStream);
        return;
    }
    m_trailers.assign(lines.text());
    onEnd();
}

void H2Stream::onHead(http::LineBuffer& lines, bool endsStream) {
    http::ResponseHead& head = m_connection.pool().pools().responseHead();
    lines.put("\r\n");
    if (const auto refusal =
            http::parseResponseHead(lines.text(), m_call->plan().method, responseLimits, head)) {
        reset(NGHTTP2_PROTOCOL_ERROR, {FailureKind::BadResponse, refusal->detail});
        return;
    }
    head.reason = http::reasonPhrase(head.status);
    head.keepAlive = true;
    head.http2 = true;
    if (head.status >= 200) {
        if (head.framing == http::Framing::UntilClose) {
            // Without a length the stream's own end is the end, which may be here already.
            head.framing = endsStream ? http::Framing::Length : http::Framing::Chunked;
        }
        m_connection.noteUse();
        answered(head, endsStream);
    } else if (++m_interims > interimsMax) {
        reset(NGHTTP2_ENHANCE_YOUR_CALM, failures::endlessInterim);
    } else {
        m_call->onInterim(head);
    }
}

void H2Stream::answered(const http::ResponseHead& head, bool endsStream) {
    const bool isGrpc = m_call->settings().protocol == model::Protocol::Grpc;
    if (m_call->retriesOn(head.status)) {
        skipAnswer(head.status >= 500, endsStream);
        return;
    }
    if (isGrpc && endsStream) {
        const http::Field* status = head.find("grpc-status");
        if (status != nullptr) {
            onGrpcStatus(status->value);
        }
        if (status != nullptr && status->value == "14" && m_call->retriesUnavailable()) {
            skipAnswer(true, endsStream);
            return;
        }
    }
    if (isGrpc && head.status != 200) {
        m_grpcStatus = GrpcStatus::Good; // HTTP's own status says it all
    }
    m_headReceived = true;
    const std::int32_t id = m_id;
    m_connection.touch(*this);
    m_call->onHead(head);
    if (m_id == id && endsStream) {
        onEnd();
    }
}

/// Another try takes the place of this answer.
void H2Stream::skipAnswer(bool error, bool endsStream) {
    leaveSession(endsStream && isRequestOut() ? std::uint32_t{NGHTTP2_NO_ERROR}
                                              : std::uint32_t{NGHTTP2_CANCEL});
    release()->retryAnswered(error);
}

void H2Stream::onContent(std::string_view piece) {
    setResponseTimer();
    if (m_paused) {
        m_held.append(piece);
        return;
    }
    m_connection.touch(*this);
    deliver(piece);
}

void H2Stream::deliver(std::string_view piece) {
    const std::int32_t id = m_id;
    const bool wantsMore = m_call->listener().onResponseBody(piece);
    if (m_id != id) {
        return;
    }
    m_uncredited += piece.size();
    if (wantsMore) {
        credit();
    } else {
        m_paused = true;
        setResponseTimer();
    }
}

/// Lets the peer send as much again as was taken.
void H2Stream::credit() {
    const std::size_t bytes = std::exchange(m_uncredited, 0);
    if (!m_isOver) {
        nghttp2_session_consume_stream(m_connection.session(), m_id, bytes);
    }
}

void H2Stream::resume() {
    if (!std::exchange(m_paused, false)) {
        return;
    }
    const std::int32_t id = m_id;
    setResponseTimer();
    credit();
    m_connection.sendSoon();
    if (!m_held.empty()) {
        const std::string held = std::exchange(m_held, {});
        deliver(held);
        if (m_id != id) {
            return;
        }
        m_call->listener().onResponseBatchEnd();
    }
    if (m_id == id && m_ended) {
        complete();
    }
}

void H2Stream::onBatchEnd() {
    m_call->listener().onResponseBatchEnd();
}

void H2Stream::onEnd() {
    m_ended = true;
    // Also when the client takes nothing now: it has been given everything.
    if (m_held.empty()) {
        complete();
    }
}

void H2Stream::onGrpcStatus(std::string_view status) noexcept {
    m_grpcStatus = isServersFault(status) ? GrpcStatus::Bad : GrpcStatus::Good;
}

void H2Stream::complete() {
    if (m_call->settings().protocol == model::Protocol::Grpc && m_grpcStatus != GrpcStatus::Good) {
        m_call->noteGrpcFailure();
    }
    // What is left of the request interests nobody any more.
    leaveSession(isRequestOut() ? std::uint32_t{NGHTTP2_NO_ERROR} : std::uint32_t{NGHTTP2_CANCEL});
    const std::string trailers = std::exchange(m_trailers, {});
    CallListener* listener = release()->onComplete();
    listener->onResponseEnd(trailers);
}

bool H2Stream::isRequestOut() const noexcept {
    return nghttp2_session_get_stream_local_close(m_connection.session(), m_id) != 0;
}

void H2Stream::onReset(std::uint32_t code) {
    if (m_ended) {
        return; // of the request's rest; the answer is here
    }
    if (code == NGHTTP2_REFUSED_STREAM) {
        breakOff(refused, true);
    } else {
        breakOff(code == NGHTTP2_HTTP_1_1_REQUIRED ? wantsHttp1 : resetByPeer);
    }
}

// How it ends

void H2Stream::abandon() {
    leaveSession(NGHTTP2_CANCEL);
    release();
}

void H2Stream::failToConnect(const Failure& failure) {
    release()->onConnectFailed(failure);
}

void H2Stream::breakOff(const Failure& failure, bool unprocessed) {
    reset(NGHTTP2_NO_ERROR, failure, unprocessed);
}

void H2Stream::reset(std::uint32_t code, const Failure& failure, bool unprocessed) {
    const Broken broken{failure, m_anythingReceived, m_reused, unprocessed};
    leaveSession(code);
    release()->onBroken(broken);
}

void H2Stream::leaveSession(std::uint32_t code) {
    if (m_id < 0 || m_isOver) {
        m_id = -1;
        return;
    }
    nghttp2_session_set_stream_user_data(m_connection.session(), m_id, nullptr);
    if (code != NGHTTP2_NO_ERROR) {
        nghttp2_submit_rst_stream(m_connection.session(), NGHTTP2_FLAG_NONE, m_id, code);
    }
    m_id = -1;
}

Call* H2Stream::release() {
    const bool wasWaiting = m_state == State::Waiting;
    m_state = State::Free;
    m_timer.clear();
    m_paused = false;
    clearKept(m_content);
    clearKept(m_requestTrailers);
    clearKept(m_held);
    clearKept(m_trailers);
    m_connection.release(*this, wasWaiting);
    return std::exchange(m_call, nullptr);
}

} // namespace gateway::upstream
