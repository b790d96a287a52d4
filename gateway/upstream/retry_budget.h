#pragma once

#include "gateway/base/clock.h"

#include <array>
#include <cstdint>

namespace gateway::upstream {

/// Keeps retries from making a bad moment worse: within ten buckets of a second at most `percent` retries a
/// hundred requests, beside three in each second that are free, so that quiet services may retry, too. Free
/// ones are not saved up. One a service and worker; single-threaded.
class RetryBudget {
public:
    static constexpr std::uint32_t freeEverySecond = 3;

    void noteRequest(Monotonic now) noexcept;
    /// Takes one retry out of the budget, if it has one left.
    [[nodiscard]] bool takeRetry(std::uint32_t percent, Monotonic now) noexcept;

private:
    static constexpr std::size_t bucketCount = 10;

    struct Bucket {
        std::int64_t second = -1;
        std::uint32_t requests = 0;
        std::uint32_t retries = 0; ///< beside the free ones
        std::uint32_t freeRetries = 0;
    };
    Bucket& bucketAt(std::int64_t second) noexcept;

    std::array<Bucket, bucketCount> m_buckets;
};

} // namespace gateway::upstream
