#include "gateway/upstream/outlier.h"

#include <algorithm>

namespace gateway::upstream {

namespace {

std::chrono::nanoseconds ejectionTime(const model::Outlier& settings, std::uint32_t ejections) noexcept {
    return settings.eject * std::min(ejections, OutlierDetector::ejectionFactorMax);
}

bool roomForOneMore(const ServicePlan& service, Monotonic now) noexcept {
    std::size_t targets = 0;
    std::size_t ejected = 0;
    for (const TargetPlan& target : service.targets) {
        if (!target.drain) {
            ++targets;
            ejected += target.state->isEjected(now) ? 1 : 0;
        }
    }
    return ejected < OutlierDetector::ejectedMax(targets, service.settings.outlier->atMostPercent);
}

} // namespace

void OutlierDetector::note(const ServicePlan& service, const TargetPlan& target, bool error,
                           Monotonic now) noexcept {
    if (!service.settings.outlier || target.drain) {
        return;
    }
    TargetState& state = *target.state;
    if (!error) {
        noteSuccess(*service.settings.outlier, state, now);
        return;
    }
    if (state.isEjected(now)) {
        return;
    }
    const std::uint32_t errors = state.m_consecutiveErrors.fetch_add(1, std::memory_order_relaxed) + 1;
    if (errors < service.settings.outlier->consecutiveErrors) {
        return;
    }
    // Whoever finds another worker at it leaves it to that one: nobody waits, two targets are never counted
    // past the bound, and the next error asks again.
    if (!service.state->isEjecting.exchange(true, std::memory_order_acquire)) {
        ejectIfAllowed(service, state, now);
        service.state->isEjecting.store(false, std::memory_order_release);
    }
}

std::size_t OutlierDetector::ejectedMax(std::size_t targets, std::uint32_t atMostPercent) noexcept {
    return std::max<std::size_t>(1, targets * atMostPercent / 100);
}

void OutlierDetector::noteSuccess(const model::Outlier& settings, TargetState& state,
                                  Monotonic now) noexcept {
    if (state.m_consecutiveErrors.load(std::memory_order_relaxed) != 0) {
        state.m_consecutiveErrors.store(0, std::memory_order_relaxed);
    }
    if (state.m_ejections.load(std::memory_order_relaxed) != 0 && wasGoodForLong(settings, state, now)) {
        state.m_ejections.store(0, std::memory_order_relaxed);
    }
}

void OutlierDetector::ejectIfAllowed(const ServicePlan& service, TargetState& state, Monotonic now) noexcept {
    const model::Outlier& settings = *service.settings.outlier;
    if (state.isEjected(now) || !roomForOneMore(service, now)) {
        return;
    }
    const std::uint32_t inARow = wasGoodForLong(settings, state, now) ? 1 : state.ejections() + 1;
    const Monotonic until = now + ejectionTime(settings, inARow);
    state.m_ejections.store(inARow, std::memory_order_relaxed);
    state.m_consecutiveErrors.store(0, std::memory_order_relaxed);
    state.m_ejectedUntil.store(until.time_since_epoch().count(), std::memory_order_relaxed);
}

bool OutlierDetector::wasGoodForLong(const model::Outlier& settings, const TargetState& state,
                                     Monotonic now) noexcept {
    return now - state.ejectedUntil() >= ejectionTime(settings, state.ejections());
}

} // namespace gateway::upstream
