#include "gateway/upstream/breaker.h"

#include <algorithm>

namespace gateway::upstream {

namespace {

constexpr std::uint32_t countBits = 18;
constexpr std::uint64_t countMax = (std::uint64_t{1} << countBits) - 1;
constexpr std::uint64_t tagMax = (std::uint64_t{1} << (64U - 2 * countBits)) - 1;

std::uint64_t secondOf(Monotonic now) noexcept {
    return static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count());
}

std::uint64_t tagIn(std::uint64_t bucket) noexcept {
    return bucket >> (2 * countBits);
}
std::uint64_t errorsIn(std::uint64_t bucket) noexcept {
    return (bucket >> countBits) & countMax;
}
std::uint64_t requestsIn(std::uint64_t bucket) noexcept {
    return bucket & countMax;
}
std::uint64_t bucketOf(std::uint64_t tag, std::uint64_t errors, std::uint64_t requests) noexcept {
    return (tag << (2 * countBits)) | (errors << countBits) | requests;
}

std::int64_t nanosecondsOf(Monotonic at) noexcept {
    return at.time_since_epoch().count();
}
std::int64_t nanosecondsOf(std::chrono::milliseconds span) noexcept {
    return std::chrono::nanoseconds(span).count();
}

BreakerState stateAfter(std::int64_t sinceOpened, const model::Breaker& settings) noexcept {
    if (sinceOpened < nanosecondsOf(settings.open)) {
        return BreakerState::Open;
    }
    return sinceOpened < nanosecondsOf(settings.open + settings.recover) ? BreakerState::Recovering
                                                                         : BreakerState::Closed;
}

} // namespace

bool Breaker::admits(const model::Breaker& settings, Monotonic now, std::uint64_t random) noexcept {
    std::int64_t openedAt = m_openedAt.load(std::memory_order_relaxed);
    if (openedAt == 0) {
        return true;
    }
    const std::int64_t sinceOpened = nanosecondsOf(now) - openedAt;
    switch (stateAfter(sinceOpened, settings)) {
    case BreakerState::Open:
        return false;
    case BreakerState::Recovering: {
        const std::int64_t recovering = sinceOpened - nanosecondsOf(settings.open);
        const double share =
            static_cast<double>(recovering) / static_cast<double>(nanosecondsOf(settings.recover));
        return static_cast<double>(random >> 11U) * 0x1.0p-53 < share;
    }
    case BreakerState::Closed:
        // Whoever was first closed it, or opened it anew; this request came after a full recovery.
        m_openedAt.compare_exchange_strong(openedAt, 0, std::memory_order_relaxed);
        return true;
    }
    return true;
}

void Breaker::note(const model::Breaker& settings, bool error, Monotonic now) noexcept {
    std::int64_t openedAt = m_openedAt.load(std::memory_order_relaxed);
    if (openedAt != 0 && stateAfter(nanosecondsOf(now) - openedAt, settings) == BreakerState::Open) {
        return;
    }
    count(error, now);
    if (!error) {
        return;
    }
    const Counts sum = counted(now);
    if (sum.requests < settings.samples || sum.errors * 100 < sum.requests * settings.errorRatioPercent) {
        return;
    }
    // One worker opens it and drops what was counted, because that says nothing about the recovery.
    const std::int64_t opensAt = std::max<std::int64_t>(nanosecondsOf(now), 1);
    if (m_openedAt.compare_exchange_strong(openedAt, opensAt, std::memory_order_relaxed)) {
        clear();
    }
}

BreakerState Breaker::state(const model::Breaker& settings, Monotonic now) const noexcept {
    const std::int64_t openedAt = m_openedAt.load(std::memory_order_relaxed);
    return openedAt == 0 ? BreakerState::Closed : stateAfter(nanosecondsOf(now) - openedAt, settings);
}

Monotonic Breaker::opensUntil(const model::Breaker& settings) const noexcept {
    const std::int64_t openedAt = m_openedAt.load(std::memory_order_relaxed);
    return openedAt == 0 ? Monotonic{} : Monotonic(std::chrono::nanoseconds(openedAt)) + settings.open;
}

void Breaker::reset() noexcept {
    m_openedAt.store(0, std::memory_order_relaxed);
    clear();
}

Breaker::Counts Breaker::counted(Monotonic now) const noexcept {
    const std::uint64_t tag = secondOf(now) & tagMax;
    Counts sum;
    for (const auto& each : m_buckets) {
        const std::uint64_t bucket = each.load(std::memory_order_relaxed);
        if (((tag - tagIn(bucket)) & tagMax) < bucketCount) {
            sum.requests += requestsIn(bucket);
            sum.errors += errorsIn(bucket);
        }
    }
    return sum;
}

void Breaker::count(bool error, Monotonic now) noexcept {
    const std::uint64_t second = secondOf(now);
    const std::uint64_t tag = second & tagMax;
    auto& bucket = m_buckets[second % bucketCount];
    std::uint64_t before = bucket.load(std::memory_order_relaxed);
    std::uint64_t after = 0;
    do {
        const bool isOfThisSecond = tagIn(before) == tag;
        std::uint64_t requests = isOfThisSecond ? requestsIn(before) : 0;
        std::uint64_t errors = isOfThisSecond ? errorsIn(before) : 0;
        if (requests == countMax) { // halves keep the ratio
            requests /= 2;
            errors /= 2;
        }
        after = bucketOf(tag, errors + (error ? 1 : 0), requests + 1);
    } while (!bucket.compare_exchange_weak(before, after, std::memory_order_relaxed));
}

void Breaker::clear() noexcept {
    for (auto& bucket : m_buckets) {
        bucket.store(0, std::memory_order_relaxed);
    }
}

} // namespace gateway::upstream
