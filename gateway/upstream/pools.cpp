#include "gateway/upstream/pools.h"

#include <algorithm>
#include <cstring>
#include <random>
#include <utility>

namespace gateway::upstream {
namespace {

bool isSame(const net::Endpoint& a, const net::Endpoint& b) {
    return a.length == b.length && std::memcmp(a.data(), b.data(), a.length) == 0;
}

} // namespace

Pools::Pools(net::EventLoop& loop, metrics::WorkerCells& cells, const LoadView& load)
    : m_loop(loop)
    , m_cells(cells)
    , m_balancer(load)
    , m_random(std::random_device{}()) {}

Pools::~Pools() = default;

Pools::Target& Pools::at(std::uint32_t targetIndex) {
    if (targetIndex >= m_targets.size()) {
        m_targets.resize(targetIndex + 1);
    }
    return m_targets[targetIndex];
}

// Connections

Connection* Pools::takeIdle(std::uint32_t targetIndex) {
    if (targetIndex >= m_targets.size() || m_targets[targetIndex].idle.empty()) {
        return nullptr;
    }
    auto& idle = m_targets[targetIndex].idle;
    Connection* connection = idle.back();
    idle.pop_back();
    return connection;
}

Connection& Pools::open(std::uint32_t targetIndex, const net::Endpoint& endpoint) {
    Connection& connection =
        *m_all.emplace_back(std::make_unique<Connection>(m_loop, *this, targetIndex, endpoint));
    connection.position = m_all.size() - 1;
    connection.generation = at(targetIndex).generation;
    cellsOf(targetIndex).connectionsOpen.add();
    return connection;
}

bool Pools::giveBack(Connection& connection) {
    Target& target = at(connection.targetIndex());
    if (!target.wanted || target.idle.size() >= idleMax || !isCurrent(target, connection)) {
        return false;
    }
    target.idle.push_back(&connection);
    return true;
}

/// Whether the connection leads to one of the target's addresses.
bool Pools::isCurrent(const Target& target, Connection& connection) {
    if (connection.generation == target.generation) {
        return true;
    }
    connection.generation = target.generation;
    return std::any_of(
        target.endpoints->begin(), target.endpoints->end(),
        [&](const net::Endpoint& endpoint) { return isSame(endpoint, connection.endpoint()); });
}

void Pools::forget(Connection& connection) {
    if (connection.targetIndex() < m_targets.size()) {
        std::erase(m_targets[connection.targetIndex()].idle, &connection);
    }
}

void Pools::remove(Connection& connection) {
    cellsOf(connection.targetIndex()).connectionsOpen.subtract();
    const std::size_t position = connection.position;
    std::swap(m_all[position], m_all.back());
    m_all[position]->position = position;
    m_all.pop_back();
}

void Pools::closeAll(std::vector<Connection*>& idle) {
    const std::vector<Connection*> closing = std::exchange(idle, {});
    for (Connection* connection : closing) {
        connection->abandon();
    }
}

void Pools::closeIdle() {
    for (Target& target : m_targets) {
        closeAll(target.idle);
    }
}

void Pools::keepOnly(const std::vector<bool>& wanted) {
    if (wanted.size() > m_targets.size()) {
        m_targets.resize(wanted.size());
    }
    for (std::size_t i = 0; i < m_targets.size(); ++i) {
        m_targets[i].wanted = i < wanted.size() && wanted[i];
        if (!m_targets[i].wanted) {
            closeAll(m_targets[i].idle);
        }
    }
}

// Addresses

void Pools::setEndpoints(std::uint32_t targetIndex, std::vector<net::Endpoint> endpoints) {
    Target& target = at(targetIndex);
    target.endpoints = std::move(endpoints);
    ++target.generation;
    std::vector<Connection*> gone;
    std::erase_if(target.idle, [&](Connection* connection) {
        const bool stays = isCurrent(target, *connection);
        if (!stays) {
            gone.push_back(connection);
        }
        return !stays;
    });
    closeAll(gone);
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
