#include "gateway/pipeline/flow.h"

#include "gateway/http/writer.h"
#include "gateway/pipeline/caller_hash.h"

#include <algorithm>

namespace gateway::pipeline {
namespace {

std::uint64_t microsBetween(Monotonic from, Monotonic to) {
    return static_cast<std::uint64_t>(
        std::max<std::int64_t>(std::chrono::duration_cast<std::chrono::microseconds>(to - from).count(), 0));
}

/// What a client is told about a failed upstream.
void setReply(Reply& reply, const upstream::Failure& failure) {
    using upstream::FailureKind;
    switch (failure.kind) {
    case FailureKind::ConnectFailed:
        reply.set(502, "upstream-unreachable", failure.detail, "gatehouse; error=connection_refused");
        break;
    case FailureKind::ConnectTimeout:
        reply.set(504, "upstream-connect-timeout", failure.detail, "gatehouse; error=connection_timeout");
        break;
    case FailureKind::ResponseTimeout:
        reply.set(504, "upstream-timeout", failure.detail, "gatehouse; error=http_response_timeout");
        break;
    case FailureKind::Reset:
        reply.set(502, "upstream-reset", failure.detail, "gatehouse; error=connection_terminated");
        break;
    case FailureKind::BadResponse:
        reply.set(502, "upstream-bad-response", failure.detail, "gatehouse; error=http_protocol_error");
        break;
    case FailureKind::Exhausted:
        reply.set(503, "overloaded", failure.detail, "gatehouse; error=connection_limit_reached");
        break;
    case FailureKind::NoTarget:
        reply.set(503, "no-target", failure.detail, "gatehouse; error=destination_unavailable");
        break;
    case FailureKind::BreakerOpen:
        reply.set(503, "breaker-open", failure.detail, "gatehouse; error=destination_unavailable");
        break;
    case FailureKind::Busy:
        reply.set(503, "service-busy", failure.detail, "gatehouse; error=connection_limit_reached");
        break;
    case FailureKind::BadCertificate:
        reply.set(502, "upstream-certificate", failure.detail, "gatehouse; error=tls_certificate_error");
        break;
    case FailureKind::TlsFailed:
        reply.set(502, "upstream-tls", failure.detail, "gatehouse; error=tls_protocol_error");
        break;
    case FailureKind::DeadlineExceeded:
        reply.set(504, "deadline-exceeded", failure.detail, "gatehouse; error=http_response_timeout");
        break;
    case FailureKind::NoWebSocket:
        reply.set(502, "no-websocket", failure.detail, "gatehouse; error=http_upgrade_failed");
        break;
    }
}

} // namespace

// Flow: the request

Flow::Flow(FlowHandler& handler)
    : m_handler(handler)
    , m_call(handler.m_pools) {}

void Flow::begin(http::Downstream& downstream, const http::RequestHead& head) {
    m_downstream = &downstream;
    m_context.tables = m_handler.m_tables;
    m_context.start = m_handler.m_tools.clock.now();
    m_context.wallStart = m_handler.m_tools.clock.wallTime();
    m_context.method = head.method;
    m_context.minorVersion = head.minorVersion;
    const http::Field* id = head.find(http::KnownField::XRequestId);
    if (id != nullptr && http::isAcceptableRequestId(id->value)) {
        m_context.requestId = id->value;
    } else {
        m_handler.makeRequestId(m_context.requestId);
    }
    if (m_handler.m_log != nullptr) {
        m_context.logMethod = head.methodText;
        m_context.logHost = head.host;
        m_context.logPath = head.path;
    }
    m_responseStarted = false;
    m_upstreamFailed = false;
    m_handler.m_tools.cells.requestsActive.add();
}

void Flow::run(http::Downstream& downstream, http::RequestHead& head) {
    begin(downstream, head);
    if (head.method == http::Method::Options && (head.maxForwards == 0 || head.path == "*")) {
        answerForItself();
        return;
    }
    // Before routes and policies: a certificate authority has no key, and follows redirects to a listener
    // whose certificate may not be there yet.
    if (const auto* challenges = m_handler.m_tools.challenges;
        challenges != nullptr && !challenges->isEmpty() && answerChallenge(*challenges, head)) {
        return;
    }
    m_context.head = &head;
    m_context.listener = &downstream.listener();
    Verdict verdict = Verdict::Continue;
    for (const Stage& stage : stages()) {
        verdict = stage.run(m_context, m_handler.m_tools);
        if (verdict != Verdict::Continue) {
            break;
        }
    }
    if (m_context.key.verdict == auth::KeyVerdict::Good) {
        m_handler.noteKeyUse(m_context);
    }
    if (verdict == Verdict::Reply) {
        answer();
        return;
    }
    act(head);
}

void Flow::refuse(http::Downstream& downstream, const http::RequestHead& head, const http::Refusal& refusal) {
    begin(downstream, head);
    m_context.reply.set(refusal.status, refusal.code, refusal.detail);
    if (refusal.status == 426) {
        // RFC 9110, 15.5.22, and RFC 6455, 4.4.
        m_context.reply.extraFields = "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n";
    }
    answer();
}

void Flow::act(http::RequestHead& head) {
    const RoutePlan& route = *m_context.route;
    m_downstream->attach(*this);
    m_path.clear();
    if (!route.rewrite.isIdentity()) {
        route.rewrite.apply(m_path, m_context.captures);
    }
    http::ForwardedBy by;
    by.path = route.rewrite.isIdentity() ? head.path : std::string_view(m_path);
    by.clientAddress = m_downstream->client().address;
    by.scheme = "http";
    by.requestId = m_context.requestId;
    by.consumer =
        m_context.consumer != nullptr ? std::string_view(m_context.consumer->name) : std::string_view();
    by.keyField = m_context.keyField;
    by.query = m_context.queryChanged ? std::string_view(m_context.query) : head.query;
    by.hasQuery = m_context.queryChanged ? !m_context.query.empty() : head.hasQuery;
    by.expectContinue = head.expectContinue;
    by.defaultHost = m_context.service->targets.front().address;
    m_acceptsTrailers = head.acceptsTrailers;
    m_call.request().clear();
    http::writeRequestHead(m_call.request(), head, by);
    upstream::CallPlan plan;
    plan.service = m_context.service;
    plan.method = head.method;
    plan.framing = head.framing;
    plan.expectsContinue = head.expectContinue;
    plan.webSocket = head.webSocket;
    plan.stream = route.stream;
    plan.now = m_context.start;
    if (m_context.service->settings.balance == model::Balance::ConsistentHash) {
        plan.hash = callerHash(m_context.service->settings.hashOn, head, by.consumer, by.clientAddress);
    }
    if (const auto refused = m_call.start(plan, *this)) {
        refuseCall(*refused);
        return;
    }
    if (head.webSocket) {
        // The handshake is a whole request; what the client sends later goes into the tunnel.
        m_call.endBody({});
        m_call.flush();
    }
}

/// The service is not asked at all.
void Flow::refuseCall(const upstream::Failure& failure) {
    setReply(m_context.reply, failure);
    if (failure.kind == upstream::FailureKind::BreakerOpen) {
        const upstream::ServicePlan& service = *m_context.service;
        const auto left = service.state->breaker.opensUntil(*service.settings.breaker) - m_context.start;
        const auto seconds = std::max<std::int64_t>(std::chrono::ceil<std::chrono::seconds>(left).count(), 1);
        m_context.reply.extraFields.append("Retry-After: ").append(std::to_string(seconds)).append("\r\n");
    }
    answer();
}

bool Flow::onBody(std::string_view piece) {
    m_context.bytesIn += piece.size();
    return m_call.sendBody(piece);
}

void Flow::onBodyEnd(std::string_view trailers) {
    m_call.endBody(trailers);
}

void Flow::onBatchEnd() {
    m_call.flush();
}

void Flow::onRequestWritable() {
    m_downstream->resumeBody();
}

void Flow::onBodyFailed(const http::Refusal& refusal) {
    m_call.cancel();
    if (m_responseStarted) {
        http::Downstream& downstream = *m_downstream;
        record();
        downstream.abort();
        release();
        return;
    }
    m_context.reply.set(refusal.status, refusal.code, refusal.detail);
    answer();
}

void Flow::onClientGone() {
    m_call.cancel();
    if (!m_responseStarted) {
        m_context.status = 0;
    }
    record();
    release();
}

// Flow: the answer

void Flow::answer() {
    http::Downstream& downstream = *m_downstream;
    const Reply& reply = m_context.reply;
    m_context.status = reply.status;
    std::string extra = m_context.limitFields;
    extra.append(reply.extraFields);
    http::ProblemReply problem;
    problem.status = reply.status;
    problem.code = reply.code;
    problem.detail = reply.detail;
    problem.requestId = m_context.requestId;
    problem.extraFields = extra;
    problem.date = m_handler.m_date;
    problem.proxyStatus = reply.proxyStatus;
    problem.toHead = m_context.method == http::Method::Head;
    downstream.respond(problem);
    record();
    downstream.finish({});
    release();
}

/// OPTIONS about the gateway itself: "*" (RFC 9110, 9.3.7), or with no forward left (7.6.2).
void Flow::answerForItself() {
    http::Downstream& downstream = *m_downstream;
    http::ResponseHead head;
    head.status = m_context.status = 204;
    head.reason = "No Content";
    http::RespondedBy by;
    by.requestId = m_context.requestId;
    by.extraFields = "Allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS\r\n";
    by.date = m_handler.m_date;
    downstream.respond(head, by);
    record();
    downstream.finish({});
    release();
}

/// HTTP-01 (RFC 8555, 8.3). False: the request is about something else.
bool Flow::answerChallenge(const http::ChallengeTable& challenges, const http::RequestHead& request) {
    const bool isHead = request.method == http::Method::Head;
    const std::string text =
        isHead || request.method == http::Method::Get ? challenges.find(request.path) : std::string();
    if (text.empty()) {
        return false;
    }
    http::Downstream& downstream = *m_downstream;
    http::ResponseHead head;
    head.status = m_context.status = 200;
    head.reason = "OK";
    head.framing = http::Framing::Length;
    head.contentLength = text.size();
    std::string fields = "Content-Type: ";
    fields.append(http::ChallengeTable::contentType).append("\r\nCache-Control: no-store\r\n");
    http::RespondedBy by;
    by.requestId = m_context.requestId;
    by.extraFields = fields;
    by.date = m_handler.m_date;
    by.toHead = isHead;
    downstream.respond(head, by);
    if (!isHead) {
        std::ignore = downstream.send(text); // it is small, and nothing follows
    }
    record();
    downstream.finish({});
    release();
    return true;
}

void Flow::onInformational(const http::ResponseHead& head) {
    m_downstream->inform(head);
}

void Flow::onResponseHead(const http::ResponseHead& head) {
    m_responseStarted = true;
    m_context.status = head.status;
    http::RespondedBy by;
    by.requestId = m_context.requestId;
    by.extraFields = m_context.limitFields;
    by.date = m_handler.m_date;
    by.toHead = m_context.method == http::Method::Head || head.status == 304;
    m_downstream->respond(head, by);
    if (head.status == 101) {
        m_downstream->flush();
        m_downstream->resumeBody();
    }
}

bool Flow::onResponseBody(std::string_view piece) {
    m_context.bytesOut += piece.size();
    return m_downstream->send(piece);
}

void Flow::onResponseBatchEnd() {
    m_downstream->flush();
}

void Flow::onWritable() {
    m_call.resumeResponse();
}

void Flow::onResponseEnd(std::string_view trailers) {
    http::Downstream& downstream = *m_downstream;
    record();
    // RFC 9110, 6.5.1: only to who says that it can do something with them.
    downstream.finish(m_acceptsTrailers ? trailers : std::string_view{});
    release();
}

void Flow::onCallFailed(const upstream::Failure& failure, bool started) {
    m_upstreamFailed = true;
    setReply(m_context.reply, failure);
    if (!started) {
        answer();
        return;
    }
    // The head is gone to the client: only a broken connection can tell that the rest will not come.
    http::Downstream& downstream = *m_downstream;
    record();
    downstream.abort();
    release();
}

// Flow: the record

void Flow::record() {
    const StageTools& tools = m_handler.m_tools;
    const std::uint64_t micros = microsBetween(m_context.start, tools.clock.now());
    const auto statusClass = static_cast<std::size_t>(std::clamp(m_context.status / 100, 0, 5));
    const auto count = [&](metrics::TrafficCells& cells) {
        cells.requests.add();
        cells.byClass[statusClass].add();
        cells.bytesIn.add(m_context.bytesIn);
        cells.bytesOut.add(m_context.bytesOut);
        if (m_context.rateLimited) {
            cells.rateLimited.add();
        }
        cells.latency.record(micros);
    };
    count(tools.cells.total);
    if (m_context.route != nullptr) {
        count(tools.cells.routes.at(m_context.route->index));
    }
    if (m_call.target() != nullptr) {
        recordService(micros, m_upstreamFailed || (m_responseStarted && m_context.status >= 500));
    }
    tools.cells.requestsActive.subtract();
    if (m_handler.m_log != nullptr) {
        logRow(micros);
    }
}

void Flow::recordService(std::uint64_t micros, bool failed) {
    metrics::TrafficCells& cells = m_handler.m_tools.cells.services.at(m_context.service->index);
    cells.requests.add();
    cells.byClass[static_cast<std::size_t>(std::clamp(m_context.status / 100, 0, 5))].add();
    cells.bytesIn.add(m_context.bytesIn);
    cells.bytesOut.add(m_context.bytesOut);
    cells.latency.record(micros);
    if (failed) {
        cells.failures.add();
    }
}

void Flow::logRow(std::uint64_t micros) {
    metrics::AccessRow row;
    row.timeMicros =
        std::chrono::duration_cast<std::chrono::microseconds>(m_context.wallStart.time_since_epoch()).count();
    row.durationMicros = static_cast<std::int64_t>(micros);
    row.status = m_context.status;
    row.requestId = m_context.requestId;
    row.client = m_downstream->client().address;
    row.method = m_context.logMethod;
    row.host = m_context.logHost;
    row.path = m_context.logPath;
    row.bytesIn = m_context.bytesIn;
    row.bytesOut = m_context.bytesOut;
    row.code = m_context.reply.code;
    if (m_context.route != nullptr) {
        row.route = m_context.route->name;
        if (m_context.route->authenticates) {
            row.keyVerdict = auth::keyVerdictName(m_context.key.verdict);
        }
    }
    if (m_context.key.entry != nullptr) {
        row.keyId = m_context.key.entry->key.load(std::memory_order_relaxed);
    }
    if (m_context.consumer != nullptr) {
        row.consumer = m_context.consumer->name;
        row.tier = m_context.tier->name;
    }
    if (m_call.target() != nullptr) {
        row.service = m_context.service->name;
        row.target = m_call.target()->address;
        row.attempts = m_call.attempts();
    }
    m_handler.m_log->add(row);
}

void Flow::release() {
    m_downstream = nullptr;
    m_context.reset();
    m_call.forgetTarget();
    m_handler.give(*this);
}

} // namespace gateway::pipeline
