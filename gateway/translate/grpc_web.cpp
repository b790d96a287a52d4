#include "gateway/translate/grpc_web.h"

#include "gateway/http/characters.h"

#include <algorithm>

namespace gateway::translate {
namespace {

constexpr char trailersFlag = static_cast<char>(0x80);
constexpr std::size_t frameHeadBytes = 5;

/// "+proto" of "application/grpc-web-text+proto; charset=x"; empty when there is none.
std::string_view subtypeOf(std::string_view contentType) noexcept {
    contentType = http::trimmed(contentType.substr(0, contentType.find(';')));
    const std::size_t plus = contentType.find('+');
    return plus == std::string_view::npos ? std::string_view{} : contentType.substr(plus);
}

bool belongsIntoLastFrame(std::string_view name) noexcept {
    return http::sameIgnoringCase(name, "grpc-status") || http::sameIgnoringCase(name, "grpc-message") ||
           http::sameIgnoringCase(name, "grpc-status-details-bin");
}

/// Names in lower case, as the protocol wants them; values as they are.
void appendLowered(std::string& out, std::string_view line) {
    const std::size_t nameEnd = std::min(line.find(':'), line.size());
    std::transform(line.begin(), line.begin() + static_cast<std::ptrdiff_t>(nameEnd), std::back_inserter(out),
                   http::lowered);
    out.append(line.substr(nameEnd));
}

} // namespace

void GrpcWebCall::begin(GrpcWire wire, std::string_view contentType) {
    m_wire = wire;
    m_subtype = subtypeOf(contentType);
    m_contentType.assign("application/grpc").append(m_subtype);
    m_statusLines.clear();
    m_out.clear();
    m_decoder = {};
}

bool GrpcWebCall::toGrpc(std::string_view piece, std::string_view& translated) {
    if (!isText()) {
        translated = piece;
        return true;
    }
    m_out.clear();
    const bool good = m_decoder.decode(piece, m_out);
    translated = m_out;
    return good;
}

void GrpcWebCall::toWebHead(const http::ResponseHead& head, http::ResponseHead& translated,
                            std::string& fields) {
    translated.status = head.status;
    translated.reason = head.reason;
    translated.minorVersion = head.minorVersion;
    translated.http2 = head.http2;
    translated.fields.clear();
    for (const http::Field& field : head.fields) {
        if (belongsIntoLastFrame(field.name)) {
            appendLowered(m_statusLines, field.line);
        } else if (!http::sameIgnoringCase(field.name, "content-type")) {
            translated.fields.push_back(field);
        }
    }
    translated.framing = http::Framing::Chunked;
    translated.contentLength = 0;
    translated.keepAlive = head.keepAlive;
    fields.append("Content-Type: application/grpc-web")
        .append(isText() ? "-text" : "")
        .append(m_subtype)
        .append("\r\n");
}

std::string_view GrpcWebCall::toWeb(std::string_view piece) {
    if (!isText()) {
        return piece;
    }
    m_out.clear();
    appendBase64(m_out, piece);
    return m_out;
}

std::string_view GrpcWebCall::lastFrame(std::string_view trailers) {
    std::string frame(frameHeadBytes, trailersFlag);
    frame.append(m_statusLines);
    while (!trailers.empty()) {
        const std::size_t end = trailers.find('\n');
        const std::string_view line = trailers.substr(0, end == std::string_view::npos ? end : end + 1);
        appendLowered(frame, line);
        trailers.remove_prefix(line.size());
    }
    const std::size_t bytes = frame.size() - frameHeadBytes;
    for (std::size_t i = 1; i < frameHeadBytes; ++i) {
        frame[i] = static_cast<char>(bytes >> (8U * (frameHeadBytes - 1 - i)) & 0xFFU);
    }
    m_out.clear();
    if (isText()) {
        appendBase64(m_out, frame);
    } else {
        m_out = std::move(frame);
    }
    return m_out;
}

} // namespace gateway::translate
