#pragma once

#include "gateway/base/result.h"

#include <cstdint>
#include <string>
#include <sys/socket.h>
#include <vector>

namespace gateway::net {

/// An IP address and a port, ready for the system.
struct Endpoint {
    sockaddr_storage storage{};
    socklen_t length = 0;

    [[nodiscard]] const sockaddr* data() const noexcept {
        return reinterpret_cast<const sockaddr*>(&storage);
    }
    [[nodiscard]] std::uint16_t port() const noexcept;
    [[nodiscard]] Endpoint withPort(std::uint16_t port) const noexcept;
    [[nodiscard]] std::string addressText() const; ///< "192.0.2.1", "2001:db8::1"
    [[nodiscard]] std::string text() const;        ///< "192.0.2.1:80", "[2001:db8::1]:80"
};

/// An endpoint from an IP literal; Input error otherwise.
[[nodiscard]] Result<Endpoint> endpointFromLiteral(const std::string& host, std::uint16_t port);

/// All addresses of a name, in the resolver's order. Blocks: never on a worker.
[[nodiscard]] Result<std::vector<Endpoint>> resolve(const std::string& host, std::uint16_t port);

} // namespace gateway::net
