#pragma once

#include "gateway/base/clock.h"
#include "gateway/model/consumer.h"
#include "gateway/model/ids.h"
#include "gateway/model/tier.h"

#include <atomic>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>

namespace gateway::limits {

/// A tier's rate, or a consumer's own, compiled: one request every `interval`, `burst` of them at once.
struct Rate {
    std::int64_t intervalNs = 1; ///< rounded up, so that the rate is never exceeded
    std::uint64_t burst = 1;

    [[nodiscard]] static Rate of(const model::Tier& tier);
    [[nodiscard]] static Rate of(const model::OwnRate& own);

    /// How far ahead of the steady rate a caller may be: the time in which the whole burst refills. At most
    /// 2^62 ns (146 years), so that sums with a point in time stay within 64 bits; a burst that takes longer
    /// to refill is cut to what refills in that time.
    [[nodiscard]] std::int64_t toleranceNs() const noexcept;
};

struct Decision {
    bool admitted = false;
    std::uint64_t limit = 0;               ///< burst
    std::uint64_t remaining = 0;           ///< requests that would be admitted right now
    std::chrono::nanoseconds reset{};      ///< until the bucket is full again
    std::chrono::nanoseconds retryAfter{}; ///< until one more is admitted; zero when admitted
};

/// The state of one caller's generic cell rate algorithm. Thread-safe and exact: one compare-and-swap a
/// decision, whichever worker makes it. A changed Rate keeps the state: how far ahead the caller is, but
/// never further than the new burst reaches.
class Gcra {
public:
    [[nodiscard]] Decision admit(const Rate& rate, Monotonic now) noexcept;
    /// Nothing is used up, by any rate: as good as a new one.
    [[nodiscard]] bool isFull(Monotonic now) const noexcept {
        return m_theoreticalArrivalNs.load(std::memory_order_acquire) <= now.time_since_epoch().count();
    }

private:
    void forgetBeyond(std::int64_t latestNs) noexcept;

    /// When the next request would come if the caller kept exactly to the rate; in the past: a full bucket.
    std::atomic<std::int64_t> m_theoreticalArrivalNs{std::numeric_limits<std::int64_t>::min()};
    /// Tolerance of the latest Rate. Only a smaller one can leave a caller further ahead than allowed.
    std::atomic<std::int64_t> m_toleranceNs{0};
};

/// One in a cache line of its own, so that callers do not slow each other down.
class alignas(64) Bucket final : public Gcra {};

/// Buckets by consumer; they live as long as the store and survive every new snapshot. One thread calls
/// bucketOf(); what it returns may be used from any.
class BucketStore {
public:
    BucketStore();
    ~BucketStore();
    BucketStore(const BucketStore&) = delete;
    BucketStore& operator=(const BucketStore&) = delete;

    [[nodiscard]] Bucket& bucketOf(model::ConsumerId consumer);

private:
    struct Map;
    std::unique_ptr<Map> m_map;
};

/// Appends X-RateLimit-Limit/-Remaining/-Reset (whole seconds, rounded up), RateLimit and RateLimit-Policy
/// (draft-ietf-httpapi-ratelimit-headers) and, when refused, Retry-After (at least 1), each a line with CRLF.
void writeRateLimitFields(std::string& out, const Decision& decision, const Rate& rate,
                          std::string_view tierName);

} // namespace gateway::limits
