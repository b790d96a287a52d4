#pragma once

#include "gateway/base/clock.h"
#include "gateway/base/keyed_hash.h"
#include "gateway/base/result.h"
#include "gateway/crypto/private_key.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// The short-lived JWTs by which services learn who calls.
namespace gateway::auth {

/// The gateway's own keys. Immutable, shared.
class SigningKeys {
public:
    /// Input error: not one of them is there, or one is not P-256.
    [[nodiscard]] static Result<std::shared_ptr<const SigningKeys>>
    of(const std::vector<crypto::PrivateKey>& keys);

    /// The public ones (RFC 7517), each with its thumbprint (RFC 7638) as `kid`.
    [[nodiscard]] const std::string& jwks() const noexcept { return m_jwks; }
    /// The claims, a JSON object, as a JWT (RFC 7519) in the compact form, signed with ES256 by the first
    /// key.
    [[nodiscard]] Result<std::string> sign(std::string_view claims) const;

private:
    crypto::PrivateKey m_key;
    std::string m_header; ///< of each JWT, in base64url, with the dot behind it
    std::string m_jwks;
};

/// The keys that sign now. One thread sets them, any reads; workers keep what they have until generation()
/// moves on.
class IdentitySigner {
public:
    static constexpr std::string_view issuer = "gatehouse"; ///< `iss` of all tokens

    /// The first one signs, all are shown; none: nothing can be signed any more. Input error as of
    /// SigningKeys::of; then all stays as it was.
    [[nodiscard]] Result<void> setKeys(const std::vector<crypto::PrivateKey>& keys);
    [[nodiscard]] std::shared_ptr<const SigningKeys> current() const; ///< takes a lock; null: none
    [[nodiscard]] std::uint64_t generation() const noexcept {
        return m_generation.load(std::memory_order_acquire);
    }

private:
    mutable std::mutex m_mutex;
    std::shared_ptr<const SigningKeys> m_keys;
    std::atomic<std::uint64_t> m_generation{0};
};

/// What a token says beside when. Views; what is empty is left out.
struct IdentityClaims {
    std::string_view subject;
    std::string_view provider; ///< name of who vouches for the subject
    std::string_view audience;
    std::string_view consumer;
    std::string_view tier;
    std::span<const std::string> roles{}; ///< sorted, and so are the other three
    std::span<const std::string> moreRoles{};
    std::span<const std::string> scopes{};
    std::span<const std::string> moreScopes{};
    const nlohmann::json* claims = nullptr; ///< of the caller's own token; null: it has none
    std::span<const std::string>
        passedOn{}; ///< names of those that go into this one, as findClaim() has them
    std::chrono::seconds lifetime{60};
};

/// A worker's signed tokens. A token is signed again only when a third of its lifetime is over, or when it
/// has to say something else: what it says is what it is found by. Bounded: the one that is signed again
/// first goes first. Single-threaded.
class IdentityTokens {
public:
    explicit IdentityTokens(const IdentitySigner& signer)
        : m_signer(signer) {}

    /// Empty: there is no key. Good until the next call.
    [[nodiscard]] std::string_view tokenFor(const IdentityClaims& claims, WallTime now);

    /// How often a signature was made.
    [[nodiscard]] std::uint64_t signatures() const noexcept { return m_signatures; }

private:
    static constexpr std::size_t setCount = 256;
    static constexpr std::size_t placesEach = 4;

    struct Entry {
        std::string claims; ///< empty: free
        std::string token;
        std::chrono::seconds lifetime{};
        std::int64_t from = 0;  ///< seconds since 1970
        std::int64_t until = 0; ///< likewise; from then on it is signed anew
    };

    void writeClaims(const IdentityClaims& claims);
    [[nodiscard]] bool sign(Entry& entry, std::int64_t seconds);

    const IdentitySigner& m_signer;
    std::shared_ptr<const SigningKeys> m_keys;
    std::uint64_t m_generation = 0;
    KeyedHash m_hash;
    std::string m_claims;         ///< of the request that is looked at, without its end
    std::vector<Entry> m_entries; ///< made with the first token
    std::uint64_t m_signatures = 0;
};

/// Appends JSON without allocating but for what is appended.
void appendJson(std::string& out, const nlohmann::json& value);

} // namespace gateway::auth
