#include "ui/kpis.h"

#include <algorithm>
#include <span>

namespace ui {

namespace {

// One second jumps about; five are calm and still at once.
constexpr std::size_t secondsAveraged = 5;
constexpr std::size_t secondsBack = 60;

struct Averages {
    double requests = 0;
    double p95Ms = 0;
    double errorRatio = 0;
    double rateLimited = 0;
};

Averages averagesOf(std::span<const TrafficPoint> points) {
    Averages sums;
    double errors = 0;
    double busy = 0;
    for (const TrafficPoint& point : points) {
        sums.requests += point.requests;
        sums.rateLimited += point.rateLimited;
        errors += point.byClass[5];
        if (point.requests > 0) {
            sums.p95Ms += point.p95Ms;
            busy += 1;
        }
    }
    if (sums.requests > 0) {
        sums.errorRatio = errors / sums.requests;
    }
    if (busy > 0) {
        sums.p95Ms /= busy;
    }
    const auto seconds = static_cast<double>(std::max<std::size_t>(points.size(), 1));
    sums.requests /= seconds;
    sums.rateLimited /= seconds;
    return sums;
}

} // namespace

Kpis kpisOf(const std::vector<TrafficPoint>& points) {
    const std::span<const TrafficPoint> all(points);
    const Averages now = averagesOf(all.last(std::min(secondsAveraged, all.size())));
    Kpis kpis{{now.requests, {}}, {now.p95Ms, {}}, {now.errorRatio, {}}, {now.rateLimited, {}}};
    if (all.size() >= secondsBack + secondsAveraged) {
        const Averages before =
            averagesOf(all.subspan(all.size() - secondsBack - secondsAveraged, secondsAveraged));
        kpis.requests.minuteAgo = before.requests;
        kpis.p95Ms.minuteAgo = before.p95Ms;
        kpis.errorRatio.minuteAgo = before.errorRatio;
        kpis.rateLimited.minuteAgo = before.rateLimited;
    }
    return kpis;
}

} // namespace ui
