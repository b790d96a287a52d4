#include "gateway/http/writer.h"
#include "gateway/pipeline/flow.h"

#include <algorithm>

/// What lasts: event streams, long polls and gRPC calls; flow_websocket.cpp has WebSockets.
namespace gateway::pipeline {
namespace {

constexpr int switchingProtocols = 101;
constexpr std::string_view eventStream = "text/event-stream";

constexpr http::Refusal badBase64{400, "bad-base64", "The body of the gRPC-Web call is no base64."};

bool isEventStream(const http::ResponseHead& head) {
    if (head.framing != http::Framing::Chunked && head.framing != http::Framing::UntilClose) {
        return false;
    }
    const http::Field* type = head.find("content-type");
    return type != nullptr && http::equalsIgnoreCase(type->value.substr(0, eventStream.size()), eventStream);
}

} // namespace

void OpenStream::onTimer(void* self) {
    static_cast<OpenStream*>(self)->flow->onStreamTimer();
}

/// Before the service is asked: what the request may become. False: `reply` says why it may not be.
bool Flow::prepareStream(http::RequestHead& head, upstream::CallPlan& plan) {
    const bool isGrpc = m_context.grpc != translate::GrpcWire::None &&
                        m_context.service->settings.protocol == model::Protocol::Grpc;
    if (isGrpc) {
        if (!readGrpcTimeout(head, plan)) {
            return false;
        }
        m_downstream->becomeStream();
        m_stream = &m_handler.takeStream(*this, StreamKind::GrpcCall);
        m_handler.countStream(*m_stream, 1);
        if (m_context.grpc != translate::GrpcWire::Grpc) {
            beginTranslation(head);
        }
    } else if (head.webSocket) {
        m_stream = &m_handler.takeStream(*this, StreamKind::WebSocket);
    } else if (plan.stream) {
        m_stream = &m_handler.takeStream(*this, StreamKind::EventStream);
        m_handler.countStream(*m_stream, 1);
        touchStream();
    }
    return true;
}

bool Flow::readGrpcTimeout(const http::RequestHead& head, upstream::CallPlan& plan) {
    const http::Field* field = head.find("grpc-timeout");
    if (field == nullptr) {
        return true;
    }
    const auto timeout = translate::parseGrpcTimeout(field->value);
    if (!timeout) {
        m_context.reply.set(400, "grpc-timeout-invalid", "The grpc-timeout is not 1 to 8 digits and a unit.");
        return false;
    }
    if (timeout->count() == 0) {
        m_context.reply.set(504, "deadline-exceeded", "The call had no time left when it came.");
        return false;
    }
    plan.timeLimit = *timeout;
    return true;
}

void Flow::beginTranslation(http::RequestHead& head) {
    const http::Field* type = head.find("content-type");
    m_stream->web.begin(m_context.grpc, type->value);
    head.acceptsTrailers = true; // the gateway does, for the client
    if (m_stream->web.isText() && head.framing == http::Framing::Length) {
        head.framing = http::Framing::Chunked;
        head.contentLength = 0;
    }
}

void Flow::respondTranslated(const http::ResponseHead& head, http::RespondedBy by) {
    std::string fields = m_context.limitFields;
    http::ResponseHead& translated = m_handler.m_translatedHead;
    m_stream->web.toWebHead(head, translated, fields);
    by.extraFields = fields;
    m_hasLength = false;
    m_downstream->respond(translated, by);
}

/// The head says what the request becomes.
void Flow::noteStream(const http::ResponseHead& head) {
    if (m_stream != nullptr && m_stream->kind == StreamKind::WebSocket && head.status != switchingProtocols) {
        m_handler.giveStream(*std::exchange(m_stream, nullptr)); // refused: an answer like others
    }
    if (m_stream == nullptr) {
        if (!isEventStream(head)) {
            return;
        }
        m_stream = &m_handler.takeStream(*this, StreamKind::EventStream);
        m_handler.countStream(*m_stream, 1);
        m_call.becomeStream();
    }
    m_stream->isEvents = m_stream->kind == StreamKind::EventStream && isEventStream(head);
    noteOpened();
    touchStream();
}

void Flow::noteOpened() {
    const auto passed = m_handler.m_tools.clock.now() - m_context.start;
    m_stream->openMicros =
        static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(passed).count());
}

