#pragma once

#include "gateway/base/clock.h"
#include "gateway/model/ids.h"

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace gateway::metrics {

/// What happened to requests between two samples.
struct TrafficCounts {
    std::uint64_t requests = 0; ///< finished, whatever came out of them
    std::array<std::uint64_t, 6>
        byClass{};                 ///< [2] = 2xx ... [5] = 5xx; [0] = the client went away before an answer
    std::uint64_t rateLimited = 0; ///< refused with 429 by the gateway
    std::uint64_t bytesIn = 0;     ///< payload from clients
    std::uint64_t bytesOut = 0;    ///< payload to clients
    double p50Ms = 0;              ///< whole time in the gateway, the upstream's included; 0 without requests
    double p95Ms = 0;
    double p99Ms = 0;
};

struct RouteTraffic {
    model::RouteId route;
    TrafficCounts counts;
};

struct TierTraffic {
    model::TierId tier;
    std::uint64_t requests = 0; ///< admitted and refused
    std::uint64_t rateLimited = 0;
};

enum class TargetCondition : std::uint8_t {
    Available,
    Warming,   ///< slow start: it gets a growing share
    Unhealthy, ///< active checks fail
    Ejected,   ///< failed request after request
    Draining,  ///< told to get no new requests
};

struct TargetTraffic {
    std::string address; ///< host:port as configured
    std::uint64_t requests = 0;
    std::uint64_t failures = 0; ///< connect failures, resets, timeouts, broken responses, 5xx answers
    std::uint64_t connectionsOpen = 0;
    TargetCondition condition = TargetCondition::Available;
    std::string conditionDetail;                    ///< a sentence: what the last failed check said; or empty
    std::optional<std::chrono::seconds> ejectedFor; ///< what is left of it
    std::uint64_t requestsActive = 0;
};

enum class BreakerCondition : std::uint8_t { Closed, Open, Recovering };

struct ServiceTraffic {
    model::ServiceId service;
    BreakerCondition breaker = BreakerCondition::Closed;
    bool panicking = false; ///< too few targets are available: all are asked
    std::uint64_t retries = 0;
    std::uint64_t retriesDenied = 0; ///< by the budget
    std::uint64_t brokenOff = 0;     ///< requests refused by the breaker
    std::uint64_t overLimit = 0;     ///< requests refused by the limit of concurrency
    TrafficCounts counts;            ///< as the upstream answered: latency to the end of its response
    std::uint64_t failures = 0;
    std::vector<TargetTraffic> targets; ///< all of the service, in the order of the config
};

struct ConsumerTraffic {
    model::ConsumerId consumer;
    std::uint64_t requests = 0;
    std::uint64_t rateLimited = 0;
};

/// As of metrics::StreamCells and ConnectionCells: what is open is as of now, the rest since the last frame.
struct StreamCounts {
    std::uint64_t webSockets = 0;
    std::uint64_t eventStreams = 0;
    std::uint64_t grpcCalls = 0;
    std::uint64_t messagesIn = 0;
    std::uint64_t messagesOut = 0;
};
struct ConnectionCounts {
    std::uint64_t http2 = 0;
    std::uint64_t handshakesFull = 0;
    std::uint64_t handshakesResumed = 0;
    std::uint64_t handshakesFailed = 0;
    std::uint64_t floodsCut = 0;
    std::uint64_t proxyHeadersBad = 0;
};

/// As of metrics::AccessCells: what waits is as of now, the rest since the last frame.
struct AccessCounts {
    std::uint64_t unauthenticated = 0;       ///< refused with 401
    std::uint64_t forbidden = 0;             ///< refused with 403
    std::uint64_t slowed = 0;                ///< answers that waited because their address failed too often
    std::uint64_t slowedOff = 0;             ///< refused with 429 for the same reason
    std::uint64_t introspectionsWaiting = 0; ///< requests
    std::uint64_t callsDropped = 0;          ///< calls of agents that were not recorded
};

/// The feed: one a second. Sparse: routes, tiers and consumers without traffic in the interval are left out;
/// services are always all there.
struct MetricsFrame {
    WallTime time{};
    std::chrono::nanoseconds interval{};
    TrafficCounts total;
    std::uint64_t connectionsOpen = 0;
    std::uint64_t connectionsRefused = 0; ///< over the cap of their address, since the last frame
    std::uint64_t requestsActive = 0;
    std::uint64_t logRowsDropped = 0; ///< access-log rows, since the last frame
    StreamCounts streams;
    ConnectionCounts connections;
    AccessCounts access;
    std::vector<RouteTraffic> routes;
    std::vector<TierTraffic> tiers;
    std::vector<ServiceTraffic> services;
    std::vector<ConsumerTraffic> consumers; ///< the 20 busiest
};

} // namespace gateway::metrics
