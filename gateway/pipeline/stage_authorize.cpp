#include "gateway/pipeline/authorization.h"
#include "gateway/pipeline/challenges.h"
#include "gateway/pipeline/request_facts.h"
#include "gateway/pipeline/stages.h"

#include <algorithm>

/// May they.
namespace gateway::pipeline {
namespace {

template<class Has>
bool hasAll(const std::vector<std::string>& wanted, const Has& has) {
    return std::all_of(wanted.begin(), wanted.end(), has);
}

template<class Has>
bool hasOne(const std::vector<std::string>& wanted, const Has& has) {
    return wanted.empty() || std::any_of(wanted.begin(), wanted.end(), has);
}

Verdict refuse(RequestContext& context, const AuthorizePlan& plan, const StageTools& tools) {
    switch (lackOf(plan, context.caller)) {
    case Lack::Role:
        context.reply.set(403, "role-missing", "The caller has none of the roles that this route asks for.");
        return Verdict::Reply;
    case Lack::Scope:
        context.reply.set(403, "scope-missing", "The caller's credential lacks a scope.");
        appendScopeChallenge(context.reply.extraFields, context, plan);
        return Verdict::Reply;
    case Lack::Nothing:
        break;
    }
    if (plan.when && plan.when->run(RequestFacts(context, tools)) != auth::Truth::True) {
        context.reply.set(403, "not-authorized",
                          "A rule about callers and requests does not allow this one.");
        return Verdict::Reply;
    }
    return Verdict::Continue;
}

} // namespace

Lack lackOf(const AuthorizePlan& plan, const Caller& caller) noexcept {
    const auto hasRole = [&](const std::string& role) { return caller.hasRole(role); };
    const auto hasScope = [&](const std::string& scope) { return caller.hasScope(scope); };
    if (!hasOne(plan.roles, hasRole) || !hasAll(plan.allRoles, hasRole)) {
        return Lack::Role;
    }
    return hasOne(plan.anyScope, hasScope) && hasAll(plan.scopes, hasScope) ? Lack::Nothing : Lack::Scope;
}

bool mayCall(const ConsumerPlan& consumer, const RoutePlan& route) noexcept {
    return consumer.routes.empty() ||
           std::binary_search(consumer.routes.begin(), consumer.routes.end(), route.name);
}

bool isWayOf(const AuthenticatePlan& plan, const Caller& caller, const Tables& tables) noexcept {
    using Kind = model::Credential::Kind;
    const auto hasToken = [&](const CredentialPlan& credential, bool introspected) {
        const auth::ProviderPlan* provider = tables.provider(credential.provider);
        return caller.token && caller.token->introspected == introspected && provider != nullptr &&
               provider->settings.id == caller.token->provider;
    };
    const auto has = [&](const CredentialPlan& credential) {
        switch (credential.kind) {
        case Kind::ApiKey:
            break;
        case Kind::Jwt:
            return hasToken(credential, false);
        case Kind::Introspection:
            return hasToken(credential, true);
        case Kind::ClientCertificate:
            return caller.certificate != nullptr;
        }
        return caller.key != nullptr;
    };
    if (plan.anonymous && caller.by == Caller::By::Anonymous) {
        return true;
    }
    return std::any_of(plan.ways.begin(), plan.ways.end(),
                       [&](const WayPlan& way) { return std::all_of(way.begin(), way.end(), has); });
}

Verdict authorize(RequestContext& context, const StageTools& tools) {
    if (context.caller.consumer != nullptr && !mayCall(*context.caller.consumer, *context.route)) {
        context.reply.set(403, "route-not-allowed", "This caller may not call this route.");
        return Verdict::Reply;
    }
    for (const PolicyPlan* policy : context.policies) {
        if (policy->authorize && refuse(context, *policy->authorize, tools) == Verdict::Reply) {
            return Verdict::Reply;
        }
    }
    const AuthorizePlan* own = context.route->authorize.get();
    return own != nullptr ? refuse(context, *own, tools) : Verdict::Continue;
}

} // namespace gateway::pipeline
