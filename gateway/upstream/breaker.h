#pragma once

#include "gateway/base/clock.h"
#include "gateway/model/service.h"

#include <array>
#include <atomic>
#include <cstdint>

namespace gateway::upstream {

enum class BreakerState : std::uint8_t { Closed, Open, Recovering };

/// A service's circuit breaker, shared by all workers without a lock. Closed: counts in ten buckets of a
/// second, and opens with an error when at least `samples` requests ended within them and the share of errors
/// reached the ratio. Open: refuses everything for `open`, and what ends meanwhile does not count.
/// Recovering: for `recover` it admits a share that grows linearly from 0 to 1 and counts anew; the ratio
/// reached again opens it again.
class Breaker {
public:
    /// `random` is uniform over all 64 bits.
    [[nodiscard]] bool admits(const model::Breaker& settings, Monotonic now, std::uint64_t random) noexcept;
    void note(const model::Breaker& settings, bool error, Monotonic now) noexcept;

    [[nodiscard]] BreakerState state(const model::Breaker& settings, Monotonic now) const noexcept;
    /// When an open one begins to recover; the clock's zero when it is closed.
    [[nodiscard]] Monotonic opensUntil(const model::Breaker& settings) const noexcept;
    void reset() noexcept; ///< closed, nothing counted

    struct Counts {
        std::uint64_t requests = 0;
        std::uint64_t errors = 0;
    };
    /// What ended within the last ten buckets.
    [[nodiscard]] Counts counted(Monotonic now) const noexcept;

private:
    static constexpr std::size_t bucketCount = 10;

    void count(bool error, Monotonic now) noexcept;
    void clear() noexcept;

    /// A bucket is one word, so that its second and its counts change together and no count is lost or lands
    /// in the wrong second: 28 bits of the second, 18 of the errors, 18 of the requests.
    std::array<std::atomic<std::uint64_t>, bucketCount> m_buckets{};
    std::atomic<std::int64_t> m_openedAt{0}; ///< nanoseconds of Monotonic; 0: closed
};

} // namespace gateway::upstream
