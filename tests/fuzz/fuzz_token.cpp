// Whatever calls itself a token, an introspection answer or a proof: no crash, the same verdict with and
// without the lines for people, and nothing good without a good signature.

#include "require.h"

#include "gateway/auth/dpop.h"
#include "gateway/auth/strict_json.h"
#include "gateway/auth/token_verifier.h"
#include "gateway/base/digest.h"
#include "gateway/crypto/jws.h"

#include <cstdint>
#include <openssl/hmac.h>
#include <string>

using namespace gateway;
using namespace gateway::auth;

namespace {

const std::string secret(32, 's');
const WallTime now{std::chrono::seconds(1'767'225'600)};

const TokenVerifier& verifier() {
    static const TokenVerifier made = [] {
        model::IdentityProvider settings;
        settings.issuer = "https://id.example.com";
        settings.audience = {"api"};
        settings.algorithms = {"HS256", "RS256", "ES256", "EdDSA"};
        settings.requiredClaims = {"a.b"};
        settings.consumerClaim = "azp";
        settings.rolesClaim = "realm_access.roles";
        settings.tierClaim = "plan.tier";
        return TokenVerifier(settings);
    }();
    return made;
}

/// Both ways of asking agree, and every line is a sentence.
void requireSame(const TokenResult& quick, const TokenResult& explained,
                 const std::vector<TokenCheck>& checks) {
    require(quick.fault == explained.fault);
    require((quick.token != nullptr) == (quick.fault == TokenFault::None));
    require((explained.token != nullptr) == (quick.token != nullptr));
    bool hasFailed = false;
    for (const TokenCheck& check : checks) {
        hasFailed = hasFailed || check.verdict == TokenCheck::Verdict::Failed;
        require(!check.detail.empty() && check.detail.back() == '.');
        for (const char c : check.detail) {
            require(static_cast<unsigned char>(c) >= 0x20);
        }
    }
    require(hasFailed == (quick.fault != TokenFault::None));
}

TokenFault verify(std::string_view token, const KeySet* keys) {
    std::vector<TokenCheck> checks;
    const TokenResult quick = verifier().verify(token, keys, now);
    requireSame(quick, verifier().verify(token, keys, now, &checks), checks);
    if (quick.token) {
        require(quick.token->claims.at("iss") == "https://id.example.com");
        require(quick.token->expiresAt > 1'767'225'540);
    }
    return quick.fault;
}

/// The text as header and payload, between which a line break stands, signed as it should be.
std::string signedToken(std::string_view text) {
    const std::size_t line = std::min(text.find('\n'), text.size());
    const std::string parts = crypto::toBase64Url(text.substr(0, line)) + "." +
                              crypto::toBase64Url(text.substr(std::min(line + 1, text.size())));
    unsigned char mac[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    require(HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
                 reinterpret_cast<const unsigned char*>(parts.data()), parts.size(), mac, &size) != nullptr);
    return parts + "." + crypto::toBase64Url({reinterpret_cast<const char*>(mac), size});
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    static const auto keys = KeySet::fromSecret(secret);
    static ReplayMemory memory(1024);
    const std::string_view text(reinterpret_cast<const char*>(bytes), size);

    require(verify(text, keys->get()) != TokenFault::None); // nobody guesses a signature
    const std::string token = signedToken(text);
    const bool isGood = verify(token, keys->get()) == TokenFault::None;
    require(verify(token, nullptr) != TokenFault::None);
    if (isGood) {
        // One character of the signature is enough.
        std::string changed = token;
        changed[changed.size() - 2] = changed[changed.size() - 2] == 'A' ? 'B' : 'A';
        require(verify(changed, keys->get()) != TokenFault::None);
    }
    const auto hints = TokenVerifier::peek(token);
    require(!isGood || hints.issuer == "https://id.example.com");

    std::vector<TokenCheck> checks;
    const TokenResult quick = verifier().readIntrospection(text, now);
    requireSame(quick, verifier().readIntrospection(text, now, &checks), checks);

    const ProofTarget target{.method = "GET",
                             .scheme = "https",
                             .authority = "api.example.com",
                             .path = text,
                             .token = "token",
                             .thumbprint = "thumbprint"};
    require(checkProof(text, target, now, memory) != TokenFault::None);
    require(checkProof(token, target, now, memory) != TokenFault::None);
    const std::string uri = normalizedUri(text);
    require(uri.empty() || normalizedUri(uri) == uri);

    if (const auto json = parseStrictJson(text)) {
        const auto again = parseStrictJson(json->dump());
        require(again && *again == *json);
    }
    return 0;
}
