#pragma once

#include "gateway/model/ids.h"
#include "gateway/upstream/breaker.h"
#include "gateway/upstream/target_state.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

namespace gateway::upstream {

/// What all workers share about a service. Lives as long as the engine.
struct ServiceState {
    Breaker breaker;
    std::atomic<std::uint32_t> requestsActive{0}; ///< counted only for services with a limit
    std::atomic<bool> isEjecting{false};          ///< held by the worker that ejects one of its targets
};

/// The states of all services and targets ever seen, by their dense indices. Survives snapshots. Control
/// thread; the pointers are for everyone.
class StateStore {
public:
    [[nodiscard]] ServiceState& service(std::uint32_t index);
    /// A new one begins to warm up at `now`.
    [[nodiscard]] TargetState& target(std::uint32_t index, Monotonic now);

private:
    std::vector<std::unique_ptr<ServiceState>> m_services;
    std::vector<std::unique_ptr<TargetState>> m_targets;
};

} // namespace gateway::upstream
