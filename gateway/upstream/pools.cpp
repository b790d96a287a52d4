#include "gateway/upstream/pools.h"

#include <algorithm>

namespace gateway::upstream {

Pools::Pools(net::EventLoop& loop, metrics::WorkerCells& cells)
    : m_loop(loop)
    , m_cells(cells) {}

Pools::~Pools() = default;

std::uint32_t Pools::nextTurn(const ServicePlan& service) {
    if (service.index >= m_turns.size()) {
        m_turns.resize(service.index + 1);
    }
    std::uint32_t& turn = m_turns[service.index];
    turn = turn >= service.turns.size() ? 0 : turn; // the service may have fewer targets now
    return turn++;
}

Connection* Pools::takeIdle(std::uint32_t targetIndex) {
    if (targetIndex >= m_idle.size() || m_idle[targetIndex].empty()) {
        return nullptr;
    }
    Connection* connection = m_idle[targetIndex].back();
    m_idle[targetIndex].pop_back();
    return connection;
}

Connection& Pools::open(std::uint32_t targetIndex) {
    Connection& connection = *m_all.emplace_back(std::make_unique<Connection>(m_loop, *this, targetIndex));
    connection.position = m_all.size() - 1;
    cellsOf(targetIndex).connectionsOpen.add();
    return connection;
}

bool Pools::giveBack(Connection& connection) {
    if (connection.targetIndex() >= m_idle.size()) {
        m_idle.resize(connection.targetIndex() + 1);
    }
    auto& idle = m_idle[connection.targetIndex()];
    if (idle.size() >= idleMax) {
        return false;
    }
    idle.push_back(&connection);
    return true;
}

void Pools::forget(Connection& connection) {
    if (connection.targetIndex() < m_idle.size()) {
        std::erase(m_idle[connection.targetIndex()], &connection);
    }
}

void Pools::remove(Connection& connection) {
    cellsOf(connection.targetIndex()).connectionsOpen.subtract();
    const std::size_t position = connection.position;
    std::swap(m_all[position], m_all.back());
    m_all[position]->position = position;
    m_all.pop_back();
}

void Pools::closeIdle() {
    for (auto& idle : m_idle) {
        const std::vector<Connection*> closing = std::exchange(idle, {});
        for (Connection* connection : closing) {
            connection->abandon();
        }
    }
}

} // namespace gateway::upstream
