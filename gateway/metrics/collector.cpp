#include "gateway/metrics/collector.h"

#include <algorithm>
#include <functional>

namespace gateway::metrics {
namespace {

constexpr std::size_t busiestConsumers = 20;

/// The value under which `share` of the counted ones lie, in milliseconds.
double percentileMs(const std::vector<std::uint32_t>& counts, std::uint64_t total, double share) {
    const auto wanted = static_cast<std::uint64_t>(share * static_cast<double>(total - 1));
    std::uint64_t seen = 0;
    for (std::size_t bucket = 0; bucket < counts.size(); ++bucket) {
        seen += counts[bucket];
        if (seen > wanted) {
            return Histogram::valueOf(bucket) / 1000.0;
        }
    }
    return 0;
}

} // namespace

TrafficCounts Collector::difference(const std::vector<const TrafficCells*>& cells, TrafficTotals& last,
                                    std::uint64_t* failures) {
    TrafficTotals now;
    for (const TrafficCells* worker : cells) {
        now.requests += worker->requests.value();
        now.rateLimited += worker->rateLimited.value();
        now.bytesIn += worker->bytesIn.value();
        now.bytesOut += worker->bytesOut.value();
        now.failures += worker->failures.value();
        for (std::size_t i = 0; i < now.byClass.size(); ++i) {
            now.byClass[i] += worker->byClass[i].value();
        }
    }
    TrafficCounts counts;
    counts.requests = now.requests - last.requests;
    counts.rateLimited = now.rateLimited - last.rateLimited;
    counts.bytesIn = now.bytesIn - last.bytesIn;
    counts.bytesOut = now.bytesOut - last.bytesOut;
    for (std::size_t i = 0; i < now.byClass.size(); ++i) {
        counts.byClass[i] = now.byClass[i] - last.byClass[i];
    }
    if (failures != nullptr) {
        *failures = now.failures - last.failures;
    }
    now.latency = std::move(last.latency);
    if (counts.requests > 0) {
        now.latency.resize(Histogram::bucketCount);
        std::vector<std::uint32_t> fresh(Histogram::bucketCount);
        std::uint64_t total = 0;
        for (std::size_t bucket = 0; bucket < fresh.size(); ++bucket) {
            std::uint32_t sum = 0;
            for (const TrafficCells* worker : cells) {
                sum += worker->latency.count(bucket);
            }
            fresh[bucket] = sum - now.latency[bucket];
            now.latency[bucket] = sum;
            total += fresh[bucket];
        }
        if (total > 0) {
            counts.p50Ms = percentileMs(fresh, total, 0.50);
            counts.p95Ms = percentileMs(fresh, total, 0.95);
            counts.p99Ms = percentileMs(fresh, total, 0.99);
        }
    }
    last = std::move(now);
    return counts;
}

template<class Pick>
void Collector::collectCallers(std::vector<CallerTotals>& last, std::size_t count,
                               const std::vector<const WorkerCells*>& workers, Pick table,
                               const std::function<void(std::size_t, std::uint64_t, std::uint64_t)>& found) {
    last.resize(count);
    for (std::size_t i = 0; i < count; ++i) {
        CallerTotals now;
        for (const WorkerCells* worker : workers) {
            if (const CallerCells* cells = table(*worker).peek(static_cast<std::uint32_t>(i))) {
                now.requests += cells->requests.value();
                now.rateLimited += cells->rateLimited.value();
            }
        }
        if (now.requests != last[i].requests) {
            found(i, now.requests - last[i].requests, now.rateLimited - last[i].rateLimited);
            last[i] = now;
        }
    }
}

void Collector::collectEvents(const std::vector<const WorkerCells*>& workers, std::uint32_t index,
                              ServiceTraffic& service) {
    EventTotals now;
    for (const WorkerCells* worker : workers) {
        if (const ServiceEventCells* at = worker->serviceEvents.peek(index)) {
            now.retries += at->retries.value();
            now.retriesDenied += at->retriesDenied.value();
            now.brokenOff += at->brokenOff.value();
            now.overLimit += at->overLimit.value();
        }
    }
    const EventTotals& last = m_events[index];
    service.retries = now.retries - last.retries;
    service.retriesDenied = now.retriesDenied - last.retriesDenied;
    service.brokenOff = now.brokenOff - last.brokenOff;
    service.overLimit = now.overLimit - last.overLimit;
    m_events[index] = now;
}

void Collector::collectConnections(const std::vector<const WorkerCells*>& workers, MetricsFrame& frame) {
    StreamCounts streams;
    ConnectionCounts connections;
    for (const WorkerCells* worker : workers) {
        frame.streams.webSockets += worker->streams.webSockets.value();
        frame.streams.eventStreams += worker->streams.eventStreams.value();
        frame.streams.grpcCalls += worker->streams.grpcCalls.value();
        streams.messagesIn += worker->streams.messagesIn.value();
        streams.messagesOut += worker->streams.messagesOut.value();
        const ConnectionCells& cells = worker->connections;
        frame.connections.http2 += cells.http2.value();
        connections.handshakesFull += cells.handshakesFull.value();
        connections.handshakesResumed += cells.handshakesResumed.value();
        connections.handshakesFailed += cells.handshakesFailed.value();
        connections.floodsCut += cells.floodsCut.value();
        connections.proxyHeadersBad += cells.proxyHeadersBad.value();
    }
    frame.streams.messagesIn = streams.messagesIn - m_streams.messagesIn;
    frame.streams.messagesOut = streams.messagesOut - m_streams.messagesOut;
    frame.connections.handshakesFull = connections.handshakesFull - m_connections.handshakesFull;
    frame.connections.handshakesResumed = connections.handshakesResumed - m_connections.handshakesResumed;
    frame.connections.handshakesFailed = connections.handshakesFailed - m_connections.handshakesFailed;
    frame.connections.floodsCut = connections.floodsCut - m_connections.floodsCut;
    frame.connections.proxyHeadersBad = connections.proxyHeadersBad - m_connections.proxyHeadersBad;
    m_streams = streams;
    m_connections = connections;
}

void Collector::collectAccess(const std::vector<const WorkerCells*>& workers, MetricsFrame& frame) {
    AccessCounts now;
    for (const WorkerCells* worker : workers) {
        const AccessCells& cells = worker->access;
        now.unauthenticated += cells.unauthenticated.value();
        now.forbidden += cells.forbidden.value();
        now.slowed += cells.slowed.value();
        now.slowedOff += cells.slowedOff.value();
        now.introspectionsWaiting += cells.introspectionsWaiting.value();
        now.callsDropped += cells.callsDropped.value();
    }
    frame.access.unauthenticated = now.unauthenticated - m_access.unauthenticated;
    frame.access.forbidden = now.forbidden - m_access.forbidden;
    frame.access.slowed = now.slowed - m_access.slowed;
    frame.access.slowedOff = now.slowedOff - m_access.slowedOff;
    frame.access.introspectionsWaiting = now.introspectionsWaiting;
    frame.access.callsDropped = now.callsDropped - m_access.callsDropped;
    m_access = now;
}

MetricsFrame Collector::collect(const std::vector<const WorkerCells*>& workers,
                                const std::vector<ServiceShape>& services, WallTime wall, Monotonic now) {
    MetricsFrame frame;
    frame.time = wall;
    frame.interval =
        m_lastTime == Monotonic{} ? std::chrono::nanoseconds{std::chrono::seconds{1}} : now - m_lastTime;
    m_lastTime = now;

    std::vector<const TrafficCells*> cells;
    std::uint64_t dropped = 0;
    std::uint64_t refused = 0;
    for (const WorkerCells* worker : workers) {
        cells.push_back(&worker->total);
        frame.connectionsOpen += worker->connectionsOpen.value();
        frame.requestsActive += worker->requestsActive.value();
        dropped += worker->logRowsDropped.value();
        refused += worker->connectionsRefused.value();
    }
    frame.logRowsDropped = dropped - m_logRowsDropped;
    m_logRowsDropped = dropped;
    frame.connectionsRefused = refused - m_connectionsRefused;
    m_connectionsRefused = refused;
    collectConnections(workers, frame);
    collectAccess(workers, frame);
    frame.total = difference(cells, m_total);

    const auto gather = [&](auto table, std::size_t index) {
        cells.clear();
        for (const WorkerCells* worker : workers) {
            if (const TrafficCells* at = table(*worker).peek(static_cast<std::uint32_t>(index))) {
                cells.push_back(at);
            }
        }
    };

    m_routes.resize(m_catalog.m_routes.keys.size());
    for (std::size_t i = 0; i < m_routes.size(); ++i) {
        gather(
            [](const WorkerCells& worker) -> auto& { return worker.routes; }, i);
        std::uint64_t requests = 0;
        for (const TrafficCells* at : cells) {
            requests += at->requests.value();
        }
        if (requests != m_routes[i].requests) {
            frame.routes.push_back({m_catalog.m_routes.keys[i], difference(cells, m_routes[i])});
        }
    }

    collectCallers(
        m_tiers, m_catalog.m_tiers.keys.size(), workers,
        [](const WorkerCells& worker) -> auto& { return worker.tiers; },
        [&](std::size_t i, std::uint64_t requests, std::uint64_t limited) {
            frame.tiers.push_back({m_catalog.m_tiers.keys[i], requests, limited});
        });
    collectCallers(
        m_consumers, m_catalog.m_consumers.keys.size(), workers,
        [](const WorkerCells& worker) -> auto& { return worker.consumers; },
        [&](std::size_t i, std::uint64_t requests, std::uint64_t limited) {
            frame.consumers.push_back({m_catalog.m_consumers.keys[i], requests, limited});
        });
    const std::size_t shown = std::min(busiestConsumers, frame.consumers.size());
    std::partial_sort(frame.consumers.begin(), frame.consumers.begin() + static_cast<std::ptrdiff_t>(shown),
                      frame.consumers.end(), [](const ConsumerTraffic& a, const ConsumerTraffic& b) {
                          return a.requests != b.requests ? a.requests > b.requests : a.consumer < b.consumer;
                      });
    frame.consumers.resize(shown);

    m_services.resize(m_catalog.m_services.keys.size());
    m_events.resize(m_catalog.m_services.keys.size());
    m_targets.resize(m_catalog.m_targets.keys.size());
    for (const ServiceShape& shape : services) {
        ServiceTraffic& service = frame.services.emplace_back();
        service.service = shape.id;
        gather(
            [](const WorkerCells& worker) -> auto& { return worker.services; }, shape.index);
        service.counts = difference(cells, m_services[shape.index], &service.failures);
        collectEvents(workers, shape.index, service);
        for (const auto& [address, index] : shape.targets) {
            TargetTraffic& target = service.targets.emplace_back();
            target.address = address;
            TargetTotals sum;
            for (const WorkerCells* worker : workers) {
                if (const TargetCells* at = worker->targets.peek(index)) {
                    sum.requests += at->requests.value();
                    sum.failures += at->failures.value();
                    target.connectionsOpen += at->connectionsOpen.value();
                    target.requestsActive += at->requestsActive.value();
                }
            }
            target.requests = sum.requests - m_targets[index].requests;
            target.failures = sum.failures - m_targets[index].failures;
            m_targets[index] = sum;
        }
    }
    return frame;
}

} // namespace gateway::metrics
