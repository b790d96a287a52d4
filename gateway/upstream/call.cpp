#include "gateway/upstream/call.h"

#include "gateway/http/characters.h"
#include "gateway/http/writer.h"
#include "gateway/upstream/pools.h"
#include "gateway/upstream/websocket_accept.h"

#include <algorithm>
#include <utility>

namespace gateway::upstream {
namespace {

constexpr std::size_t streamKeptMax = 512;        // capacity that a stream keeps while it is silent
constexpr std::size_t replayBytesMax = 16 * 1024; // of a request, kept whole so that it can be sent again

constexpr Failure noTarget{FailureKind::NoTarget, "All targets of the service are being drained."};
constexpr Failure breakerOpen{FailureKind::BreakerOpen, "The service fails too often to be asked now."};
constexpr Failure busy{FailureKind::Busy, "The service has as many requests in flight as it may have."};
constexpr Failure noWebSocket{FailureKind::NoWebSocket,
                              "The service speaks HTTP/2, over which the gateway asks for no WebSockets."};
constexpr Failure deadlineExceeded{FailureKind::DeadlineExceeded,
                                   "The time that the caller allowed for the call has passed."};
constexpr Failure requestTimeout{FailureKind::ResponseTimeout,
                                 "The request took longer than the service may take."};

/// The value of a field in a head that was written by the gateway.
std::string_view fieldOf(std::string_view head, std::string_view name) {
    while (!head.empty()) {
        const std::size_t end = std::min(head.find("\r\n"), head.size());
        const std::string_view line = head.substr(0, end);
        head.remove_prefix(std::min(end + 2, head.size()));
        const std::size_t colon = std::min(line.find(':'), line.size());
        if (http::equalsIgnoreCase(line.substr(0, colon), name)) {
            return http::trimmed(line.substr(std::min(colon + 1, line.size())));
        }
    }
    return {};
}

} // namespace

Call::Call(Pools& pools)
    : m_pools(pools)
    , m_timer(pools.loop().timers(), this, &Call::onTimer)
    , m_deadline(pools.loop().timers(), this, &Call::onDeadline) {}

Call::~Call() {
    cancel();
}

Monotonic Call::now() const {
    return m_pools.loop().clock().now();
}

std::optional<Failure> Call::start(const CallPlan& plan, CallListener& listener) {
    m_plan = plan;
    m_target = nullptr;
    m_lane = nullptr;
    m_isRaw = settings().protocol != model::Protocol::Http1;
    m_endTold = false;
    m_isStream = plan.stream;
    m_grpcFailed = false;
    m_trailers.clear();
    m_outSent = 0;
    m_tried.clear();
    m_refusal = nullptr;
    m_attempts = 0;
    m_retries = 0;
    m_status = 0;
    m_bodyEnded = false;
    m_trimmed = false;
    m_retriedDead = false;
    m_waitingWritable = false;
    m_continued = false;
    if (plan.webSocket && m_isRaw) {
        return noWebSocket;
    }
    if (const auto refused = admit()) {
        return refused;
    }
    const TargetPlan* target = pickTarget(plan.now);
    if (target == nullptr) {
        leave({});
        return noTarget;
    }
    m_listener = &listener;
    if (settings().retries.attempts > 0) {
        m_pools.budgetOf(plan.service->index).noteRequest(plan.now);
    }
    armDeadline();
    beginTry(*target, false);
    return {};
}

void Call::armDeadline() {
    const auto own = m_isStream ? std::chrono::milliseconds{0} : settings().timeouts.request;
    const auto callers = m_plan.timeLimit;
    m_deadlineIsCallers = callers.count() > 0 && (own.count() == 0 || callers <= own);
    if (const auto limit = m_deadlineIsCallers ? callers : own; limit.count() > 0) {
        m_deadline.set(limit);
    }
}

std::chrono::milliseconds Call::timeLeft() const {
    if (m_attempts < 2 || m_plan.timeLimit.count() == 0) {
        return std::chrono::milliseconds{0};
    }
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(m_plan.now + m_plan.timeLimit - now());
    return std::max(left, std::chrono::milliseconds{1});
}

// Admission

std::optional<Failure> Call::admit() {
    ServiceState& state = *m_plan.service->state;
    if (settings().breaker &&
        !state.breaker.admits(*settings().breaker, m_plan.now, m_pools.random().next())) {
        m_pools.eventsOf(m_plan.service->index).brokenOff.add();
        return breakerOpen;
    }
    if (settings().concurrency > 0 && !takePlace()) {
        m_pools.eventsOf(m_plan.service->index).overLimit.add();
        return busy;
    }
    return {};
}

/// Never counts above the limit, not even for a moment: another worker would be refused for nothing.
bool Call::takePlace() noexcept {
    std::atomic<std::uint32_t>& active = m_plan.service->state->requestsActive;
    std::uint32_t seen = active.load(std::memory_order_relaxed);
    while (seen < settings().concurrency) {
        if (active.compare_exchange_weak(seen, seen + 1, std::memory_order_relaxed)) {
            m_holdsPlace = true;
            return true;
        }
    }
    return false;
}

/// The call is over. `error`: what the breaker should know; nothing if it says nothing about the service.
void Call::leave(std::optional<bool> error) noexcept {
    ServiceState& state = *m_plan.service->state;
    if (std::exchange(m_holdsPlace, false)) {
        state.requestsActive.fetch_sub(1, std::memory_order_relaxed);
    }
    if (settings().breaker && error) {
        state.breaker.note(*settings().breaker, *error, now());
    }
    m_deadline.clear();
}

// The request

bool Call::sendBody(std::string_view piece) {
    if (m_listener == nullptr) {
        return true; // answered already: the rest of the body is read past
    }
    const bool chunked = m_plan.framing == http::Framing::Chunked && !m_isRaw;
    const bool sendNow =
        m_out.size() + piece.size() > replayBytesMax && m_lane != nullptr && m_lane->isReady();
    if (chunked) {
        http::writeChunkSize(m_out, piece.size());
    }
    if (!sendNow) {
        m_out.append(piece);
        if (chunked) {
            m_out.append("\r\n");
        }
        // Whoever is told to wait must be told to go on: a lane that is ready is flushed with the batch.
        const bool isTold = m_waitingWritable || m_lane == nullptr || !m_lane->isReady();
        return !isTold || m_out.size() - m_outSent <= replayBytesMax;
    }
    m_trimmed = true;
    const std::string_view waiting = std::string_view(m_out).substr(m_outSent);
    const iovec pieces[] = {{const_cast<char*>(waiting.data()), waiting.size()},
                            {const_cast<char*>(piece.data()), piece.size()},
                            {const_cast<char*>("\r\n"), 2}};
    const std::size_t count = chunked ? 3 : 2;
    const auto sent = static_cast<std::size_t>(std::max<std::ptrdiff_t>(m_lane->write(pieces, count), 0));
    std::string rest;
    net::appendUnsent(rest, pieces, count, sent);
    m_out = std::move(rest);
    m_outSent = 0;
    if (m_out.empty()) {
        return true;
    }
    m_waitingWritable = true;
    m_lane->waitWritable();
    return false;
}

void Call::endBody(std::string_view trailers) {
    if (m_listener == nullptr) {
        return;
    }
    m_bodyEnded = true;
    if (m_isRaw) {
        m_trailers = trailers;
    } else if (m_plan.framing == http::Framing::Chunked) {
        m_out.append("0\r\n").append(trailers).append("\r\n");
    }
    if (m_status == 0 && m_lane != nullptr) {
        armAttempt();
    }
}

void Call::flush() {
    if (m_listener != nullptr && m_lane != nullptr && m_lane->isReady() && !m_waitingWritable) {
        pumpOut();
    }
}

void Call::pumpOut() {
    const std::string_view waiting = std::string_view(m_out).substr(m_outSent);
    if (!waiting.empty()) {
        const iovec all{const_cast<char*>(waiting.data()), waiting.size()};
        // A failed write is told by the read side, which also sees an answer that came before the end.
        m_outSent += static_cast<std::size_t>(std::max<std::ptrdiff_t>(m_lane->write(&all, 1), 0));
        if (m_outSent < m_out.size()) {
            m_waitingWritable = true;
            m_lane->waitWritable();
            return;
        }
    }
    if (m_trimmed || m_out.size() > replayBytesMax) {
        m_trimmed = m_trimmed || !m_out.empty();
        m_out.clear();
        m_outSent = 0;
        if (m_isStream && m_out.capacity() > streamKeptMax) {
            m_out.shrink_to_fit();
        }
    }
    if (m_isRaw && m_bodyEnded && !std::exchange(m_endTold, true)) {
        m_lane->endRequest(m_trailers);
    }
    // An answer may come before the body is through, but silence counts only after it.
    if (m_bodyEnded || m_plan.expectsContinue) {
        m_lane->expectResponse(silenceMax());
    }
}

/// How long the target may say nothing; 0: as long as it likes. The silence of a gRPC stream between two
/// messages is its own business, and a caller that sets a limit means that one.
std::chrono::milliseconds Call::silenceMax() const noexcept {
    const bool unlimited = m_isStream || (isGrpc() && (m_status != 0 || m_deadlineIsCallers));
    return unlimited ? std::chrono::milliseconds{0} : settings().timeouts.response;
}

void Call::sendOn() {
    pumpOut();
    if (!m_waitingWritable && !m_bodyEnded) {
        m_listener->onRequestWritable();
    }
}

void Call::onWritable() {
    if (m_listener != nullptr) {
        m_waitingWritable = false;
        sendOn();
    }
}

void Call::onReady() {
    sendOn();
}

// The answer

void Call::onInterim(const http::ResponseHead& head) {
    // A 100 that the client did not ask for would only confuse it.
    if (head.status == 100 && (!m_plan.expectsContinue || m_continued)) {
        return;
    }
    m_continued = m_continued || head.status == 100;
    m_listener->onInformational(head);
}

void Call::onHead(const http::ResponseHead& head) {
    m_status = head.status;
    disarmAttempt();
    if (isGrpc()) {
        m_lane->expectResponse(silenceMax());
    }
    m_listener->onResponseHead(head);
}

void Call::disarmAttempt() noexcept {
    if (m_timerUse == TimerUse::Attempt) {
        m_timerUse = TimerUse::Nothing;
        m_timer.clear();
    }
}

CallListener* Call::onComplete() {
    const bool error = isError();
    m_lane = nullptr;
    endTry(error ? TryEnd::Error : TryEnd::Good);
    leave(error);
    return std::exchange(m_listener, nullptr);
}

bool Call::mayOpenTunnel(const http::ResponseHead& head) const {
    const http::Field* upgrade = head.find(http::KnownField::Upgrade);
    if (!m_plan.webSocket || !isRequestSent() || upgrade == nullptr || !upgrade->nominated ||
        !http::equalsIgnoreCase(upgrade->value, "websocket")) {
        return false;
    }
    // Whoever does not know how to answer the key did not mean to become a WebSocket (RFC 6455, 4.1).
    const http::Field* accept = head.find("sec-websocket-accept");
    return accept != nullptr && accept->value == webSocketAccept(fieldOf(m_out, "sec-websocket-key"));
}

void Call::openTunnel() noexcept {
    becomeStream();
    m_isRaw = true;
    m_bodyEnded = false;
    m_endTold = false;
    m_trimmed = true; // what was said in a tunnel cannot be said to another target
    m_out.clear();
    m_out.shrink_to_fit(); // a tunnel may be idle for hours
    m_outSent = 0;
}

void Call::resumeResponse() {
    if (m_lane != nullptr) {
        m_lane->resume();
    }
}

void Call::becomeStream() noexcept {
    m_isStream = true;
    m_deadline.clear();
    if (m_lane != nullptr) {
        m_lane->expectResponse(std::chrono::milliseconds{0});
    }
}

void Call::onDeadline(void* self) {
    Call& call = *static_cast<Call*>(self);
    Lane* lane = std::exchange(call.m_lane, nullptr);
    // A client that sends or reads slowly is no fault of the target.
    const bool targetsTurn = call.m_bodyEnded && lane != nullptr && !lane->isPaused();
    if (lane != nullptr) {
        lane->abandon();
    }
    call.endTry(targetsTurn ? TryEnd::Error : TryEnd::Abandoned);
    call.fail(call.m_deadlineIsCallers ? deadlineExceeded : requestTimeout);
}

void Call::fail(const Failure& failure) {
    m_timerUse = TimerUse::Nothing;
    m_timer.clear();
    // What the gateway itself has too little of says nothing about the service.
    leave(failure.kind == FailureKind::Exhausted ? std::optional<bool>{} : std::optional<bool>{true});
    CallListener* listener = std::exchange(m_listener, nullptr);
    listener->onCallFailed(failure, m_status != 0);
}

void Call::cancel() {
    if (m_listener == nullptr) {
        return;
    }
    m_listener = nullptr;
    if (Lane* lane = std::exchange(m_lane, nullptr)) {
        lane->abandon();
    }
    endTry(TryEnd::Abandoned);
    m_timerUse = TimerUse::Nothing;
    m_timer.clear();
    leave(m_status != 0 ? std::optional<bool>{isError()} : std::optional<bool>{});
}

} // namespace gateway::upstream
