#include "gateway/auth/identity_signer.h"

#include "gateway/auth/claim_values.h"
#include "gateway/base/digest.h"
#include "gateway/crypto/jws.h"
#include "gateway/metrics/access_log.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace gateway::auth {
namespace {

using Json = nlohmann::json;
using metrics::appendJsonString;

/// What the gateway itself says; a claim of the caller's token cannot take its place.
constexpr std::array<std::string_view, 12> ownClaims = {
    "iss", "sub", "aud", "exp", "nbf", "iat", "jti", "provider", "tier", "roles", "scope", "consumer"};

template<class Number>
void appendNumber(std::string& out, Number number) {
    std::array<char, 32> text{};
    out.append(text.data(), std::to_chars(text.data(), text.data() + text.size(), number).ptr);
}

void appendMember(std::string& out, std::string_view name, std::string_view value) {
    if (!value.empty()) {
        out.append(",\"").append(name).append("\":");
        appendJsonString(out, value);
    }
}

/// Calls `visit` with each text of two sorted lists, in order and once.
template<class Visit>
void visitMerged(std::span<const std::string> a, std::span<const std::string> b, const Visit& visit) {
    std::size_t i = 0;
    std::size_t k = 0;
    while (i < a.size() || k < b.size()) {
        const bool takesA = k == b.size() || (i < a.size() && a[i] <= b[k]);
        const bool takesB = i == a.size() || (k < b.size() && b[k] <= a[i]);
        visit(takesA ? a[i] : b[k]);
        i += takesA ? 1 : 0;
        k += takesB ? 1 : 0;
    }
}

/// JSON of a public key, as RFC 7517 has it, from the form that is hashed.
std::string jwkOf(const std::string& bare, const std::string& kid) {
    return bare.substr(0, bare.size() - 1) + ",\"kid\":\"" + kid + R"(","use":"sig","alg":"ES256"})";
}

} // namespace

void appendJson(std::string& out, const Json& value) {
    switch (value.type()) {
    case Json::value_t::object: {
        char before = '{';
        for (const auto& [name, member] : value.items()) {
            out.push_back(before);
            appendJsonString(out, name);
            out.push_back(':');
            appendJson(out, member);
            before = ',';
        }
        out.append(before == '{' ? "{}" : "}");
        return;
    }
    case Json::value_t::array: {
        char before = '[';
        for (const Json& item : value) {
            out.push_back(before);
            appendJson(out, item);
            before = ',';
        }
        out.append(before == '[' ? "[]" : "]");
        return;
    }
    case Json::value_t::string:
        appendJsonString(out, value.get_ref<const std::string&>());
        return;
    case Json::value_t::boolean:
        out.append(value.get<bool>() ? "true" : "false");
        return;
    case Json::value_t::number_integer:
        appendNumber(out, value.get<std::int64_t>());
        return;
    case Json::value_t::number_unsigned:
        appendNumber(out, value.get<std::uint64_t>());
        return;
    case Json::value_t::number_float:
        appendNumber(out, value.get<double>());
        return;
    case Json::value_t::null:
    case Json::value_t::binary:
    case Json::value_t::discarded:
        out.append("null");
        return;
    }
}

// SigningKeys

Result<std::shared_ptr<const SigningKeys>> SigningKeys::of(const std::vector<crypto::PrivateKey>& keys) {
    if (keys.empty()) {
        return fail(ErrorKind::Input, "no-identity-key", "There is no key to sign identity tokens with.");
    }
    auto made = std::make_shared<SigningKeys>();
    made->m_key = keys.front();
    made->m_jwks = R"({"keys":[)";
    for (const crypto::PrivateKey& key : keys) {
        const auto bare = crypto::publicJwk(key);
        if (!bare) {
            return fail(ErrorKind::Input, "identity-key-not-p256",
                        "A key that signs identity tokens has to be ECDSA P-256.");
        }
        const std::string kid = crypto::thumbprint(*bare);
        if (made->m_header.empty()) {
            made->m_header =
                crypto::toBase64Url(R"({"alg":"ES256","kid":")" + kid + R"(","typ":"JWT"})") + ".";
        } else {
            made->m_jwks += ',';
        }
        made->m_jwks += jwkOf(*bare, kid);
    }
    made->m_jwks += "]}";
    return made;
}

Result<std::string> SigningKeys::sign(std::string_view claims) const {
    std::string token = m_header + crypto::toBase64Url(claims);
    auto signature = crypto::signEs256(m_key, token);
    if (!signature) {
        return fail(signature.error());
    }
    return token.append(".").append(crypto::toBase64Url(*signature));
}

