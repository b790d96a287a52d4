#include "gateway/upstream/h2_fields.h"

#include "gateway/http/characters.h"
#include "gateway/http/head.h"

#include <algorithm>

namespace gateway::upstream {
namespace {

std::string_view takeLine(std::string_view& text) {
    const std::size_t end = std::min(text.find("\r\n"), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 2, text.size()));
    return line;
}

bool endsAtThisHop(http::KnownField known) noexcept {
    return known == http::KnownField::Connection || known == http::KnownField::KeepAlive ||
           known == http::KnownField::ProxyConnection || known == http::KnownField::TransferEncoding ||
           known == http::KnownField::Upgrade;
}

/// Values that are another one in each request only push better ones out of the table of both ends.
bool changesEachTime(http::KnownField known, std::string_view name) noexcept {
    return known == http::KnownField::XRequestId || known == http::KnownField::XForwardedFor ||
           known == http::KnownField::Forwarded || http::sameIgnoringCase(name, "traceparent") ||
           http::sameIgnoringCase(name, "tracestate");
}

/// At most eight digits and a unit (gRPC over HTTP/2, "Timeout").
std::string grpcTimeout(std::chrono::milliseconds left) {
    constexpr std::int64_t digitsMax = 99'999'999;
    if (left.count() <= digitsMax) {
        return std::to_string(left.count()) + 'm';
    }
    return std::to_string(std::min(left.count() / 1000, digitsMax)) + 'S';
}

} // namespace

std::size_t H2Fields::readHead(std::string_view text, const Origin& origin) {
    std::string_view rest = text;
    m_fields.clear();
    m_hasContent = false;
    std::string_view requestLine = takeLine(rest);
    const std::size_t methodEnd = requestLine.find(' ');
    const std::string_view method = requestLine.substr(0, methodEnd);
    requestLine.remove_prefix(method.size() + 1);
    add(":method", method);
    add(":scheme", origin.isSecure ? std::string_view("https") : std::string_view("http"));
    m_authority = m_fields.size();
    add(":authority", {});
    add(":path", requestLine.substr(0, requestLine.find(' ')));
    for (std::string_view line = takeLine(rest); !line.empty(); line = takeLine(rest)) {
        readLine(line, origin);
    }
    return text.size() - rest.size();
}

void H2Fields::readTrailers(std::string_view lines) {
    m_fields.clear();
    while (!lines.empty()) {
        const std::string_view line = takeLine(lines);
        const std::size_t colon = std::min(line.find(':'), line.size());
        if (colon > 0 && colon < line.size()) {
            add(line.substr(0, colon), http::trimmed(line.substr(colon + 1)));
        }
    }
}

void H2Fields::readLine(std::string_view line, const Origin& origin) {
    const std::size_t colon = line.find(':');
    const std::string_view name = line.substr(0, colon);
    const std::string_view value = http::trimmed(line.substr(colon + 1));
    const http::KnownField known = http::knownField(name);
    if (known == http::KnownField::Host) {
        nghttp2_nv& authority = m_fields[m_authority];
        authority.value = reinterpret_cast<std::uint8_t*>(const_cast<char*>(value.data()));
        authority.valuelen = value.size();
        return;
    }
    m_hasContent = m_hasContent || known == http::KnownField::TransferEncoding ||
                   (known == http::KnownField::ContentLength && value != "0");
    if (endsAtThisHop(known)) {
        return;
    }
    if (origin.timeLeft.count() > 0 && http::sameIgnoringCase(name, "grpc-timeout")) {
        m_timeLeft = grpcTimeout(origin.timeLeft);
        add(name, m_timeLeft);
        return;
    }
    add(name, value, changesEachTime(known, name) ? NGHTTP2_NV_FLAG_NO_INDEX : NGHTTP2_NV_FLAG_NONE);
}

void H2Fields::add(std::string_view name, std::string_view value, std::uint8_t flags) {
    // The library's type is not const, but it only reads.
    m_fields.push_back({reinterpret_cast<std::uint8_t*>(const_cast<char*>(name.data())),
                        reinterpret_cast<std::uint8_t*>(const_cast<char*>(value.data())), name.size(),
                        value.size(), flags});
}

} // namespace gateway::upstream
