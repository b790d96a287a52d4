#pragma once

#include "gateway/base/result.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct evp_pkey_st;

namespace gateway::auth {

/// Of JWS (RFC 7518, 3.1; RFC 8037).
enum class Algorithm : std::uint8_t {
    RS256,
    RS384,
    RS512,
    PS256,
    PS384,
    PS512,
    ES256,
    ES384,
    ES512,
    EdDSA,
    HS256,
    HS384,
    HS512
};

[[nodiscard]] const char* algorithmName(Algorithm algorithm) noexcept;
/// Nothing for "none" and whatever else is not in the list; names are compared exactly.
[[nodiscard]] const Algorithm* parseAlgorithm(std::string_view name) noexcept;

enum class KeyType : std::uint8_t { Rsa, P256, P384, P521, Ed25519, Hmac };

/// One verification key. Bound to what it can do: an RSA key never checks an HMAC.
struct VerificationKey {
    std::string id;        ///< `kid`; empty: it has none
    std::string kind;      ///< "RSA 2048", "P-256", "Ed25519", "HMAC": for people
    std::string algorithm; ///< `alg` of the JWK; empty: any that fits the kind
    KeyType type = KeyType::Hmac;
    std::shared_ptr<evp_pkey_st> key{}; ///< null: an HMAC secret
    std::string secret{};

    /// Whether the key's type and curve, and its `alg` where it has one, go with the algorithm. A secret has
    /// to be as long as the algorithm's digest (RFC 7518, 3.2).
    [[nodiscard]] bool fits(Algorithm wanted) const noexcept;
};

/// The keys of one provider (RFC 7517). Immutable, shared.
class KeySet {
public:
    static constexpr std::size_t keysMax = 64; ///< what is beyond is left out, so that tries stay bounded
    static constexpr int rsaBitsMin = 2'048;
    static constexpr int rsaBitsMax = 8'192;

    /// Keys of a kind that nobody here knows, for encryption, or too weak (RSA under 2048 bits) are left out
    /// and counted, as RFC 7517, 5 wants, and so are symmetric ones: whoever can fetch them could sign. A set
    /// with a private key is refused as a whole. Input error: no JSON, no `keys`, or no usable key at all.
    [[nodiscard]] static Result<std::shared_ptr<const KeySet>> fromJwks(std::string_view json);
    /// One HMAC secret; Input error when it is shorter than the shortest digest (32 bytes).
    [[nodiscard]] static Result<std::shared_ptr<const KeySet>> fromSecret(std::string_view secret);
    /// A public key as a JWK, as DPoP proofs carry it. Input error also for private and symmetric ones.
    [[nodiscard]] static Result<VerificationKey> fromJwk(std::string_view json);

    [[nodiscard]] const std::vector<VerificationKey>& keys() const noexcept { return m_keys; }
    [[nodiscard]] std::size_t leftOut() const noexcept { return m_leftOut; }
    /// Those that may have signed: with that id or with none, where the token names one; all that fit, where
    /// it does not.
    [[nodiscard]] std::vector<const VerificationKey*> candidates(std::string_view keyId,
                                                                 Algorithm algorithm) const;
    [[nodiscard]] bool knows(std::string_view keyId) const noexcept;

private:
    std::vector<VerificationKey> m_keys;
    std::size_t m_leftOut = 0;
};

/// Whether the signature is the key's. Thread-safe; each thread keeps OpenSSL's contexts for the keys it
/// used last. ES*: r and s of fixed length (RFC 7518, 3.4). PS*: the salt is as long as the digest.
[[nodiscard]] bool verifySignature(const VerificationKey& key, Algorithm algorithm,
                                   std::string_view signedText, std::string_view signature);

} // namespace gateway::auth