// IdentitySigner

Result<void> IdentitySigner::setKeys(const std::vector<crypto::PrivateKey>& keys) {
    std::shared_ptr<const SigningKeys> next;
    if (!keys.empty()) {
        auto made = SigningKeys::of(keys);
        if (!made) {
            return fail(made.error());
        }
        next = std::move(*made);
    }
    const std::lock_guard lock(m_mutex);
    m_keys = std::move(next);
    m_generation.fetch_add(1, std::memory_order_release);
    return {};
}

std::shared_ptr<const SigningKeys> IdentitySigner::current() const {
    const std::lock_guard lock(m_mutex);
    return m_keys;
}

// IdentityTokens

void IdentityTokens::writeClaims(const IdentityClaims& claims) {
    m_claims = "{\"iss\":\"";
    m_claims.append(IdentitySigner::issuer).push_back('"');
    appendMember(m_claims, "sub", claims.subject);
    appendMember(m_claims, "aud", claims.audience);
    appendMember(m_claims, "provider", claims.provider);
    appendMember(m_claims, "consumer", claims.consumer);
    appendMember(m_claims, "tier", claims.tier);
    char before = '[';
    visitMerged(claims.roles, claims.moreRoles, [&](const std::string& role) {
        m_claims.append(before == '[' ? ",\"roles\":[" : ",");
        appendJsonString(m_claims, role);
        before = ',';
    });
    m_claims.append(before == '[' ? "" : "]");
    char between = '"';
    visitMerged(claims.scopes, claims.moreScopes, [&](const std::string& scope) {
        m_claims.append(between == '"' ? ",\"scope\":\"" : " ");
        const std::size_t begin = m_claims.size();
        appendJsonString(m_claims, scope);
        // Without its quotes: all scopes are one text (RFC 8693, 4.2).
        m_claims.erase(begin, 1);
        m_claims.pop_back();
        between = ' ';
    });
    m_claims.append(between == '"' ? "" : "\"");
    if (claims.claims == nullptr) {
        return;
    }
    for (const std::string& name : claims.passedOn) {
        const Json* claim = findClaim(*claims.claims, name);
        if (claim != nullptr && std::find(ownClaims.begin(), ownClaims.end(), name) == ownClaims.end()) {
            m_claims.push_back(',');
            appendJsonString(m_claims, name);
            m_claims.push_back(':');
            appendJson(m_claims, *claim);
        }
    }
}

std::string_view IdentityTokens::tokenFor(const IdentityClaims& claims, WallTime now) {
    if (const std::uint64_t generation = m_signer.generation(); generation != m_generation) {
        m_keys = m_signer.current();
        m_generation = generation; // from before: keys that came in between are asked for once more
        m_entries.clear();
    }
    if (m_keys == nullptr) {
        return {};
    }
    if (m_entries.empty()) {
        m_entries.resize(setCount * placesEach);
    }
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
    writeClaims(claims);
    const auto begin =
        m_entries.begin() + static_cast<std::ptrdiff_t>(m_hash(m_claims) % setCount * placesEach);
    const auto end = begin + placesEach;
    auto entry = std::find_if(
        begin, end, [&](const Entry& at) { return at.lifetime == claims.lifetime && at.claims == m_claims; });
    // A clock that was put back must not keep a token of the future.
    if (entry != end && seconds >= entry->from && seconds < entry->until) {
        return entry->token;
    }
    if (entry == end) {
        entry =
            std::min_element(begin, end, [](const Entry& a, const Entry& b) { return a.until < b.until; });
        entry->claims = m_claims;
        entry->lifetime = claims.lifetime;
    }
    return sign(*entry, seconds) ? std::string_view(entry->token) : std::string_view();
}

bool IdentityTokens::sign(Entry& entry, std::int64_t seconds) {
    constexpr unsigned idBits = 128;
    constexpr std::int64_t shownShare = 3; // of the lifetime
    const std::int64_t lifetime = entry.lifetime.count();
    std::string text = entry.claims;
    text.append(",\"iat\":");
    appendNumber(text, seconds);
    text.append(",\"nbf\":");
    appendNumber(text, seconds);
    text.append(",\"exp\":");
    appendNumber(text, seconds + lifetime);
    text.append(",\"jti\":\"").append(randomToken(idBits)).append("\"}");
    auto token = m_keys->sign(text);
    ++m_signatures;
    if (!token) {
        entry = {};
        return false;
    }
    entry.token = std::move(*token);
    entry.from = seconds;
    entry.until = seconds + lifetime / shownShare;
    return true;
}

} // namespace gateway::auth
