#include "gateway/upstream/call.h"

#include "gateway/http/writer.h"
#include "gateway/upstream/connection.h"
#include "gateway/upstream/pools.h"

#include <algorithm>
#include <utility>

namespace gateway::upstream {
namespace {

constexpr std::size_t replayBytesMax = 16 * 1024; // of a request, kept whole so that it can be sent again
constexpr unsigned attemptsMax = 8;

} // namespace

Call::Call(Pools& pools)
    : m_pools(pools) {}

Call::~Call() {
    cancel();
}

void Call::start(const ServicePlan& service, http::Method method, http::Framing framing, bool expectsContinue,
                 CallListener& listener) {
    m_service = &service;
    m_method = method;
    m_framing = framing;
    m_expectsContinue = expectsContinue;
    m_listener = &listener;
    m_connection = nullptr;
    m_outSent = 0;
    m_attempts = 0;
    m_targetsTried = 1;
    m_bodyEnded = false;
    m_trimmed = false;
    m_retriedDead = false;
    m_waitingWritable = false;
    m_started = false;
    m_turn = m_pools.nextTurn(service);
    tryTarget(service.targets[service.turns[m_turn]], 0, false);
}

void Call::tryTarget(const TargetPlan& target, std::size_t endpoint, bool fresh) {
    ++m_attempts;
    m_target = &target;
    m_endpoint = endpoint;
    m_outSent = 0;
    m_connection = fresh ? nullptr : m_pools.takeIdle(target.index);
    if (m_connection != nullptr) {
        m_connection->serve(*this);
        return;
    }
    m_connection = &m_pools.open(target.index);
    m_connection->connect(target.endpoints[endpoint], m_service->settings.timeouts.connect, *this);
}

bool Call::sendBody(std::string_view piece) {
    if (m_listener == nullptr) {
        return true; // answered already: the rest of the body is read past
    }
    const bool chunked = m_framing == http::Framing::Chunked;
    const bool sendNow =
        m_out.size() + piece.size() > replayBytesMax && m_connection != nullptr && m_connection->isReady();
    if (chunked) {
        http::writeChunkSize(m_out, piece.size());
    }
    if (!sendNow) {
        m_out.append(piece);
        if (chunked) {
            m_out.append("\r\n");
        }
        return m_out.size() - m_outSent <= replayBytesMax;
    }
    m_trimmed = true;
    const std::string_view waiting = std::string_view(m_out).substr(m_outSent);
    const iovec pieces[] = {{const_cast<char*>(waiting.data()), waiting.size()},
                            {const_cast<char*>(piece.data()), piece.size()},
                            {const_cast<char*>("\r\n"), 2}};
    const std::size_t count = chunked ? 3 : 2;
    std::size_t sent =
        static_cast<std::size_t>(std::max<std::ptrdiff_t>(m_connection->write(pieces, count), 0));
    std::string rest;
    for (std::size_t i = 0; i < count; ++i) {
        const std::string_view part(static_cast<const char*>(pieces[i].iov_base), pieces[i].iov_len);
        const std::size_t skipped = std::min(sent, part.size());
        sent -= skipped;
        rest.append(part.substr(skipped));
    }
    m_out = std::move(rest);
    m_outSent = 0;
    if (m_out.empty()) {
        return true;
    }
    m_waitingWritable = true;
    m_connection->waitWritable();
    return false;
}

void Call::endBody(std::string_view trailers) {
    if (m_listener == nullptr) {
        return;
    }
    m_bodyEnded = true;
    if (m_framing == http::Framing::Chunked) {
        m_out.append("0\r\n").append(trailers).append("\r\n");
    }
}

void Call::flush() {
    if (m_listener != nullptr && m_connection != nullptr && m_connection->isReady() && !m_waitingWritable) {
        pumpOut();
    }
}

void Call::pumpOut() {
    const std::string_view waiting = std::string_view(m_out).substr(m_outSent);
    if (!waiting.empty()) {
        const iovec all{const_cast<char*>(waiting.data()), waiting.size()};
        // A failed write is told by the read side, which also sees an answer that came before the end.
        m_outSent += static_cast<std::size_t>(std::max<std::ptrdiff_t>(m_connection->write(&all, 1), 0));
        if (m_outSent < m_out.size()) {
            m_waitingWritable = true;
            m_connection->waitWritable();
            return;
        }
    }
    if (m_trimmed || m_out.size() > replayBytesMax) {
        m_trimmed = m_trimmed || !m_out.empty();
        m_out.clear();
        m_outSent = 0;
    }
    // An answer may come before the body is through, but silence counts only after it.
    if (m_bodyEnded || m_expectsContinue) {
        m_connection->expectResponse(m_service->settings.timeouts.response);
    }
}

void Call::onWritable() {
    if (m_listener == nullptr) {
        return;
    }
    m_waitingWritable = false;
    pumpOut();
    if (!m_waitingWritable && !m_bodyEnded) {
        m_listener->onRequestWritable();
    }
}

void Call::onConnected() {
    pumpOut();
    if (!m_waitingWritable && !m_bodyEnded) {
        m_listener->onRequestWritable();
    }
}

void Call::onConnectFailed(const Failure& failure) {
    m_connection = nullptr;
    if (m_listener == nullptr) {
        return;
    }
    m_pools.cellsOf(m_target->index).failures.add();
    if (failure.kind == FailureKind::Exhausted || m_attempts >= attemptsMax) {
        fail(failure);
        return;
    }
    if (m_endpoint + 1 < m_target->endpoints.size()) {
        tryTarget(*m_target, m_endpoint + 1, false);
    } else if (const TargetPlan* next = nextTarget()) {
        tryTarget(*next, 0, false);
    } else {
        fail(failure);
        return;
    }
    flush();
}

/// The next target along the turns that was not asked for this call yet, or null.
const TargetPlan* Call::nextTarget() {
    const TargetPlan* next = m_target;
    while (m_targetsTried < m_service->targets.size() && next == m_target) {
        m_turn = (m_turn + 1) % static_cast<std::uint32_t>(m_service->turns.size());
        next = &m_service->targets[m_service->turns[m_turn]];
    }
    if (next == m_target) {
        return nullptr;
    }
    ++m_targetsTried;
    return next;
}

void Call::onDied(const Failure& failure, bool anythingReceived, bool reused) {
    m_connection = nullptr;
    m_waitingWritable = false;
    if (m_listener == nullptr) {
        return;
    }
    const bool unsent = m_outSent == 0 && !m_trimmed;
    const bool repeatable = !m_trimmed && (unsent || isIdempotent());
    if (!reused) {
        m_pools.cellsOf(m_target->index).failures.add();
    }
    if (failure.kind == FailureKind::Reset && !anythingReceived && repeatable && !m_retriedDead) {
        // Mostly the upstream closed an idle connection while the request was on its way: a fresh one tells.
        // Others in the pool may be as dead.
        m_retriedDead = true;
        const TargetPlan* next = reused ? nullptr : nextTarget();
        tryTarget(next != nullptr ? *next : *m_target, 0, true);
        return;
    }
    if (reused) {
        m_pools.cellsOf(m_target->index).failures.add();
    }
    fail(failure);
}

bool Call::isIdempotent() const noexcept {
    switch (m_method) {
    case http::Method::Get:
    case http::Method::Head:
    case http::Method::Put:
    case http::Method::Delete:
    case http::Method::Options:
    case http::Method::Trace:
        return true;
    case http::Method::Post:
    case http::Method::Patch:
    case http::Method::Connect:
    case http::Method::Other:
        return false;
    }
    return false;
}

void Call::fail(const Failure& failure) {
    CallListener* listener = std::exchange(m_listener, nullptr);
    listener->onCallFailed(failure, m_started);
}

void Call::resumeResponse() {
    if (m_connection != nullptr) {
        m_connection->resume();
    }
}

void Call::cancel() {
    m_listener = nullptr;
    if (Connection* connection = std::exchange(m_connection, nullptr)) {
        connection->abandon();
    }
}

} // namespace gateway::upstream
