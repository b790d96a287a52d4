#include "gateway/upstream/call.h"
#include "gateway/upstream/connection.h"
#include "gateway/upstream/outlier.h"
#include "gateway/upstream/pools.h"

#include <algorithm>
#include <utility>

namespace gateway::upstream {
namespace {

using namespace std::chrono_literals;

/// A name with many dead addresses must not eat up the time of all tries.
constexpr std::uint32_t addressesPerTry = 4;

constexpr std::chrono::nanoseconds backoffBase = 25ms;
constexpr std::chrono::nanoseconds backoffMax = 250ms;

constexpr Failure noAddress{FailureKind::ConnectFailed, "The name of the target has no address."};
constexpr Failure attemptTimeout{FailureKind::ResponseTimeout, "The upstream did not answer in time."};
constexpr Failure noTargetLeft{FailureKind::ConnectFailed, "No connection to the upstream could be made."};

bool isIdempotent(http::Method method) noexcept {
    switch (method) {
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

} // namespace

// One try

/// One that was not tried, or else any.
const TargetPlan* Call::pickTarget(Monotonic now) {
    Balancer& balancer = m_pools.balancer();
    const TargetPlan* target = balancer.pick(*m_plan.service, m_plan.hash, now, m_tried);
    if (target == nullptr && !m_tried.empty()) {
        m_tried.clear();
        target = balancer.pick(*m_plan.service, m_plan.hash, now, m_tried);
    }
    return target;
}

void Call::beginTry(const TargetPlan& target, bool fresh) {
    ++m_attempts;
    m_target = &target;
    m_tried.push_back(target.position);
    m_cells = &m_pools.cellsOf(target.index);
    m_cells->requestsActive.add();
    m_outSent = 0;
    m_waitingWritable = false;
    m_refusal = nullptr;
    m_endpointsTried = 0;
    if (m_bodyEnded || m_plan.framing == http::Framing::None) {
        armAttempt();
    }
    m_connection = fresh ? nullptr : m_pools.takeIdle(target.index);
    if (m_connection != nullptr) {
        m_connection->serve(*this);
    } else {
        connectNext();
    }
}

void Call::connectNext() {
    const auto& endpoints = m_pools.endpointsOf(m_target->index, m_target->endpoints);
    if (endpoints.empty()) {
        // Told from the loop, like every other outcome; otherwise callers would be re-entered.
        m_timerUse = TimerUse::NoAddress;
        m_timer.set(0ns);
        return;
    }
    m_endpoint = m_endpointsTried == 0 ? m_pools.nextEndpoint(m_target->index) : m_endpoint + 1;
    ++m_endpointsTried;
    m_connection = &m_pools.open(m_target->index, endpoints[m_endpoint % endpoints.size()]);
    m_connection->connect(settings().timeouts.connect, *this);
}

/// The clock of a try with a body starts when the client has sent it: its pace is no fault of the target.
void Call::armAttempt() {
    if (settings().timeouts.attempt.count() > 0) {
        m_timerUse = TimerUse::Attempt;
        m_timer.set(settings().timeouts.attempt);
    }
}

void Call::endTry(TryEnd end) noexcept {
    if (m_cells == nullptr) {
        return; // none is under way
    }
    metrics::TargetCells& cells = *std::exchange(m_cells, nullptr);
    cells.requestsActive.subtract();
    if (m_timerUse != TimerUse::Nothing) {
        m_timerUse = TimerUse::Nothing;
        m_timer.clear();
    }
    if (end == TryEnd::Void) {
        return;
    }
    cells.requests.add();
    if (end == TryEnd::Error) {
        cells.failures.add();
    }
    if (end != TryEnd::Abandoned && settings().outlier) {
        OutlierDetector::note(*m_plan.service, *m_target, end == TryEnd::Error, now());
    }
}

// How it may fail

void Call::onConnectFailed(const Failure& failure) {
    m_connection = nullptr;
    if (m_listener == nullptr) {
        return;
    }
    if (failure.kind == FailureKind::Exhausted) {
        endTry(TryEnd::Void);
        fail(failure);
        return;
    }
    if (failure.kind == FailureKind::ConnectFailed) {
        m_refusal = failure.detail;
    }
    const auto addresses = m_pools.endpointsOf(m_target->index, m_target->endpoints).size();
    if (m_endpointsTried < std::min<std::size_t>(addresses, addressesPerTry)) {
        connectNext();
        return;
    }
    // Silence is told only of targets that were silent on all their addresses.
    tryFailed(m_refusal != nullptr ? Failure{FailureKind::ConnectFailed, m_refusal} : failure,
              RetryCause::ConnectFailure);
}

void Call::onDied(const Failure& failure, bool anythingReceived, bool reused) {
    m_connection = nullptr;
    m_waitingWritable = false;
    if (m_listener == nullptr) {
        return;
    }
    const bool early = failure.kind == FailureKind::Reset && !anythingReceived;
    if (early && reused && !m_retriedDead && isRepeatable()) {
        // Mostly the upstream closed an idle connection while the request was on its way: a fresh one tells.
        // Others in the pool may be as dead.
        m_retriedDead = true;
        endTry(TryEnd::Void);
        m_tried.pop_back();
        beginTry(*m_target, true);
        return;
    }
    std::optional<RetryCause> cause;
    if (failure.kind == FailureKind::Reset) {
        cause = early ? RetryCause::RefusedStream : RetryCause::Reset;
    } else if (failure.kind == FailureKind::ResponseTimeout) {
        cause = RetryCause::Timeout;
    }
    tryFailed(failure, cause);
}

void Call::onAttemptTimeout() {
    Connection* connection = std::exchange(m_connection, nullptr);
    const bool connecting = !connection->isReady();
    connection->abandon();
    m_waitingWritable = false;
    tryFailed(attemptTimeout, connecting ? RetryCause::ConnectFailure : RetryCause::Timeout);
}

void Call::tryFailed(const Failure& failure, std::optional<RetryCause> cause) {
    endTry(TryEnd::Error);
    if (cause && mayRetry(*cause)) {
        retry(*cause);
    } else {
        fail(failure);
    }
}

bool Call::retriesOn(int status) {
    const auto& statuses = settings().retries.statuses;
    return std::binary_search(statuses.begin(), statuses.end(), status) && mayRetry(RetryCause::Status);
}

void Call::retryAnswered(int status) {
    m_connection = nullptr;
    endTry(status >= 500 ? TryEnd::Error : TryEnd::Good);
    retry(RetryCause::Status);
}

// Further tries

/// Takes the retry out of the budget when it says true.
bool Call::mayRetry(RetryCause cause) {
    if (m_status != 0 || m_retries >= settings().retries.attempts || !isChosen(cause) || !isRepeatable()) {
        return false;
    }
    const std::uint32_t service = m_plan.service->index;
    if (!m_pools.budgetOf(service).takeRetry(settings().retries.budgetPercent, now())) {
        m_pools.eventsOf(service).retriesDenied.add();
        return false;
    }
    m_pools.eventsOf(service).retries.add();
    return true;
}

bool Call::isChosen(RetryCause cause) const noexcept {
    const model::Retries& retries = settings().retries;
    switch (cause) {
    case RetryCause::ConnectFailure:
        return retries.onConnectFailure;
    case RetryCause::RefusedStream:
        return retries.onRefusedStream;
    case RetryCause::Reset:
        return retries.onReset;
    case RetryCause::Timeout:
        return retries.onTimeout;
    case RetryCause::Status:
        return true;
    }
    return false;
}

/// Whether asking again cannot do anything twice and cannot leave out a part of the request.
bool Call::isRepeatable() const noexcept {
    return !m_trimmed && (m_outSent == 0 || isIdempotent(m_plan.method));
}

void Call::retry(RetryCause cause) {
    ++m_retries;
    m_retryFresh = cause == RetryCause::RefusedStream || cause == RetryCause::Reset;
    // Nobody was bothered yet: another target can be asked at once. Whatever else failed may need a moment.
    if (cause == RetryCause::ConnectFailure && m_retries == 1) {
        if (const TargetPlan* other = m_pools.balancer().pick(*m_plan.service, m_plan.hash, now(), m_tried)) {
            beginTry(*other, false);
            if (m_connection != nullptr && m_connection->isReady()) {
                sendOn();
            }
            return;
        }
    }
    waitBackoff();
}

/// Full jitter: callers that failed together do not come back together.
void Call::waitBackoff() {
    const unsigned doublings = std::min(m_retries - 1, 8U);
    const auto longest = std::min(backoffBase * (1U << doublings), backoffMax);
    const auto delay = std::chrono::nanoseconds(
        static_cast<std::int64_t>(m_pools.random().fraction() * static_cast<double>(longest.count())));
    m_timerUse = TimerUse::Backoff;
    // The wheel itself adds a tick on average.
    m_timer.set(std::max(delay - net::TimerWheel::tick, 0ns));
}

void Call::onTimer(void* self) {
    Call& call = *static_cast<Call*>(self);
    switch (std::exchange(call.m_timerUse, TimerUse::Nothing)) {
    case TimerUse::Nothing:
        break;
    case TimerUse::Attempt:
        call.onAttemptTimeout();
        break;
    case TimerUse::Backoff:
        call.onBackoffOver();
        break;
    case TimerUse::NoAddress:
        call.onConnectFailed(noAddress);
        break;
    }
}

void Call::onBackoffOver() {
    const TargetPlan* target = pickTarget(now());
    if (target == nullptr) {
        fail(noTargetLeft);
        return;
    }
    beginTry(*target, m_retryFresh);
    if (m_connection != nullptr && m_connection->isReady()) {
        sendOn();
    }
}

} // namespace gateway::upstream
