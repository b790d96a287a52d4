#include "gateway/http/websocket_handshake.h"

#include "gateway/http/characters.h"
#include "gateway/http/refusals.h"

#include <algorithm>

namespace gateway::http {
namespace {

bool isBase64Digit(char c) noexcept {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || isDigit(c) || c == '+' || c == '/';
}

/// 16 bytes in base64 (RFC 6455, 4.1): 22 digits and the padding.
bool isWebSocketKey(std::string_view text) noexcept {
    constexpr std::size_t digits = 22;
    return text.size() == digits + 2 && text.substr(digits) == "==" &&
           std::all_of(text.begin(), text.begin() + digits, isBase64Digit);
}

bool asksForWebSocket(const RequestHead& head) noexcept {
    for (const Field& field : head.fields) {
        std::string_view list =
            field.known == KnownField::Upgrade && field.nominated ? field.value : std::string_view{};
        while (!list.empty()) {
            if (sameIgnoringCase(nextListElement(list), "websocket")) {
                return true;
            }
        }
    }
    return false;
}

/// The field of that name, unless it is there twice.
const Field* theOne(const RequestHead& head, std::string_view name) noexcept {
    const Field* found = nullptr;
    for (const Field& field : head.fields) {
        if (sameIgnoringCase(field.name, name)) {
            if (found != nullptr) {
                return nullptr;
            }
            found = &field;
        }
    }
    return found;
}

} // namespace

const Refusal* readWebSocketHandshake(RequestHead& head) noexcept {
    if (head.method != Method::Get || head.minorVersion == 0 || !asksForWebSocket(head)) {
        return nullptr;
    }
    if (head.framing == Framing::Chunked || head.contentLength > 0) {
        return &refusals::webSocketWithBody;
    }
    const Field* key = theOne(head, "sec-websocket-key");
    if (key == nullptr || !isWebSocketKey(key->value)) {
        return &refusals::webSocketKeyInvalid;
    }
    const Field* version = theOne(head, "sec-websocket-version");
    if (version == nullptr || version->value != "13") {
        return &refusals::webSocketVersionUnsupported;
    }
    head.webSocket = true;
    head.framing = Framing::None;
    return nullptr;
}

} // namespace gateway::http
