#pragma once

#include "gateway/base/result.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <vector>

namespace gateway::net {

/// An IP address and a port, or the path of a Unix socket, ready for the system.
struct Endpoint {
    sockaddr_storage storage{};
    socklen_t length = 0;

    [[nodiscard]] const sockaddr* data() const noexcept {
        return reinterpret_cast<const sockaddr*>(&storage);
    }
    [[nodiscard]] bool isUnix() const noexcept { return storage.ss_family == AF_UNIX; }
    [[nodiscard]] std::uint16_t port() const noexcept; ///< 0 of a Unix socket
    [[nodiscard]] Endpoint withPort(std::uint16_t port) const noexcept;
    [[nodiscard]] std::string addressText() const; ///< "192.0.2.1", "2001:db8::1", "unix:/run/shop"
    [[nodiscard]] std::string text() const;        ///< "192.0.2.1:80", "[2001:db8::1]:80", "unix:/run/shop"

    /// The same address and port.
    friend bool operator==(const Endpoint& a, const Endpoint& b) noexcept;
};

/// Before the path of a Unix socket.
inline constexpr std::string_view unixPrefix = "unix:";

/// An endpoint from an IP literal, or from `unix:` and an absolute path (the port is ignored then); Input
/// error otherwise.
[[nodiscard]] Result<Endpoint> endpointFromLiteral(const std::string& host, std::uint16_t port);

/// All addresses of a name, in the resolver's order. Blocks: never on a worker.
[[nodiscard]] Result<std::vector<Endpoint>> resolve(const std::string& host, std::uint16_t port);

} // namespace gateway::net
