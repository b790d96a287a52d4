#include "gateway/pipeline/authorization.h"
#include "gateway/pipeline/flow.h"

#include <algorithm>

/// Whether what was open to a caller still is.
namespace gateway::pipeline {
namespace {

bool isGood(const auth::KeyTable::Entry& key, std::int64_t nowSeconds) noexcept {
    const std::int64_t expiresAt = key.expiresAt.load(std::memory_order_relaxed);
    return key.state.load(std::memory_order_relaxed) == model::KeyState::Active &&
           (expiresAt == 0 || nowSeconds < expiresAt);
}

/// The policies that hold for the route by the tables of now, as RequestContext::collectPolicies finds them
/// for a request.
template<class Visit>
bool allPolicies(const Tables& now, const ListenerPlan& listener, const RoutePlan& route,
                 const Visit& visit) {
    const auto all = [&](const std::vector<PolicyPlanPointer>& policies, bool canBeWaived) {
        return std::all_of(policies.begin(), policies.end(), [&](const PolicyPlanPointer& policy) {
            const bool isWaived =
                canBeWaived && std::binary_search(route.waives.begin(), route.waives.end(), policy->id);
            return isWaived || visit(*policy);
        });
    };
    return all(now.everywhere, true) && all(listener.policies, true) &&
           (route.service >= now.servicePolicies.size() || all(now.servicePolicies[route.service], true)) &&
           all(route.policies, false);
}

} // namespace

/// Whether whoever opened the stream could do so now, too: by credentials that still hold, policies of now,
/// roles and scopes. Expressions were about the request that opened it and are not asked again.
std::optional<StreamStop> Flow::reasonToStop(const Tables& now, const RoutePlan* route) const {
    const ListenerPlan* listener = now.listener(m_downstream->listener().id);
    if (listener == nullptr || route == nullptr) {
        return StreamStop::GoingAway;
    }
    const auth::RevocationSet& revoked = m_handler.m_memory.revocations.now();
    Caller caller = m_context.caller;
    if (caller.key != nullptr && !isGood(*caller.key, m_handler.m_dateSeconds)) {
        return StreamStop::Unauthorized;
    }
    if (caller.token) {
        const auth::ProviderPlan* provider = now.provider(caller.token->provider);
        if (provider == nullptr || revoked.isRevoked(*caller.token) ||
            provider->verifier.isExpired(*caller.token, m_handler.m_tools.clock.wallTime())) {
            return StreamStop::Unauthorized;
        }
    }
    if (caller.consumer != nullptr) {
        const model::ConsumerId id = caller.consumer->id;
        caller.consumer = now.consumer(id);
        if (caller.consumer == nullptr || revoked.isRevoked(id) || !mayCall(*caller.consumer, *route)) {
            return StreamStop::Unauthorized;
        }
    }
    if (caller.grants != nullptr) {
        caller.grants = &m_handler.m_tools.keys.grantsOf(*caller.key);
    }
    const bool mayGoOn = allPolicies(now, *listener, *route, [&](const PolicyPlan& policy) {
        return (!policy.authenticate || isWayOf(*policy.authenticate, caller, now)) &&
               (!policy.authorize || lackOf(*policy.authorize, caller) == Lack::Nothing);
    });
    const bool isAllowed = route->authorize == nullptr || lackOf(*route->authorize, caller) == Lack::Nothing;
    return mayGoOn && isAllowed ? std::optional<StreamStop>{} : StreamStop::Unauthorized;
}

} // namespace gateway::pipeline
