#include "gateway/pipeline/tables.h"

#include <algorithm>

namespace gateway::pipeline {

const TierPlan* Tables::tier(std::string_view name) const noexcept {
    const auto at =
        std::find_if(tiers.begin(), tiers.end(), [&](const auto& plan) { return plan->name == name; });
    return at != tiers.end() ? at->get() : nullptr;
}

const auth::ProviderPlan* Tables::provider(model::IdentityProviderId id) const noexcept {
    const auto at = std::find_if(providers.begin(), providers.end(),
                                 [&](const auto& plan) { return plan->settings.id == id; });
    return at != providers.end() ? at->get() : nullptr;
}

const ConsumerPlan* Tables::consumerNamed(std::string_view name) const {
    const model::Consumer* found = byName.find(name);
    return found != nullptr ? consumers.find(found->id) : nullptr;
}

const ConsumerPlan* Tables::consumerBy(model::ConsumerIdentity::Kind kind, std::string_view provider,
                                       std::string_view value) const {
    const ConsumerPlan* found = nullptr;
    const auto isIt = [&](model::ConsumerId id) {
        const ConsumerPlan* plan = consumers.find(id);
        if (plan == nullptr) {
            return false;
        }
        const auto& known = plan->settings->identities;
        const bool is = std::any_of(known.begin(), known.end(), [&](const model::ConsumerIdentity& identity) {
            return identity.kind == kind && identity.value == value && identity.provider == provider;
        });
        found = is ? plan : nullptr;
        return is;
    };
    return identities.visit(IdentityIndex::hashOf(kind, provider, value), isIt) ? found : nullptr;
}

} // namespace gateway::pipeline
