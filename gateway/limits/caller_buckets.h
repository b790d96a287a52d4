#pragma once

#include "gateway/base/ip_literal.h"
#include "gateway/base/keyed_hash.h"
#include "gateway/limits/rate_limiter.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <string_view>

namespace gateway::limits {

/// Buckets of callers who are no consumers, and of whom there may be any number: subjects of tokens, client
/// addresses. Bounded: a new caller takes the place of one whose bucket is full, since a full bucket is as
/// good as a new one. Where all places of its set are busy, callers share one bucket, until a place is free.
/// So whoever has a place is never admitted more often than its rate and burst allow.
/// Thread-safe without a lock: shared by all workers. Takes its memory (32 bytes a place) with the first
/// caller.
class CallerBuckets {
public:
    explicit CallerBuckets(std::size_t places = 65'536); ///< rounded up to a power of two of whole sets
    CallerBuckets(const CallerBuckets&) = delete;
    CallerBuckets& operator=(const CallerBuckets&) = delete;
    ~CallerBuckets();

    /// What stands for a caller of a kind: `kind` keeps apart what comes from different sources, such as
    /// identity providers. Nobody outside can choose callers that meet.
    [[nodiscard]] std::uint64_t keyOf(std::uint64_t kind, std::string_view caller) const noexcept;
    /// The same for whoever comes from there: an IPv6 address counts with its whole /64, because that is what
    /// one client usually has.
    [[nodiscard]] std::uint64_t keyOf(const IpBytes& address) const noexcept;

    [[nodiscard]] Decision admit(std::uint64_t key, const Rate& rate, Monotonic now);

    static constexpr std::size_t placesEach = 8; ///< of a set

private:
    /// Who holds a place and who is at it. A place changes hands only while nobody is.
    struct Place {
        std::atomic<std::uint64_t> key{0}; ///< 0: free
        std::atomic<std::uint64_t> use{0}; ///< see caller_buckets.cpp
        Gcra state;
    };
    struct alignas(64) Set;

    enum class Found : std::uint8_t { Yes, No, Busy };

    [[nodiscard]] Set& setOf(std::uint64_t key);
    [[nodiscard]] static Found take(Set& set, std::uint64_t key, Place*& place) noexcept;
    [[nodiscard]] static Found claim(Set& set, std::uint64_t key, Monotonic now, Place*& place) noexcept;
    [[nodiscard]] static bool isAlone(const Set& set, const Place& place, std::uint64_t key) noexcept;

    KeyedHash m_hash;
    std::size_t m_sets; ///< a power of two
    std::atomic<Set*> m_table{nullptr};
};

} // namespace gateway::limits
