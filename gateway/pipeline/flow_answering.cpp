#include "gateway/http/writer.h"
#include "gateway/pipeline/failure_reply.h"
#include "gateway/pipeline/flow.h"

/// What goes back to the client.
namespace gateway::pipeline {
namespace {

constexpr int switchingProtocols = 101;

std::string_view contentTypeOf(translate::GrpcWire wire) {
    switch (wire) {
    case translate::GrpcWire::Web:
        return "application/grpc-web";
    case translate::GrpcWire::WebText:
        return "application/grpc-web-text";
    case translate::GrpcWire::Grpc:
    case translate::GrpcWire::None:
        break;
    }
    return "application/grpc";
}

} // namespace

void Flow::answer() {
    m_context.status = m_context.reply.status;
    if (!m_context.reply.body.empty()) {
        answerPlainly();
    } else if (m_context.grpc != translate::GrpcWire::None) {
        answerAsGrpc();
    } else {
        answerProblem();
    }
    http::Downstream& downstream = *m_downstream;
    record();
    downstream.finish({});
    release();
}

void Flow::answerProblem() {
    const Reply& reply = m_context.reply;
    std::string extra = m_context.limitFields;
    extra.append(m_context.hsts()).append(reply.extraFields);
    http::ProblemReply problem;
    problem.status = reply.status;
    problem.code = reply.code;
    problem.detail = reply.detail;
    problem.requestId = m_context.requestId;
    problem.extraFields = extra;
    problem.date = m_handler.m_date;
    problem.proxyStatus = reply.proxyStatus;
    problem.toHead = m_context.method == http::Method::Head;
    m_downstream->respond(problem);
}

http::RespondedBy Flow::respondedBy() const {
    http::RespondedBy by;
    by.requestId = m_context.requestId;
    by.extraFields = m_context.limitFields;
    by.date = m_handler.m_date;
    by.hsts = m_context.hsts();
    return by;
}

void Flow::answerPlainly() {
    const Reply& reply = m_context.reply;
    http::ResponseHead head;
    head.status = reply.status;
    head.reason = http::reasonPhrase(reply.status);
    head.framing = http::Framing::Length;
    head.contentLength = reply.body.size();
    http::RespondedBy by = respondedBy();
    by.toHead = m_context.method == http::Method::Head;
    std::string fields = reply.extraFields;
    if (by.toHead) {
        // RFC 9110, 9.3.2: what a GET would have been told.
        fields.append("Content-Length: ").append(std::to_string(reply.body.size())).append("\r\n");
    }
    by.extraFields = fields;
    m_downstream->respond(head, by);
    if (!by.toHead) {
        static_cast<void>(m_downstream->send(reply.body));
    }
}

/// A head with the status and nothing behind it ("Trailers-Only" of the gRPC protocol over HTTP/2), which is
/// what clients of gRPC and gRPC-Web understand.
void Flow::answerAsGrpc() {
    const Reply& reply = m_context.reply;
    std::string fields = m_context.limitFields;
    fields.append(reply.extraFields)
        .append("Content-Type: ")
        .append(contentTypeOf(m_context.grpc))
        .append("\r\n");
    translate::appendGrpcStatus(fields, translate::grpcStatusOf(reply.status), reply.detail);
    http::ResponseHead head;
    head.status = 200;
    head.reason = http::reasonPhrase(head.status);
    const bool isHttp2 = m_downstream->protocol() == http::Protocol::Http2;
    head.framing = isHttp2 ? http::Framing::None : http::Framing::Length;
    http::RespondedBy by = respondedBy();
    by.extraFields = fields;
    m_downstream->respond(head, by);
}

/// OPTIONS about the gateway itself: "*" (RFC 9110, 9.3.7), or with no forward left (7.6.2).
void Flow::answerForItself() {
    http::Downstream& downstream = *m_downstream;
    http::ResponseHead head;
    head.status = m_context.status = 204;
    head.reason = "No Content";
    http::RespondedBy by = respondedBy();
    by.extraFields = "Allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS\r\n";
    downstream.respond(head, by);
    record();
    downstream.finish({});
    release();
}

void Flow::onInformational(const http::ResponseHead& head) {
    m_downstream->inform(head);
}

void Flow::onResponseHead(const http::ResponseHead& head) {
    m_responseStarted = true;
    m_hasLength = head.framing == http::Framing::Length;
    m_context.status = head.status;
    noteStream(head);
    http::RespondedBy by = respondedBy();
    by.toHead = m_context.method == http::Method::Head || head.status == 304;
    if (isTranslated()) {
        respondTranslated(head, by);
        return;
    }
    m_downstream->respond(head, by);
    if (head.status == switchingProtocols) {
        m_downstream->flush();
        openWebSocket(head);
    }
}

bool Flow::onResponseBody(std::string_view piece) {
    m_context.bytesOut += piece.size();
    return m_stream != nullptr ? onStreamResponse(piece) : m_downstream->send(piece);
}

void Flow::onResponseBatchEnd() {
    m_downstream->flush();
}

void Flow::onWritable() {
    if (m_pending == nullptr) {
        m_call.resumeResponse();
    }
}

void Flow::onResponseEnd(std::string_view trailers) {
    if (isTranslated()) {
        const std::string_view last = m_stream->web.lastFrame(trailers);
        m_context.bytesOut += last.size();
        static_cast<void>(m_downstream->send(last));
        trailers = {};
    }
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
    } else if (m_context.grpc != translate::GrpcWire::None) {
        endGrpcAnswer();
    } else {
        // The head is gone to the client: only a broken connection can tell that the rest will not come.
        endAnswer(false, {});
    }
}

/// Ends a gRPC answer whose head is gone with what `reply` says, where a status can still be told.
void Flow::endGrpcAnswer() {
    std::string trailers;
    translate::appendGrpcStatus(trailers, translate::grpcStatusOf(m_context.reply.status),
                                m_context.reply.detail);
    if (isTranslated()) {
        static_cast<void>(m_downstream->send(m_stream->web.lastFrame(trailers)));
        endAnswer(true, {});
        return;
    }
    endAnswer(m_acceptsTrailers && !m_hasLength, trailers);
}

/// The end of an answer that was begun. `isClean`: as if it were whole.
void Flow::endAnswer(bool isClean, std::string_view trailers) {
    m_call.cancel();
    http::Downstream& downstream = *m_downstream;
    record();
    if (isClean) {
        downstream.finish(trailers);
    } else {
        downstream.abort();
    }
    release();
}

void Flow::release() {
    if (m_stream != nullptr) {
        m_handler.giveStream(*std::exchange(m_stream, nullptr));
    }
    if (m_pending != nullptr) {
        stopWaiting();
        m_handler.givePending(*std::exchange(m_pending, nullptr));
    }
    m_downstream = nullptr;
    m_context.reset();
    m_call.forgetTarget();
    m_handler.give(*this);
}

} // namespace gateway::pipeline
