#pragma once

#include "gateway/model/ids.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace gateway::model {

/// Who vouches for tokens, and what is taken from them.
struct IdentityProvider {
    /// RFC 7662.
    struct Introspection {
        std::string endpoint{}; ///< URL; empty: as the provider's metadata says
        std::string clientId{};
        std::string clientSecret{};              ///< `${secret:NAME}`
        std::chrono::milliseconds cache{60'000}; ///< how long an answer holds at most; 0: never kept
        std::chrono::milliseconds timeout{5'000};
        bool operator==(const Introspection&) const = default;
    };

    IdentityProviderId id;
    std::string name;
    std::string issuer;                ///< what `iss` has to be, exactly
    std::vector<std::string> audience; ///< `aud` has to hold one of them; empty: not asked for
    std::vector<std::string> algorithms{"RS256", "ES256"};
    // Where the keys come from: exactly one of the three, or none of them: by discovery from the issuer.
    std::string jwksUrl{};
    std::string jwks{};      ///< the key set itself (a file's content)
    std::string secret{};    ///< `${secret:NAME}`, for HS256, HS384, HS512
    std::string authority{}; ///< name of a Certificate that is an authority, by which its TLS is verified
    std::vector<std::string> types{}; ///< of `typ`; empty: JWT, at+jwt or none. `at+jwt`: RFC 9068's rules
    std::chrono::milliseconds leeway{60'000};
    std::chrono::milliseconds lifetimeMax{86'400'000}; ///< from `iat` to `exp`
    std::uint32_t tokenBytesMax = 8'192;
    std::vector<std::string> requiredClaims{};
    std::chrono::milliseconds refresh{600'000}; ///< of the key set, at least this often
    bool certificateBound = false;              ///< tokens without `cnf.x5t#S256` are refused (RFC 8705)
    bool senderConstrained = false;             ///< tokens without `cnf.jkt` are refused (DPoP, RFC 9449)
    std::optional<Introspection> introspection{};
    // What is taken from a token, each a claim by its name, `a.b` for b within a.
    std::string consumerClaim{};       ///< its value is a consumer's name; empty: only Consumer::identities
    std::string tierClaim{};           ///< its value is a tier's name
    std::string tier{};                ///< of callers who are no consumer; empty: they are refused
    std::string scopesClaim = "scope"; ///< a text with spaces between, or a list
    std::string rolesClaim{};

    bool operator==(const IdentityProvider&) const = default;
};

} // namespace gateway::model
