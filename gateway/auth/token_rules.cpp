#include "gateway/auth/token_rules.h"

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

std::string mediaType(std::string_view type) {
    static constexpr std::string_view prefix = "application/";
    std::string lower(type);
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    // The prefix may be left out only where nothing behind it has a slash.
    if (lower.starts_with(prefix) && lower.find('/', prefix.size()) == std::string::npos) {
        lower.erase(0, prefix.size());
    }
    return lower;
}

} // namespace gateway::auth
