#include "gateway/net/address.h"

#include <arpa/inet.h>
#include <cstring>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/un.h>

namespace gateway::net {
namespace {

const sockaddr_un& unixOf(const Endpoint& endpoint) noexcept {
    return *reinterpret_cast<const sockaddr_un*>(&endpoint.storage);
}

const in6_addr& address6Of(const Endpoint& endpoint) noexcept {
    return reinterpret_cast<const sockaddr_in6*>(&endpoint.storage)->sin6_addr;
}

Result<Endpoint> unixEndpoint(std::string_view path) {
    Endpoint endpoint;
    auto* address = reinterpret_cast<sockaddr_un*>(&endpoint.storage);
    if (!path.starts_with('/') || path.size() >= sizeof address->sun_path) {
        return fail(ErrorKind::Input, "address-invalid",
                    "\"" + std::string(path) + "\" is no absolute path of at most " +
                        std::to_string(sizeof address->sun_path - 1) + " bytes");
    }
    address->sun_family = AF_UNIX;
    path.copy(address->sun_path, path.size());
    endpoint.length = sizeof(sockaddr_un);
    return endpoint;
}

} // namespace

std::uint16_t Endpoint::port() const noexcept {
    if (storage.ss_family == AF_INET6) {
        return ntohs(reinterpret_cast<const sockaddr_in6*>(&storage)->sin6_port);
    }
    return isUnix() ? std::uint16_t{0} : ntohs(reinterpret_cast<const sockaddr_in*>(&storage)->sin_port);
}

Endpoint Endpoint::withPort(std::uint16_t port) const noexcept {
    Endpoint endpoint = *this;
    if (storage.ss_family == AF_INET6) {
        reinterpret_cast<sockaddr_in6*>(&endpoint.storage)->sin6_port = htons(port);
    } else if (!isUnix()) {
        reinterpret_cast<sockaddr_in*>(&endpoint.storage)->sin_port = htons(port);
    }
    return endpoint;
}

bool operator==(const Endpoint& a, const Endpoint& b) noexcept {
    if (a.storage.ss_family != b.storage.ss_family || a.port() != b.port()) {
        return false;
    }
    switch (a.storage.ss_family) {
    case AF_UNIX:
        return std::strcmp(unixOf(a).sun_path, unixOf(b).sun_path) == 0;
    case AF_INET6:
        return IN6_ARE_ADDR_EQUAL(&address6Of(a), &address6Of(b)) != 0;
    default:
        return reinterpret_cast<const sockaddr_in*>(&a.storage)->sin_addr.s_addr ==
               reinterpret_cast<const sockaddr_in*>(&b.storage)->sin_addr.s_addr;
    }
}

std::string Endpoint::addressText() const {
    if (isUnix()) {
        return std::string(unixPrefix) + unixOf(*this).sun_path;
    }
    char text[INET6_ADDRSTRLEN] = {};
    if (storage.ss_family == AF_INET6) {
        const auto& address = address6Of(*this);
        // A dual-stack socket shows IPv4 clients as ::ffff:192.0.2.1; people and rules mean 192.0.2.1.
        if (IN6_IS_ADDR_V4MAPPED(&address) != 0) {
            inet_ntop(AF_INET, reinterpret_cast<const char*>(&address) + 12, text, sizeof text);
        } else {
            inet_ntop(AF_INET6, &address, text, sizeof text);
        }
    } else {
        inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in*>(&storage)->sin_addr, text, sizeof text);
    }
    return text;
}

std::string Endpoint::text() const {
    const std::string address = addressText();
    if (isUnix()) {
        return address;
    }
    const std::string portText = std::to_string(port());
    return address.find(':') == std::string::npos ? address + ":" + portText
                                                  : "[" + address + "]:" + portText;
}

Result<Endpoint> endpointFromLiteral(const std::string& host, std::uint16_t port) {
    if (host.starts_with(unixPrefix)) {
        return unixEndpoint(std::string_view(host).substr(unixPrefix.size()));
    }
    Endpoint endpoint;
    auto* v4 = reinterpret_cast<sockaddr_in*>(&endpoint.storage);
    if (inet_pton(AF_INET, host.c_str(), &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(port);
        endpoint.length = sizeof(sockaddr_in);
        return endpoint;
    }
    auto* v6 = reinterpret_cast<sockaddr_in6*>(&endpoint.storage);
    if (inet_pton(AF_INET6, host.c_str(), &v6->sin6_addr) == 1) {
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons(port);
        endpoint.length = sizeof(sockaddr_in6);
        return endpoint;
    }
    return fail(ErrorKind::Input, "address-invalid", "\"" + host + "\" is not an IP address");
}

Result<std::vector<Endpoint>> resolve(const std::string& host, std::uint16_t port) {
    if (auto literal = endpointFromLiteral(host, port)) {
        return std::vector<Endpoint>{*literal};
    }
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (const int error = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
        error != 0) {
        return fail(ErrorKind::Environment, "name-not-resolved",
                    "the name \"" + host + "\" could not be resolved: " + gai_strerror(error));
    }
    std::vector<Endpoint> endpoints;
    for (const addrinfo* at = found; at != nullptr; at = at->ai_next) {
        if (at->ai_addrlen > sizeof(sockaddr_storage)) {
            continue;
        }
        Endpoint endpoint;
        std::memcpy(&endpoint.storage, at->ai_addr, at->ai_addrlen);
        endpoint.length = at->ai_addrlen;
        endpoints.push_back(endpoint);
    }
    freeaddrinfo(found);
    return endpoints;
}

} // namespace gateway::net
