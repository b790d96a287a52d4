#pragma once

#include "gateway/metrics/metrics_frame.h"

#include <QtGlobal>
#include <deque>
#include <optional>
#include <unordered_map>
#include <vector>

namespace ui {

/// What passed per second, averaged over the window.
struct TrafficRate {
    double requestsPerSecond = 0;
    double failuresPerSecond = 0;
    double limitedPerSecond = 0;
    double retriesPerSecond = 0;
    double p95Ms = 0;        ///< mean of the seconds' p95, weighted with their requests
    double p99Ms = 0;        ///< the same of their p99
    double failureShare = 0; ///< 0..1 of the requests

    /// One request in ten or more goes wrong.
    [[nodiscard]] bool isFailing() const { return failureShare >= 0.1; }
};

/// The last ten frames of routes, tiers, services or consumers, by id. One second alone jumps too much to be
/// read. Holds only ids that had traffic.
class TrafficWindow {
public:
    static constexpr std::size_t framesMax = 10;

    struct Sample {
        quint64 id = 0;
        double requests = 0;
        double failures = 0;
        double limited = 0;
        double p95Ms = 0;
        double p99Ms = 0;
        double retries = 0;
    };

    void push(std::vector<Sample> samples, double seconds);
    /// Nothing: no request within the window.
    [[nodiscard]] std::optional<TrafficRate> rate(quint64 id) const;
    void clear();

private:
    struct Sum {
        double requests = 0;
        double failures = 0;
        double limited = 0;
        double p95Weighted = 0;
        double p99Weighted = 0;
        double retries = 0;
    };
    struct Frame {
        std::vector<Sample> samples;
        double seconds = 0;
    };

    void addUp(const Frame& frame, double sign);

    std::deque<Frame> m_frames;
    std::unordered_map<quint64, Sum> m_sums;
    double m_seconds = 0;
};

[[nodiscard]] std::vector<TrafficWindow::Sample> routeSamples(const gateway::metrics::MetricsFrame& frame);
[[nodiscard]] std::vector<TrafficWindow::Sample> serviceSamples(const gateway::metrics::MetricsFrame& frame);
[[nodiscard]] std::vector<TrafficWindow::Sample> tierSamples(const gateway::metrics::MetricsFrame& frame);
[[nodiscard]] std::vector<TrafficWindow::Sample> consumerSamples(const gateway::metrics::MetricsFrame& frame);
[[nodiscard]] double frameSeconds(const gateway::metrics::MetricsFrame& frame);

} // namespace ui
