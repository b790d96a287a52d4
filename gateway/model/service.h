#pragma once

#include "gateway/model/ids.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace gateway::model {

struct Target {
    std::string host; ///< a name or an IP address
    std::uint16_t port = 0;
    std::uint32_t weight = 1; ///< 1..1000: its share of the turns
    bool drain = false;       ///< gets no new requests; those in flight finish

    bool operator==(const Target&) const = default;
};

/// `host:port`, as the file form writes it.
[[nodiscard]] std::string addressOf(const Target& target);

/// How a service's targets share its requests.
enum class Balance : std::uint8_t {
    RoundRobin,     ///< in turn, by weight
    LeastRequests,  ///< the target with the fewest requests in flight for its weight
    RandomTwo,      ///< the better of two random ones
    ConsistentHash, ///< the same caller to the same target, whoever else comes or goes
};

/// What tells callers apart for Balance::ConsistentHash.
struct HashOn {
    enum class Source : std::uint8_t { Address, Consumer, Header, Cookie };
    Source source = Source::Address;
    std::string name; ///< of the header or cookie

    bool operator==(const HashOn&) const = default;
};

/// Active checks: a GET of `path` to each target. 2xx and 3xx are good.
struct HealthCheck {
    std::string path;
    std::chrono::milliseconds interval{3'000};
    std::chrono::milliseconds timeout{1'000};
    std::uint32_t unhealthyAfter = 3; ///< failed checks in a row
    std::uint32_t healthyAfter = 1;   ///< good checks in a row

    bool operator==(const HealthCheck&) const = default;
};

/// Passive checks: a target that fails request after request gets none for a while.
struct Outlier {
    std::uint32_t consecutiveErrors = 5;     ///< failed connections, resets, timeouts and 5xx in a row
    std::chrono::milliseconds eject{30'000}; ///< times the number of ejections in a row, up to ten
    std::uint32_t atMostPercent = 10;        ///< of the targets at a time, but always one

    bool operator==(const Outlier&) const = default;
};

/// Stops asking a service that mostly fails: 503 at once, then a linearly growing share.
struct Breaker {
    std::uint32_t errorRatioPercent = 50;
    std::uint32_t samples = 20; ///< no verdict on fewer requests, within ten seconds
    std::chrono::milliseconds open{10'000};
    std::chrono::milliseconds recover{10'000};

    bool operator==(const Breaker&) const = default;
};

/// Further tries of a request, only where it is safe: before a byte of the request was sent, or with an
/// idempotent method whose body can be sent again.
struct Retries {
    std::uint32_t attempts = 2; ///< further tries after the first; 0: none
    bool onConnectFailure = true;
    bool onRefusedStream = true;              ///< closed before a byte of the answer came
    bool onReset = false;                     ///< broken while the head of the answer came
    bool onTimeout = false;                   ///< of a try
    std::vector<std::uint16_t> statuses{503}; ///< of an answer, ascending
    std::uint32_t budgetPercent = 20;         ///< retries a hundred requests, beside three a second

    bool operator==(const Retries&) const = default;
};

/// A backend that speaks HTTP/1.1 and the targets it runs on.
struct Service {
    struct Timeouts {
        std::chrono::milliseconds connect{
            5'000}; ///< above: next target, at last 502 (504 where all were silent)
        std::chrono::milliseconds response{
            15'000};                            ///< longest silence after the request was sent; above: 504
        std::chrono::milliseconds idle{60'000}; ///< a pooled connection without a request
        std::chrono::milliseconds attempt{0}; ///< one try, to the head of its answer; 0: no limit of its own
        std::chrono::milliseconds request{0}; ///< all tries, to the end of the answer; 0: no limit
        bool operator==(const Timeouts&) const = default;
    };

    ServiceId id;
    std::string name;
    std::vector<Target> targets; ///< at least one
    Balance balance = Balance::RoundRobin;
    HashOn hashOn;                          ///< for Balance::ConsistentHash
    std::chrono::milliseconds slowStart{0}; ///< in which a target that comes (back) grows to its full share
    std::uint32_t concurrency = 0;          ///< requests in flight at a time; above: 503. 0: no limit
    std::optional<HealthCheck> health;
    std::optional<Outlier> outlier;
    std::optional<Breaker> breaker;
    Retries retries;
    Timeouts timeouts;

    bool operator==(const Service&) const = default;
};

} // namespace gateway::model
