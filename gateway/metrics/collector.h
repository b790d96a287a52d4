#pragma once

#include "gateway/metrics/cells.h"
#include "gateway/metrics/metrics_frame.h"

#include <functional>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

namespace gateway::metrics {

/// Gives each thing that is counted a dense index, once and for good. Control thread.
class Catalog {
public:
    [[nodiscard]] std::uint32_t indexOf(model::RouteId id) { return m_routes.indexOf(id); }
    [[nodiscard]] std::uint32_t indexOf(model::ServiceId id) { return m_services.indexOf(id); }
    [[nodiscard]] std::uint32_t indexOf(model::TierId id) { return m_tiers.indexOf(id); }
    [[nodiscard]] std::uint32_t indexOf(model::ConsumerId id) { return m_consumers.indexOf(id); }
    [[nodiscard]] std::uint32_t indexOfTarget(model::ServiceId service, const std::string& address) {
        return m_targets.indexOf({service.value, address});
    }

private:
    friend class Collector;

    template<class Key, class Map>
    struct Numbered {
        Map indices;
        std::vector<Key> keys;

        std::uint32_t indexOf(const Key& key) {
            const auto [at, added] = indices.try_emplace(key, static_cast<std::uint32_t>(keys.size()));
            if (added) {
                keys.push_back(key);
            }
            return at->second;
        }
    };
    template<class Id>
    using NumberedIds = Numbered<Id, std::unordered_map<Id, std::uint32_t>>;
    using TargetKey = std::pair<std::uint64_t, std::string>;

    NumberedIds<model::RouteId> m_routes;
    NumberedIds<model::ServiceId> m_services;
    NumberedIds<model::TierId> m_tiers;
    NumberedIds<model::ConsumerId> m_consumers;
    Numbered<TargetKey, std::map<TargetKey, std::uint32_t>> m_targets;
};

/// The services of the live config, for the part of the frame that is never sparse.
struct ServiceShape {
    model::ServiceId id;
    std::uint32_t index = 0;
    std::vector<std::pair<std::string, std::uint32_t>> targets; ///< address, index
};

/// Turns cumulative cells of all workers into frames of differences. Control thread; workers go on counting.
class Collector {
public:
    explicit Collector(Catalog& catalog)
        : m_catalog(catalog) {}

    [[nodiscard]] MetricsFrame collect(const std::vector<const WorkerCells*>& workers,
                                       const std::vector<ServiceShape>& services, WallTime wall,
                                       Monotonic now);

private:
    struct TrafficTotals {
        std::uint64_t requests = 0;
        std::array<std::uint64_t, 6> byClass{};
        std::uint64_t rateLimited = 0;
        std::uint64_t bytesIn = 0;
        std::uint64_t bytesOut = 0;
        std::uint64_t failures = 0;
        std::vector<std::uint32_t> latency; ///< made with the first request
    };
    struct TargetTotals {
        std::uint64_t requests = 0;
        std::uint64_t failures = 0;
    };
    struct EventTotals {
        std::uint64_t retries = 0;
        std::uint64_t retriesDenied = 0;
        std::uint64_t brokenOff = 0;
        std::uint64_t overLimit = 0;
    };
    void collectConnections(const std::vector<const WorkerCells*>& workers, MetricsFrame& frame);
    void collectAccess(const std::vector<const WorkerCells*>& workers, MetricsFrame& frame);

    struct CallerTotals {
        std::uint64_t requests = 0;
        std::uint64_t rateLimited = 0;
    };

    static TrafficCounts difference(const std::vector<const TrafficCells*>& cells, TrafficTotals& last,
                                    std::uint64_t* failures = nullptr);
    template<class Pick>
    void collectCallers(std::vector<CallerTotals>& last, std::size_t count,
                        const std::vector<const WorkerCells*>& workers, Pick table,
                        const std::function<void(std::size_t, std::uint64_t, std::uint64_t)>& found);

    void collectEvents(const std::vector<const WorkerCells*>& workers, std::uint32_t index,
                       ServiceTraffic& service);

    Catalog& m_catalog;
    Monotonic m_lastTime{};
    TrafficTotals m_total;
    std::vector<TrafficTotals> m_routes;
    std::vector<TrafficTotals> m_services;
    std::vector<EventTotals> m_events; ///< by service index
    std::vector<CallerTotals> m_tiers;
    std::vector<CallerTotals> m_consumers;
    std::vector<TargetTotals> m_targets;
    std::uint64_t m_logRowsDropped = 0;
    std::uint64_t m_connectionsRefused = 0;
    StreamCounts m_streams; ///< sums, as of the last frame
    ConnectionCounts m_connections;
    AccessCounts m_access;
};

} // namespace gateway::metrics
