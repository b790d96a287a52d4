#include "gateway/http/writer.h"

#include "gateway/http/characters.h"
#include "gateway/http/head_buffer.h"

#include <array>
#include <charconv>
#include <chrono>

namespace gateway::http {

namespace {

// What a head written by the gateway holds at most beside the bytes it is given: names, colons, CRLFs,
// numbers.
constexpr std::size_t fixedBytesExpected = 448;

std::size_t bytesOf(const std::vector<Field>& fields) noexcept {
    std::size_t bytes = 0;
    for (const Field& field : fields) {
        bytes += field.line.size();
    }
    return bytes;
}

bool endsAtThisHop(KnownField known) noexcept {
    switch (known) {
    case KnownField::ContentLength: // written anew from what was understood
    case KnownField::TransferEncoding:
    case KnownField::Connection:
    case KnownField::KeepAlive:
    case KnownField::ProxyConnection:
    case KnownField::ProxyAuthenticate:
    case KnownField::ProxyAuthorization:
    case KnownField::Te:
    case KnownField::Trailer:
    case KnownField::Upgrade:
    case KnownField::XClientId:
    case KnownField::XInternalAuth:
        return true;
    case KnownField::Other:
    case KnownField::Host:
    case KnownField::Expect:
    case KnownField::MaxForwards:
    case KnownField::Via:
    case KnownField::Forwarded:
    case KnownField::XForwardedFor:
    case KnownField::XForwardedProto:
    case KnownField::XForwardedHost:
    case KnownField::XRequestId:
    case KnownField::Authorization:
    case KnownField::Date:
    case KnownField::Server:
    case KnownField::RetryAfter:
    case KnownField::XRateLimitLimit:
    case KnownField::XRateLimitRemaining:
    case KnownField::XRateLimitReset:
    case KnownField::RateLimit:
    case KnownField::RateLimitPolicy:
        return false;
    }
    return true;
}

bool isWrittenAnewInRequests(KnownField known) noexcept {
    // The client's word about who it is and how it came is not passed on; what of it may be believed comes in
    // ForwardedBy.
    return known == KnownField::Expect || known == KnownField::Forwarded ||
           known == KnownField::XForwardedFor || known == KnownField::XForwardedProto ||
           known == KnownField::XForwardedHost || known == KnownField::XRequestId;
}

bool isRateLimitField(KnownField known) noexcept {
    return known == KnownField::XRateLimitLimit || known == KnownField::XRateLimitRemaining ||
           known == KnownField::XRateLimitReset || known == KnownField::RateLimit ||
           known == KnownField::RateLimitPolicy;
}

// Kept lines that are neighbours in memory go out in one piece.
template<class Keep>
void putKeptLines(HeadBuffer& buffer, const std::vector<Field>& fields, const Keep& keep) {
    const char* begin = nullptr;
    const char* end = nullptr;
    const auto flush = [&] {
        if (begin != nullptr) {
            buffer.put({begin, static_cast<std::size_t>(end - begin)});
        }
    };
    for (const Field& field : fields) {
        if (field.nominated || endsAtThisHop(field.known) || !keep(field)) {
            continue;
        }
        if (field.line.data() != end) {
            flush();
            begin = field.line.data();
        }
        end = field.line.data() + field.line.size();
    }
    flush();
}

/// Of a client's field that is not written anew.
bool isPassedOn(const Field& field, const ForwardedBy& by) noexcept {
    if (by.withoutAuthorization &&
        (field.known == KnownField::Authorization || sameIgnoringCase(field.name, "dpop"))) {
        return false;
    }
    return (by.keyField.empty() || !sameIgnoringCase(field.name, by.keyField)) &&
           (by.contentType.empty() || !sameIgnoringCase(field.name, "content-type")) &&
           (by.gatewaysOwn == nullptr || !by.gatewaysOwn->contains(field.name));
}

void putForwarded(HeadBuffer& buffer, std::string_view authority, const ForwardedBy& by) {
    // RFC 7239, 6: an IPv6 address stands in brackets and quotes, and has no zone.
    const std::string_view node = by.clientAddress.substr(0, by.clientAddress.find('%'));
    buffer.put("Forwarded: ");
    if (!by.forwarded.empty()) {
        buffer.put(by.forwarded);
        buffer.put(", ");
    }
    buffer.put("for=");
    if (node.empty()) {
        buffer.put("unknown");
    } else if (node.find(':') != std::string_view::npos) {
        buffer.put("\"[");
        buffer.put(node);
        buffer.put("]\"");
    } else {
        buffer.put(node);
    }
    if (!authority.empty()) {
        // An authority that was parsed has no character that would end the quotes.
        buffer.put(";host=\"");
        buffer.put(authority);
        buffer.put("\"");
    }
    buffer.putLine(";proto=", by.scheme);
    if (!by.forwardedFor.empty()) {
        buffer.put("X-Forwarded-For: ");
        buffer.put(by.forwardedFor);
        buffer.putLine(", ", node);
    } else if (!node.empty()) {
        buffer.putLine("X-Forwarded-For: ", node);
    }
    buffer.putLine("X-Forwarded-Proto: ", by.originalScheme.empty() ? by.scheme : by.originalScheme);
    if (const auto host = by.originalHost.empty() ? authority : by.originalHost; !host.empty()) {
        buffer.putLine("X-Forwarded-Host: ", host);
    }
}

void putFraming(HeadBuffer& buffer, Framing framing, std::uint64_t contentLength) {
    switch (framing) {
    case Framing::Length:
        buffer.put("Content-Length: ");
        buffer.putNumber(contentLength);
        buffer.put("\r\n");
        break;
    case Framing::Chunked:
        buffer.put("Transfer-Encoding: chunked\r\n");
        break;
    case Framing::None:
    case Framing::UntilClose:
        break;
    }
}

/// With the protocol that the message came in by (RFC 9110, 7.6.3).
std::string_view viaLine(bool http2, std::uint8_t minorVersion) noexcept {
    if (http2) {
        return "Via: 2.0 gatehouse\r\n";
    }
    return minorVersion == 0 ? "Via: 1.0 gatehouse\r\n" : "Via: 1.1 gatehouse\r\n";
}

void putStatusLine(HeadBuffer& buffer, const ResponseHead& head) {
    buffer.put("HTTP/1.1 ");
    buffer.putNumber(static_cast<std::uint64_t>(head.status));
    buffer.putLine(" ", head.reason);
}

} // namespace

void writeRequestHead(std::string& out, const RequestHead& head, const ForwardedBy& by) {
    HeadBuffer buffer(out, fixedBytesExpected + bytesOf(head.fields) + head.methodText.size() +
                               by.path.size() + by.query.size() + 3 * head.authority.size() +
                               by.defaultHost.size() + 2 * by.clientAddress.size() + by.forwarded.size() +
                               by.forwardedFor.size() + by.originalHost.size() + by.contentType.size() +
                               by.requestId.size() + by.consumer.size() + by.identityFields.size());
    buffer.put(head.methodText);
    buffer.put(" ");
    buffer.put(by.path);
    if (by.hasQuery) {
        buffer.put("?");
        buffer.put(by.query);
    }
    buffer.put(" HTTP/1.1\r\n");
    bool hasHost = false;

    putKeptLines(buffer, head.fields, [&](const Field& field) {
        hasHost = hasHost || field.known == KnownField::Host;
        return !isWrittenAnewInRequests(field.known) && isPassedOn(field, by);
    });
    buffer.put(by.identityFields);
    if (!by.contentType.empty()) {
        buffer.putLine("Content-Type: ", by.contentType);
    }
    if (!hasHost) {
        // Only an HTTP/1.0 client may leave it out; what the gateway sends is HTTP/1.1.
        buffer.putLine("Host: ", head.authority.empty() ? by.defaultHost : head.authority);
    }
    buffer.put(viaLine(by.http2, head.minorVersion));
    putForwarded(buffer, head.authority, by);
    if (!by.requestId.empty()) {
        buffer.putCheckedLine("X-Request-ID: ", by.requestId);
    }
    if (!by.consumer.empty()) {
        buffer.putCheckedLine("X-Client-ID: ", by.consumer);
    }
    putFraming(buffer, head.framing, head.contentLength);

    if (head.maxForwards > 0) {
        buffer.put("Max-Forwards: ");
        buffer.putNumber(static_cast<std::uint64_t>(head.maxForwards - 1));
        buffer.put("\r\n");
    }
    if (head.webSocket) {
        buffer.put("Connection: Upgrade\r\nUpgrade: websocket\r\n");
    } else if (head.acceptsTrailers) {
        buffer.put("TE: trailers\r\nConnection: te\r\n");
    }
    if (by.expectContinue) {
        buffer.put("Expect: 100-continue\r\n");
    }
    buffer.put("\r\n");
}

void writeResponseHead(std::string& out, const ResponseHead& head, const RespondedBy& by) {
    HeadBuffer buffer(out, fixedBytesExpected + bytesOf(head.fields) + head.reason.size() +
                               by.requestId.size() + by.extraFields.size() + by.hsts.size() + by.date.size());
    putStatusLine(buffer, head);
    bool hasDate = false;
    putKeptLines(buffer, head.fields, [&](const Field& field) {
        hasDate = hasDate || field.known == KnownField::Date;
        return field.known != KnownField::XRequestId &&
               (by.extraFields.empty() || !isRateLimitField(field.known)) &&
               (by.hsts.empty() || !sameIgnoringCase(field.name, "strict-transport-security"));
    });
    if (!hasDate && !by.date.empty()) {
        buffer.putLine("Date: ", by.date);
    }
    buffer.put(viaLine(head.http2, head.minorVersion));
    if (!by.requestId.empty()) {
        buffer.putCheckedLine("X-Request-ID: ", by.requestId);
    }
    buffer.put(by.hsts);
    buffer.put(by.extraFields);
    if (head.status == 101) {
        buffer.put("Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
        return;
    }
    if (by.toHead) {
        const bool knowsLength = head.find(KnownField::ContentLength) != nullptr;
        putFraming(buffer, knowsLength ? Framing::Length : Framing::None, head.contentLength);
    } else {
        putFraming(buffer, by.framing, head.contentLength);
    }
    if (!by.keepAlive) {
        buffer.put("Connection: close\r\n");
    } else if (by.clientMinorVersion == 0) {
        buffer.put("Connection: keep-alive\r\n");
    }
    buffer.put("\r\n");
}

void writeInformationalHead(std::string& out, const ResponseHead& head) {
    HeadBuffer buffer(out, fixedBytesExpected + bytesOf(head.fields) + head.reason.size());
    putStatusLine(buffer, head);
    putKeptLines(buffer, head.fields, [](const Field&) { return true; });
    buffer.put("\r\n");
}

void writeChunkSize(std::string& out, std::uint64_t bytes) {
    constexpr int base = 16;
    std::array<char, 18> text{};
    char* end = std::to_chars(text.data(), text.data() + 16, bytes, base).ptr;
    *end++ = '\r';
    *end++ = '\n';
    out.append(text.data(), static_cast<std::size_t>(end - text.data()));
}

std::string httpDate(std::int64_t secondsSinceEpoch) {
    constexpr std::string_view days = "SunMonTueWedThuFriSat";
    constexpr std::string_view months = "JanFebMarAprMayJunJulAugSepOctNovDec";
    const std::chrono::sys_seconds time{std::chrono::seconds(secondsSinceEpoch)};
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date{day};
    const std::chrono::hh_mm_ss clock{time - day};
    const auto twoDigits = [](std::string& text, unsigned value) {
        text.push_back(static_cast<char>('0' + value / 10 % 10));
        text.push_back(static_cast<char>('0' + value % 10));
    };
    std::string text(days.substr(3 * std::chrono::weekday{day}.c_encoding(), 3));
    text += ", ";
    twoDigits(text, static_cast<unsigned>(date.day()));
    text += ' ';
    text += months.substr(3 * (static_cast<unsigned>(date.month()) - 1), 3);
    text += ' ';
    const auto year = static_cast<unsigned>(static_cast<int>(date.year()));
    twoDigits(text, year / 100);
    twoDigits(text, year % 100);
    text += ' ';
    twoDigits(text, static_cast<unsigned>(clock.hours().count()));
    text += ':';
    twoDigits(text, static_cast<unsigned>(clock.minutes().count()));
    text += ':';
    twoDigits(text, static_cast<unsigned>(clock.seconds().count()));
    text += " GMT";
    return text;
}

bool isAcceptableRequestId(std::string_view id) noexcept {
    constexpr std::size_t idBytesMax = 128;
    if (id.empty() || id.size() > idBytesMax) {
        return false;
    }
    for (const char c : id) {
        if (!isA(UnreservedCharacter, c) && c != '+' && c != '/' && c != '=' && c != ':') {
            return false;
        }
    }
    return true;
}

} // namespace gateway::http
