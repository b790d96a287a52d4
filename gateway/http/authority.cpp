#include "gateway/base/ip_literal.h"
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

bool parseAuthority(std::string_view authority, std::string_view& host) noexcept {
    std::size_t hostEnd = 0;
    if (!authority.empty() && authority.front() == '[') {
        const std::size_t bracket = authority.find(']');
        if (bracket == std::string_view::npos) {
            return false;
        }
        const std::string_view address = authority.substr(1, bracket - 1);
        if (address.find(':') == std::string_view::npos || !parseIpLiteral(address)) {
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
