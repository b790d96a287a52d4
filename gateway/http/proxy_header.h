#pragma once

#include "gateway/net/address.h"

#include <cstddef>
#include <optional>
#include <string_view>

namespace gateway::http {

/// What the header of a PROXY protocol connection (version 2, by HAProxy's specification) said, or that it
/// said nothing that can be used.
struct ProxyHeader {
    enum class Verdict : std::uint8_t {
        NeedMore,
        Good,
        Bad, ///< not a header, longer than we take, of a kind we refuse, or its checksum is wrong
    };

    /// Longer ones are bad: ours are one segment in practice.
    static constexpr std::size_t bytesMax = 2'048;

    Verdict verdict = Verdict::NeedMore;
    std::size_t size = 0; ///< of a good header: what follows it is the client's
    /// The client; nothing when the proxy speaks for itself (LOCAL) or does not know the address.
    std::optional<net::Endpoint> client;
};

/// Reads a header from the beginning of a connection. TCP over IPv4 and IPv6 only: datagrams are no
/// connections, and the path of a Unix socket names no client. Further values are skipped, and the CRC32C
/// among them is checked.
[[nodiscard]] ProxyHeader readProxyHeader(std::string_view received);

} // namespace gateway::http
