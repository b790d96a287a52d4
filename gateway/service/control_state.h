#pragma once

#include "gateway/metrics/metrics_frame.h"
#include "gateway/service/control_protocol.h"

#include <chrono>
#include <vector>

namespace gateway::service {

/// The status, and how the services and their targets stood in the last second. Beside the fields of the
/// status its answer has "interval_ms" and "services"; counts are of that interval.
struct ControlState {
    ControlStatus status;
    std::chrono::milliseconds interval{0}; ///< 0: the gateway has told nothing yet, or stands
    std::vector<metrics::ServiceTraffic> services;
};

/// A machine with tens of thousands of targets has a longer one; it is refused with "too-large".
constexpr qint64 controlStateBytesMax = 8 * 1024 * 1024;

[[nodiscard]] QByteArray writeState(const ControlState& state);
[[nodiscard]] Result<ControlState> readState(const QByteArray& line);

/// "available", "warming", "unhealthy", "ejected", "draining"
[[nodiscard]] const char* conditionName(metrics::TargetCondition condition);
/// "closed", "open", "recovering"
[[nodiscard]] const char* conditionName(metrics::BreakerCondition condition);

} // namespace gateway::service
