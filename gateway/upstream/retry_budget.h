#pragma once

#include "gateway/base/clock.h"

#include <array>
#include <cstdint>

namespace gateway::upstream {

/// Keeps retries from making a bad moment worse: over ten seconds at most `percent` retries a hundred
/// requests, beside three a second. One a service and worker; single-threaded.
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
        std::uint32_t retries = 0;
    };
    Bucket& bucketAt(Monotonic now) noexcept;

    std::array<Bucket, bucketCount> m_buckets;
};

} // namespace gateway::upstream
