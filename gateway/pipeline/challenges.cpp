#include "gateway/pipeline/challenges.h"

#include "gateway/pipeline/resource_metadata.h"

#include <algorithm>

namespace gateway::pipeline {
namespace {

constexpr const char* dpopAlgorithms =
    ", algs=\"ES256 ES384 ES512 EdDSA PS256 PS384 PS512 RS256 RS384 RS512\"";

/// Whether a provider of some token that is taken hands out bound ones only.
bool wantsProofs(const AuthenticatePlan& plan, const Tables& tables) {
    const auto wants = [&](const CredentialPlan& credential) {
        const auth::ProviderPlan* provider = tables.provider(credential.provider);
        return credential.kind != model::Credential::Kind::ApiKey && provider != nullptr &&
               credential.kind != model::Credential::Kind::ClientCertificate &&
               provider->settings.senderConstrained;
    };
    return std::any_of(plan.ways.begin(), plan.ways.end(),
                       [&](const WayPlan& way) { return std::any_of(way.begin(), way.end(), wants); });
}

} // namespace

void appendChallenges(std::string& fields, const RequestContext& context, const AuthenticatePlan& plan,
                      bool tokenIsBad) {
    if (plan.takesKeys) {
        fields.append("WWW-Authenticate: ApiKey realm=\"gatehouse\"\r\n");
    }
    const bool proofIsBad = context.tokenFault == auth::TokenFault::WrongProof;
    if (plan.takesTokens) {
        fields.append("WWW-Authenticate: Bearer realm=\"gatehouse\"");
        if (tokenIsBad) {
            fields.append(", error=\"invalid_token\"");
        }
        appendResourceMetadata(fields, context);
        fields.append("\r\n");
    }
    if (wantsProofs(plan, **context.tables) || (plan.takesTokens && proofIsBad)) {
        fields.append("WWW-Authenticate: DPoP realm=\"gatehouse\"");
        if (proofIsBad) {
            fields.append(", error=\"invalid_dpop_proof\"");
        } else if (tokenIsBad) {
            fields.append(", error=\"invalid_token\"");
        }
        fields.append(dpopAlgorithms);
        appendResourceMetadata(fields, context);
        fields.append("\r\n");
    }
    if (plan.takesCertificates) {
        fields.append("WWW-Authenticate: ClientCertificate realm=\"gatehouse\"\r\n");
    }
}

void appendScopeChallenge(std::string& fields, const RequestContext& context, const AuthorizePlan& plan) {
    if (!context.caller.token) {
        return;
    }
    fields.append("WWW-Authenticate: ")
        .append(context.caller.token->keyThumbprint.empty() ? "Bearer" : "DPoP")
        .append(" realm=\"gatehouse\", error=\"insufficient_scope\", scope=\"");
    const std::size_t begin = fields.size();
    for (const auto* scopes : {&plan.scopes, &plan.anyScope}) {
        for (const std::string& scope : *scopes) {
            fields.append(fields.size() > begin ? " " : "").append(scope);
        }
    }
    fields.append("\"");
    appendResourceMetadata(fields, context);
    fields.append("\r\n");
}

} // namespace gateway::pipeline
