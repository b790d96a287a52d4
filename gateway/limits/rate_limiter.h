#pragma once

#include "gateway/base/clock.h"
#include "gateway/model/ids.h"
#include "gateway/model/tier.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace gateway::limits {

/// A tier's rate, compiled: one request every `interval`, `burst` of them at once.
struct Rate {
    std::int64_t intervalNs = 1; ///< rounded up, so that the rate is never exceeded
    std::uint64_t burst = 1;

    [[nodiscard]] static Rate of(const model::Tier& tier);
};

struct Decision {
    bool admitted = false;
    std::uint64_t limit = 0;               ///< burst
    std::uint64_t remaining = 0;           ///< requests that would be admitted right now
    std::chrono::nanoseconds reset{};      ///< until the bucket is full again
    std::chrono::nanoseconds retryAfter{}; ///< until one more is admitted; zero when admitted
};

/// The state of one caller's generic cell rate algorithm: one atomic word in a cache line of its own.
/// Thread-safe and exact: one compare-and-swap a decision, whichever worker makes it. A changed Rate keeps
/// the state.
class alignas(64) Bucket {
public:
    [[nodiscard]] Decision admit(const Rate& rate, Monotonic now) noexcept;

private:
    std::atomic<std::int64_t> m_theoreticalArrivalNs{0};
};

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
