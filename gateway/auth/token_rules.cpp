#include "gateway/auth/token_rules.h"

#include "gateway/auth/compact_jws.h"

#include <algorithm>

namespace gateway::auth {

namespace {

double secondsOf(std::chrono::milliseconds duration) {
    return std::chrono::duration<double>(duration).count();
}

} // namespace

TokenRules::TokenRules(const model::IdentityProvider& settings)
    : provider(settings.id)
    , issuer(settings.issuer)
    , audience(settings.audience)
    , leeway(secondsOf(settings.leeway))
    , lifetimeMax(secondsOf(settings.lifetimeMax))
    , bytesMax(settings.tokenBytesMax)
    , requiredClaims(settings.requiredClaims)
    , certificateBound(settings.certificateBound)
    , senderConstrained(settings.senderConstrained)
    , consumerClaim(settings.consumerClaim)
    , tierClaim(settings.tierClaim)
    , scopesClaim(settings.scopesClaim)
    , rolesClaim(settings.rolesClaim) {
    for (const std::string& name : settings.algorithms) {
        if (const Algorithm* algorithm = parseAlgorithm(name); algorithm != nullptr) {
            algorithms.push_back(*algorithm);
        }
    }
    for (const std::string& type : settings.types) {
        types.push_back(mediaType(type));
    }
}

bool TokenRules::allows(Algorithm algorithm) const noexcept {
    return std::find(algorithms.begin(), algorithms.end(), algorithm) != algorithms.end();
}

} // namespace gateway::auth
