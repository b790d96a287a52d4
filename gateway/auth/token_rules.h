#pragma once

#include "gateway/auth/key_set.h"
#include "gateway/auth/token_verifier.h"

#include <string>
#include <vector>

namespace gateway::auth {

/// What a provider's settings ask of its tokens, in the units of tokens.
struct TokenRules {
    explicit TokenRules(const model::IdentityProvider& settings);

    [[nodiscard]] bool allows(Algorithm algorithm) const noexcept;

    model::IdentityProviderId provider;
    std::string issuer;
    std::vector<std::string> audience;
    std::vector<Algorithm> algorithms;
    std::vector<std::string> types; ///< as mediaType() gives them; empty: "jwt", "at+jwt" or none
    double leeway = 0;              ///< seconds
    double lifetimeMax = 0;         ///< seconds; 0: not limited
    std::size_t bytesMax = 0;
    std::vector<std::string> requiredClaims;
    bool certificateBound = false;
    bool senderConstrained = false;
    std::string consumerClaim;
    std::string tierClaim;
    std::string scopesClaim;
    std::string rolesClaim;
};

} // namespace gateway::auth
