#pragma once

#include "gateway/model/ids.h"

#include <chrono>
#include <cstdint>
#include <string>

namespace gateway::model {

/// Where requests come in: plain HTTP/1.1 on one address.
struct Listener {
    struct Limits {
        std::uint32_t headBytesMax = 32 * 1024; ///< request line and fields; above: 431 (414 for the target)
        std::uint32_t headersMax = 100;         ///< number of fields; above: 431
        std::uint64_t bodyBytesMax = 10 * 1024 * 1024; ///< above: 413
        std::uint32_t connectionsPerPeer = 1'000; ///< open connections of one client address; 0: no limit
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

    ListenerId id;
    std::string name;
    std::string host = "127.0.0.1"; ///< an IP address; never a name
    std::uint16_t port = 0;         ///< 0 only in tests: the system chooses
    std::string keyHeader = "X-API-Key";
    std::string keyQuery; ///< name of the query parameter that may carry a key; empty: not allowed
    Limits limits;
    Timeouts timeouts;

    bool operator==(const Listener&) const = default;
};

} // namespace gateway::model
