#include "gateway/pipeline/flow.h"

#include "gateway/http/writer.h"
#include "gateway/pipeline/caller_hash.h"
#include "gateway/pipeline/failure_reply.h"
#include "gateway/pipeline/request_facts.h"

#include <algorithm>

/// From the client's request to the call; flow_answering.cpp has the way back, flow_streaming.cpp and
/// flow_websocket.cpp what lasts, flow_record.cpp what is left of it.
namespace gateway::pipeline {
namespace {

constexpr int upgradeRequired = 426;

} // namespace

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
    m_context.peer = &downstream.client();
    m_context.client = m_context.peer->address;
    m_context.isSecure = m_context.peer->tls != nullptr;
    m_context.listener = &downstream.listener();
    m_context.listenerPlan = (*m_context.tables)->listener(m_context.listener->id);
    if (m_context.listenerPlan != nullptr && !m_context.listenerPlan->trustedProxies.empty()) {
        findOrigin(head);
    }
    if (head.method == http::Method::Post) {
        if (const http::Field* type = head.find("content-type")) {
            m_context.grpc = translate::grpcWireOf(type->value);
        }
    }
    const http::Field* id = head.find(http::KnownField::XRequestId);
    if (id != nullptr && http::isAcceptableRequestId(id->value)) {
        m_context.requestId = id->value;
    } else {
        m_handler.makeRequestId(m_context.requestId);
    }
    if (m_handler.m_log != nullptr) {
        noteRequest(head);
    }
    m_responseStarted = false;
    m_upstreamFailed = false;
    m_handler.m_tools.cells.requestsActive.add();
}

/// For logs, which are written when the head is gone.
void Flow::noteRequest(const http::RequestHead& head) {
    m_context.logMethod = head.methodText;
    m_context.logHost = head.host;
    m_context.logPath = head.path;
}

void Flow::findOrigin(const http::RequestHead& head) {
    if (m_context.origin == nullptr) {
        m_context.origin = std::make_unique<Origin>();
    }
    Origin& origin = *m_context.origin;
    readOrigin(origin, head, m_context.peer->address, m_context.listenerPlan->trustedProxies);
    if (!origin.client.empty()) {
        m_context.client = origin.client;
    }
    if (!origin.scheme.empty()) {
        m_context.isSecure = origin.scheme == "https";
    }
}

void Flow::run(http::Downstream& downstream, http::RequestHead& head) {
    begin(downstream, head);
    if (head.method == http::Method::Options && (head.maxForwards == 0 || head.path == "*")) {
        answerForItself();
        return;
    }
    m_context.head = &head;
    if (runStages(head, 0)) {
        act(head);
    }
}

/// Whether the service is to be asked; else the request is answered, or waits.
bool Flow::runStages(http::RequestHead& head, std::size_t from) {
    const auto order = stages();
    Verdict verdict = Verdict::Continue;
    for (std::size_t i = from; verdict == Verdict::Continue && i < order.size(); ++i) {
        verdict = order[i].run(m_context, m_handler.m_tools);
        if (verdict == Verdict::Pending) {
            pause(head, i);
            return false;
        }
    }
    if (m_context.caller.key != nullptr) {
        m_handler.noteKeyUse(m_context);
    }
    if (m_context.isByAgent() && m_handler.m_log == nullptr) {
        noteRequest(head);
    }
    if (verdict == Verdict::Reply) {
        answer();
        return false;
    }
    return true;
}

void Flow::refuse(http::Downstream& downstream, const http::RequestHead& head, const http::Refusal& refusal) {
    begin(downstream, head);
    m_context.reply.set(refusal.status, refusal.code, refusal.detail);
    if (refusal.status == upgradeRequired) {
        // RFC 6455, 4.4; RFC 9110, 15.5.22, which HTTP/2 has no Upgrade for.
        m_context.reply.extraFields = downstream.protocol() == http::Protocol::Http1
                                          ? "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                                          : "Sec-WebSocket-Version: 13\r\n";
    }
    answer();
}

