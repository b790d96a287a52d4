#include "gateway/http/session.h"
#include "gateway/http/writer.h"

#include <algorithm>
#include <utility>

/// What goes to the client: framing, what the socket does not take at once, and the end of an answer.
namespace gateway::http {
namespace {

constexpr std::uint64_t discardBytesMax = 64 * 1024; // of an unwanted body; more costs the connection
constexpr int switchingProtocols = 101;
constexpr std::size_t copyBytesMax =
    8 * 1024; // smaller pieces are collected, larger ones sent from where they are

iovec piece(std::string_view bytes) {
    return {const_cast<char*>(bytes.data()), bytes.size()};
}

} // namespace

/// Whether the connection stays open after this answer. `delimited`: its end can be told without closing.
bool Session::decideKeepAlive(bool delimited) {
    m_keepAlive = m_clientKeepAlive && delimited && !m_draining && !m_host.isDraining();
    if (m_body != nullptr) {
        // The answer is ahead of the body. A short rest can be read past; a long one, or one that the client
        // holds back until it is asked to continue, cannot.
        const bool shortRest = m_body->bytesLeft() <= discardBytesMax && !m_expectsContinue;
        m_keepAlive = m_keepAlive && shortRest;
    }
    return m_keepAlive;
}

void Session::inform(const ResponseHead& head) {
    if (m_minorVersion > 0) {
        writeInformationalHead(m_host.scratch(), head);
        flush();
    }
}

void Session::respond(const ResponseHead& head, RespondedBy by) {
    by.framing = head.framing;
    if (head.framing == Framing::Chunked || head.framing == Framing::UntilClose) {
        by.framing = m_minorVersion > 0 ? Framing::Chunked : Framing::UntilClose;
    }
    by.clientMinorVersion = m_minorVersion;
    if (head.status == switchingProtocols) {
        m_isTunnel = true;
        by.framing = Framing::UntilClose;
    }
    by.keepAlive = decideKeepAlive(by.framing != Framing::UntilClose);
    writeResponseHead(m_host.scratch(), head, by);
    m_responseFraming = by.framing;
}

void Session::respond(ProblemReply problem) {
    problem.clientMinorVersion = m_minorVersion;
    problem.keepAlive = decideKeepAlive(true);
    writeProblem(m_host.scratch(), problem);
    m_responseFraming = Framing::None;
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
        return m_unsent == nullptr;
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
    if (m_unsent == nullptr) {
        const std::ptrdiff_t result = m_stream->write(pieces, count);
        if (result < 0) {
            die(false);
            return false;
        }
        sent = static_cast<std::size_t>(result);
        if (sent == net::bytesOf(pieces, count)) {
            return true;
        }
        m_unsent = std::make_unique<Unsent>();
    }
    net::appendUnsent(m_unsent->bytes, pieces, count, sent);
    m_stream->waitWritable();
    armTimer();
    return false;
}

void Session::onWritable() {
    const std::string_view rest = std::string_view(m_unsent->bytes).substr(m_unsent->sent);
    const iovec all = piece(rest);
    const std::ptrdiff_t sent = m_stream->write(&all, 1);
    if (sent < 0) {
        die(false);
        return;
    }
    m_unsent->sent += static_cast<std::size_t>(sent);
    if (m_unsent->sent < m_unsent->bytes.size()) {
        m_stream->waitWritable();
        if (sent > 0) {
            setTimer(Waiting::Write, listener().timeouts.write);
        }
        return;
    }
    m_unsent.reset();
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
        if (m_unsent == nullptr) {
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

} // namespace gateway::http
