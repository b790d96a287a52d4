#pragma once

#include "gateway/net/stream.h"

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>

namespace gateway::http {

/// Counts the open connections of each client address, all workers together: an IPv6 address counts with its
/// whole /64, because that is what one client usually has. Thread-safe without a lock: a place is one word of
/// an address's tag and its count.
/// Of addresses that share one of the buckets eight are counted at a time; more are let in uncounted.
class PeerConnections {
public:
    static constexpr std::uint32_t uncounted = 0xFFFF'FFFF;

    PeerConnections();

    /// A place to give back with leave(); nothing when the address has `most` connections (0: no limit).
    [[nodiscard]] std::optional<std::uint32_t> enter(const net::Endpoint& peer, std::uint32_t most) noexcept;
    void leave(std::uint32_t place) noexcept;

    /// Says 429 and closes, without reading: nginx (limit_conn) reads the request first and says 503, HAProxy
    /// (tcp-request connection reject) and Envoy close without a word. A peer that counts on many connections
    /// should learn why, and one that floods must cost nothing.
    static void refuse(net::Stream& stream) noexcept;

private:
    static constexpr std::uint32_t bucketCount = 4096;
    static constexpr std::uint32_t placesEach = 8; // a cache line
    struct alignas(64) Bucket {
        std::array<std::atomic<std::uint64_t>, placesEach> places{};
    };

    [[nodiscard]] std::uint64_t hashOf(const net::Endpoint& peer) const noexcept;

    std::uint64_t m_seed; ///< so that nobody can choose addresses that meet in one bucket
    std::unique_ptr<Bucket[]> m_buckets;
};

} // namespace gateway::http
