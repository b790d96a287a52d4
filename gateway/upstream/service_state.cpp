#include "gateway/upstream/service_state.h"

namespace gateway::upstream {

ServiceState& StateStore::service(std::uint32_t index) {
    if (index >= m_services.size()) {
        m_services.resize(index + 1);
    }
    auto& state = m_services[index];
    if (!state) {
        state = std::make_unique<ServiceState>();
    }
    return *state;
}

TargetState& StateStore::target(std::uint32_t index, Monotonic now) {
    if (index >= m_targets.size()) {
        m_targets.resize(index + 1);
    }
    auto& state = m_targets[index];
    if (!state) {
        state = std::make_unique<TargetState>();
        state->startWarming(now);
    }
    return *state;
}

} // namespace gateway::upstream
