#include "gateway/upstream/call.h"
#include "gateway/upstream/failures.h"
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
constexpr Failure noRoom{FailureKind::Exhausted,
                         "Too many requests wait for a stream to the upstream already."};

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
    m_endTold = false;
    m_refusal = nullptr;
    m_tlsRefusal.reset();
    m_endpointsTried = 0;
    if (m_bodyEnded || m_plan.framing == http::Framing::None) {
        armAttempt();
    }
    m_lane = takeLane(fresh);
    if (m_lane == nullptr) {
        connectNext();
    }
}

/// Null: a connection is to be opened. A stream may have to wait until it is ready.
Lane* Call::takeLane(bool fresh) {
    if (m_plan.service->isMultiplexed()) {
        return m_pools.multiplexed().join(*m_plan.service, *m_target, *this);
    }
    H1Connection* connection = fresh ? nullptr : m_pools.takeIdle(m_target->index, m_plan.service->tls.get());
    if (connection != nullptr) {
        connection->serve(*this);
    }
    return connection;
}

void Call::takeOtherLane() {
    m_endpointsTried = 0;
    m_lane = takeLane(true);
    if (m_lane == nullptr) {
        connectNext();
    } else if (m_lane->isReady()) {
        sendOn();
    }
}

void Call::connectNext() {
    const auto& endpoints = m_pools.endpointsOf(m_target->index, m_target->endpoints);
    if (endpoints.empty()) {
        failFromLoop(TimerUse::NoAddress);
        return;
    }
    m_endpoint = m_endpointsTried == 0 ? m_pools.nextEndpoint(m_target->index) : m_endpoint + 1;
    ++m_endpointsTried;
    const net::Endpoint& endpoint = endpoints[m_endpoint % endpoints.size()];
    if (m_plan.service->isMultiplexed()) {
        m_lane = m_pools.multiplexed().open(*m_plan.service, *m_target, endpoint, *this);
        if (m_lane == nullptr) {
            failFromLoop(TimerUse::NoRoom);
        }
        return;
    }
    H1Connection& connection = m_pools.open(*m_plan.service, *m_target, endpoint);
    m_lane = &connection;
    connection.connect(settings().timeouts.connect, *this);
}

/// Told from the loop, like every other outcome; otherwise callers would be re-entered.
void Call::failFromLoop(TimerUse how) {
    m_timerUse = how;
    m_timer.set(0ns);
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
    m_lane = nullptr;
    if (m_listener == nullptr) {
        return;
    }
    if (failure.kind == FailureKind::Exhausted) {
        endTry(TryEnd::Void);
        fail(failure);
        return;
    }
    if (failure.kind == FailureKind::BadCertificate || failure.kind == FailureKind::TlsFailed) {
        // The connection that told it goes.
        m_failureText = failure.detail;
        m_tlsRefusal = failure.kind;
    } else if (failure.kind == FailureKind::ConnectFailed) {
        m_refusal = failure.detail;
    }
    const auto addresses = m_pools.endpointsOf(m_target->index, m_target->endpoints).size();
    if (m_endpointsTried < std::min<std::size_t>(addresses, addressesPerTry)) {
        connectNext();
        return;
    }
    // Silence is told only of targets that were silent on all their addresses; what TLS says is the most
    // exact.
    if (m_tlsRefusal) {
        tryFailed({*m_tlsRefusal, m_failureText.c_str()}, RetryCause::ConnectFailure);
    } else {
        tryFailed(m_refusal != nullptr ? Failure{FailureKind::ConnectFailed, m_refusal} : failure,
                  RetryCause::ConnectFailure);
    }
}

void Call::onBroken(const Broken& broken) {
    m_lane = nullptr;
    m_waitingWritable = false;
    if (m_listener == nullptr) {
        return;
    }
    const Failure& failure = broken.failure;
    const bool early = failure.kind == FailureKind::Reset && !broken.anythingReceived;
    std::optional<RetryCause> cause;
    if (broken.unprocessed) {
        cause = RetryCause::Unprocessed;
    } else if (failure.kind == FailureKind::Reset) {
        cause = early ? RetryCause::RefusedStream : RetryCause::Reset;
    } else if (failure.kind == FailureKind::ResponseTimeout) {
        cause = RetryCause::Timeout;
    }
    if (early && broken.reused && !m_retriedDead && m_status == 0 && isRepeatable(*cause)) {
        // Mostly the upstream closed an idle connection while the request was on its way: a fresh one tells.
        // Others in the pool may be as dead.
        m_retriedDead = true;
        endTry(TryEnd::Void);
        m_tried.pop_back();
        beginTry(*m_target, true);
        if (m_lane != nullptr && m_lane->isReady()) {
            sendOn();
        }
        return;
    }
    tryFailed(failure, cause);
}

void Call::onAttemptTimeout() {
    Lane* lane = std::exchange(m_lane, nullptr);
    const bool connecting = !lane->isReady();
    lane->abandon();
    m_waitingWritable = false;
    tryFailed(failures::responseTimeout, connecting ? RetryCause::ConnectFailure : RetryCause::Timeout);
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

bool Call::retriesUnavailable() {
    return mayRetry(RetryCause::Unavailable);
}

void Call::retryAnswered(bool error) {
    m_lane = nullptr;
    m_waitingWritable = false;
    endTry(error ? TryEnd::Error : TryEnd::Good);
    retry(RetryCause::Status);
}

// Further tries

/// Takes the retry out of the budget when it says true.
bool Call::mayRetry(RetryCause cause) {
    if (m_status != 0 || m_retries >= settings().retries.attempts || !isChosen(cause) ||
        !isRepeatable(cause)) {
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
    case RetryCause::Unprocessed:
        return retries.onRefusedStream;
    case RetryCause::Unavailable:
        return retries.onUnavailable;
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
bool Call::isRepeatable(RetryCause cause) const noexcept {
    const bool nothingDone =
        m_outSent == 0 || cause == RetryCause::Unprocessed || cause == RetryCause::Unavailable;
    return !m_trimmed && (nothingDone || isIdempotent(m_plan.method));
}

void Call::retry(RetryCause cause) {
    ++m_retries;
    m_retryFresh = cause == RetryCause::RefusedStream || cause == RetryCause::Reset;
    // Nobody was bothered yet: another target can be asked at once. Whatever else failed may need a moment.
    if (cause == RetryCause::ConnectFailure && m_retries == 1) {
        if (const TargetPlan* other = m_pools.balancer().pick(*m_plan.service, m_plan.hash, now(), m_tried)) {
            beginTry(*other, false);
            if (m_lane != nullptr && m_lane->isReady()) {
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
    case TimerUse::NoRoom:
        call.onConnectFailed(noRoom);
        break;
    }
}

void Call::onBackoffOver() {
    const TargetPlan* target = pickTarget(now());
    if (target == nullptr) {
        fail(failures::connectRefused);
        return;
    }
    beginTry(*target, m_retryFresh);
    if (m_lane != nullptr && m_lane->isReady()) {
        sendOn();
    }
}

} // namespace gateway::upstream
