#include "gateway/net/network.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <netinet/in.h>

namespace gateway::net {

std::optional<Network> Network::parse(std::string_view text) {
    const std::size_t slash = text.find('/');
    const std::string_view literal = text.substr(0, slash);
    const auto address = parseIpLiteral(literal);
    if (!address) {
        return std::nullopt;
    }
    const bool isV4 = literal.find(':') == std::string_view::npos;
    const unsigned most = isV4 ? 32 : 128;
    unsigned bits = most;
    if (slash != std::string_view::npos) {
        const std::string_view digits = text.substr(slash + 1);
        const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
        if (digits.empty() || error != std::errc{} || end != digits.data() + digits.size() || bits > most) {
            return std::nullopt;
        }
    }
    Network network;
    network.m_bits = isV4 ? bits + 96 : bits;
    for (unsigned i = 0; i < network.m_bits; i += 8) {
        const unsigned counted = std::min(network.m_bits - i, 8U);
        network.m_address[i / 8] = static_cast<std::uint8_t>((*address)[i / 8] & (0xFF00U >> counted));
    }
    return network;
}

bool Network::contains(const IpBytes& address) const noexcept {
    const std::size_t whole = m_bits / 8;
    if (std::memcmp(address.data(), m_address.data(), whole) != 0) {
        return false;
    }
    const unsigned rest = m_bits % 8;
    return rest == 0 || ((address[whole] ^ m_address[whole]) & (0xFF00U >> rest) & 0xFFU) == 0;
}

IpBytes ipBytesOf(const Endpoint& endpoint) noexcept {
    IpBytes bytes{};
    if (endpoint.storage.ss_family == AF_INET6) {
        const auto& address = reinterpret_cast<const sockaddr_in6*>(&endpoint.storage)->sin6_addr;
        std::memcpy(bytes.data(), address.s6_addr, bytes.size());
    } else if (endpoint.storage.ss_family == AF_INET) {
        bytes[10] = bytes[11] = 0xFF;
        std::memcpy(bytes.data() + 12, &reinterpret_cast<const sockaddr_in*>(&endpoint.storage)->sin_addr, 4);
    }
    return bytes;
}

bool isIn(const std::vector<Network>& networks, const IpBytes& address) noexcept {
    return std::any_of(networks.begin(), networks.end(),
                       [&](const Network& network) { return network.contains(address); });
}

} // namespace gateway::net
