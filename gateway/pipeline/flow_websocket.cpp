#include "gateway/pipeline/flow.h"

/// WebSockets: bytes pass as they are, and their frames are followed, so that the gateway can say a word of
/// its own between two of them.
namespace gateway::pipeline {
namespace {

using namespace std::chrono_literals;

constexpr auto boundaryWait = 5s; // for the end of a frame that is on its way to a client who is sent away

} // namespace

void Flow::openWebSocket(const http::ResponseHead& head) {
    OpenStream& stream = *m_stream;
    const http::Field* extensions = head.find("sec-websocket-extensions");
    const bool isExtended = extensions != nullptr && !extensions->value.empty();
    stream.fromClient = http::WebSocketFrames(http::WebSocketFrames::From::Client, isExtended);
    stream.fromServer = http::WebSocketFrames(http::WebSocketFrames::From::Server, isExtended);
    m_handler.countStream(stream, 1);
    // The handshake's, while the socket may be idle for hours.
    for (std::string* text : {&m_path, &m_context.query, &m_context.limitFields}) {
        text->clear();
        text->shrink_to_fit();
    }
    const std::string early = std::exchange(stream.early, {});
    const bool wantsMore = early.empty() || onWebSocketBytes(early);
    if (m_stream == nullptr) {
        return; // what came was against the rules
    }
    if (stream.clientEnded) {
        m_call.endBody({});
    }
    m_call.flush();
    if (wantsMore) {
        m_downstream->resumeBody();
    }
}

bool Flow::onWebSocketBytes(std::string_view piece) {
    OpenStream& stream = *m_stream;
    if (!stream.isOpen) {
        stream.early.append(piece);
        return false;
    }
    if (stream.closeCode != 0) {
        return true; // the service was told that there is nothing more
    }
    touchStream();
    const std::size_t good = stream.fromClient.feed(piece);
    m_handler.m_tools.cells.streams.messagesIn.add(stream.fromClient.takeMessages());
    const bool wantsMore = m_call.sendBody(piece.substr(0, good));
    if (stream.fromClient.isBroken()) {
        closeWebSocket(protocolError, "websocket-protocol", "The client's frames are against RFC 6455.");
        return true;
    }
    return wantsMore;
}

bool Flow::onWebSocketAnswer(std::string_view piece) {
    OpenStream& stream = *m_stream;
    const bool isClosing = stream.closeCode != 0;
    touchStream();
    const std::size_t good =
        isClosing ? stream.fromServer.feedToBoundary(piece) : stream.fromServer.feed(piece);
    m_handler.m_tools.cells.streams.messagesOut.add(stream.fromServer.takeMessages());
    const bool wantsMore = m_downstream->send(piece.substr(0, good));
    if (isClosing && (stream.fromServer.isAtBoundary() || stream.fromServer.isBroken())) {
        finishWebSocket();
        return true;
    }
    if (!isClosing && stream.fromServer.isBroken()) {
        m_upstreamFailed = true;
        closeWebSocket(protocolError, "websocket-protocol", "The service's frames are against RFC 6455.");
        return true;
    }
    return wantsMore;
}

/// Says Close to both ends. The service is left at once, the client once a frame may end there.
void Flow::closeWebSocket(std::uint16_t closeCode, const char* code, const char* detail) {
    OpenStream& stream = *m_stream;
    m_context.reply.code = code;
    m_context.reply.detail = detail;
    if (stream.fromClient.isAtBoundary() && !stream.fromClient.hasClosed()) {
        const auto mask = static_cast<std::uint32_t>(m_handler.m_random.next());
        static_cast<void>(m_call.sendBody(http::webSocketClose(closeCode, detail, mask)));
        m_call.flush();
    }
    stream.closeCode = closeCode;
    if (stream.fromServer.isAtBoundary() || stream.fromServer.isBroken()) {
        finishWebSocket();
    } else {
        stream.timer.set(boundaryWait);
    }
}

void Flow::finishWebSocket() {
    const OpenStream& stream = *m_stream;
    const bool isClean = stream.fromServer.isAtBoundary();
    if (isClean && !stream.fromServer.hasClosed()) {
        const std::string close = http::webSocketClose(stream.closeCode, m_context.reply.detail);
        static_cast<void>(m_downstream->send(close));
    }
    endAnswer(isClean, {});
}

} // namespace gateway::pipeline
