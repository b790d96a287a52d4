#pragma once

#include "gateway/model/ids.h"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace gateway::model {

struct Target {
    std::string host; ///< a name or an IP address
    std::uint16_t port = 0;
    std::uint32_t weight = 1; ///< 1..1000: its share of the turns

    bool operator==(const Target&) const = default;
};

/// A backend that speaks HTTP/1.1 and the targets it runs on; requests go round robin by weight.
struct Service {
    struct Timeouts {
        std::chrono::milliseconds connect{
            5'000}; ///< above: next target, at last 502 (504 where all were silent)
        std::chrono::milliseconds response{
            15'000};                            ///< longest silence after the request was sent; above: 504
        std::chrono::milliseconds idle{60'000}; ///< a pooled connection without a request
        bool operator==(const Timeouts&) const = default;
    };

    ServiceId id;
    std::string name;
    std::vector<Target> targets; ///< at least one
    Timeouts timeouts;

    bool operator==(const Service&) const = default;
};

} // namespace gateway::model
