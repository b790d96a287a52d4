#include "gateway/translate/base64_stream.h"

#include <array>

namespace gateway::translate {
namespace {

constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t noDigit = 0xFF;

constexpr std::array<std::uint8_t, 256> valueOfDigit = [] {
    std::array<std::uint8_t, 256> values{};
    values.fill(noDigit);
    for (std::size_t i = 0; i < digits.size(); ++i) {
        values[static_cast<unsigned char>(digits[i])] = static_cast<std::uint8_t>(i);
    }
    return values;
}();

} // namespace

bool Base64Decoder::decode(std::string_view piece, std::string& out) {
    for (const char c : piece) {
        const std::uint8_t value = valueOfDigit[static_cast<unsigned char>(c)];
        const bool isPadding = c == '=' && m_digits >= 2;
        if (m_isBroken || (value == noDigit && !isPadding) || (m_padding > 0 && !isPadding)) {
            m_isBroken = true;
            return false;
        }
        m_padding = static_cast<std::uint8_t>(m_padding + (isPadding ? 1 : 0));
        m_bits = m_bits << 6U | (isPadding ? 0U : value);
        if (++m_digits < 4) {
            continue;
        }
        const unsigned bytes = 3U - m_padding;
        for (unsigned i = 0; i < bytes; ++i) {
            out.push_back(static_cast<char>(m_bits >> (16U - 8U * i) & 0xFFU));
        }
        m_bits = 0;
        m_digits = m_padding = 0;
    }
    return !m_isBroken;
}

void appendBase64(std::string& out, std::string_view bytes) {
    while (!bytes.empty()) {
        std::uint32_t bits = 0;
        for (std::size_t i = 0; i < 3; ++i) {
            bits = bits << 8U | (i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0U);
        }
        for (std::size_t i = 0; i < 4; ++i) {
            out.push_back(i <= bytes.size() ? digits[bits >> (18U - 6U * i) & 0x3FU] : '=');
        }
        bytes.remove_prefix(bytes.size() < 3 ? bytes.size() : 3);
    }
}

} // namespace gateway::translate
