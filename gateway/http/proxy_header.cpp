#include "gateway/http/proxy_header.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <netinet/in.h>

namespace gateway::http {
namespace {

constexpr std::string_view signature{"\r\n\r\n\0\r\nQUIT\n", 12};
constexpr std::size_t fixedBytes = 16; // signature, version and command, family, length
constexpr std::uint8_t commandLocal = 0x20;
constexpr std::uint8_t commandProxy = 0x21;
constexpr std::uint8_t familyUnknown = 0x00;
constexpr std::uint8_t familyTcp4 = 0x11;
constexpr std::uint8_t familyTcp6 = 0x21;
constexpr std::size_t addressBytes4 = 2 * (4 + 2);
constexpr std::size_t addressBytes6 = 2 * (16 + 2);
constexpr std::uint8_t valueCrc32c = 0x03;
constexpr std::size_t valueHeadBytes = 3; // kind and length

constexpr ProxyHeader bad{ProxyHeader::Verdict::Bad, 0, std::nullopt};

std::uint8_t byteAt(std::string_view bytes, std::size_t at) {
    return static_cast<std::uint8_t>(bytes[at]);
}

std::uint16_t numberAt(std::string_view bytes, std::size_t at) {
    return static_cast<std::uint16_t>((byteAt(bytes, at) << 8U) | byteAt(bytes, at + 1));
}

constexpr std::array<std::uint32_t, 256> crcTable = [] {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t i = 0; i < table.size(); ++i) {
        std::uint32_t value = i;
        for (int bit = 0; bit < 8; ++bit) {
            value = (value & 1U) != 0 ? (value >> 1U) ^ 0x82F6'3B78U : value >> 1U;
        }
        table[i] = value;
    }
    return table;
}();

/// Castagnoli's polynomial, reflected (RFC 3720, B.4), over the header as if the checksum in it were zero.
std::uint32_t crc32c(std::string_view header, std::size_t checksumAt) {
    std::uint32_t crc = ~std::uint32_t{0};
    for (std::size_t i = 0; i < header.size(); ++i) {
        const bool isChecksum = i >= checksumAt && i < checksumAt + 4;
        const std::uint8_t byte = isChecksum ? std::uint8_t{0} : byteAt(header, i);
        crc = (crc >> 8U) ^ crcTable[(crc ^ byte) & 0xFFU];
    }
    return ~crc;
}

/// The values behind the addresses: well-formed, and the checksum, if there is one, is right.
bool areValuesGood(std::string_view header, std::size_t at) {
    while (at < header.size()) {
        if (header.size() - at < valueHeadBytes) {
            return false;
        }
        const std::uint8_t kind = byteAt(header, at);
        const std::size_t size = numberAt(header, at + 1);
        at += valueHeadBytes;
        if (size > header.size() - at) {
            return false;
        }
        if (kind == valueCrc32c) {
            if (size != 4) {
                return false;
            }
            const std::uint32_t told =
                (static_cast<std::uint32_t>(numberAt(header, at)) << 16U) | numberAt(header, at + 2);
            if (told != crc32c(header, at)) {
                return false;
            }
        }
        at += size;
    }
    return true;
}

net::Endpoint endpoint4(std::string_view addresses) {
    net::Endpoint endpoint;
    auto* to = reinterpret_cast<sockaddr_in*>(&endpoint.storage);
    to->sin_family = AF_INET;
    std::memcpy(&to->sin_addr, addresses.data(), 4);
    to->sin_port = htons(numberAt(addresses, 8));
    endpoint.length = sizeof *to;
    return endpoint;
}

net::Endpoint endpoint6(std::string_view addresses) {
    net::Endpoint endpoint;
    auto* to = reinterpret_cast<sockaddr_in6*>(&endpoint.storage);
    to->sin6_family = AF_INET6;
    std::memcpy(&to->sin6_addr, addresses.data(), 16);
    to->sin6_port = htons(numberAt(addresses, 32));
    endpoint.length = sizeof *to;
    return endpoint;
}

ProxyHeader readProxied(std::string_view header) {
    ProxyHeader read{ProxyHeader::Verdict::Good, header.size(), std::nullopt};
    const std::string_view rest = header.substr(fixedBytes);
    std::size_t addressBytes = 0;
    switch (byteAt(header, 13)) {
    case familyUnknown:
        // The specification: whatever follows is to be ignored, and the connection's own address to be used.
        return read;
    case familyTcp4:
        addressBytes = addressBytes4;
        break;
    case familyTcp6:
        addressBytes = addressBytes6;
        break;
    default:
        return bad;
    }
    if (rest.size() < addressBytes || !areValuesGood(header, fixedBytes + addressBytes)) {
        return bad;
    }
    read.client = addressBytes == addressBytes4 ? endpoint4(rest) : endpoint6(rest);
    return read;
}

} // namespace

ProxyHeader readProxyHeader(std::string_view received) {
    const std::size_t compared = std::min(received.size(), signature.size());
    if (received.substr(0, compared) != signature.substr(0, compared)) {
        return bad;
    }
    if (received.size() < fixedBytes) {
        return {};
    }
    const std::uint8_t command = byteAt(received, 12);
    const std::size_t size = fixedBytes + numberAt(received, 14);
    if ((command != commandLocal && command != commandProxy) || size > ProxyHeader::bytesMax) {
        return bad;
    }
    if (received.size() < size) {
        return {};
    }
    if (command == commandLocal) {
        return {ProxyHeader::Verdict::Good, size, std::nullopt};
    }
    return readProxied(received.substr(0, size));
}

} // namespace gateway::http