void Flow::act(http::RequestHead& head) {
    const RoutePlan& route = *m_context.route;
    m_downstream->attach(*this);
    upstream::CallPlan plan;
    plan.service = m_context.service;
    plan.method = head.method;
    plan.webSocket = head.webSocket;
    plan.stream = route.stream;
    plan.now = m_pending == nullptr ? m_context.start : m_handler.m_tools.clock.now();
    if (!prepareStream(head, plan)) {
        answer();
        return;
    }
    plan.framing = head.framing;
    plan.expectsContinue = head.expectContinue;
    m_acceptsTrailers = head.acceptsTrailers && !isTranslated();
    writeHead(head);
    if (m_context.service->settings.balance == model::Balance::ConsistentHash) {
        plan.hash =
            callerHash(m_context.service->settings.hashOn, head, m_context.caller.name(), m_context.client);
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

/// What the service is asked.
void Flow::writeHead(const http::RequestHead& head) {
    const routing::PathRewrite& rewrite = m_context.route->rewrite;
    m_path.clear();
    if (!rewrite.isIdentity()) {
        routing::Captures& captures = m_handler.m_captures;
        const Tables& tables = **m_context.tables;
        tables.router.capture(m_context.routeSlot, head.path, captures);
        rewrite.apply(m_path, captures);
    }
    http::ForwardedBy by;
    by.path = rewrite.isIdentity() ? head.path : std::string_view(m_path);
    by.clientAddress = m_context.peer->address;
    by.scheme = m_context.peer->tls != nullptr ? "https" : "http";
    by.requestId = m_context.requestId;
    if (const ConsumerPlan* consumer = m_context.caller.consumer) {
        by.consumer = consumer->name;
    }
    const PolicyPlan* identity = m_context.identityPolicy();
    if (identity == nullptr || !identity->forwardsCredential) {
        by.keyField = m_context.keyField;
        by.withoutAuthorization = m_context.takesAuthorization;
        by.query = m_context.queryChanged ? std::string_view(m_context.query) : head.query;
        by.hasQuery = m_context.queryChanged ? !m_context.query.empty() : head.hasQuery;
    } else {
        by.query = head.query;
        by.hasQuery = head.hasQuery;
    }
    by.gatewaysOwn = (*m_context.tables)->identityNames.get();
    if (identity != nullptr) {
        const IdentityPlan& plan = *identity->identity;
        const StageTools& tools = m_handler.m_tools;
        by.identityFields =
            m_handler.m_identityFields.linesFor(plan, m_context, RequestFacts(m_context, tools));
        by.withoutAuthorization = by.withoutAuthorization || plan.setsAuthorization;
    }
    by.expectContinue = head.expectContinue;
    by.http2 = m_downstream->protocol() == http::Protocol::Http2;
    by.defaultHost = m_context.service->targets.front().address;
    if (const Origin* origin = m_context.origin.get()) {
        by.forwarded = origin->forwarded;
        by.forwardedFor = origin->forwardedFor;
        by.originalScheme = origin->scheme;
        by.originalHost = origin->host;
    }
    if (isTranslated()) {
        by.contentType = m_stream->web.contentType();
    }
    m_call.request().clear();
    http::writeRequestHead(m_call.request(), head, by);
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
    if (m_pending != nullptr) {
        m_pending->body.append(piece);
        m_pending->isPaused = true;
        return false;
    }
    return passBody(piece);
}

bool Flow::passBody(std::string_view piece) {
    return m_stream != nullptr ? onStreamBody(piece) : m_call.sendBody(piece);
}

void Flow::onBodyEnd(std::string_view trailers) {
    if (m_pending != nullptr) {
        m_pending->trailers = trailers;
        m_pending->hasEnded = true;
        return;
    }
    std::string kept;
    if (const http::FieldNames* own = (*m_context.tables)->identityNames.get();
        own != nullptr && !trailers.empty()) {
        kept = own->without(trailers); // some services read trailers as if they were of the head
        trailers = kept;
    }
    if (m_stream != nullptr) {
        onStreamBodyEnd(trailers);
    } else {
        m_call.endBody(trailers);
    }
}

void Flow::onBatchEnd() {
    if (m_pending == nullptr) {
        m_call.flush();
    }
}

void Flow::onRequestWritable() {
    m_downstream->resumeBody();
}

void Flow::onBodyFailed(const http::Refusal& refusal) {
    m_call.cancel();
    m_context.reply.set(refusal.status, refusal.code, refusal.detail);
    if (m_responseStarted) {
        endAnswer(false, {});
        return;
    }
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

} // namespace gateway::pipeline
