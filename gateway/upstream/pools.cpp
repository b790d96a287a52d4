#include "gateway/upstream/pools.h"

#include <algorithm>
#include <random>
#include <utility>

namespace gateway::upstream {
Pools::Pools(net::EventLoop& loop, metrics::WorkerCells& cells, const LoadView& load)
    : m_loop(loop)
    , m_cells(cells)
    , m_balancer(load)
    , m_random(std::random_device{}())
    , m_multiplexed(loop, *this) {}

Pools::~Pools() = default;

Pools::Target& Pools::at(std::uint32_t targetIndex) {
    if (targetIndex >= m_targets.size()) {
        m_targets.resize(targetIndex + 1);
    }
    return m_targets[targetIndex];
}

// Connections

H1Connection* Pools::takeIdle(std::uint32_t targetIndex, const net::TlsClient* tls) {
    if (targetIndex >= m_targets.size()) {
        return nullptr;
    }
    auto& idle = m_targets[targetIndex].idle;
    while (!idle.empty()) {
        H1Connection* connection = idle.back();
        idle.pop_back();
        if (connection->tls() == tls) [[likely]] {
            return connection;
        }
        connection->abandon(); // of settings that are gone
    }
    return nullptr;
}

H1Connection& Pools::open(const ServicePlan& service, const TargetPlan& target,
                          const net::Endpoint& endpoint) {
    const std::uint32_t targetIndex = target.index;
    H1Connection& connection = *m_all.emplace_back(
        std::make_unique<H1Connection>(m_loop, *this, targetIndex, endpoint, service.tls));
    connection.position = m_all.size() - 1;
    connection.generation = at(targetIndex).generation;
    cellsOf(targetIndex).connectionsOpen.add();
    return connection;
}

bool Pools::giveBack(H1Connection& connection) {
    Target& target = at(connection.targetIndex());
    if (!target.wanted || target.idle.size() >= idleMax || !isCurrent(target, connection)) {
        return false;
    }
    target.idle.push_back(&connection);
    return true;
}

/// Whether the connection leads to one of the target's addresses.
bool Pools::isCurrent(const Target& target, H1Connection& connection) {
    if (connection.generation == target.generation) {
        return true;
    }
    connection.generation = target.generation;
    return std::any_of(target.endpoints->begin(), target.endpoints->end(),
                       [&](const net::Endpoint& endpoint) { return endpoint == connection.endpoint(); });
}

void Pools::forget(H1Connection& connection) {
    if (connection.targetIndex() < m_targets.size()) {
        std::erase(m_targets[connection.targetIndex()].idle, &connection);
    }
}

void Pools::remove(H1Connection& connection) {
    cellsOf(connection.targetIndex()).connectionsOpen.subtract();
    const std::size_t position = connection.position;
    std::swap(m_all[position], m_all.back());
    m_all[position]->position = position;
    m_all.pop_back();
}

void Pools::closeAll(std::vector<H1Connection*>& idle) {
    const std::vector<H1Connection*> closing = std::exchange(idle, {});
    for (H1Connection* connection : closing) {
        connection->abandon();
    }
}

void Pools::closeIdle() {
    for (Target& target : m_targets) {
        closeAll(target.idle);
    }
    m_multiplexed.closeIdle();
}

void Pools::closeIdle(std::uint32_t targetIndex) {
    closeAll(at(targetIndex).idle);
    m_multiplexed.drain(targetIndex);
}

void Pools::keepOnly(const std::vector<bool>& wanted) {
    if (wanted.size() > m_targets.size()) {
        m_targets.resize(wanted.size());
    }
    for (std::size_t i = 0; i < m_targets.size(); ++i) {
        m_targets[i].wanted = i < wanted.size() && wanted[i];
        if (!m_targets[i].wanted) {
            closeAll(m_targets[i].idle);
            m_multiplexed.drain(static_cast<std::uint32_t>(i));
        }
    }
}

// Addresses

void Pools::setEndpoints(std::uint32_t targetIndex, std::vector<net::Endpoint> endpoints) {
    Target& target = at(targetIndex);
    target.endpoints = std::move(endpoints);
    ++target.generation;
    std::vector<H1Connection*> gone;
    std::erase_if(target.idle, [&](H1Connection* connection) {
        const bool stays = isCurrent(target, *connection);
        if (!stays) {
            gone.push_back(connection);
        }
        return !stays;
    });
    closeAll(gone);
    m_multiplexed.keepOnly(targetIndex, *target.endpoints);
}

const std::vector<net::Endpoint>&
Pools::endpointsOf(std::uint32_t targetIndex, const std::vector<net::Endpoint>& planned) const noexcept {
    return targetIndex < m_targets.size() && m_targets[targetIndex].endpoints
               ? *m_targets[targetIndex].endpoints
               : planned;
}

std::uint32_t Pools::nextEndpoint(std::uint32_t targetIndex) {
    return at(targetIndex).turn++;
}

// For calls

RetryBudget& Pools::budgetOf(std::uint32_t serviceIndex) {
    if (serviceIndex >= m_budgets.size()) {
        m_budgets.resize(serviceIndex + 1);
    }
    return m_budgets[serviceIndex];
}

} // namespace gateway::upstream
