#pragma once

// First, since the moc of Qt 6.4 trips over <compare> when it comes before every header of Qt.
#include <QObject>

#include "gateway/metrics/metrics_frame.h"
#include "ui/models/target_tally.h"

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <unordered_map>
#include <vector>

namespace ui {

/// What happened in one second; rates are per second whatever the frame's interval was.
struct TrafficPoint {
    double requests = 0;
    std::array<double, 6> byClass{}; ///< [2] = 2xx ... [5] = 5xx, [0] = gone clients
    double rateLimited = 0;
    double p50Ms = 0; ///< 0 without requests
    double p95Ms = 0;
    double p99Ms = 0;
};

/// Sums over the window, for one route.
struct RouteWindow {
    gateway::model::RouteId route;
    double requestsPerSecond = 0; ///< over the seconds that were seen
    double p95Ms = 0;             ///< mean of the seconds' p95, weighted by their requests
    double errorRatio = 0;        ///< 5xx of all, 0..1
    std::uint64_t requests = 0;
};

/// One look at a service, some seconds long.
enum class HealthTick { Idle, Good, Degraded, Down };

struct ServiceWindow {
    gateway::model::ServiceId service;
    HealthTick state = HealthTick::Idle; ///< of the last 10 s with traffic
    double p95Ms = 0;                    ///< of the last second with traffic
    std::size_t targetsGood = 0;         ///< targets that did not fail in the last 10 s
    TargetTally targets;                 ///< in the last second, as are the following
    bool panicking = false;
    gateway::metrics::BreakerCondition breaker = gateway::metrics::BreakerCondition::Closed;
    std::vector<HealthTick> ticks; ///< the last 6 minutes, oldest first, 10 s each
};

/// The last ten minutes of the gateway's metrics feed, one point a second. Plain data: knows no service and
/// no window. GUI thread.
class MetricsSeries : public QObject {
    Q_OBJECT
public:
    static constexpr std::size_t pointsMax = 600;
    static constexpr std::size_t ticksMax = 36;
    static constexpr std::size_t secondsPerTick = 10;

    explicit MetricsSeries(QObject* parent = nullptr);
    ~MetricsSeries() override;

    /// Takes a frame in and forgets what is older than ten minutes. Seconds without a frame before it (the
    /// gateway was stopped) count as seconds without traffic.
    void add(const gateway::metrics::MetricsFrame& frame);
    /// Moves "now" on while no frames come; does nothing before the first frame.
    void passTime(gateway::WallTime now);
    void clear();

    /// Oldest first; the last one is "now". Fewer than pointsMax while the feed is young.
    [[nodiscard]] const std::vector<TrafficPoint>& points() const { return m_points; }
    /// Seconds since the first frame: tells a second's place in time, so that buckets do not shimmer.
    [[nodiscard]] std::uint64_t secondsSeen() const { return m_seconds; }
    [[nodiscard]] bool hasTraffic() const { return m_requestsSeen > 0; }
    [[nodiscard]] const gateway::metrics::MetricsFrame& lastFrame() const { return m_lastFrame; }
    /// Rate-limited requests per second of a tier, aligned with points(); empty for one without traffic.
    [[nodiscard]] std::vector<double> rateLimitedOfTier(gateway::model::TierId tier) const;
    /// Tiers that had traffic in the window, in the order of their ids.
    [[nodiscard]] std::vector<gateway::model::TierId> tiers() const;

    /// Nothing when the route had no traffic in the window.
    [[nodiscard]] std::optional<RouteWindow> route(gateway::model::RouteId route) const;
    /// The busiest first, at most `limit`.
    [[nodiscard]] std::vector<RouteWindow> topRoutes(std::size_t limit) const;

    /// In the order of the feed.
    [[nodiscard]] std::vector<ServiceWindow> services() const;
    [[nodiscard]] std::optional<ServiceWindow> service(gateway::model::ServiceId service) const;

Q_SIGNALS:
    void updated();

private:
    struct RouteHistory;
    struct ServiceHistory;

    void addSecond(const gateway::metrics::MetricsFrame& frame, double seconds);
    void addTiers(const gateway::metrics::MetricsFrame& frame, double seconds);
    void addRoutes(const gateway::metrics::MetricsFrame& frame);
    void addServices(const gateway::metrics::MetricsFrame& frame);
    [[nodiscard]] RouteWindow windowOf(gateway::model::RouteId id, const RouteHistory& history) const;
    [[nodiscard]] static ServiceWindow windowOf(const ServiceHistory& history);

    std::vector<TrafficPoint> m_points;
    std::map<gateway::model::TierId, std::vector<double>> m_tiers;
    std::unordered_map<gateway::model::RouteId, RouteHistory> m_routes;
    std::vector<ServiceHistory> m_services;
    gateway::metrics::MetricsFrame m_lastFrame;
    gateway::WallTime m_now{}; ///< end of the last second taken in
    std::uint64_t m_requestsSeen = 0;
    std::uint64_t m_seconds = 0;
};

} // namespace ui
