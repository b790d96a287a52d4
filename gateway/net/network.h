#pragma once

#include "gateway/base/ip_literal.h"
#include "gateway/net/address.h"

#include <optional>
#include <string_view>
#include <vector>

namespace gateway::net {

/// An address with the number of bits that count: "192.0.2.0/24", "2001:db8::/32", or one address alone.
class Network {
public:
    /// Nothing when the text is none. Bits behind the ones that count do not matter.
    [[nodiscard]] static std::optional<Network> parse(std::string_view text);

    [[nodiscard]] bool contains(const IpBytes& address) const noexcept;

    friend bool operator==(const Network&, const Network&) = default;

private:
    IpBytes m_address{};
    unsigned m_bits = 0; ///< of the 128 of an IPv6 address; IPv4 counts from bit 96 on
};

/// IPv4 as ::ffff:a.b.c.d; zeros for a Unix socket.
[[nodiscard]] IpBytes ipBytesOf(const Endpoint& endpoint) noexcept;

[[nodiscard]] bool isIn(const std::vector<Network>& networks, const IpBytes& address) noexcept;

} // namespace gateway::net
