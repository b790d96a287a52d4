#include "gateway/upstream/h2_pool.h"

#include "gateway/upstream/pools.h"

#include <algorithm>
#include <utility>

namespace gateway::upstream {
namespace {

/// So many calls wait for a connection that is being made; the next ones have another one made.
constexpr std::size_t joinersMax = 100;

} // namespace

H2Pool::H2Pool(net::EventLoop& loop, Pools& pools)
    : m_loop(loop)
    , m_pools(pools) {}

H2Pool::~H2Pool() = default;

std::vector<H2Connection*>& H2Pool::of(std::uint32_t targetIndex) {
    if (targetIndex >= m_byTarget.size()) {
        m_byTarget.resize(targetIndex + 1);
    }
    return m_byTarget[targetIndex];
}

H2Connection* H2Pool::leastWaiting(const std::vector<H2Connection*>& connections) {
    const auto least =
        std::min_element(connections.begin(), connections.end(), [](H2Connection* a, H2Connection* b) {
            return a->streamsWaiting() < b->streamsWaiting();
        });
    return least != connections.end() && (*least)->streamsWaiting() < waitingMax ? *least : nullptr;
}

H2Stream* H2Pool::join(const ServicePlan& service, const TargetPlan& target, Call& call) {
    auto& connections = of(target.index);
    H2Connection* best = nullptr;
    for (std::size_t i = connections.size(); i-- > 0;) {
        H2Connection* connection = connections[i];
        if (connection->tls() != service.tls.get()) {
            connection->drain(); // of settings that are gone
            continue;
        }
        const bool isBetter = best == nullptr || connection->streamsActive() < best->streamsActive();
        if (isBetter && connection->isOpenToCalls() && connection->room() > 0 &&
            connection->streamsWaiting() == 0) {
            best = connection;
        }
    }
    if (best == nullptr) {
        const auto coming =
            std::find_if(connections.begin(), connections.end(), [](H2Connection* connection) {
                return connection->isOpenToCalls() && connection->isBecomingReady() &&
                       connection->streamsWaiting() < joinersMax;
            });
        best = coming != connections.end() ? *coming : nullptr;
    }
    return best != nullptr ? &best->join(call) : nullptr;
}

H2Stream* H2Pool::open(const ServicePlan& service, const TargetPlan& target, const net::Endpoint& endpoint,
                       Call& call) {
    auto& connections = of(target.index);
    // Calls that waited for a connection that failed go on to the next address together.
    const auto coming = std::find_if(connections.begin(), connections.end(), [&](H2Connection* connection) {
        return connection->isOpenToCalls() && connection->isBecomingReady() &&
               connection->streamsWaiting() < joinersMax && connection->endpoint() == endpoint;
    });
    if (coming != connections.end()) {
        return &(*coming)->join(call);
    }
    if (connections.size() >= connectionsMax) {
        H2Connection* busy = leastWaiting(connections);
        return busy != nullptr ? &busy->join(call) : nullptr;
    }
    H2Connection& connection = *m_all.emplace_back(
        std::make_unique<H2Connection>(*this, target.index, endpoint, service.tls, target.serverName));
    connections.push_back(&connection);
    m_pools.cellsOf(target.index).connectionsOpen.add();
    connection.connect(service.settings.timeouts.connect);
    return &connection.join(call);
}

void H2Pool::closeIdle() {
    for (const auto& connections : m_byTarget) {
        for (H2Connection* connection : std::vector<H2Connection*>(connections)) {
            connection->drain();
        }
    }
}

void H2Pool::drain(std::uint32_t targetIndex) {
    for (H2Connection* connection : std::vector<H2Connection*>(of(targetIndex))) {
        connection->drain();
    }
}

void H2Pool::keepOnly(std::uint32_t targetIndex, const std::vector<net::Endpoint>& endpoints) {
    for (H2Connection* connection : std::vector<H2Connection*>(of(targetIndex))) {
        const bool stays =
            std::any_of(endpoints.begin(), endpoints.end(),
                        [&](const net::Endpoint& endpoint) { return endpoint == connection->endpoint(); });
        if (!stays) {
            connection->drain();
        }
    }
}

void H2Pool::forget(H2Connection& connection) {
    std::erase(of(connection.targetIndex()), &connection);
}

void H2Pool::remove(H2Connection& connection) {
    m_pools.cellsOf(connection.targetIndex()).connectionsOpen.subtract();
    std::erase_if(m_all, [&](const auto& owned) { return owned.get() == &connection; });
}

} // namespace gateway::upstream
