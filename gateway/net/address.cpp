#include "gateway/net/address.h"

#include <arpa/inet.h>
#include <cstring>
#include <netdb.h>
#include <netinet/in.h>

namespace gateway::net {

std::uint16_t Endpoint::port() const noexcept {
    if (storage.ss_family == AF_INET6) {
        return ntohs(reinterpret_cast<const sockaddr_in6*>(&storage)->sin6_port);
    }
    return ntohs(reinterpret_cast<const sockaddr_in*>(&storage)->sin_port);
}

Endpoint Endpoint::withPort(std::uint16_t port) const noexcept {
    Endpoint endpoint = *this;
    if (storage.ss_family == AF_INET6) {
        reinterpret_cast<sockaddr_in6*>(&endpoint.storage)->sin6_port = htons(port);
    } else {
        reinterpret_cast<sockaddr_in*>(&endpoint.storage)->sin_port = htons(port);
    }
    return endpoint;
}

std::string Endpoint::addressText() const {
    char text[INET6_ADDRSTRLEN] = {};
    if (storage.ss_family == AF_INET6) {
        const auto& address = reinterpret_cast<const sockaddr_in6*>(&storage)->sin6_addr;
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
    const std::string portText = std::to_string(port());
    return address.find(':') == std::string::npos ? address + ":" + portText
                                                  : "[" + address + "]:" + portText;
}

Result<Endpoint> endpointFromLiteral(const std::string& host, std::uint16_t port) {
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
