#include "gateway/model/urls.h"

#include "gateway/base/ip_literal.h"
#include "gateway/model/names.h"
#include "gateway/model/scalars.h"

#include <algorithm>

namespace gateway::model {
namespace {

constexpr std::size_t urlBytesMax = 2048;

bool isLoopback(std::string_view host) {
    const auto address = parseIpLiteral(host);
    if (!address) {
        return host == "localhost";
    }
    constexpr IpBytes loopback6{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
    constexpr IpBytes mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 127};
    return *address == loopback6 || std::equal(mapped.begin(), mapped.begin() + 13, address->begin());
}

/// Takes the port off; false: there is one that is none.
bool takePort(std::string_view& host) {
    const std::size_t colon = host.rfind(':');
    if (colon == std::string_view::npos || (host.starts_with('[') && host.ends_with(']'))) {
        return true;
    }
    const auto port = parseUnsigned(host.substr(colon + 1));
    host = host.substr(0, colon);
    return port && *port > 0 && *port <= 65'535;
}

} // namespace

std::string urlProblem(std::string_view url) {
    const bool isSecure = url.starts_with("https://");
    if (!isSecure && !url.starts_with("http://")) {
        return "must begin with https://";
    }
    if (url.size() > urlBytesMax) {
        return "is longer than " + std::to_string(urlBytesMax) + " characters";
    }
    if (std::any_of(url.begin(), url.end(), [](char c) {
            return c <= 0x20 || c >= 0x7F ||
                   std::string_view("\"<>\\^`{|}").find(c) != std::string_view::npos;
        })) {
        return "has a character that no URL has";
    }
    if (url.find('#') != std::string_view::npos) {
        return "must have no fragment (#)";
    }
    url.remove_prefix(isSecure ? 8 : 7);
    std::string_view host = url.substr(0, url.find_first_of("/?"));
    if (host.find('@') != std::string_view::npos) {
        return "must have no user name and no password";
    }
    const bool hasGoodPort = takePort(host);
    const bool isBracketed = host.size() > 2 && host.starts_with('[') && host.ends_with(']');
    const std::string_view name = isBracketed ? host.substr(1, host.size() - 2) : host;
    const bool isIp6 = name.find(':') != std::string_view::npos;
    if (!hasGoodPort || isIp6 != isBracketed || (!isHostName(name) && !parseIpLiteral(name))) {
        return "must have a host name, as in https://login.example.com";
    }
    if (!isSecure && !isLoopback(name)) {
        return "must begin with https:// (http:// is for this machine itself)";
    }
    return {};
}

} // namespace gateway::model
