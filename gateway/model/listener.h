#pragma once

#include "gateway/model/ids.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace gateway::model {

/// Where requests come in: one address, and what is spoken there.
struct Listener {
    struct Limits {
        std::uint32_t headBytesMax = 32 * 1024; ///< request line and fields; above: 431 (414 for the target)
        std::uint32_t headersMax = 100;         ///< number of fields; above: 431
        std::uint64_t bodyBytesMax = 10 * 1024 * 1024; ///< above: 413
        std::uint32_t connectionsPerPeer = 1'000; ///< open connections of one client address; 0: no limit
        std::uint32_t streamsMax =
            100; ///< HTTP/2: requests at a time on one connection; above: refused stream
        bool operator==(const Limits&) const = default;
    };
    struct Timeouts {
        std::chrono::milliseconds header{
            10'000}; ///< from the first byte of a request to the end of its head; above: 408
        std::chrono::milliseconds body{30'000}; ///< longest silence within a body; above: 408
        std::chrono::milliseconds idle{
            180'000};                      ///< an open connection without a request; closed without a word
        std::uint64_t bodyMinRate = 1'024; ///< bytes a second, of a body sent to us; below: 408. 0: any
        std::chrono::milliseconds write{
            30'000}; ///< longest time in which a client takes nothing of an answer
        bool operator==(const Timeouts&) const = default;
    };

    enum class ClientCertificates : std::uint8_t { Off, Optional, Required };
    struct Tls {
        std::vector<std::string> certificates; ///< names; the first is for clients that no other one covers
        bool onlyTls13 = false;                ///< `min_version: "1.3"`; otherwise 1.2 and 1.3
        ClientCertificates clientCertificates = ClientCertificates::Off;
        std::string clientAuthority; ///< name of a Certificate that is an authority
        bool operator==(const Tls&) const = default;
    };

    ListenerId id;
    std::string name;
    std::string host = "127.0.0.1"; ///< an IP address; never a name
    std::uint16_t port = 0;         ///< 0 only in tests: the system chooses
    std::string keyHeader = "X-API-Key";
    std::string keyQuery;       ///< name of the query parameter that may carry a key; empty: not allowed
    std::optional<Tls> tls;     ///< none: in the clear
    bool http2 = true;          ///< by ALPN, in the clear by prior knowledge
    bool webSocket = true;      ///< a request may become a WebSocket
    bool proxyProtocol = false; ///< each connection begins with a PROXY header (version 2)
    std::vector<std::string> trustedProxies; ///< addresses and networks whose word about clients is believed
    std::vector<std::string> policies;       ///< names of Policies; for all that comes in here
    std::string keysPath{}; ///< where the public keys of the gateway's own tokens are shown; empty: nowhere
    bool metadata = true;   ///< RFC 9728: protected routes say at /.well-known who issues tokens for them
    Limits limits;
    Timeouts timeouts;

    bool operator==(const Listener&) const = default;
};

} // namespace gateway::model
