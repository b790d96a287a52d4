#include "gateway/auth/key_table.h"

#include <algorithm>
#include <array>
#include <chrono>

namespace gateway::auth {
namespace {

constexpr std::string_view base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
constexpr std::string_view marker = "gh_";
constexpr unsigned keyBits = 256;
constexpr std::size_t secretLength = 43; // 256 bits in base 62
constexpr std::size_t checksumLength = 6;
constexpr std::size_t prefixLength = 7;
constexpr std::size_t presentedMin = 8;
constexpr std::size_t presentedMax = 256;

/// One step of the reflected CRC-32 (ISO-HDLC, as in zip files) for each possible byte.
constexpr std::array<std::uint32_t, 256> crcTable = [] {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t byte = 0; byte < table.size(); ++byte) {
        std::uint32_t value = byte;
        for (int bit = 0; bit < 8; ++bit) {
            value = (value & 1U) != 0 ? (value >> 1U) ^ 0xEDB88320U : value >> 1U;
        }
        table[byte] = value;
    }
    return table;
}();

std::uint32_t crc32(std::string_view bytes) {
    std::uint32_t crc = 0xFFFFFFFFU;
    for (const char byte : bytes) {
        crc = crcTable[(crc ^ static_cast<unsigned char>(byte)) & 0xFFU] ^ (crc >> 8U);
    }
    return ~crc;
}

/// Six digits of base 62, leading zeroes included; 62^6 is more than 2^32.
std::string checksumOf(std::string_view text) {
    std::string digits(checksumLength, '0');
    std::uint32_t rest = crc32(text);
    for (std::size_t at = checksumLength; at-- > 0;) {
        digits[at] = base62[rest % base62.size()];
        rest /= static_cast<std::uint32_t>(base62.size());
    }
    return digits;
}

bool isWellFormed(std::string_view presented) {
    return presented.size() >= presentedMin && presented.size() <= presentedMax &&
           std::all_of(presented.begin(), presented.end(), [](char c) { return c > ' ' && c < '\x7F'; });
}

KeyVerdict verdictOn(const KeyTable::Entry& entry, WallTime now) {
    switch (entry.state.load(std::memory_order_relaxed)) {
    case model::KeyState::Disabled:
        return KeyVerdict::Disabled;
    case model::KeyState::Revoked:
        return KeyVerdict::Revoked;
    case model::KeyState::Active:
        break;
    }
    const std::int64_t expiresAt = entry.expiresAt.load(std::memory_order_relaxed);
    const auto seconds = std::chrono::floor<std::chrono::seconds>(now.time_since_epoch()).count();
    return expiresAt != 0 && seconds >= expiresAt ? KeyVerdict::Expired : KeyVerdict::Good;
}

} // namespace

const char* keyVerdictName(KeyVerdict verdict) {
    switch (verdict) {
    case KeyVerdict::Good:
        return "good";
    case KeyVerdict::Missing:
        return "missing";
    case KeyVerdict::Malformed:
        return "malformed";
    case KeyVerdict::Unknown:
        return "unknown";
    case KeyVerdict::Disabled:
        return "disabled";
    case KeyVerdict::Revoked:
        return "revoked";
    case KeyVerdict::Expired:
        return "expired";
    case KeyVerdict::WrongAddress:
        return "wrong-address";
    }
    return "";
}

KeyCheck checkKey(const KeyTable& table, std::string_view presented, WallTime now) noexcept {
    if (presented.empty()) {
        return {KeyVerdict::Missing, nullptr};
    }
    if (!isWellFormed(presented)) {
        return {KeyVerdict::Malformed, nullptr};
    }
    KeyTable::Entry* const entry = table.find(sha256(presented));
    if (!entry) {
        return {KeyVerdict::Unknown, nullptr};
    }
    return {verdictOn(*entry, now), entry};
}

bool mayComeFrom(const KeyGrants& grants, const IpBytes& address) noexcept {
    return grants.addresses.empty() || net::isIn(grants.addresses, address);
}

std::string generateKey() {
    std::string key = std::string(marker) + randomToken(keyBits);
    key += checksumOf(key);
    return key;
}

bool hasValidChecksum(std::string_view key) {
    constexpr std::size_t checkedLength = marker.size() + secretLength;
    return key.size() == checkedLength + checksumLength && key.substr(0, marker.size()) == marker &&
           checksumOf(key.substr(0, checkedLength)) == key.substr(checkedLength);
}

std::string keyPrefix(std::string_view key) {
    return std::string(key.substr(0, prefixLength));
}

} // namespace gateway::auth
