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
    std::uint64_t requests = 0;
    std::uint64_t retries = 0;
    std::uint64_t freeRetries = 0;
    for (const Bucket& bucket : m_buckets) {
        if (bucket.second > second - static_cast<std::int64_t>(bucketCount)) {
            requests += bucket.requests;
            retries += bucket.retries;
            freeRetries += bucket.freeRetries;
        }
    }
    const std::uint64_t share = requests * percent / 100;
    // When requests become fewer, the retries that they paid for are in the window longer than they are.
    if (retries + freeRetries >= share + freeEverySecond * bucketCount) {
        return false;
    }
    if (current.freeRetries < freeEverySecond) {
        ++current.freeRetries;
        return true;
    }
    if (retries >= share) {
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
