#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstdint>
#include <memory>

namespace gateway::metrics {

/// A number that one thread counts up and any thread reads. Cumulative, never reset: readers take
/// differences.
class Counter {
public:
    void add(std::uint64_t by = 1) noexcept {
        m_value.store(m_value.load(std::memory_order_relaxed) + by, std::memory_order_relaxed);
    }
    void subtract(std::uint64_t by = 1) noexcept {
        m_value.store(m_value.load(std::memory_order_relaxed) - by, std::memory_order_relaxed);
    }
    [[nodiscard]] std::uint64_t value() const noexcept { return m_value.load(std::memory_order_relaxed); }

private:
    std::atomic<std::uint64_t> m_value{0};
};

/// Counts of microseconds in buckets that grow with the value: 16 to a power of two, so that a percentile is
/// off by 6 % at most. From 1 us to over a day. One writer.
class Histogram {
public:
    static constexpr unsigned subBits = 4;
    static constexpr std::size_t bucketCount = (std::size_t{38} - subBits) << subBits;

    [[nodiscard]] static std::size_t bucketOf(std::uint64_t micros) noexcept {
        if (micros < (1U << subBits)) {
            return static_cast<std::size_t>(micros);
        }
        const auto power = static_cast<unsigned>(std::bit_width(micros)) - 1;
        const std::size_t bucket =
            ((power - subBits + 1) << subBits) + ((micros >> (power - subBits)) & ((1U << subBits) - 1));
        return bucket < bucketCount ? bucket : bucketCount - 1;
    }
    /// Middle of a bucket, in microseconds.
    [[nodiscard]] static double valueOf(std::size_t bucket) noexcept {
        if (bucket < (1U << subBits)) {
            return static_cast<double>(bucket);
        }
        const std::size_t power = (bucket >> subBits) - 1;
        const std::size_t base = ((std::size_t{1} << subBits) + (bucket & ((1U << subBits) - 1))) << power;
        return static_cast<double>(base) + static_cast<double>(std::size_t{1} << power) / 2;
    }

    void record(std::uint64_t micros) noexcept {
        auto& bucket = m_buckets[bucketOf(micros)];
        bucket.store(bucket.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    }
    /// Wraps at 2^32: good for differences.
    [[nodiscard]] std::uint32_t count(std::size_t bucket) const noexcept {
        return m_buckets[bucket].load(std::memory_order_relaxed);
    }

private:
    std::array<std::atomic<std::uint32_t>, bucketCount> m_buckets{};
};

struct TrafficCells {
    Counter requests;
    std::array<Counter, 6> byClass;
    Counter rateLimited;
    Counter bytesIn;
    Counter bytesOut;
    Counter failures; ///< services only
    Histogram latency;
};

struct CallerCells {
    Counter requests;
    Counter rateLimited;
};

struct TargetCells {
    Counter requests; ///< each try counts at the target that it asked
    Counter failures;
    Counter connectionsOpen; ///< counted down, too
    Counter requestsActive;  ///< counted down, too
};

/// What happens to requests of a service beside being asked and answered.
struct ServiceEventCells {
    Counter retries;
    Counter retriesDenied; ///< by the budget
    Counter brokenOff;     ///< refused by the breaker
    Counter overLimit;     ///< refused by the limit of concurrency
};

/// Cells by a dense index, made when first counted: 100,000 quiet routes cost a pointer each. One thread
/// calls at(), any calls peek().
template<class Cells>
class CellTable {
public:
    CellTable() = default;
    CellTable(const CellTable&) = delete;
    CellTable& operator=(const CellTable&) = delete;
    ~CellTable() {
        for (auto& chunk : m_chunks) {
            if (Chunk* at = chunk.load(std::memory_order_relaxed)) {
                for (auto& cells : *at) {
                    delete cells.load(std::memory_order_relaxed);
                }
                delete at;
            }
        }
    }

    [[nodiscard]] Cells& at(std::uint32_t index) {
        auto& chunkPointer = m_chunks[(index / chunkSize) % chunkCount];
        Chunk* chunk = chunkPointer.load(std::memory_order_relaxed);
        if (chunk == nullptr) {
            chunk = new Chunk{};
            chunkPointer.store(chunk, std::memory_order_release);
        }
        auto& cellPointer = (*chunk)[index % chunkSize];
        Cells* cells = cellPointer.load(std::memory_order_relaxed);
        if (cells == nullptr) {
            cells = new Cells;
            cellPointer.store(cells, std::memory_order_release);
        }
        return *cells;
    }

    [[nodiscard]] const Cells* peek(std::uint32_t index) const noexcept {
        const Chunk* chunk = m_chunks[(index / chunkSize) % chunkCount].load(std::memory_order_acquire);
        return chunk != nullptr ? (*chunk)[index % chunkSize].load(std::memory_order_acquire) : nullptr;
    }

private:
    static constexpr std::size_t chunkSize = 1024;
    static constexpr std::size_t chunkCount = 4096; // four million things
    using Chunk = std::array<std::atomic<Cells*>, chunkSize>;

    std::array<std::atomic<Chunk*>, chunkCount> m_chunks{};
};

/// Requests that became streams without an end of their own.
struct StreamCells {
    Counter webSockets;   ///< open now; counted down, too
    Counter eventStreams; ///< open now; counted down, too
    Counter grpcCalls;    ///< open now; counted down, too
    Counter messagesIn;   ///< of WebSockets, from clients
    Counter messagesOut;
};

/// What happens on clients' connections below requests.
struct ConnectionCells {
    Counter http2;             ///< open now; counted down, too
    Counter handshakesFull;    ///< of TLS
    Counter handshakesResumed; ///< of TLS
    Counter handshakesFailed;  ///< of TLS
    Counter floodsCut;         ///< HTTP/2 connections cut because of what they did
    Counter proxyHeadersBad;
};

/// What comes of the question who may call.
struct AccessCells {
    Counter unauthenticated;       ///< refused with 401
    Counter forbidden;             ///< refused with 403
    Counter slowed;                ///< answers that had to wait because their address failed too often
    Counter slowedOff;             ///< refused with 429 for the same reason
    Counter introspectionsWaiting; ///< requests, now; counted down, too
    Counter callsDropped;          ///< calls of agents that were not recorded
};

/// What one worker counts.
struct WorkerCells {
    StreamCells streams;
    ConnectionCells connections;
    AccessCells access;
    TrafficCells total;
    CellTable<TrafficCells> routes;
    CellTable<TrafficCells> services;
    CellTable<ServiceEventCells> serviceEvents;
    CellTable<TargetCells> targets;
    CellTable<CallerCells> tiers;
    CellTable<CallerCells> consumers;
    Counter connectionsOpen;    ///< counted down, too
    Counter requestsActive;     ///< counted down, too
    Counter connectionsRefused; ///< over the cap of their address
    Counter logRowsDropped;
};

} // namespace gateway::metrics
