#include "gateway/auth/dpop.h"

#include <algorithm>

namespace gateway::auth {

namespace {

char lower(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool isUnreserved(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

/// A name, an IPv4 address, or an IPv6 address in brackets; what exactly does not matter here.
bool isHost(std::string_view text) noexcept {
    const bool isBracketed = text.starts_with('[') && text.ends_with(']');
    const std::string_view inner = isBracketed ? text.substr(1, text.size() - 2) : text;
    return !inner.empty() && std::all_of(inner.begin(), inner.end(), [&](char c) {
        return isUnreserved(c) || (isBracketed && c == ':');
    });
}

int hexValue(char c) noexcept {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    const char small = lower(c);
    return small >= 'a' && small <= 'f' ? small - 'a' + 10 : -1;
}

/// Escapes of characters that need none are taken back, the others are written in upper case.
std::string unescaped(std::string_view text) {
    static constexpr char digits[] = "0123456789ABCDEF";
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const int high = text[i] == '%' && i + 2 < text.size() ? hexValue(text[i + 1]) : -1;
        const int low = high >= 0 ? hexValue(text[i + 2]) : -1;
        if (low < 0) {
            result += text[i];
            continue;
        }
        const char c = static_cast<char>(high * 16 + low);
        if (isUnreserved(c)) {
            result += c;
        } else {
            result += {'%', digits[high], digits[low]};
        }
        i += 2;
    }
    return result;
}

/// RFC 3986, 5.2.4, of an absolute path.
std::string withoutDots(std::string_view path) {
    std::string result;
    while (!path.empty()) {
        const std::size_t end = std::min(path.find('/', 1), path.size());
        const std::string_view segment = path.substr(0, end); // with its slash
        const bool isLast = end == path.size();
        path.remove_prefix(end);
        if (segment == "/..") {
            result.erase(std::min(result.rfind('/'), result.size()));
            result += isLast ? "/" : "";
        } else if (segment == "/.") {
            result += isLast ? "/" : "";
        } else {
            result += segment;
        }
    }
    return result.empty() ? "/" : result;
}

} // namespace

std::string normalizedUri(std::string_view uri) {
    uri = uri.substr(0, uri.find_first_of("?#"));
    std::string result;
    const std::size_t colon = uri.find("://");
    if (colon == std::string_view::npos) {
        return {};
    }
    std::transform(uri.begin(), uri.begin() + static_cast<std::ptrdiff_t>(colon), std::back_inserter(result),
                   lower);
    if (result != "http" && result != "https") {
        return {};
    }
    const std::string_view usualPort = result == "http" ? "80" : "443";
    uri.remove_prefix(colon + 3);
    const std::size_t slash = std::min(uri.find('/'), uri.size());
    const std::string_view authority = uri.substr(0, slash);
    const std::size_t bracket = authority.starts_with('[') ? authority.find(']') : 0;
    const std::size_t hostEnd = std::min(authority.find(':', bracket), authority.size());
    const std::string_view host = authority.substr(0, hostEnd);
    const std::string_view port = authority.substr(std::min(hostEnd + 1, authority.size()));
    if (!isHost(host) || port.find_first_not_of("0123456789") != std::string_view::npos) {
        return {};
    }
    result += "://";
    std::transform(host.begin(), host.end(), std::back_inserter(result), lower);
    if (!port.empty() && port != usualPort) {
        result.append(":").append(port);
    }
    return result + withoutDots(unescaped(uri.substr(slash)));
}

} // namespace gateway::auth
