#pragma once

#include "gateway/base/clock.h"
#include "gateway/upstream/balancer.h"
#include "gateway/upstream/outlier.h"
#include "gateway/upstream/service_plan.h"

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

/// A target as a test describes it.
struct TargetCase {
    std::uint32_t weight = 1;
    bool drain = false;
    bool healthy = true;
    bool ejected = false;

    [[nodiscard]] bool isAvailable() const { return healthy && !ejected; }
};

inline std::string describe(const TargetCase& target) {
    return "weight " + std::to_string(target.weight) + (target.drain ? " drained" : "") +
           (target.healthy ? "" : " unhealthy") + (target.ejected ? " ejected" : "");
}

inline std::string describe(const std::vector<TargetCase>& targets) {
    std::string text = "[";
    for (const TargetCase& target : targets) {
        text += (text.size() > 1 ? ", " : "") + describe(target);
    }
    return text + "]";
}

/// A compiled service, and the states that it refers to. Stays where it is made.
class ServiceFixture {
public:
    /// Targets are named by what `names` gives for their position; two fixtures with the same names have the
    /// same hashes.
    ServiceFixture(const std::vector<TargetCase>& targets, gateway::model::Balance balance,
                   gateway::Monotonic now, const std::vector<std::uint32_t>& names = {}) {
        plan.settings.balance = balance;
        plan.state = &state;
        std::vector<std::uint32_t> weights;
        for (std::size_t i = 0; i < targets.size(); ++i) {
            const TargetCase& target = targets[i];
            auto& compiled = plan.targets.emplace_back();
            const std::size_t name = names.empty() ? i : names[i];
            compiled.address = "10.0.0." + std::to_string(name) + ":80";
            compiled.index = static_cast<std::uint32_t>(name);
            compiled.position = static_cast<std::uint16_t>(i);
            compiled.weight = target.weight;
            compiled.drain = target.drain;
            compiled.hash = gateway::upstream::stableHash(compiled.address);
            compiled.state = states.emplace_back(std::make_unique<gateway::upstream::TargetState>()).get();
            compiled.state->setHealthy(target.healthy, now);
            weights.push_back(target.drain ? 0 : target.weight);
        }
        plan.turns = gateway::upstream::turnsByWeight(weights);
        for (std::size_t i = 0; i < targets.size(); ++i) {
            if (targets[i].ejected) {
                eject(i, now);
            }
        }
    }
    ServiceFixture(const ServiceFixture&) = delete;
    ServiceFixture& operator=(const ServiceFixture&) = delete;

    /// For an hour, whatever the settings say.
    void eject(std::size_t position, gateway::Monotonic now) {
        gateway::upstream::ServiceState ownState;
        gateway::upstream::ServicePlan alone;
        alone.state = &ownState;
        alone.settings.outlier = gateway::model::Outlier{
            .consecutiveErrors = 1, .eject = std::chrono::hours(1), .atMostPercent = 100};
        alone.targets.push_back(plan.targets[position]);
        alone.targets.front().drain = false;
        gateway::upstream::OutlierDetector::note(alone, alone.targets.front(), true, now);
    }

    gateway::upstream::ServiceState state;
    std::vector<std::unique_ptr<gateway::upstream::TargetState>> states;
    gateway::upstream::ServicePlan plan;
};

/// Requests in flight as a test wants them.
class FakeLoad final : public gateway::upstream::LoadView {
public:
    [[nodiscard]] std::uint64_t requestsActive(std::uint32_t targetIndex) const override {
        const auto found = active.find(targetIndex);
        return found == active.end() ? 0 : found->second;
    }
    std::map<std::uint32_t, std::uint64_t> active;
};