/// Something came or went: silence begins anew.
void Flow::touchStream() {
    OpenStream& stream = *m_stream;
    if (stream.kind == StreamKind::GrpcCall || stream.closeCode != 0) {
        return; // gRPC has deadlines of its own
    }
    const auto& timeouts = m_context.service->settings.timeouts;
    std::chrono::nanoseconds delay = timeouts.streamIdle;
    if (timeouts.streamLifetime.count() > 0) {
        stream.endsAt = m_context.start + timeouts.streamLifetime;
        const auto left = stream.endsAt - m_handler.m_tools.clock.now();
        delay = delay.count() > 0 ? std::min<std::chrono::nanoseconds>(delay, left) : left;
    }
    if (delay.count() != 0 || timeouts.streamLifetime.count() > 0) {
        stream.timer.set(delay);
    }
}

void Flow::onStreamTimer() {
    const bool isOld = m_handler.m_tools.clock.now() >= m_stream->endsAt;
    const char* const code = isOld ? "stream-lifetime" : "stream-idle";
    const char* const detail = isOld ? "The stream lasted as long as it may."
                                     : "Nobody said anything for longer than a stream may be silent.";
    if (m_stream->kind == StreamKind::WebSocket) {
        if (m_stream->closeCode != 0) {
            finishWebSocket();
        } else {
            closeWebSocket(goingAway, code, detail);
        }
        return;
    }
    m_context.reply.set(504, code, detail);
    if (m_responseStarted) {
        endAnswer(m_stream->isEvents, {});
    } else {
        m_call.cancel();
        answer();
    }
}

bool Flow::onStreamBody(std::string_view piece) {
    switch (m_stream->kind) {
    case StreamKind::WebSocket:
        return onWebSocketBytes(piece);
    case StreamKind::EventStream:
        touchStream();
        break;
    case StreamKind::GrpcCall:
        break;
    }
    if (isTranslated() && !m_stream->web.toGrpc(piece, piece)) {
        onBodyFailed(badBase64);
        return true;
    }
    return piece.empty() || m_call.sendBody(piece);
}

void Flow::onStreamBodyEnd(std::string_view trailers) {
    if (m_stream->kind == StreamKind::WebSocket && !m_stream->isOpen) {
        m_stream->clientEnded = true;
        return;
    }
    if (isTranslated()) {
        if (!m_stream->web.isRequestWhole()) {
            onBodyFailed(badBase64);
            return;
        }
        trailers = {};
    }
    m_call.endBody(trailers);
}

bool Flow::onStreamResponse(std::string_view piece) {
    switch (m_stream->kind) {
    case StreamKind::WebSocket:
        return onWebSocketAnswer(piece);
    case StreamKind::EventStream:
        touchStream();
        break;
    case StreamKind::GrpcCall:
        break;
    }
    return m_downstream->send(isTranslated() ? m_stream->web.toWeb(piece) : piece);
}

void Flow::stop(StreamStop why) {
    const bool isUnauthorized = why == StreamStop::Unauthorized;
    const char* const code = isUnauthorized ? "access-revoked" : "going-away";
    const char* const detail = isUnauthorized ? "The caller may not use this route any more."
                                              : "The gateway goes away, or what it served here.";
    if (m_stream->kind == StreamKind::WebSocket && m_stream->isOpen) {
        if (m_stream->closeCode == 0) {
            closeWebSocket(isUnauthorized ? policyViolation : goingAway, code, detail);
        }
        return;
    }
    // Requests that end by themselves are let to; who listens to events comes back by itself.
    if (!isUnauthorized && !(m_responseStarted && m_stream->isEvents)) {
        return;
    }
    m_context.reply.set(isUnauthorized ? 401 : 503, code, detail);
    if (!m_responseStarted) {
        m_call.cancel();
        answer();
    } else if (m_context.grpc != translate::GrpcWire::None) {
        endGrpcAnswer();
    } else {
        endAnswer(!isUnauthorized, {});
    }
}

} // namespace gateway::pipeline
