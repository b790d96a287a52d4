#pragma once

#include "gateway/model/ids.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace gateway::model {

struct Target {
    std::string host;         ///< a name, an IP address, or `unix:/path` of a socket
    std::uint16_t port = 0;   ///< 0 only with a Unix socket
    std::uint32_t weight = 1; ///< 1..1000: its share of the turns
    bool drain = false;       ///< gets no new requests; those in flight finish

    bool operator==(const Target&) const = default;
};

/// `host:port` or `unix:/path`, as the file form writes it.
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

/// Active checks of each target: a GET of `path`, for which 2xx and 3xx are good, or with `grpc` a call of
/// grpc.health.v1.Health/Check, for which SERVING is good.
struct HealthCheck {
    std::string path; ///< with `grpc`: empty
    std::chrono::milliseconds interval{3'000};
    std::chrono::milliseconds timeout{1'000};
    std::uint32_t unhealthyAfter = 3; ///< failed checks in a row
    std::uint32_t healthyAfter = 1;   ///< good checks in a row
    bool grpc = false;
    std::string grpcService{}; ///< whom to ask about; empty: the server as a whole

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
    bool onUnavailable = false;               ///< gRPC: UNAVAILABLE before a message was answered

    bool operator==(const Retries&) const = default;
};

/// What a backend speaks.
enum class Protocol : std::uint8_t {
    Http1,
    Http2, ///< over TLS by ALPN, in the clear by prior knowledge
    Grpc,  ///< HTTP/2, and gRPC's own: deadlines, statuses in trailers, gRPC-Web translated
};

/// A backend and the targets it runs on.
struct Service {
    /// How targets are asked by TLS.
    struct Tls {
        bool verify = true;
        std::string serverName;  ///< whom the certificate must name; empty: the target's host
        std::string authority;   ///< name of a Certificate that alone is trusted; empty: the system's
        std::string certificate; ///< name of a Certificate to show; empty: none
        bool operator==(const Tls&) const = default;
    };

    struct Timeouts {
        std::chrono::milliseconds connect{
            5'000}; ///< above: next target, at last 502 (504 where all were silent)
        std::chrono::milliseconds response{
            15'000};                            ///< longest silence after the request was sent; above: 504
        std::chrono::milliseconds idle{60'000}; ///< a pooled connection without a request
        std::chrono::milliseconds attempt{0}; ///< one try, to the head of its answer; 0: no limit of its own
        std::chrono::milliseconds request{0}; ///< all tries, to the end of the answer; 0: no limit
        std::chrono::milliseconds streamIdle{300'000}; ///< WebSockets and event streams: longest silence
        std::chrono::milliseconds streamLifetime{
            0}; ///< WebSockets and event streams: whole time; 0: no limit
        bool operator==(const Timeouts&) const = default;
    };

    ServiceId id;
    std::string name;
    Protocol protocol = Protocol::Http1;
    std::optional<Tls> tls;      ///< none: in the clear
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
    std::vector<std::string> policies{}; ///< names of Policies; for all routes that lead here

    bool operator==(const Service&) const = default;
};

} // namespace gateway::model
