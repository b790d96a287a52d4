#include "gateway/pipeline/flow.h"

#include <algorithm>

/// What is counted and logged of a request.
namespace gateway::pipeline {
namespace {

std::uint64_t microsBetween(Monotonic from, Monotonic to) {
    return static_cast<std::uint64_t>(
        std::max<std::int64_t>(std::chrono::duration_cast<std::chrono::microseconds>(to - from).count(), 0));
}

std::string_view streamName(StreamKind kind) {
    switch (kind) {
    case StreamKind::WebSocket:
        return "websocket";
    case StreamKind::EventStream:
        return "event-stream";
    case StreamKind::GrpcCall:
        return "grpc";
    }
    return {};
}

/// Who called, and what came of the credentials; never these themselves.
void describeCaller(metrics::AccessRow& row, const RequestContext& context) {
    const Caller& caller = context.caller;
    const auto& policies = context.policies;
    const bool asksForKeys = std::any_of(policies.begin(), policies.end(), [](const PolicyPlan* policy) {
        return policy->authenticate && policy->authenticate->takesKeys;
    });
    const bool hasKey = context.key.verdict != auth::KeyVerdict::Missing;
    if (hasKey || (asksForKeys && caller.by == Caller::By::Nothing)) {
        row.keyVerdict = auth::keyVerdictName(context.key.verdict);
    }
    if (context.key.entry != nullptr) {
        row.keyId = context.key.entry->key.load(std::memory_order_relaxed);
    }
    row.credential = methodName(caller.by);
    if (context.tokenProvider != nullptr) {
        row.provider = context.tokenProvider->settings.name;
        row.token =
            context.tokenFault == auth::TokenFault::None ? "good" : auth::tokenFaultName(context.tokenFault);
    }
    row.accessFault = context.accessFault;
    if (caller.consumer != nullptr) {
        row.consumer = caller.consumer->name;
    }
    if (caller.tier != nullptr) {
        row.tier = caller.tier->name;
    }
}

} // namespace

void Flow::record() {
    const StageTools& tools = m_handler.m_tools;
    const std::uint64_t micros = microsBetween(m_context.start, tools.clock.now());
    // How long people talk says nothing about how fast they were answered.
    const std::uint64_t latency = m_stream != nullptr && m_stream->isOpen ? m_stream->openMicros : micros;
    const auto statusClass = static_cast<std::size_t>(std::clamp(m_context.status / 100, 0, 5));
    const auto count = [&](metrics::TrafficCells& cells) {
        cells.requests.add();
        cells.byClass[statusClass].add();
        cells.bytesIn.add(m_context.bytesIn);
        cells.bytesOut.add(m_context.bytesOut);
        if (m_context.rateLimited) {
            cells.rateLimited.add();
        }
        cells.latency.record(latency);
    };
    count(tools.cells.total);
    if (m_context.route != nullptr) {
        count(tools.cells.routes.at(m_context.route->index));
    }
    if (m_call.target() != nullptr) {
        recordService(latency, m_upstreamFailed || (m_responseStarted && m_context.status >= 500));
    }
    if (m_context.reply.status == 401) {
        tools.cells.access.unauthenticated.add();
    } else if (m_context.reply.status == 403) {
        tools.cells.access.forbidden.add();
    }
    tools.cells.requestsActive.subtract();
    if (m_context.isByAgent()) {
        m_handler.m_calls.add(m_context, m_call.target(), static_cast<std::int64_t>(micros));
    }
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
    row.client = m_context.client;
    const bool isHttp1 = m_downstream->protocol() == http::Protocol::Http1;
    row.protocol = isHttp1 ? (m_context.minorVersion == 0 ? "HTTP/1.0" : "HTTP/1.1") : "HTTP/2";
    if (const net::TlsInfo* tls = m_downstream->client().tls.get()) {
        row.tls = tls->version;
    }
    if (m_stream != nullptr && m_stream->isOpen) {
        row.stream = streamName(m_stream->kind);
    }
    row.method = m_context.logMethod;
    row.host = m_context.logHost;
    row.path = m_context.logPath;
    row.bytesIn = m_context.bytesIn;
    row.bytesOut = m_context.bytesOut;
    row.code = m_context.reply.code;
    if (m_context.route != nullptr) {
        row.route = m_context.route->name;
    }
    describeCaller(row, m_context);
    if (m_call.target() != nullptr) {
        row.service = m_context.service->name;
        row.target = m_call.target()->address;
        row.attempts = m_call.attempts();
    }
    m_handler.m_log->add(row);
}

} // namespace gateway::pipeline
