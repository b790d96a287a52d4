#pragma once

#include <arpa/inet.h>
#include <cstdint>
#include <string>

namespace support {

inline const std::string proxySignature{"\r\n\r\n\0\r\nQUIT\n", 12};

/// A header of the PROXY protocol, version 2: command, family, and what comes behind the length.
[[nodiscard]] inline std::string proxyHeaderOf(char command, char family, const std::string& rest) {
    std::string header = proxySignature;
    header += command;
    header += family;
    header += static_cast<char>(rest.size() >> 8U);
    header += static_cast<char>(rest.size() & 0xFFU);
    return header + rest;
}

/// Names a TCP client at the address, from port 4711 to port 443; `values` are the TLVs behind it.
[[nodiscard]] inline std::string proxyHeader(const std::string& address, const std::string& values = {}) {
    const std::string ports{"\x12\x67\x01\xbb", 4};
    if (address.find(':') == std::string::npos) {
        in_addr bytes{};
        inet_pton(AF_INET, address.c_str(), &bytes);
        const std::string source(reinterpret_cast<const char*>(&bytes), sizeof bytes);
        return proxyHeaderOf('\x21', '\x11', source + source + ports + values);
    }
    in6_addr bytes{};
    inet_pton(AF_INET6, address.c_str(), &bytes);
    const std::string source(reinterpret_cast<const char*>(&bytes), sizeof bytes);
    return proxyHeaderOf('\x21', '\x21', source + source + ports + values);
}

/// The proxy speaks for itself, as for a health check.
[[nodiscard]] inline std::string localProxyHeader() {
    return proxyHeaderOf('\x20', '\0', {});
}

} // namespace support
