#pragma once

#include "ui/metrics_series.h"

#include <optional>
#include <vector>

namespace ui {

/// A value over the last seconds, and the same a minute ago.
struct Kpi {
    double now = 0;
    std::optional<double> minuteAgo; ///< nothing while the feed is younger than that
};

struct Kpis {
    Kpi requests;    ///< per second
    Kpi p95Ms;       ///< of the seconds with traffic
    Kpi errorRatio;  ///< 5xx of all, 0..1
    Kpi rateLimited; ///< per second
};

/// From at most ten minutes of points, the last one being now.
[[nodiscard]] Kpis kpisOf(const std::vector<TrafficPoint>& points);

} // namespace ui
