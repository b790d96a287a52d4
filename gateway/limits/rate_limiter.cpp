#include "gateway/limits/rate_limiter.h"

#include "gateway/http/head_buffer.h"

#include <algorithm>
#include <cassert>
#include <unordered_map>

namespace gateway::limits {
namespace {

constexpr std::int64_t toleranceMaxNs = std::int64_t{1} << 62;
/// The largest integer of structured fields (RFC 8941, 3.3.1).
constexpr std::uint64_t fieldIntegerMax = 999'999'999'999'999;

std::uint64_t secondsRoundedUp(std::chrono::nanoseconds time) {
    return static_cast<std::uint64_t>(std::chrono::ceil<std::chrono::seconds>(time).count());
}

Rate rateOf(std::uint64_t count, std::chrono::nanoseconds period, std::uint64_t burst) {
    const auto requests = std::max<std::uint64_t>(count, 1);
    const auto nanoseconds = static_cast<std::uint64_t>(std::max<std::int64_t>(period.count(), 1));
    // Written so that even the largest number of requests does not overflow.
    const std::uint64_t interval = nanoseconds / requests + (nanoseconds % requests != 0 ? 1 : 0);
    return {static_cast<std::int64_t>(interval), std::max<std::uint64_t>(burst, 1)};
}

} // namespace

Rate Rate::of(const model::Tier& tier) {
    return rateOf(tier.requests, tier.period, tier.burst);
}

Rate Rate::of(const model::OwnRate& own) {
    return rateOf(own.requests, own.period, own.burst);
}

std::int64_t Rate::toleranceNs() const noexcept {
    std::int64_t tolerance = 0;
    if (__builtin_mul_overflow(intervalNs, burst, &tolerance)) {
        return toleranceMaxNs;
    }
    return std::min(tolerance, toleranceMaxNs);
}

Decision Gcra::admit(const Rate& rate, Monotonic now) noexcept {
    assert(rate.intervalNs >= 1 && rate.burst >= 1);
    const std::int64_t nowNs = now.time_since_epoch().count();
    const std::int64_t tolerance = rate.toleranceNs();

    if (m_toleranceNs.load(std::memory_order_acquire) > tolerance) {
        // Said first: a worker that still admits by the old rate sees it and puts its own back, and the next
        // request comes here again.
        m_toleranceNs.store(tolerance, std::memory_order_release);
        forgetBeyond(nowNs + tolerance);
    }

    std::int64_t arrival = m_theoreticalArrivalNs.load(std::memory_order_acquire);
    std::int64_t ahead = 0;
    bool admitted = false;
    do {
        ahead = std::max(arrival, nowNs) - nowNs;
        admitted = ahead <= tolerance - rate.intervalNs;
    } while (admitted && !m_theoreticalArrivalNs.compare_exchange_weak(
                             arrival, nowNs + ahead + rate.intervalNs, std::memory_order_acq_rel,
                             std::memory_order_acquire));

    if (m_toleranceNs.load(std::memory_order_acquire) != tolerance) {
        m_toleranceNs.store(tolerance, std::memory_order_release);
    }

    Decision decision;
    decision.admitted = admitted;
    decision.limit = rate.burst;
    if (admitted) {
        ahead += rate.intervalNs;
    } else {
        decision.retryAfter = std::chrono::nanoseconds(ahead - (tolerance - rate.intervalNs));
    }
    decision.remaining =
        static_cast<std::uint64_t>(std::max<std::int64_t>(tolerance - ahead, 0) / rate.intervalNs);
    decision.reset = std::chrono::nanoseconds(ahead);
    return decision;
}

/// Without this, a caller who used up a slow rate's burst would wait for its refill under a fast one, too.
void Gcra::forgetBeyond(std::int64_t latestNs) noexcept {
    std::int64_t arrival = m_theoreticalArrivalNs.load(std::memory_order_relaxed);
    while (arrival > latestNs &&
           !m_theoreticalArrivalNs.compare_exchange_weak(arrival, latestNs, std::memory_order_acq_rel,
                                                         std::memory_order_relaxed)) {
    }
}

/// Nodes keep their place when the map grows, and with it the buckets that workers hold.
struct BucketStore::Map {
    std::unordered_map<model::ConsumerId, Bucket> buckets;
};

BucketStore::BucketStore()
    : m_map(std::make_unique<Map>()) {}

BucketStore::~BucketStore() = default;

Bucket& BucketStore::bucketOf(model::ConsumerId consumer) {
    return m_map->buckets[consumer];
}

void writeRateLimitFields(std::string& out, const Decision& decision, const Rate& rate,
                          std::string_view tierName) {
    // Of names, colons, line ends and numbers all together.
    constexpr std::size_t fixedBytesExpected = 256;
    http::HeadBuffer lines(out, fixedBytesExpected + 2 * tierName.size());
    const auto putNumber = [&](std::uint64_t number) { lines.putNumber(std::min(number, fieldIntegerMax)); };
    const std::uint64_t reset = secondsRoundedUp(decision.reset);
    lines.put("X-RateLimit-Limit: ");
    putNumber(decision.limit);
    lines.put("\r\nX-RateLimit-Remaining: ");
    putNumber(decision.remaining);
    lines.put("\r\nX-RateLimit-Reset: ");
    putNumber(reset);
    // Names of tiers are made of letters, digits, dots, dashes and underscores: nothing to escape in a
    // string.
    lines.put("\r\nRateLimit-Policy: \"");
    lines.put(tierName);
    lines.put("\";q=");
    putNumber(rate.burst);
    lines.put(";w=");
    putNumber(secondsRoundedUp(std::chrono::nanoseconds(rate.toleranceNs())));
    lines.put("\r\nRateLimit: \"");
    lines.put(tierName);
    lines.put("\";r=");
    putNumber(decision.remaining);
    lines.put(";t=");
    putNumber(reset);
    if (!decision.admitted) {
        lines.put("\r\nRetry-After: ");
        putNumber(std::max<std::uint64_t>(secondsRoundedUp(decision.retryAfter), 1));
    }
    lines.put("\r\n");
}

} // namespace gateway::limits
