#pragma once

#include "gateway/base/clock.h"
#include "tests/support/raw_client.h"

/// Moves the time of a gateway with one worker on, and returns when all timers that this makes due have been
/// looked at: another client, whose head is late by then, has been told. `step` is above the listener's limit
/// for heads.
[[nodiscard]] inline bool passTime(gateway::ManualClock& clock, std::uint16_t port,
                                   std::chrono::nanoseconds step) {
    support::RawClient late(port);
    // Answered after the late one's bytes were read, because there is one worker.
    if (!late.send("GET /late HT") || support::RawClient::get(port, "/on-time").status == 0) {
        return false;
    }
    clock.advance(step);
    return late.readResponse().status == 408;
}
