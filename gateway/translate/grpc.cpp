#include "gateway/translate/grpc.h"

#include "gateway/http/characters.h"

#include <algorithm>

namespace gateway::translate {
namespace {

constexpr int internal = 13;

bool endsTypeName(std::string_view rest) noexcept {
    return rest.empty() || rest.front() == '+' || rest.front() == ';' || rest.front() == ' ';
}

} // namespace

GrpcWire grpcWireOf(std::string_view contentType) noexcept {
    constexpr std::string_view plain = "application/grpc";
    constexpr std::string_view web = "-web";
    constexpr std::string_view text = "-text";
    if (!http::sameIgnoringCase(contentType.substr(0, plain.size()), plain)) {
        return GrpcWire::None;
    }
    contentType.remove_prefix(plain.size());
    if (endsTypeName(contentType)) {
        return GrpcWire::Grpc;
    }
    if (!http::sameIgnoringCase(contentType.substr(0, web.size()), web)) {
        return GrpcWire::None;
    }
    contentType.remove_prefix(web.size());
    if (endsTypeName(contentType)) {
        return GrpcWire::Web;
    }
    if (!http::sameIgnoringCase(contentType.substr(0, text.size()), text)) {
        return GrpcWire::None;
    }
    contentType.remove_prefix(text.size());
    return endsTypeName(contentType) ? GrpcWire::WebText : GrpcWire::None;
}

int grpcStatusOf(int httpStatus) noexcept {
    constexpr int deadlineExceeded = 4;
    constexpr int permissionDenied = 7;
    constexpr int resourceExhausted = 8;
    constexpr int unimplemented = 12;
    constexpr int unavailable = 14;
    constexpr int unauthenticated = 16;
    switch (httpStatus) {
    case 401:
        return unauthenticated;
    case 403:
        return permissionDenied;
    case 404:
    case 405:
    case 501:
        return unimplemented;
    case 408:
    case 504:
        return deadlineExceeded;
    case 413:
    case 429:
    case 431:
        return resourceExhausted;
    case 502:
    case 503:
        return unavailable;
    default:
        return internal;
    }
}

void appendGrpcStatus(std::string& out, int status, std::string_view message) {
    constexpr char digits[] = "0123456789ABCDEF";
    out.append("grpc-status: ").append(std::to_string(status)).append("\r\ngrpc-message: ");
    for (const char c : message) {
        if (c >= ' ' && c <= '~' && c != '%') {
            out.push_back(c);
        } else {
            const auto byte = static_cast<unsigned char>(c);
            out.push_back('%');
            out.push_back(digits[byte / 16]);
            out.push_back(digits[byte % 16]);
        }
    }
    out.append("\r\n");
}

std::optional<std::chrono::milliseconds> parseGrpcTimeout(std::string_view text) noexcept {
    using namespace std::chrono;
    constexpr std::size_t digitsMax = 8;
    constexpr milliseconds most = hours{24 * 30};
    if (text.size() < 2 || text.size() > digitsMax + 1 ||
        !std::all_of(text.begin(), text.end() - 1, http::isDigit)) {
        return std::nullopt;
    }
    std::int64_t count = 0;
    for (const char c : text.substr(0, text.size() - 1)) {
        count = count * 10 + (c - '0');
    }
    switch (text.back()) {
    case 'H':
        return std::min<milliseconds>(hours{count}, most);
    case 'M':
        return std::min<milliseconds>(minutes{count}, most);
    case 'S':
        return std::min<milliseconds>(seconds{count}, most);
    case 'm':
        return milliseconds{count};
    case 'u':
        return ceil<milliseconds>(microseconds{count});
    case 'n':
        return ceil<milliseconds>(nanoseconds{count});
    default:
        return std::nullopt;
    }
}

} // namespace gateway::translate
