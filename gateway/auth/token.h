#pragma once

#include "gateway/model/ids.h"

#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace gateway::auth {

/// What a token that is good says. Immutable, shared.
struct Token {
    model::IdentityProviderId provider;
    std::string subject;             ///< `sub`
    std::string id;                  ///< `jti`
    std::string client;              ///< `client_id`, else `azp`
    std::int64_t issuedAt = 0;       ///< seconds since 1970; 0: not said
    std::int64_t expiresAt = 0;      ///< leeway not included; 0: not said (introspection only)
    std::vector<std::string> scopes; ///< sorted
    std::vector<std::string> roles;  ///< sorted
    std::string consumer;            ///< name, by the provider's consumer claim; empty: not said
    std::string tier;                ///< name, by its tier claim; empty: not said
    std::string
        certificateFingerprint; ///< `cnf.x5t#S256` as hex, as CertificateInfo::fingerprint; empty: not bound
    std::string keyThumbprint;  ///< `cnf.jkt`; empty: not bound
    bool introspected = false;
    nlohmann::json claims;
};
using TokenPointer = std::shared_ptr<const Token>;

/// Why a token is not taken. The log and the inspector tell them apart, callers do not.
enum class TokenFault : std::uint8_t {
    None,
    Missing,
    TooLarge,
    Malformed,           ///< not three parts of base64url, no JSON objects, duplicate members
    AlgorithmNotAllowed, ///< "none", or not in the provider's list
    WrongType,           ///< `typ`
    CriticalUnknown,     ///< `crit`
    KeyUnknown,          ///< no key of the provider is of that id and kind
    KeysUnavailable,     ///< the provider's keys were never to be had
    BadSignature,
    WrongIssuer,
    WrongAudience,
    Expired,
    NotYetValid,    ///< `nbf`
    IssuedInFuture, ///< `iat`
    LivesTooLong,   ///< `exp` - `iat` above the provider's maximum
    ClaimMissing,   ///< one that the provider's settings ask for; or `exp`
    ClaimMalformed, ///< of another type than its RFC says
    NotActive,      ///< introspection says so
    ProviderDown,   ///< introspection had no answer
    Revoked,
    WrongCertificate, ///< bound to another certificate than the caller shows, or to none where it has to be
    WrongProof,       ///< DPoP: proof missing, bad, for another request, or seen before
    NoConsumer,       ///< nobody here is meant by it
};
/// "expired", "bad-signature", ...
[[nodiscard]] const char* tokenFaultName(TokenFault fault) noexcept;

/// One thing that was looked at, for people.
struct TokenCheck {
    enum class Verdict : std::uint8_t { Passed, Failed, Skipped };
    std::string name; ///< "Signature", "Expiry", ...
    Verdict verdict = Verdict::Skipped;
    std::string detail; ///< a sentence: what was found, and what was asked for
};

struct TokenResult {
    TokenFault fault = TokenFault::Missing;
    TokenPointer token{}; ///< null unless fault is None
    std::string keyId{};  ///< of KeyUnknown
};

} // namespace gateway::auth
