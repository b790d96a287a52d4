#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace gateway {

/// The 16 bytes of an IP address; IPv4 as ::ffff:a.b.c.d, so that equal addresses are equal bytes.
using IpBytes = std::array<std::uint8_t, 16>;

[[nodiscard]] constexpr bool isIpv4(const IpBytes& address) noexcept {
    for (std::size_t i = 0; i < 10; ++i) {
        if (address[i] != 0) {
            return false;
        }
    }
    return address[10] == 0xFF && address[11] == 0xFF;
}

/// The address that `127.0.0.1` or `::1` (without brackets or zone, RFC 4291) spells, or nothing. Leading
/// zeros in IPv4 are refused: some programs read them as octal.
[[nodiscard]] std::optional<IpBytes> parseIpLiteral(std::string_view text);

} // namespace gateway
