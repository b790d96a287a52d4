#include "ui/metrics_series.h"

#include <algorithm>

namespace ui {

using gateway::WallTime;
using gateway::metrics::BreakerCondition;
using gateway::metrics::MetricsFrame;
using gateway::metrics::RouteTraffic;
using gateway::metrics::ServiceTraffic;
using gateway::metrics::TargetTraffic;
using gateway::metrics::TierTraffic;
using gateway::metrics::TrafficCounts;
using gateway::model::RouteId;
using gateway::model::ServiceId;
using gateway::model::TierId;

namespace {

constexpr std::size_t minutesKept = MetricsSeries::pointsMax / 60;

struct Outcome {
    std::uint64_t requests = 0;
    std::uint64_t failures = 0;

    Outcome& operator+=(const Outcome& other) {
        requests += other.requests;
        failures += other.failures;
        return *this;
    }
};

HealthTick judge(const Outcome& outcome) {
    // A connect failure has no answer and is in `failures` alone.
    const std::uint64_t attempts = std::max(outcome.requests, outcome.failures);
    if (attempts == 0) {
        return HealthTick::Idle;
    }
    const double ratio = static_cast<double>(outcome.failures) / static_cast<double>(attempts);
    if (ratio >= 0.5) {
        return HealthTick::Down;
    }
    return ratio >= 0.05 ? HealthTick::Degraded : HealthTick::Good;
}

TrafficPoint pointOf(const TrafficCounts& counts, double seconds) {
    TrafficPoint point;
    point.requests = static_cast<double>(counts.requests) / seconds;
    for (std::size_t i = 0; i < point.byClass.size(); ++i) {
        point.byClass.at(i) = static_cast<double>(counts.byClass.at(i)) / seconds;
    }
    point.rateLimited = static_cast<double>(counts.rateLimited) / seconds;
    point.p50Ms = counts.p50Ms;
    point.p95Ms = counts.p95Ms;
    point.p99Ms = counts.p99Ms;
    return point;
}

} // namespace

/// Sums a minute, so that a hundred thousand busy routes stay small.
struct MetricsSeries::RouteHistory {
    struct Minute {
        std::uint64_t number = 0; ///< minute since the first frame
        std::uint64_t requests = 0;
        std::uint64_t errors = 0;
        double p95Weighted = 0; ///< sum of p95 times requests
    };
    std::array<Minute, minutesKept> minutes;
};

struct MetricsSeries::ServiceHistory {
    struct Second {
        Outcome whole;
        std::vector<Outcome> targets;
    };
    ServiceId service;
    double p95Ms = 0;
    TargetTally targets;
    bool panicking = false;
    BreakerCondition breaker = BreakerCondition::Closed;
    std::vector<Second> recent; ///< at most secondsPerTick, oldest first
    std::vector<Outcome> ticks; ///< at most ticksMax, the last one is still growing
};

MetricsSeries::MetricsSeries(QObject* parent)
    : QObject(parent) {}

MetricsSeries::~MetricsSeries() = default;

void MetricsSeries::add(const MetricsFrame& frame) {
    const double seconds = std::chrono::duration<double>(frame.interval).count();
    if (seconds <= 0) {
        return;
    }
    passTime(frame.time - std::chrono::duration_cast<WallTime::duration>(frame.interval));
    addSecond(frame, seconds);
    m_lastFrame = frame;
    m_now = frame.time;
    Q_EMIT updated();
}

void MetricsSeries::passTime(WallTime now) {
    if (m_points.empty()) {
        return;
    }
    using namespace std::chrono_literals;
    // A frame that is a little late is no gap.
    std::size_t added = 0;
    for (; added < pointsMax && now - m_now >= 900ms; ++added) {
        MetricsFrame silence;
        for (const ServiceTraffic& service : m_lastFrame.services) {
            ServiceTraffic& silent = silence.services.emplace_back();
            silent.service = service.service;
            silent.targets.resize(service.targets.size());
        }
        addSecond(silence, 1);
        m_now += 1s;
    }
    m_now = std::max(m_now, now - 900ms);
    if (added > 0) {
        Q_EMIT updated();
    }
}

void MetricsSeries::addSecond(const MetricsFrame& frame, double seconds) {
    m_points.push_back(pointOf(frame.total, seconds));
    if (m_points.size() > pointsMax) {
        m_points.erase(m_points.begin());
    }
    m_requestsSeen += frame.total.requests;
    addTiers(frame, seconds);
    addRoutes(frame);
    addServices(frame);
    ++m_seconds;
}

void MetricsSeries::clear() {
    m_points.clear();
    m_tiers.clear();
    m_routes.clear();
    m_services.clear();
    m_lastFrame = {};
    m_now = {};
    m_requestsSeen = 0;
    m_seconds = 0;
    Q_EMIT updated();
}

void MetricsSeries::addTiers(const MetricsFrame& frame, double seconds) {
    for (const TierTraffic& tier : frame.tiers) {
        m_tiers.try_emplace(tier.tier, m_points.size() - 1, 0.0);
    }
    for (auto& [id, values] : m_tiers) {
        const auto at = std::find_if(frame.tiers.begin(), frame.tiers.end(),
                                     [id = id](const TierTraffic& tier) { return tier.tier == id; });
        values.push_back(at == frame.tiers.end() ? 0.0 : static_cast<double>(at->rateLimited) / seconds);
        if (values.size() > pointsMax) {
            values.erase(values.begin());
        }
    }
}

void MetricsSeries::addRoutes(const MetricsFrame& frame) {
    const std::uint64_t minute = m_seconds / 60;
    for (const RouteTraffic& traffic : frame.routes) {
        RouteHistory::Minute& sums = m_routes[traffic.route].minutes.at(minute % minutesKept);
        if (sums.number != minute) {
            sums = {};
            sums.number = minute;
        }
        sums.requests += traffic.counts.requests;
        sums.errors += traffic.counts.byClass[5];
        sums.p95Weighted += traffic.counts.p95Ms * static_cast<double>(traffic.counts.requests);
    }
    if (m_seconds % 60 == 0) {
        std::erase_if(m_routes, [this](const auto& entry) {
            return windowOf(entry.first, entry.second).requests == 0;
        });
    }
}

void MetricsSeries::addServices(const MetricsFrame& frame) {
    std::vector<ServiceHistory> services;
    services.reserve(frame.services.size());
    for (const ServiceTraffic& traffic : frame.services) {
        const auto known = std::find_if(m_services.begin(), m_services.end(), [&](const ServiceHistory& old) {
            return old.service == traffic.service;
        });
        ServiceHistory history = known != m_services.end() ? std::move(*known) : ServiceHistory{};
        history.service = traffic.service;
        history.targets = tallyOf(traffic);
        history.panicking = traffic.panicking;
        history.breaker = traffic.breaker;
        ServiceHistory::Second second{{traffic.counts.requests, traffic.failures}, {}};
        for (const TargetTraffic& target : traffic.targets) {
            second.targets.push_back({target.requests, target.failures});
        }
        if (history.ticks.empty() || m_seconds % secondsPerTick == 0) {
            history.ticks.emplace_back();
        }
        if (history.ticks.size() > ticksMax) {
            history.ticks.erase(history.ticks.begin());
        }
        history.ticks.back() += second.whole;
        if (traffic.counts.requests > 0) {
            history.p95Ms = traffic.counts.p95Ms;
        }
        history.recent.push_back(std::move(second));
        if (history.recent.size() > secondsPerTick) {
            history.recent.erase(history.recent.begin());
        }
        services.push_back(std::move(history));
    }
    m_services = std::move(services);
}

std::vector<double> MetricsSeries::rateLimitedOfTier(TierId tier) const {
    const auto at = m_tiers.find(tier);
    return at != m_tiers.end() ? at->second : std::vector<double>();
}

std::vector<TierId> MetricsSeries::tiers() const {
    std::vector<TierId> ids;
    for (const auto& [id, values] : m_tiers) {
        ids.push_back(id);
    }
    return ids;
}

RouteWindow MetricsSeries::windowOf(RouteId id, const RouteHistory& history) const {
    RouteWindow window{.route = id};
    const std::uint64_t minute = m_seconds == 0 ? 0 : (m_seconds - 1) / 60;
    double weighted = 0;
    std::uint64_t errors = 0;
    for (const RouteHistory::Minute& sums : history.minutes) {
        if (sums.number + minutesKept > minute) {
            window.requests += sums.requests;
            errors += sums.errors;
            weighted += sums.p95Weighted;
        }
    }
    if (window.requests > 0) {
        const auto requests = static_cast<double>(window.requests);
        const std::uint64_t firstMinute = minute >= minutesKept ? minute - minutesKept + 1 : 0;
        const std::uint64_t seconds = m_seconds - firstMinute * 60;
        window.requestsPerSecond = requests / static_cast<double>(std::max<std::uint64_t>(seconds, 1));
        window.p95Ms = weighted / requests;
        window.errorRatio = static_cast<double>(errors) / requests;
    }
    return window;
}

std::optional<RouteWindow> MetricsSeries::route(RouteId route) const {
    const auto at = m_routes.find(route);
    if (at == m_routes.end()) {
        return std::nullopt;
    }
    const RouteWindow window = windowOf(route, at->second);
    return window.requests > 0 ? std::optional(window) : std::nullopt;
}

std::vector<RouteWindow> MetricsSeries::topRoutes(std::size_t limit) const {
    std::vector<RouteWindow> windows;
    windows.reserve(m_routes.size());
    for (const auto& [id, history] : m_routes) {
        if (RouteWindow window = windowOf(id, history); window.requests > 0) {
            windows.push_back(window);
        }
    }
    const auto busier = [](const RouteWindow& a, const RouteWindow& b) {
        return a.requests != b.requests ? a.requests > b.requests : a.route < b.route;
    };
    const std::size_t kept = std::min(limit, windows.size());
    std::partial_sort(windows.begin(), windows.begin() + static_cast<std::ptrdiff_t>(kept), windows.end(),
                      busier);
    windows.resize(kept);
    return windows;
}

ServiceWindow MetricsSeries::windowOf(const ServiceHistory& history) {
    ServiceWindow window;
    window.service = history.service;
    window.p95Ms = history.p95Ms;
    window.targets = history.targets;
    window.panicking = history.panicking;
    window.breaker = history.breaker;
    Outcome whole;
    std::vector<Outcome> targets(history.targets.all());
    for (const ServiceHistory::Second& second : history.recent) {
        whole += second.whole;
        // The number of targets may have changed by an edit in between; the list then starts anew.
        if (second.targets.size() == targets.size()) {
            for (std::size_t i = 0; i < targets.size(); ++i) {
                targets[i] += second.targets[i];
            }
        }
    }
    window.state = judge(whole);
    for (const Outcome& target : targets) {
        window.targetsGood += judge(target) == HealthTick::Down ? 0 : 1;
    }
    if (window.state == HealthTick::Good && window.targetsGood < targets.size()) {
        window.state = HealthTick::Degraded;
    }
    for (const Outcome& tick : history.ticks) {
        window.ticks.push_back(judge(tick));
    }
    return window;
}

std::vector<ServiceWindow> MetricsSeries::services() const {
    std::vector<ServiceWindow> windows;
    for (const ServiceHistory& history : m_services) {
        windows.push_back(windowOf(history));
    }
    return windows;
}

std::optional<ServiceWindow> MetricsSeries::service(ServiceId service) const {
    const auto at = std::find_if(m_services.begin(), m_services.end(),
                                 [&](const ServiceHistory& history) { return history.service == service; });
    return at != m_services.end() ? std::optional(windowOf(*at)) : std::nullopt;
}

} // namespace ui
