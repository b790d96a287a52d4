#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace gateway::translate {

/// Decodes base64 (RFC 4648, 4) that comes in pieces and may be several encodings one after the other, each
/// with its own padding, as gRPC-Web's text form has it. Strict: no white space, padding is not left out.
class Base64Decoder {
public:
    /// Appends what the piece brings. False: it is no base64; so is all that follows.
    [[nodiscard]] bool decode(std::string_view piece, std::string& out);
    /// Whether nothing is left half said.
    [[nodiscard]] bool isComplete() const noexcept { return !m_isBroken && m_digits == 0; }

private:
    std::uint32_t m_bits = 0;
    std::uint8_t m_digits = 0;  ///< of the group of four, padding included
    std::uint8_t m_padding = 0; ///< of the group
    bool m_isBroken = false;
};

/// Appends the bytes as one encoding, padded.
void appendBase64(std::string& out, std::string_view bytes);

} // namespace gateway::translate
