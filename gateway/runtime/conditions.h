#pragma once

#include "gateway/base/clock.h"
#include "gateway/metrics/metrics_frame.h"
#include "gateway/pipeline/tables.h"
#include "gateway/upstream/health_board.h"

namespace gateway::runtime {

/// Fills in what the frame tells of services and targets beside counts: breakers, panic, health, ejections.
/// `frame.services` are those of `tables`, in the same order.
void fillConditions(metrics::MetricsFrame& frame, const pipeline::Tables& tables,
                    const upstream::HealthBoard& health, Monotonic now);

} // namespace gateway::runtime
