#include "gateway/upstream/health_probe.h"

#include "gateway/upstream/failures.h"
#include "gateway/upstream/grpc_health.h"

#include <algorithm>
#include <utility>

namespace gateway::upstream {
namespace {

constexpr std::size_t grpcAnswerBytesMax = 4 * 1024;

std::string sentenceOf(const Failure& failure) {
    switch (failure.kind) {
    case FailureKind::BadCertificate:
    case FailureKind::TlsFailed:
        return failure.detail;
    case FailureKind::ConnectTimeout:
    case FailureKind::ResponseTimeout:
    case FailureKind::DeadlineExceeded:
        return "there was no answer in time.";
    case FailureKind::Reset:
        return "the connection broke before an answer came.";
    case FailureKind::BadResponse:
        return failure.detail == failures::headTooLarge.detail ? "the head of the answer is too large."
                                                               : "the answer is not HTTP.";
    case FailureKind::ConnectFailed:
    case FailureKind::Exhausted:
    case FailureKind::NoTarget:
    case FailureKind::BreakerOpen:
    case FailureKind::Busy:
    case FailureKind::NoWebSocket:
        break;
    }
    return "no connection could be made.";
}

} // namespace

HealthProbe::HealthProbe(const ProbeParts& parts, const ServicePlan& service, const TargetPlan& target)
    : m_parts(parts)
    , m_state(target.state)
    , m_targetIndex(target.index)
    , m_due(parts.loop.timers(), this, [](void* self) { static_cast<HealthProbe*>(self)->onDue(); })
    , m_call(parts.ownPools) {
    plan(service, target);
    scheduleFirst();
}

HealthProbe::~HealthProbe() {
    finish();
}

void HealthProbe::plan(const ServicePlan& service, const TargetPlan& target) {
    m_settings = *service.settings.health;
    m_endpoints = target.endpoints;
    m_plan.settings = model::Service{};
    m_plan.settings.protocol = service.settings.protocol;
    if (service.settings.protocol == model::Protocol::Grpc && !m_settings.grpc) {
        m_plan.settings.protocol = model::Protocol::Http2;
    }
    m_plan.settings.retries.attempts = 0;
    m_plan.settings.timeouts.connect = m_settings.timeout;
    m_plan.settings.timeouts.response = m_settings.timeout;
    m_plan.settings.timeouts.request = m_settings.timeout;
    m_plan.tls = service.tls;
    m_plan.state = &m_ownServiceState;
    m_plan.targets = {target};
    m_plan.targets.front().position = 0;
    m_plan.targets.front().drain = false;
    m_plan.targets.front().state = &m_ownTargetState;
    m_plan.turns = {0};
}

void HealthProbe::update(const ServicePlan& service, const TargetPlan& target) {
    const auto interval = m_settings.interval;
    finish(); // what is under way uses what is planned
    plan(service, target);
    if (interval != m_settings.interval) {
        scheduleFirst();
    }
}

void HealthProbe::forget() {
    finish();
    m_state->setHealthy(true, m_parts.loop.clock().now());
    m_parts.board.clear(m_targetIndex);
}

void HealthProbe::scheduleFirst() {
    const auto interval = std::chrono::nanoseconds(m_settings.interval);
    m_due.set(std::chrono::nanoseconds(
        static_cast<std::int64_t>(m_parts.random.fraction() * static_cast<double>(interval.count()))));
}

// One check

void HealthProbe::onDue() {
    // One that still waits for its answer is followed by the next as soon as it is over.
    if (!m_asking) {
        begin();
    }
}

void HealthProbe::begin() {
    m_due.set(m_settings.interval);
    const auto& endpoints = m_parts.pools.endpointsOf(m_targetIndex, m_endpoints);
    if (endpoints.empty()) {
        bad("the name has no address.");
        return;
    }
    m_plan.targets.front().endpoints = {endpoints[m_turn++ % endpoints.size()]};
    m_asking = true;
    m_status = 0;
    m_grpcStatus.clear();
    m_grpcAnswer.clear();
    CallPlan call;
    call.service = &m_plan;
    call.now = m_parts.loop.clock().now();
    std::string& head = m_call.request();
    const std::string& address = m_plan.targets.front().address;
    // The path of a socket is nobody's name.
    const std::string host = m_plan.targets.front().endpoints.front().isUnix() ? "localhost" : address;
    if (m_settings.grpc) {
        call.method = http::Method::Post;
        call.framing = http::Framing::Chunked;
        head = "POST " + std::string(grpc_health::path) + " HTTP/1.1\r\nHost: " + host +
               "\r\nUser-Agent: gatehouse-health\r\nContent-Type: application/grpc\r\nTE: trailers\r\n"
               "Transfer-Encoding: chunked\r\n\r\n";
    } else {
        head = "GET " + m_settings.path + " HTTP/1.1\r\nHost: " + host +
               "\r\nUser-Agent: gatehouse-health\r\nAccept: */*\r\nConnection: close\r\n\r\n";
    }
    if (const auto refused = m_call.start(call, *this)) {
        bad(sentenceOf(*refused));
        return;
    }
    if (m_settings.grpc) {
        // Small enough to be kept in any case.
        static_cast<void>(m_call.sendBody(grpc_health::request(m_settings.grpcService)));
    }
    m_call.endBody({});
    m_call.flush();
}

void HealthProbe::onResponseHead(const http::ResponseHead& head) {
    m_status = head.status;
    if (!m_settings.grpc || head.status != 200) {
        answered(head.status);
        return;
    }
    // An answer without a message has its status in the head.
    if (const http::Field* status = head.find("grpc-status")) {
        m_grpcStatus = status->value;
    }
}

bool HealthProbe::onResponseBody(std::string_view piece) {
    m_grpcAnswer.append(
        piece.substr(0, grpcAnswerBytesMax - std::min(grpcAnswerBytesMax, m_grpcAnswer.size())));
    return true;
}

void HealthProbe::onResponseEnd(std::string_view trailers) {
    if (m_grpcStatus.empty()) {
        m_grpcStatus = grpc_health::trailer(trailers, "grpc-status");
    }
    const std::string problem = grpc_health::problemOf(m_grpcStatus, m_grpcAnswer);
    if (problem.empty()) {
        good();
    } else {
        bad(problem);
    }
}

void HealthProbe::onCallFailed(const Failure& failure, bool) {
    if (failure.kind == FailureKind::Exhausted) {
        finish(); // says nothing about the target
    } else {
        bad(sentenceOf(failure));
    }
}

void HealthProbe::answered(int status) {
    if (status < 400 && !m_settings.grpc) {
        good();
    } else {
        bad("the answer was " + std::to_string(status) + ".");
    }
}

// What it means

void HealthProbe::good() {
    finish();
    m_badInARow = 0;
    ++m_goodInARow;
    if (m_state->isHealthy() || m_goodInARow >= m_settings.healthyAfter) {
        m_state->setHealthy(true, m_parts.loop.clock().now());
        m_parts.board.clear(m_targetIndex);
    }
}

void HealthProbe::bad(const std::string& what) {
    finish();
    m_goodInARow = 0;
    ++m_badInARow;
    m_parts.board.set(m_targetIndex,
                      (m_settings.grpc ? "gRPC health check" : "GET " + m_settings.path) + ": " + what);
    if (m_badInARow >= m_settings.unhealthyAfter) {
        m_state->setHealthy(false, m_parts.loop.clock().now());
    }
}

void HealthProbe::finish() {
    m_call.cancel();
    if (std::exchange(m_asking, false)) {
        m_parts.ownPools.closeIdle(m_targetIndex);
        if (!m_due.isSet()) {
            m_due.set(std::chrono::nanoseconds{0});
        }
    }
}

} // namespace gateway::upstream
