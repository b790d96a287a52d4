#include "gateway/upstream/retry_budget.h"

namespace gateway::upstream {

namespace {

std::int64_t secondOf(Monotonic now) noexcept {
    return std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
}

} // namespace

void RetryBudget::noteRequest(Monotonic now) noexcept {
    ++bucketAt(secondOf(now)).requests;
}

bool RetryBudget::takeRetry(std::uint32_t percent, Monotonic now) noexcept {
    const std::int64_t second = secondOf(now);
    Bucket& current = bucketAt(second);
    if (current.freeRetries < freeEverySecond) {
        ++current.freeRetries;
        return true;
    }
    std::uint64_t requests = 0;
    std::uint64_t retries = 0;
    for (const Bucket& bucket : m_buckets) {
        if (bucket.second > second - static_cast<std::int64_t>(bucketCount)) {
            requests += bucket.requests;
            retries += bucket.retries;
        }
    }
    if ((retries + 1) * 100 > requests * percent) {
        return false;
    }
    ++current.retries;
    return true;
}

RetryBudget::Bucket& RetryBudget::bucketAt(std::int64_t second) noexcept {
    Bucket& bucket = m_buckets[static_cast<std::size_t>(second) % bucketCount];
    if (bucket.second != second) {
        bucket = {.second = second};
    }
    return bucket;
}

} // namespace gateway::upstream
