#include "ui/models/target_tally.h"

#include <algorithm>

namespace ui {

using gateway::metrics::ServiceTraffic;
using gateway::metrics::TargetCondition;
using gateway::metrics::TargetTraffic;

bool isFailing(const TargetTraffic& target) {
    return target.failures > 0 && target.failures * 2 >= target.requests;
}

bool getsRequests(const TargetTraffic& target) {
    return target.condition == TargetCondition::Available || target.condition == TargetCondition::Warming;
}

const TargetTraffic* findTarget(const std::vector<TargetTraffic>& targets, std::string_view address) {
    const auto at = std::find_if(targets.begin(), targets.end(),
                                 [&](const TargetTraffic& each) { return each.address == address; });
    return at != targets.end() ? &*at : nullptr;
}

TargetTally tallyOf(const ServiceTraffic& live) {
    TargetTally tally;
    for (const TargetTraffic& target : live.targets) {
        const bool drained = target.condition == TargetCondition::Draining;
        tally.drained += drained ? 1 : 0;
        tally.wanted += drained ? 0 : 1;
        tally.serving += getsRequests(target) ? 1 : 0;
        tally.ejected += target.condition == TargetCondition::Ejected ? 1 : 0;
        tally.unhealthy += target.condition == TargetCondition::Unhealthy ? 1 : 0;
        tally.failing += isFailing(target) ? 1 : 0;
    }
    return tally;
}

} // namespace ui
