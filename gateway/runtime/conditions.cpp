#include "gateway/runtime/conditions.h"

#include "gateway/upstream/balancer.h"

#include <algorithm>

namespace gateway::runtime {
namespace {

metrics::BreakerCondition conditionOf(upstream::BreakerState state) {
    switch (state) {
    case upstream::BreakerState::Closed:
        return metrics::BreakerCondition::Closed;
    case upstream::BreakerState::Open:
        return metrics::BreakerCondition::Open;
    case upstream::BreakerState::Recovering:
        return metrics::BreakerCondition::Recovering;
    }
    return metrics::BreakerCondition::Closed;
}

/// What weighs most is told: what a person decided, then what keeps requests away, then what slows them.
void fillTarget(metrics::TargetTraffic& traffic, const upstream::ServicePlan& service,
                const upstream::TargetPlan& target, const upstream::HealthBoard& health, Monotonic now) {
    const upstream::TargetState& state = *target.state;
    traffic.conditionDetail = health.sentenceOf(target.index);
    if (state.isEjected(now)) {
        traffic.ejectedFor = std::chrono::ceil<std::chrono::seconds>(state.ejectedUntil() - now);
    }
    if (target.drain) {
        traffic.condition = metrics::TargetCondition::Draining;
    } else if (!state.isHealthy()) {
        traffic.condition = metrics::TargetCondition::Unhealthy;
    } else if (traffic.ejectedFor) {
        traffic.condition = metrics::TargetCondition::Ejected;
    } else if (state.warmth(now, service.settings.slowStart) < 1) {
        traffic.condition = metrics::TargetCondition::Warming;
    }
}

} // namespace

void fillConditions(metrics::MetricsFrame& frame, const pipeline::Tables& tables,
                    const upstream::HealthBoard& health, Monotonic now) {
    const std::size_t services = std::min(frame.services.size(), tables.services.size());
    for (std::size_t i = 0; i < services; ++i) {
        const upstream::ServicePlan& service = *tables.services[i];
        metrics::ServiceTraffic& traffic = frame.services[i];
        traffic.panicking = upstream::Balancer::isPanicking(service, now);
        if (service.settings.breaker) {
            traffic.breaker = conditionOf(service.state->breaker.state(*service.settings.breaker, now));
        }
        const std::size_t targets = std::min(traffic.targets.size(), service.targets.size());
        for (std::size_t j = 0; j < targets; ++j) {
            fillTarget(traffic.targets[j], service, service.targets[j], health, now);
        }
    }
}

} // namespace gateway::runtime
