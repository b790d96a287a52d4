#include "gateway/limits/rate_limiter.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <charconv>
#include <cstring>
#include <unordered_map>

namespace gateway::limits {
namespace {

constexpr std::int64_t toleranceMaxNs = std::int64_t{1} << 62;
/// The largest integer of structured fields (RFC 8941, 3.3.1).
constexpr std::uint64_t fieldIntegerMax = 999'999'999'999'999;

std::uint64_t secondsRoundedUp(std::chrono::nanoseconds time) {
    return static_cast<std::uint64_t>(std::chrono::ceil<std::chrono::seconds>(time).count());
}

/// The lines of one answer, put together on the stack and appended in one piece.
class Lines {
public:
    template<std::size_t size>
    void put(const char (&literal)[size]) noexcept {
        std::memcpy(m_at, &literal[0], size - 1);
        m_at += size - 1;
    }
    void put(std::string_view text) noexcept {
        const std::size_t bytes = std::min(text.size(), nameBytesMax);
        std::memcpy(m_at, text.data(), bytes);
        m_at += bytes;
    }
    void put(std::uint64_t number) noexcept {
        number = std::min(number, fieldIntegerMax);
        if (number < 10) {
            *m_at++ = static_cast<char>('0' + number);
            return;
        }
        m_at = std::to_chars(m_at, m_text.data() + m_text.size(), number).ptr;
    }
    [[nodiscard]] std::string_view text() const noexcept {
        return {m_text.data(), static_cast<std::size_t>(m_at - m_text.data())};
    }

private:
    static constexpr std::size_t nameBytesMax = 128; // names of tiers are shorter (model/names.h)
    static constexpr std::size_t literalBytes = 224; // all literals below together, rounded up
    static constexpr std::size_t numberBytes = 8 * 16;

    std::array<char, literalBytes + 2 * nameBytesMax + numberBytes> m_text;
    char* m_at = m_text.data();
};

} // namespace

Rate Rate::of(const model::Tier& tier) {
    const std::chrono::nanoseconds period = tier.period;
    const auto requests = std::max<std::uint64_t>(tier.requests, 1);
    const auto nanoseconds = static_cast<std::uint64_t>(std::max<std::int64_t>(period.count(), 1));
    // Written so that even the largest number of requests does not overflow.
    const std::uint64_t interval = nanoseconds / requests + (nanoseconds % requests != 0 ? 1 : 0);
    return {static_cast<std::int64_t>(interval), std::max<std::uint64_t>(tier.burst, 1)};
}

std::int64_t Rate::toleranceNs() const noexcept {
    std::int64_t tolerance = 0;
    if (__builtin_mul_overflow(intervalNs, burst, &tolerance)) {
        return toleranceMaxNs;
    }
    return std::min(tolerance, toleranceMaxNs);
}

Decision Bucket::admit(const Rate& rate, Monotonic now) noexcept {
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
void Bucket::forgetBeyond(std::int64_t latestNs) noexcept {
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
    const std::uint64_t reset = secondsRoundedUp(decision.reset);
    Lines lines;
    lines.put("X-RateLimit-Limit: ");
    lines.put(decision.limit);
    lines.put("\r\nX-RateLimit-Remaining: ");
    lines.put(decision.remaining);
    lines.put("\r\nX-RateLimit-Reset: ");
    lines.put(reset);
    // Names of tiers are made of letters, digits, dots, dashes and underscores: nothing to escape in a
    // string.
    lines.put("\r\nRateLimit-Policy: \"");
    lines.put(tierName);
    lines.put("\";q=");
    lines.put(rate.burst);
    lines.put(";w=");
    lines.put(secondsRoundedUp(std::chrono::nanoseconds(rate.toleranceNs())));
    lines.put("\r\nRateLimit: \"");
    lines.put(tierName);
    lines.put("\";r=");
    lines.put(decision.remaining);
    lines.put(";t=");
    lines.put(reset);
    if (!decision.admitted) {
        lines.put("\r\nRetry-After: ");
        lines.put(std::max<std::uint64_t>(secondsRoundedUp(decision.retryAfter), 1));
    }
    lines.put("\r\n");
    out.append(lines.text());
}

} // namespace gateway::limits
