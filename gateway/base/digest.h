#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gateway {

using Sha256 = std::array<std::uint8_t, 32>;

/// SHA-256 of the bytes. Thread-safe; each thread keeps one OpenSSL context and reuses it.
[[nodiscard]] Sha256 sha256(std::string_view bytes);

[[nodiscard]] std::string toHex(std::string_view bytes);
[[nodiscard]] std::string toHex(const Sha256& digest);

/// The digest that 64 hexadecimal digits (either case) spell, or nothing.
[[nodiscard]] std::optional<Sha256> sha256FromHex(std::string_view hex);

/// Bytes from the operating system's generator, in base 62 (letters and digits); `bits` of entropy or more.
[[nodiscard]] std::string randomToken(unsigned bits);

} // namespace gateway
