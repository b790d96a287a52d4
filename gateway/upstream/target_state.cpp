#include "gateway/upstream/target_state.h"

namespace gateway::upstream {

void TargetState::startWarming(Monotonic now) noexcept {
    m_warmSince.store(now.time_since_epoch().count(), std::memory_order_relaxed);
}

} // namespace gateway::upstream
