#include "gateway/http/h2_fields.h"

#include "gateway/http/characters.h"
#include "gateway/http/head.h"

namespace gateway::http {
namespace {

constexpr std::size_t statusBegin = 9; // behind "HTTP/1.1 "
constexpr std::size_t statusBytes = 3;

nghttp2_nv makeField(std::string_view name, std::string_view value, std::uint8_t flags) noexcept {
    nghttp2_nv field{};
    field.name = reinterpret_cast<std::uint8_t*>(const_cast<char*>(name.data()));
    field.namelen = name.size();
    field.value = reinterpret_cast<std::uint8_t*>(const_cast<char*>(value.data()));
    field.valuelen = value.size();
    field.flags = flags;
    return field;
}

bool isConnectionsOwn(KnownField known) noexcept {
    switch (known) {
    case KnownField::Connection:
    case KnownField::KeepAlive:
    case KnownField::ProxyConnection:
    case KnownField::TransferEncoding:
    case KnownField::Upgrade:
        return true;
    default:
        return false;
    }
}

/// What never comes a second time would only push others out of the table of fields.
std::uint8_t flagsFor(KnownField known) noexcept {
    return known == KnownField::XRequestId ? NGHTTP2_NV_FLAG_NO_INDEX : NGHTTP2_NV_FLAG_NONE;
}

} // namespace

std::string_view appendFields(std::vector<nghttp2_nv>& fields, std::string_view lines) {
    while (!lines.empty()) {
        const std::size_t end = lines.find('\r');
        const std::string_view line = lines.substr(0, end);
        lines.remove_prefix(end == std::string_view::npos ? lines.size() : end + 2);
        if (line.empty()) {
            break;
        }
        const std::size_t colon = line.find(':');
        const std::string_view name = line.substr(0, colon);
        if (colon == std::string_view::npos || name.empty()) {
            continue;
        }
        const KnownField known = knownField(name);
        if (!isConnectionsOwn(known)) {
            fields.push_back(makeField(name, trimmed(line.substr(colon + 1)), flagsFor(known)));
        }
    }
    return lines;
}

std::string_view readHead(std::vector<nghttp2_nv>& fields, std::string_view head) {
    fields.clear();
    fields.push_back(
        makeField(":status", head.substr(statusBegin, statusBytes), NGHTTP2_NV_FLAG_NO_COPY_NAME));
    const std::size_t lineEnd = head.find('\n');
    return appendFields(fields, head.substr(lineEnd + 1));
}

} // namespace gateway::http
