// What a token costs: the first time, by algorithm; each further time, out of the cache; and what a rule
// about callers costs.

#include "gateway/auth/evaluate.h"
#include "gateway/auth/token_cache.h"
#include "gateway/auth/token_verifier.h"
#include "tests/support/token_signer.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

using namespace gateway;
using namespace gateway::auth;
using support::TokenSigner;

namespace {

using SteadyClock = std::chrono::steady_clock;
const WallTime now{std::chrono::seconds(1'767'225'600)};

void need(bool isRight, const char* what) {
    if (!isRight) {
        std::fprintf(stderr, "bench_tokens: %s\n", what);
        std::exit(EXIT_FAILURE);
    }
}

/// Nanoseconds a run, the median of the better half of many pieces, since other programs disturb some.
double nsOf(std::size_t piece, const std::function<bool()>& run) {
    constexpr std::size_t pieces = 200;
    std::vector<double> took;
    for (std::size_t round = 0; round < pieces; ++round) {
        std::size_t good = 0;
        const auto begin = SteadyClock::now();
        for (std::size_t i = 0; i < piece; ++i) {
            good += run() ? 1 : 0;
        }
        took.push_back(std::chrono::duration<double, std::nano>(SteadyClock::now() - begin).count() /
                       static_cast<double>(piece));
        need(good == piece, "a run was not good");
    }
    std::sort(took.begin(), took.end());
    return took[pieces / 4];
}

void show(const char* what, double ns) {
    std::printf("%-72s %12.1f\n", what, ns);
}

/// Claims of about the size that providers send: the token has some 800 bytes.
std::string claimsText() {
    return R"({"iss":"https://id.example.com","aud":["shop-api","account"],"sub":"5f1c7b0e-9d43-4c8e-9a57-b9c1",)"
           R"("client_id":"shop-web","azp":"acme","jti":"0b8e5b7a-3a0f-4dd0-8a59-6c1d","iat":1767225540,)"
           R"("exp":1767225900,"scope":"openid orders:read orders:create profile","realm_access":{"roles":)"
           R"(["partner","auditor"]},"email":"alice@example.com","email_verified":true})";
}

void verification(const char* name, const TokenSigner& signer) {
    model::IdentityProvider settings;
    settings.issuer = "https://id.example.com";
    settings.audience = {"shop-api"};
    settings.algorithms = {name};
    settings.rolesClaim = "realm_access.roles";
    settings.consumerClaim = "azp";
    const bool isSecret = name[0] == 'H';
    const auto keys = isSecret ? KeySet::fromSecret(std::string(64, 's'))
                               : KeySet::fromJwks("{\"keys\":[" + signer.jwk("k") + "]}");
    need(keys.has_value(), "no keys");
    const TokenVerifier verifier(settings);
    const std::string token = signer.token(
        std::string(R"({"alg":")") + name + R"(","typ":"at+jwt","kid":"k"})", claimsText(), name);
    const auto total =
        nsOf(20, [&] { return verifier.verify(token, keys->get(), now).fault == TokenFault::None; });
    const std::size_t dot = token.rfind('.');
    const std::string signature = signer.sign(name, token.substr(0, dot));
    const Algorithm algorithm = *parseAlgorithm(name);
    const VerificationKey& key = (*keys)->keys().front();
    const auto alone = nsOf(20, [&] {
        return verifySignature(key, algorithm, std::string_view(token).substr(0, dot), signature);
    });
    std::printf("%-12s %10zu %16.1f %16.1f %16.1f\n", name, token.size(), total, alone, total - alone);
}

/// A caller with what most rules ask for.
class Scene final : public Facts {
public:
    [[nodiscard]] std::optional<std::string_view> text(model::Subject subject,
                                                       std::string_view /*name*/) const override {
        switch (subject) {
        case model::Subject::ConsumerTier:
            return "pro";
        case model::Subject::RequestMethod:
            return "GET";
        case model::Subject::RequestAddress:
            return "10.1.2.3";
        case model::Subject::RequestPath:
            return "/v1/orders/7";
        default:
            return std::nullopt;
        }
    }
    [[nodiscard]] std::optional<double> number(model::Subject /*subject*/) const override { return 9; }
    [[nodiscard]] std::optional<bool> boolean(model::Subject /*subject*/) const override { return true; }
    [[nodiscard]] bool contains(model::Subject /*list*/, std::string_view item, bool& found) const override {
        found = item == "partner";
        return true;
    }
    [[nodiscard]] bool appendList(model::Subject /*list*/, std::string& /*out*/) const override {
        return false;
    }
    [[nodiscard]] const nlohmann::json* claims() const override { return &m_claims; }

private:
    nlohmann::json m_claims = nlohmann::json::parse(claimsText());
};

void expression(const char* source) {
    const auto parsed = model::parseExpression(source);
    need(parsed.has_value(), "the expression cannot be read");
    const Program program(*parsed);
    const Scene scene;
    show(source, nsOf(10'000, [&] { return program.run(scene) == Truth::True; }));
}

void cache() {
    constexpr std::size_t tokens = 10'000;
    TokenCache cache(16'384);
    std::vector<std::string> texts;
    const auto token = std::make_shared<Token>();
    for (std::size_t i = 0; i < tokens; ++i) {
        std::string text = std::to_string(i);
        text.resize(800, 'x');
        cache.put(sha256(text), 1, token);
        texts.push_back(std::move(text));
    }
    std::size_t at = 0;
    const auto hash = nsOf(1'000, [&] { return sha256(texts[at++ % tokens]) != Sha256{}; });
    std::vector<Sha256> hashes;
    for (const std::string& text : texts) {
        if (cache.find(sha256(text), 1) != nullptr) {
            hashes.push_back(sha256(text)); // sets that were too full have lost some
        }
    }
    const auto lookup = nsOf(1'000, [&] { return cache.find(hashes[at++ % hashes.size()], 1) != nullptr; });
    show("SHA-256 of a token of 800 bytes", hash);
    show("lookup among 10,000 tokens", lookup);
}

} // namespace

int main() {
    std::printf("%-12s %10s %16s %16s %16s\n", "algorithm", "bytes", "verify ns", "signature ns",
                "the rest ns");
    verification("RS256", TokenSigner(TokenSigner::Kind::Rsa2048));
    verification("PS256", TokenSigner(TokenSigner::Kind::Rsa2048));
    verification("ES256", TokenSigner(TokenSigner::Kind::P256));
    verification("EdDSA", TokenSigner(TokenSigner::Kind::Ed25519));
    verification("HS256", TokenSigner(std::string(64, 's')));
    std::printf("\n%-72s %12s\n", "of one that was good before", "ns");
    cache();
    std::printf("\n%-72s %12s\n", "rule", "ns");
    expression(R"(consumer.tier == "pro")");
    expression(R"(request.method in ["GET", "HEAD"] and "partner" in consumer.roles)");
    expression(R"("auditor" in claims.realm_access.roles and claims.email_verified)");
    expression(R"(request.address in ["192.0.2.0/24", "10.0.0.0/8"])");
    expression(R"(request.path matches "/v1/orders/[0-9]+")");
    return EXIT_SUCCESS;
}
