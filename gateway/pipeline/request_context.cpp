#include "gateway/pipeline/request_context.h"

#include <algorithm>

namespace gateway::pipeline {
namespace {

/// The most specific policy that `has` something; null: none has.
template<class Has>
const PolicyPlan* lastThat(const RequestContext& context, const Has& has) noexcept {
    const auto lastOf = [&](const auto& policies) -> const PolicyPlan* {
        for (auto at = policies.rbegin(); at != policies.rend(); ++at) {
            if (has(**at)) {
                return &**at;
            }
        }
        return nullptr;
    };
    if (context.route != nullptr) {
        return lastOf(context.policies);
    }
    const PolicyPlan* found =
        context.listenerPlan != nullptr ? lastOf(context.listenerPlan->policies) : nullptr;
    return found != nullptr || !context.tables ? found : lastOf((*context.tables)->everywhere);
}

} // namespace

void RequestContext::collectPolicies() {
    policies.clear();
    const Tables& all = **tables;
    const auto add = [&](const std::vector<PolicyPlanPointer>& brought) {
        for (const PolicyPlanPointer& policy : brought) {
            if (!std::binary_search(route->waives.begin(), route->waives.end(), policy->id)) {
                policies.push_back(policy.get());
            }
        }
    };
    add(all.everywhere);
    if (listenerPlan != nullptr) {
        add(listenerPlan->policies);
    }
    if (route->service < all.servicePolicies.size()) {
        add(all.servicePolicies[route->service]);
    }
    for (const PolicyPlanPointer& policy : route->policies) {
        policies.push_back(policy.get()); // what a route names itself holds, whatever it waives
    }
}

const PolicyPlan* RequestContext::identityPolicy() const noexcept {
    return lastThat(*this, [](const PolicyPlan& policy) { return policy.identity != nullptr; });
}

std::uint16_t RequestContext::redirectPort() const noexcept {
    const PolicyPlan* policy = lastThat(*this, [](const PolicyPlan& plan) { return plan.redirectPort != 0; });
    return policy != nullptr ? policy->redirectPort : std::uint16_t{0};
}

std::string_view RequestContext::hsts() const noexcept {
    // RFC 6797, 7.2: never in the clear.
    if (peer == nullptr || peer->tls == nullptr) {
        return {};
    }
    const PolicyPlan* policy = lastThat(*this, [](const PolicyPlan& plan) { return plan.hsts != nullptr; });
    return policy != nullptr ? std::string_view(*policy->hsts) : std::string_view();
}

void RequestContext::reset() {
    tables.reset();
    listener = nullptr;
    listenerPlan = nullptr;
    head = nullptr;
    peer = nullptr;
    client = {};
    if (origin != nullptr) {
        origin->clear();
    }
    isSecure = false;
    grpc = translate::GrpcWire::None;
    route = nullptr;
    service = nullptr;
    policies.clear();
    caller.reset();
    if (wait != nullptr) {
        *wait = Wait();
    }
    hasGoodProof = false;
    keyField = {};
    takesAuthorization = false;
    query.clear();
    queryChanged = false;
    key = {};
    tokenFault = auth::TokenFault::Missing;
    tokenProvider = nullptr;
    accessFault = "";
    rateLimited = false;
    limitFields.clear();
    reply.status = 0;
    reply.code = "";
    reply.detail = "";
    reply.proxyStatus = "";
    reply.extraFields.clear();
    reply.body.clear();
    requestId.clear();
    logMethod.clear();
    logHost.clear();
    logPath.clear();
    status = 0;
    bytesIn = 0;
    bytesOut = 0;
}

} // namespace gateway::pipeline
