#include "gateway/runtime/policy_compiler.h"

#include "gateway/auth/identity_signer.h"
#include "gateway/model/effective_policy.h"
#include "gateway/model/expression.h"
#include "gateway/pipeline/identity_fields.h"

#include <algorithm>
#include <utility>

namespace gateway::runtime {
namespace {

using Kind = model::Credential::Kind;

/// RFC 6797, 6.1.
std::string lineOf(const model::Hsts& hsts) {
    std::string line = "Strict-Transport-Security: max-age=" + std::to_string(hsts.maxAge.count());
    if (hsts.includeSubdomains) {
        line += "; includeSubDomains";
    }
    if (hsts.preload) {
        line += "; preload";
    }
    return line + "\r\n";
}

Error inPolicy(const model::Policy& policy, const char* part, Error error) {
    error.message = "policies[" + policy.name + "]." + part + ": " + error.message;
    return error;
}

bool leansOn(const model::Authenticate& authenticate, const Names& tiers, const Names& providers) {
    const auto isMoved = [&](const model::Credential& credential) {
        return providers.contains(credential.provider);
    };
    return tiers.contains(authenticate.anonymousTier) ||
           std::any_of(authenticate.anyOf.begin(), authenticate.anyOf.end(),
                       [&](const auto& way) { return std::any_of(way.begin(), way.end(), isMoved); });
}

} // namespace

std::vector<pipeline::PolicyPlanPointer> plansOf(const PolicyPlans& plans,
                                                 const std::vector<std::string>& names) {
    std::vector<pipeline::PolicyPlanPointer> found;
    for (const std::string& name : names) {
        if (const auto at = plans.find(name); at != plans.end()) {
            found.push_back(at->second);
        }
    }
    return found;
}

Result<std::shared_ptr<const pipeline::AuthorizePlan>> compileAuthorize(const model::Authorize& authorize) {
    if (authorize.isEmpty()) {
        return nullptr;
    }
    auto plan = std::make_shared<pipeline::AuthorizePlan>();
    plan->scopes = authorize.scopes;
    plan->anyScope = authorize.anyScope;
    plan->roles = authorize.roles;
    plan->allRoles = authorize.allRoles;
    if (!authorize.when.empty()) {
        auto expression = model::parseExpression(authorize.when);
        if (!expression) {
            return fail(ErrorKind::Input, "expression", expression.error().message);
        }
        plan->when = std::make_shared<const auth::Program>(std::move(*expression));
    }
    return plan;
}

std::uint32_t PolicyCompiler::indexOf(model::IdentityProviderId provider) {
    return m_providers.try_emplace(provider, static_cast<std::uint32_t>(m_providers.size())).first->second;
}

pipeline::AuthenticatePlan PolicyCompiler::compile(const model::Authenticate& authenticate,
                                                   const model::Config& config) {
    pipeline::AuthenticatePlan plan;
    for (const auto& way : model::waysInOrder(authenticate)) {
        pipeline::WayPlan& compiled = plan.ways.emplace_back();
        for (const model::Credential& credential : way) {
            const bool isToken = credential.kind == Kind::Jwt || credential.kind == Kind::Introspection;
            const model::IdentityProvider* provider =
                isToken ? config.identityProviders.find(credential.provider) : nullptr;
            compiled.push_back({credential.kind, provider != nullptr ? indexOf(provider->id) : 0U});
            plan.takesKeys = plan.takesKeys || credential.kind == Kind::ApiKey;
            plan.takesTokens = plan.takesTokens || isToken;
            plan.takesCertificates = plan.takesCertificates || credential.kind == Kind::ClientCertificate;
        }
    }
    plan.anonymous = authenticate.anonymous;
    if (const model::Tier* tier = config.tiers.find(authenticate.anonymousTier)) {
        plan.anonymousTier = m_catalog.indexOf(tier->id);
    }
    return plan;
}

Result<pipeline::PolicyPlanPointer> PolicyCompiler::compile(const model::Policy& policy,
                                                            const model::Config& config) {
    auto plan = std::make_shared<pipeline::PolicyPlan>();
    plan->id = policy.id;
    plan->name = policy.name;
    if (policy.authenticate) {
        plan->authenticate = compile(*policy.authenticate, config);
    }
    if (policy.authorize) {
        auto authorize = compileAuthorize(*policy.authorize);
        if (!authorize) {
            return fail(inPolicy(policy, "authorize.when", authorize.error()));
        }
        plan->authorize = std::move(*authorize);
    }
    if (policy.identity) {
        if (!policy.identity->token.empty() && (m_signer == nullptr || !m_signer->current())) {
            return fail(inPolicy(policy, "identity.token",
                                 {ErrorKind::Input, "identity-key-missing",
                                  "the gateway has no key of its own to sign such tokens with"}));
        }
        auto identity = pipeline::IdentityPlan::compile(*policy.identity);
        if (!identity) {
            return fail(inPolicy(policy, "identity", identity.error()));
        }
        plan->identity = std::move(*identity);
        plan->forwardsCredential = policy.identity->forwardCredential;
    }
    if (policy.httpsRedirect) {
        plan->redirectPort = policy.httpsRedirect->port;
    }
    if (policy.hsts) {
        plan->hsts = std::make_shared<const std::string>(lineOf(*policy.hsts));
    }
    return plan;
}

Result<PolicyCompiler::Compiled> PolicyCompiler::compile(const model::Config& before,
                                                         const model::Config& config,
                                                         std::shared_ptr<const PolicyPlans> former) {
    Compiled compiled;
    model::Collection<model::Policy>::visitDifference(
        before.policies, config.policies,
        [&](const auto& was, const auto& is) { compiled.renewed.insert(is ? is->name : was->name); });
    const Names tiers = movedNames(before.tiers, config.tiers);
    const Names providers = movedNames(before.identityProviders, config.identityProviders);
    if (!tiers.empty() || !providers.empty()) {
        for (const model::Policy& policy : config.policies) {
            if (policy.authenticate && leansOn(*policy.authenticate, tiers, providers)) {
                compiled.renewed.insert(policy.name);
            }
        }
    }
    if (former && compiled.renewed.empty()) {
        compiled.plans = std::move(former);
        return compiled;
    }
    auto plans = former ? std::make_shared<PolicyPlans>(*former) : std::make_shared<PolicyPlans>();
    for (const std::string& name : compiled.renewed) {
        const model::Policy* policy = config.policies.find(name);
        if (policy == nullptr) {
            plans->erase(name);
            continue;
        }
        auto plan = compile(*policy, config);
        if (!plan) {
            return fail(plan.error());
        }
        plans->insert_or_assign(name, std::move(*plan));
    }
    compiled.plans = std::move(plans);
    return compiled;
}

} // namespace gateway::runtime
