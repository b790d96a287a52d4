#include "gateway/http/characters.h"
#include "gateway/http/target.h"

namespace gateway::http {

namespace {

bool isPort(std::string_view text) noexcept {
    if (text.empty() || text.size() > 5) {
        return false;
    }
    unsigned value = 0;
    for (const char c : text) {
        if (!isDigit(c)) {
            return false;
        }
        value = value * 10 + static_cast<unsigned>(c - '0');
    }
    return value >= 1 && value <= 65535;
}

bool isIpv4Address(std::string_view text) noexcept {
    for (int octet = 0; octet < 4; ++octet) {
        const std::size_t dot = text.find('.');
        const std::string_view digits = text.substr(0, dot);
        if (digits.empty() || digits.size() > 3 || (digits.size() > 1 && digits.front() == '0')) {
            return false;
        }
        int value = 0;
        for (const char c : digits) {
            if (!isDigit(c)) {
                return false;
            }
            value = value * 10 + (c - '0');
        }
        if (value > 255 || (dot == std::string_view::npos) != (octet == 3)) {
            return false;
        }
        text = octet == 3 ? std::string_view{} : text.substr(dot + 1);
    }
    return true;
}

// The groups between two "::", or all of them: how many, or -1. An IPv4 address may stand for the last two.
int countGroups(std::string_view text, bool mayEndInIpv4) noexcept {
    if (text.empty()) {
        return 0;
    }
    int groups = 0;
    while (true) {
        const std::size_t colon = text.find(':');
        const std::string_view group = text.substr(0, colon);
        if (colon == std::string_view::npos && mayEndInIpv4 && isIpv4Address(group)) {
            return groups + 2;
        }
        if (group.empty() || group.size() > 4) {
            return -1;
        }
        for (const char c : group) {
            if (hexValue(c) < 0) {
                return -1;
            }
        }
        ++groups;
        if (colon == std::string_view::npos) {
            return groups;
        }
        text.remove_prefix(colon + 1);
    }
}

// A name of DNS: at most 253 bytes and a final dot, labels not empty.
bool isHostName(std::string_view host) noexcept {
    constexpr std::size_t hostBytesMax = 254;
    if (host.empty() || host.size() > hostBytesMax || host.front() == '.') {
        return false;
    }
    char previous = 0;
    for (const char c : host) {
        if (!isA(HostCharacter, c) || (c == '.' && previous == '.')) {
            return false;
        }
        previous = c;
    }
    return true;
}

} // namespace

bool isIpv6Address(std::string_view text) noexcept {
    const std::size_t gap = text.find("::");
    if (gap == std::string_view::npos) {
        return countGroups(text, true) == 8;
    }
    const int before = countGroups(text.substr(0, gap), false);
    const int after = countGroups(text.substr(gap + 2), true);
    return before >= 0 && after >= 0 && before + after <= 7;
}

bool parseAuthority(std::string_view authority, std::string_view& host) noexcept {
    std::size_t hostEnd = 0;
    if (!authority.empty() && authority.front() == '[') {
        const std::size_t bracket = authority.find(']');
        if (bracket == std::string_view::npos || !isIpv6Address(authority.substr(1, bracket - 1))) {
            return false;
        }
        hostEnd = bracket + 1;
    } else {
        hostEnd = authority.find(':');
        hostEnd = hostEnd == std::string_view::npos ? authority.size() : hostEnd;
        if (!isHostName(authority.substr(0, hostEnd))) {
            return false;
        }
    }
    const std::string_view rest = authority.substr(hostEnd);
    if (!rest.empty() && (rest.front() != ':' || !isPort(rest.substr(1)))) {
        return false;
    }
    host = authority.substr(0, hostEnd);
    return true;
}

} // namespace gateway::http
