#include "gateway/http/h2_stream.h"

#include "gateway/http/h2_fields.h"
#include "gateway/http/h2_session.h"
#include "gateway/http/h2_shared.h"

#include <algorithm>
#include <utility>

namespace gateway::http {
namespace {

constexpr std::size_t pendingKeptMax = 16 * 1024; // capacity that a stream keeps for the next request
constexpr std::size_t copyBytesMax = 8 * 1024;    // smaller pieces are collected, larger ones framed at once
constexpr int switchingProtocols = 101;

} // namespace

void H2Stream::begin(H2Session& session, std::int32_t id) {
    m_session = &session;
    m_id = id;
}

void H2Stream::reset() noexcept {
    dropPending();
    m_session = nullptr;
    m_exchange = nullptr;
    m_body = nullptr;
    m_held = 0;
    m_bodyBytes = 0;
    if (m_pending.capacity() > pendingKeptMax) {
        m_pending = std::string();
    }
    m_early.clear();
    m_piece = {};
    m_trailers.clear();
    m_responded = m_hasBody = m_finished = m_deferred = m_localEnded = m_requestEnded = false;
    m_closed = m_closedWell = m_bodyPaused = m_bodyFailed = m_blocked = m_isTunnel = m_isStream = false;
    m_bodyMoved = m_answerMoved = m_stalled = false;
}

const Client& H2Stream::client() const noexcept {
    return m_session->m_client;
}

const model::Listener& H2Stream::listener() const {
    return m_session->listener();
}

void H2Stream::resumeBody() {
    m_session->resumeBody(*this);
}

// The answer

void H2Stream::inform(const ResponseHead& head) {
    if (m_closed || m_responded) {
        return;
    }
    H2Shared& shared = m_session->m_shared;
    shared.text.clear();
    writeInformationalHead(shared.text, head);
    readHead(shared.fields, shared.text);
    nghttp2_submit_headers(m_session->m_h2.get(), NGHTTP2_FLAG_NONE, m_id, nullptr, shared.fields.data(),
                           shared.fields.size(), nullptr);
    m_session->schedule();
}

void H2Stream::respond(const ResponseHead& head, RespondedBy by) {
    if (m_closed) {
        return;
    }
    // Lengths are told by frames; what the writer adds for HTTP/1.1 connections is not asked for.
    by.framing = head.framing == Framing::Length ? Framing::Length : Framing::None;
    by.keepAlive = true;
    by.clientMinorVersion = 1;
    std::string& text = m_session->m_shared.text;
    text.clear();
    if (head.status == switchingProtocols) {
        // RFC 8441, 5: the tunnel's answer is an ordinary success.
        ResponseHead success = head;
        success.status = 200;
        std::erase_if(success.fields, [](const Field& field) {
            return equalsIgnoreCase(field.name, "sec-websocket-accept");
        });
        m_session->m_someBlocked = m_session->m_someBlocked || !m_early.empty();
        writeResponseHead(text, success, by);
        submitHead(text, true);
        return;
    }
    writeResponseHead(text, head, by);
    const bool isEmpty =
        head.framing == Framing::None || (head.framing == Framing::Length && head.contentLength == 0);
    submitHead(text, !by.toHead && !isEmpty);
}

void H2Stream::respond(ProblemReply problem) {
    if (m_closed) {
        return;
    }
    problem.keepAlive = true;
    problem.clientMinorVersion = 1;
    std::string& text = m_session->m_shared.text;
    text.clear();
    writeProblem(text, problem);
    submitHead(text, !problem.toHead);
}

/// What follows the head in `text` is the body.
void H2Stream::submitHead(std::string_view text, bool hasBody) {
    H2Shared& shared = m_session->m_shared;
    const std::string_view body = readHead(shared.fields, text);
    m_hasBody = hasBody;
    m_responded = true;
    nghttp2_data_provider data{};
    data.source.ptr = this;
    data.read_callback = &H2Session::onDataWanted;
    const int result = nghttp2_submit_response(m_session->m_h2.get(), m_id, shared.fields.data(),
                                               shared.fields.size(), hasBody ? &data : nullptr);
    if (result != 0) {
        m_session->resetStream(*this, NGHTTP2_INTERNAL_ERROR);
    } else if (hasBody) {
        keep(body);
    }
    m_session->schedule();
}

bool H2Stream::send(std::string_view piece) {
    if (m_closed) {
        return m_closedWell;
    }
    if (!m_hasBody || piece.empty()) {
        return true;
    }
    if (piece.size() > copyBytesMax && m_session->canWriteNow()) {
        // Framed from where it lies; only what the windows or the socket do not take is copied.
        m_piece = piece;
        wake();
        m_session->pump();
        keepPiece();
    } else {
        keep(piece);
        wake();
        m_session->schedule();
    }
    m_blocked = m_blocked || bytesPending() >= pendingBytesMax || m_session->isStuffed();
    m_session->m_someBlocked = m_session->m_someBlocked || m_blocked;
    return !m_blocked;
}

void H2Stream::keepPiece() {
    if (m_piece.empty()) {
        return;
    }
    keep(m_piece);
    m_piece = {};
}

void H2Stream::keep(std::string_view bytes) {
    m_pending.append(bytes);
    m_session->m_pendingBytes += bytes.size();
}

void H2Stream::dropPending() noexcept {
    if (m_session != nullptr) {
        m_session->m_pendingBytes -= m_pending.size() - m_pendingSent;
    }
    m_pending.clear();
    m_pendingSent = 0;
}

void H2Stream::takePending(std::string& out, std::size_t bytes) {
    const std::string_view first =
        std::string_view(m_pending).substr(m_pendingSent, std::min(bytes, m_pending.size() - m_pendingSent));
    out.append(first);
    m_pendingSent += first.size();
    m_session->m_pendingBytes -= first.size();
    bytes -= first.size();
    out.append(m_piece.substr(0, bytes));
    m_piece.remove_prefix(bytes);
    if (m_pendingSent == m_pending.size()) {
        m_pending.clear();
        m_pendingSent = 0;
    }
    m_answerMoved = true;
}

void H2Stream::wake() {
    if (std::exchange(m_deferred, false)) {
        nghttp2_session_resume_data(m_session->m_h2.get(), m_id);
    }
}

void H2Stream::flush() {
    m_session->schedule();
}

void H2Stream::finish(std::string_view trailers) {
    m_exchange = nullptr;
    m_finished = true;
    m_blocked = false;
    if (m_closed) {
        m_session->release(*this);
        return;
    }
    if (m_hasBody) {
        m_trailers.assign(trailers);
        wake();
    }
    m_session->schedule();
}

void H2Stream::abort() {
    m_exchange = nullptr;
    m_blocked = false;
    if (m_closed) {
        m_session->release(*this);
        return;
    }
    dropPending();
    m_session->resetStream(*this, NGHTTP2_INTERNAL_ERROR);
}

} // namespace gateway::http
