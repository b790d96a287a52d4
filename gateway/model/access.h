#pragma once

#include "gateway/model/ids.h"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

// What policies and routes say about who may call, and what is passed on about who did.
namespace gateway::model {

/// One thing that says who calls.
struct Credential {
    enum class Kind : std::uint8_t { ApiKey, Jwt, Introspection, ClientCertificate };
    Kind kind = Kind::ApiKey;
    std::string provider{}; ///< name of an IdentityProvider; of Jwt and Introspection

    bool operator==(const Credential&) const = default;
};

/// `authenticate: api-key`, `{ any_of: [...], anonymous: { tier: free } }`, `{ all_of: [...] }`.
struct Authenticate {
    /// One of the ways is enough. A way is all of its credentials, which have to be of the same caller.
    std::vector<std::vector<Credential>> anyOf;
    /// Whoever shows no credential at all is let in, too, with this tier; a bad credential is still refused.
    bool anonymous = false;
    std::string anonymousTier{}; ///< name of a Tier

    bool operator==(const Authenticate&) const = default;
};

/// The one way by API key.
[[nodiscard]] inline Authenticate byApiKey() {
    return {.anyOf = {{Credential{}}}};
}

/// What a caller has to have, all of it. Empty: nothing.
struct Authorize {
    std::vector<std::string> scopes;   ///< all of them
    std::vector<std::string> anyScope; ///< one of them
    std::vector<std::string> roles;    ///< one of them
    std::vector<std::string> allRoles; ///< all of them
    std::string when{};                ///< an expression (expression.h) that has to be true

    [[nodiscard]] bool isEmpty() const noexcept {
        return scopes.empty() && anyScope.empty() && roles.empty() && allRoles.empty() && when.empty();
    }
    bool operator==(const Authorize&) const = default;
};

/// A header that tells the service something about the caller.
struct IdentityHeader {
    std::string name;
    std::string value; ///< what it is made of, as in expressions: `claims.sub`, `consumer.attributes.region`
    bool operator==(const IdentityHeader&) const = default;
};

/// What services learn about who calls. Whatever a client sent under these names is taken out.
struct ForwardIdentity {
    /// A short-lived JWT that the gateway signs (ES256); its public keys are at Listener::keysPath.
    struct Token {
        std::string header = "X-Identity-Token";
        std::string audience{};
        std::chrono::seconds lifetime{60};
        std::vector<std::string>
            claims{}; ///< of the caller's token, passed on beside sub, tier, roles, scope
        bool operator==(const Token&) const = default;
    };
    std::vector<IdentityHeader> headers{};
    std::vector<Token> token{};     ///< none or one
    bool forwardCredential = false; ///< the credential travels on as it came; otherwise it is taken out

    bool operator==(const ForwardIdentity&) const = default;
};

} // namespace gateway::model
