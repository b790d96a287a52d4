#pragma once

#include "gateway/auth/identity_signer.h"
#include "gateway/model/config.h"

#include <chrono>
#include <nlohmann/json.hpp>
#include <string>

/// An identity provider without a server: its keys stand in the settings, and it signs whatever a test says.
class TokenIssuer {
public:
    explicit TokenIssuer(std::string name)
        : m_name(std::move(name))
        , m_keys(*gateway::auth::SigningKeys::of(
              {*gateway::crypto::PrivateKey::generate(gateway::crypto::KeyKind::EcdsaP256)})) {}

    [[nodiscard]] gateway::model::IdentityProvider settings() const {
        gateway::model::IdentityProvider provider;
        provider.name = m_name;
        provider.issuer = "https://" + m_name + ".test";
        provider.algorithms = {"ES256"};
        provider.jwks = m_keys->jwks();
        return provider;
    }

    /// Good for an hour; `more` adds claims, or takes the place of some.
    [[nodiscard]] std::string token(gateway::WallTime now, const nlohmann::json& more) const {
        const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
        nlohmann::json claims = {
            {"iss", "https://" + m_name + ".test"}, {"iat", seconds}, {"exp", seconds + 3600}};
        claims.update(more);
        return *m_keys->sign(claims.dump());
    }

private:
    std::string m_name;
    std::shared_ptr<const gateway::auth::SigningKeys> m_keys;
};
