#include "gateway/pipeline/failure_reply.h"

namespace gateway::pipeline {

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

} // namespace gateway::pipeline
