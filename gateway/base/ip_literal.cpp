#include "gateway/base/ip_literal.h"

#include <algorithm>
#include <vector>

namespace gateway {
namespace {

std::optional<std::array<std::uint8_t, 4>> parseIpv4(std::string_view text) {
    std::array<std::uint8_t, 4> bytes{};
    for (std::size_t part = 0; part < bytes.size(); ++part) {
        std::size_t digits = 0;
        unsigned value = 0;
        while (digits < text.size() && digits < 4 && text[digits] >= '0' && text[digits] <= '9') {
            value = value * 10 + static_cast<unsigned>(text[digits] - '0');
            ++digits;
        }
        if (digits == 0 || digits > 3 || value > 255 || (digits > 1 && text[0] == '0')) {
            return std::nullopt;
        }
        bytes[part] = static_cast<std::uint8_t>(value);
        text.remove_prefix(digits);
        if (part + 1 < bytes.size()) {
            if (text.empty() || text[0] != '.') {
                return std::nullopt;
            }
            text.remove_prefix(1);
        }
    }
    return text.empty() ? std::optional(bytes) : std::nullopt;
}

std::optional<std::uint16_t> parseGroup(std::string_view text) {
    if (text.empty() || text.size() > 4) {
        return std::nullopt;
    }
    unsigned value = 0;
    for (const char c : text) {
        unsigned digit = 0;
        if (c >= '0' && c <= '9') {
            digit = static_cast<unsigned>(c - '0');
        } else if (c >= 'a' && c <= 'f') {
            digit = static_cast<unsigned>(c - 'a') + 10;
        } else if (c >= 'A' && c <= 'F') {
            digit = static_cast<unsigned>(c - 'A') + 10;
        } else {
            return std::nullopt;
        }
        value = value * 16 + digit;
    }
    return static_cast<std::uint16_t>(value);
}

/// The bytes of `a:b:c`, whose last part may be an IPv4 address when `mayEndInIpv4`.
std::optional<std::vector<std::uint8_t>> parseGroups(std::string_view text, bool mayEndInIpv4) {
    std::vector<std::uint8_t> bytes;
    while (!text.empty()) {
        const std::size_t colon = text.find(':');
        const std::string_view part = text.substr(0, colon);
        if (colon == std::string_view::npos && mayEndInIpv4 && part.find('.') != std::string_view::npos) {
            const auto ipv4 = parseIpv4(part);
            if (!ipv4) {
                return std::nullopt;
            }
            bytes.insert(bytes.end(), ipv4->begin(), ipv4->end());
        } else {
            const auto group = parseGroup(part);
            if (!group) {
                return std::nullopt;
            }
            bytes.push_back(static_cast<std::uint8_t>(*group >> 8U));
            bytes.push_back(static_cast<std::uint8_t>(*group & 0xFFU));
        }
        if (colon == std::string_view::npos) {
            break;
        }
        text.remove_prefix(colon + 1);
        if (text.empty() || bytes.size() > 16) {
            return std::nullopt;
        }
    }
    return bytes;
}

std::optional<IpBytes> parseIpv6(std::string_view text) {
    const std::size_t gap = text.find("::");
    IpBytes address{};
    if (gap == std::string_view::npos) {
        const auto bytes = parseGroups(text, true);
        if (!bytes || bytes->size() != address.size()) {
            return std::nullopt;
        }
        std::copy(bytes->begin(), bytes->end(), address.begin());
        return address;
    }
    const auto front = parseGroups(text.substr(0, gap), false);
    const auto back = parseGroups(text.substr(gap + 2), true);
    // The gap stands for one group of zeros at least.
    if (!front || !back || front->size() + back->size() > address.size() - 2) {
        return std::nullopt;
    }
    std::copy(front->begin(), front->end(), address.begin());
    std::copy_backward(back->begin(), back->end(), address.end());
    return address;
}

} // namespace

std::optional<IpBytes> parseIpLiteral(std::string_view text) {
    if (text.find(':') != std::string_view::npos) {
        return parseIpv6(text);
    }
    const auto ipv4 = parseIpv4(text);
    if (!ipv4) {
        return std::nullopt;
    }
    IpBytes address{};
    address[10] = 0xFF;
    address[11] = 0xFF;
    std::copy(ipv4->begin(), ipv4->end(), address.begin() + 12);
    return address;
}

} // namespace gateway
