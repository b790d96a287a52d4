#include "gateway/http/head_buffer.h"
#include "gateway/http/writer.h"

namespace gateway::http {

namespace {

constexpr std::string_view hexDigits = "0123456789abcdef";

// The length of the well-formed UTF-8 sequence (RFC 3629) at the front of `text`, or 0.
std::size_t utf8Sequence(std::string_view text) noexcept {
    const auto byteAt = [text](std::size_t i) -> unsigned {
        return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
    };
    const auto continues = [byteAt](std::size_t i) { return (byteAt(i) & 0xC0U) == 0x80U; };
    const unsigned lead = byteAt(0);
    const unsigned second = byteAt(1);
    if (lead < 0x80) {
        return 1;
    }
    if (lead >= 0xC2 && lead <= 0xDF) {
        return continues(1) ? 2 : 0;
    }
    if (lead >= 0xE0 && lead <= 0xEF) {
        const bool isOverlong = lead == 0xE0 && second < 0xA0;
        const bool isSurrogate = lead == 0xED && second >= 0xA0;
        return continues(1) && continues(2) && !isOverlong && !isSurrogate ? 3 : 0;
    }
    if (lead >= 0xF0 && lead <= 0xF4) {
        const bool isOverlong = lead == 0xF0 && second < 0x90;
        const bool isTooLarge = lead == 0xF4 && second >= 0x90;
        return continues(1) && continues(2) && continues(3) && !isOverlong && !isTooLarge ? 4 : 0;
    }
    return 0;
}

// RFC 8259, 7. Bytes that are no UTF-8 become U+FFFD: the body must stay JSON whatever a peer sent.
void appendEscaped(std::string& out, std::string_view text) {
    while (!text.empty()) {
        const std::size_t size = utf8Sequence(text);
        const char c = text.front();
        if (size == 0) {
            out += "\\ufffd";
        } else if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (size == 1 && (static_cast<unsigned char>(c) < 0x20 || c == 0x7F)) {
            out += "\\u00";
            out += hexDigits[static_cast<unsigned char>(c) / 16];
            out += hexDigits[static_cast<unsigned char>(c) % 16];
        } else {
            out += text.substr(0, size);
        }
        text.remove_prefix(size == 0 ? 1 : size);
    }
}

void appendMember(std::string& out, std::string_view name, std::string_view value) {
    out += ",\"";
    out += name;
    out += "\":\"";
    appendEscaped(out, value);
    out += '"';
}

std::string problemBody(const ProblemReply& problem) {
    std::string body = R"({"type":"about:blank")";
    appendMember(body, "title", reasonPhrase(problem.status));
    body += R"(,"status":)";
    body += std::to_string(problem.status);
    appendMember(body, "detail", problem.detail);
    appendMember(body, "code", problem.code);
    appendMember(body, "request_id", problem.requestId);
    body += "}\n";
    return body;
}

} // namespace

void writeProblem(std::string& out, const ProblemReply& problem) {
    const std::string body = problemBody(problem);
    constexpr std::size_t fixedBytesExpected = 320;
    HeadBuffer buffer(out, fixedBytesExpected + body.size() + problem.extraFields.size() +
                               problem.requestId.size() + problem.proxyStatus.size() + problem.date.size());
    buffer.put("HTTP/1.1 ");
    buffer.putNumber(static_cast<std::uint64_t>(problem.status));
    buffer.putLine(" ", reasonPhrase(problem.status));
    if (!problem.date.empty()) {
        buffer.putLine("Date: ", problem.date);
    }
    buffer.put("Content-Type: application/problem+json\r\nCache-Control: no-store\r\nContent-Length: ");
    buffer.putNumber(body.size());
    buffer.put("\r\n");
    if (!problem.requestId.empty()) {
        buffer.putCheckedLine("X-Request-ID: ", problem.requestId);
    }
    if (!problem.proxyStatus.empty()) {
        buffer.putCheckedLine("Proxy-Status: ", problem.proxyStatus);
    }
    buffer.put(problem.extraFields);
    if (!problem.keepAlive) {
        buffer.put("Connection: close\r\n");
    } else if (problem.clientMinorVersion == 0) {
        buffer.put("Connection: keep-alive\r\n");
    }
    buffer.put("\r\n");
    if (!problem.toHead) {
        buffer.put(body);
    }
}

} // namespace gateway::http
