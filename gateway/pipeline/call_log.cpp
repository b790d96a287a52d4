#include "gateway/pipeline/call_log.h"

#include "gateway/pipeline/request_context.h"

#include <chrono>

namespace gateway::pipeline {
namespace {

/// "key 12", "jwt corp": by what, never with what.
std::string credentialOf(const Caller& caller) {
    std::string text(methodName(caller.by));
    switch (caller.by) {
    case Caller::By::ApiKey:
        if (caller.key != nullptr) {
            return "key " + std::to_string(caller.key->key.load(std::memory_order_relaxed));
        }
        break;
    case Caller::By::Jwt:
    case Caller::By::Introspection:
        if (caller.provider != nullptr) {
            text.append(" ").append(caller.provider->settings.name);
        }
        break;
    case Caller::By::Nothing:
    case Caller::By::Anonymous:
    case Caller::By::ClientCertificate:
        break;
    }
    return text;
}

} // namespace

void CallLog::add(const RequestContext& context, const upstream::TargetPlan* target, std::int64_t micros) {
    if (m_records.size() == recordsMax) {
        m_dropped.add();
        return;
    }
    metrics::CallRecord& call = m_records.emplace_back();
    call.consumer = context.caller.consumer->id.value;
    call.timeMicros =
        std::chrono::duration_cast<std::chrono::microseconds>(context.wallStart.time_since_epoch()).count();
    call.durationMicros = micros;
    call.status = context.status;
    call.requestId = context.requestId;
    call.client = context.client;
    call.method = context.logMethod;
    call.host = context.logHost;
    call.path = context.logPath;
    if (context.route != nullptr) {
        call.route = context.route->name;
    }
    if (target != nullptr) {
        call.service = context.service->name;
        call.target = target->address;
    }
    call.credential = credentialOf(context.caller);
    call.code = context.reply.code;
    call.bytesIn = context.bytesIn;
    call.bytesOut = context.bytesOut;
}

} // namespace gateway::pipeline
