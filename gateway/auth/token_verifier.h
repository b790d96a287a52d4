#pragma once

#include "gateway/auth/key_set.h"
#include "gateway/auth/token.h"
#include "gateway/base/clock.h"
#include "gateway/model/identity_provider.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace gateway::auth {

struct TokenRules;

/// A provider's rules about tokens, compiled. Immutable, shared by all workers.
class TokenVerifier {
public:
    explicit TokenVerifier(const model::IdentityProvider& settings);

    /// The one validator: requests and the inspector go through it. With `checks`, each rule leaves a line,
    /// also the ones behind the first that failed, as far as they can be looked at; the result is that of the
    /// first. Headers `jku`, `x5u`, `x5c` and `jwk` are never looked at.
    [[nodiscard]] TokenResult verify(std::string_view token, const KeySet* keys, WallTime now,
                                     std::vector<TokenCheck>* checks = nullptr) const;

    /// What an introspection answer (RFC 7662, 2.2) says; NotActive when it is `{"active":false}`.
    [[nodiscard]] TokenResult readIntrospection(std::string_view json, WallTime now,
                                                std::vector<TokenCheck>* checks = nullptr) const;

    /// Whether a token that was good still is, but for its signature: expiry, and nothing else.
    [[nodiscard]] bool isExpired(const Token& token, WallTime now) const noexcept;

    /// What a JWT says of itself, without a look at its signature: by whom to ask. Empty: not said.
    struct Hints {
        std::string issuer;
        std::string keyId;
        std::string algorithm;
    };
    [[nodiscard]] static Hints peek(std::string_view token);
    /// Two dots, and a header that begins as JSON does: worth a look as a JWT.
    [[nodiscard]] static bool looksLikeJwt(std::string_view token) noexcept;

private:
    std::shared_ptr<const TokenRules> m_rules;
};

} // namespace gateway::auth
