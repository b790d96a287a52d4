#pragma once

#include "gateway/auth/key_table.h"
#include "gateway/auth/revocations.h"
#include "gateway/auth/token_verifier.h"
#include "gateway/base/result.h"
#include "gateway/model/config.h"
#include "gateway/service/access_report.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace gateway::service {

/// What the inspector looks things up in. References stay as long as it.
struct InspectionGrounds {
    const model::Config& config;
    const auth::KeyTable& keys;
    const auth::RevocationSet& revocations;
    /// The keys that a provider has now; null: none yet.
    std::function<std::shared_ptr<const auth::KeySet>(const model::IdentityProvider& provider)> keySetOf;
    /// A key as it is stored, for what the table does not know: name, addresses.
    std::function<std::optional<model::ApiKey>(model::ConsumerId consumer, model::KeyId key)> findKey;
    WallTime now{};
};

/// Says what the gateway would make of a token or key that somebody pasted, check by check, by what requests
/// are checked with. Nothing of it is kept.
class TokenInspector {
public:
    enum class Kind : std::uint8_t { ApiKey, Jwt, OpaqueToken };

    /// What was pasted, and who is to be asked about it.
    struct Recognition {
        Kind kind = Kind::OpaqueToken;
        std::string text;                                  ///< without white space around and `Bearer` before
        const model::IdentityProvider* provider = nullptr; ///< null: nobody is responsible
        std::string about;                                 ///< why this provider, or why none
        [[nodiscard]] bool wantsIntrospection() const noexcept {
            return kind == Kind::OpaqueToken && provider != nullptr;
        }
    };

    explicit TokenInspector(InspectionGrounds grounds)
        : m_grounds(std::move(grounds)) {}

    [[nodiscard]] Recognition recognise(const TokenQuery& query) const;
    /// All that can be said without asking the provider.
    [[nodiscard]] TokenReport inspect(const Recognition& recognition, const TokenQuery& query) const;
    /// With the provider's answer about an opaque token (RFC 7662).
    [[nodiscard]] TokenReport inspectAnswer(const Recognition& recognition, const TokenQuery& query,
                                            const Result<std::string>& answer) const;

private:
    [[nodiscard]] TokenReport begin(const Recognition& recognition) const;
    [[nodiscard]] TokenReport inspectKey(const Recognition& recognition, const TokenQuery& query) const;
    [[nodiscard]] TokenReport inspectJwt(const Recognition& recognition, const TokenQuery& query) const;
    void checkKeyOwner(const auth::KeyTable::Entry& entry, TokenReport& report) const;
    /// What comes behind the token's own rules: revocation, binding, consumer.
    void finish(const Recognition& recognition, const TokenQuery& query, const auth::TokenResult& result,
                TokenReport& report) const;
    void checkBinding(const auth::Token& token, const TokenQuery& query, TokenReport& report) const;
    void checkCaller(const auth::Token& token, const model::IdentityProvider& provider,
                     TokenReport& report) const;
    void takeConsumer(const model::Consumer& consumer, TokenReport& report) const;
    [[nodiscard]] WallTime timeOf(const TokenQuery& query) const;

    InspectionGrounds m_grounds;
};

/// The consumer that a token is of: by its consumer claim; where it has none, by the identities of consumers.
/// Null: nobody that is configured.
[[nodiscard]] const model::Consumer* consumerOf(const model::Config& config, const auth::Token& token,
                                                const model::IdentityProvider& provider);
/// The tier of a token that is of no consumer: what it says, else what its provider gives. Null: none, so
/// that it is refused.
[[nodiscard]] const model::Tier* tierOf(const model::Config& config, const auth::Token& token,
                                        const model::IdentityProvider& provider);

} // namespace gateway::service
