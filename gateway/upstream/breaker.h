#pragma once

#include "gateway/base/clock.h"
#include "gateway/model/service.h"

#include <array>
#include <atomic>
#include <cstdint>

namespace gateway::upstream {

enum class BreakerState : std::uint8_t { Closed, Open, Recovering };

/// A service's circuit breaker, shared by all workers without a lock. Closed: counts in ten buckets of a
/// second, and opens when at least `samples` requests ended within them and the share of errors reached the
/// ratio. Open: refuses everything for `open`. Recovering: for `recover` it admits a share that grows
/// linearly from 0 to 1 and counts anew; the ratio reached again opens it again.
class Breaker {
public:
    /// `random` is uniform over all 64 bits.
    [[nodiscard]] bool admits(const model::Breaker& settings, Monotonic now, std::uint64_t random) noexcept;
    void note(const model::Breaker& settings, bool error, Monotonic now) noexcept;

    [[nodiscard]] BreakerState state(const model::Breaker& settings, Monotonic now) const noexcept;
    /// When an open one begins to recover.
    [[nodiscard]] Monotonic opensUntil(const model::Breaker& settings) const noexcept;
    void reset() noexcept; ///< closed, nothing counted

private:
    static constexpr std::size_t bucketCount = 10;

    struct Bucket {
        std::atomic<std::int64_t> second{-1};
        std::atomic<std::uint64_t> counts{0}; ///< requests in the lower half, errors in the upper
    };

    std::array<Bucket, bucketCount> m_buckets;
    std::atomic<std::int64_t> m_openedAt{0};      ///< nanoseconds of Monotonic; 0: closed
    std::atomic<std::int64_t> m_countingSince{0}; ///< what was counted before says nothing
};

} // namespace gateway::upstream
