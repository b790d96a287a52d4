#include "gateway/model/validate_provider.h"

#include "gateway/model/document.h"
#include "gateway/model/names.h"
#include "gateway/model/scalars.h"
#include "gateway/model/urls.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

namespace gateway::model {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t keySetBytesMax = 1024 * 1024; // of one that is fetched, too
constexpr std::size_t textsMax = 64;
constexpr auto leewayMax = std::chrono::minutes(5);
constexpr auto lifetimeMax = std::chrono::hours(24 * 366);
constexpr auto refreshMax = std::chrono::hours(24 * 7);

constexpr std::string_view algorithmNames[] = {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256",
                                               "ES384", "ES512", "EdDSA", "HS256", "HS384", "HS512"};

bool isShared(std::string_view algorithm) {
    return algorithm.starts_with("HS");
}

void checkIssuer(const std::string& issuer, Reporter& report) {
    std::string problem = urlProblem(issuer);
    // RFC 8414, 2.
    if (problem.empty() && issuer.find('?') != std::string::npos) {
        problem = "must have no query (?)";
    }
    if (!problem.empty()) {
        report.range("issuer", "an issuer is a URL, which " + problem);
    }
}

void checkUrl(const std::string& url, const std::string& field, Reporter& report) {
    if (std::string problem = urlProblem(url); !problem.empty()) {
        report.range(field, std::move(problem));
    }
}

void checkSecret(const std::string& secret, const std::string& field, Reporter& report) {
    if (!isSecretReference(secret)) {
        report.range(field, "must be the name of a stored secret, ${secret:NAME}; `gatehousectl secret set` "
                            "stores one");
    }
}

void checkAlgorithms(const IdentityProvider& provider, Reporter& report) {
    std::set<std::string_view> seen;
    for (std::size_t i = 0; i < provider.algorithms.size(); ++i) {
        const std::string& algorithm = provider.algorithms[i];
        const std::string field = indexed("algorithms", i);
        if (std::find(std::begin(algorithmNames), std::end(algorithmNames), algorithm) ==
            std::end(algorithmNames)) {
            report.range(field, quote(algorithm) + " is not an algorithm for signatures that can be allowed");
        } else if (!seen.insert(algorithm).second) {
            report.add(Problem::Kind::Duplicate, field, quote(algorithm) + " is there twice");
        } else if (isShared(algorithm) != isShared(provider.algorithms.front())) {
            // RFC 8725, 3.1: who can choose between the two can sign with a public key.
            report.range(field, "algorithms with a shared secret (HS256, ...) and with public keys must not "
                                "stand together");
        }
    }
    if (provider.algorithms.empty()) {
        report.range("algorithms", "needs at least one, such as RS256");
    }
}

void checkKeySet(const std::string& keys, Reporter& report) {
    if (keys.size() > keySetBytesMax) {
        report.range("keys", "is longer than " + formatSize(keySetBytesMax));
        return;
    }
    const auto set = nlohmann::json::parse(keys, nullptr, false);
    const auto list = set.is_object() ? set.find("keys") : set.end();
    if (!set.is_object() || list == set.end() || !list->is_array() || list->empty()) {
        report.range("keys", "must be a JSON Web Key Set (RFC 7517): {\"keys\": [...]}");
        return;
    }
    for (const auto& key : *list) {
        // Of RSA, EC and OKP keys, and of secrets.
        if (key.is_object() && (key.contains("d") || key.contains("k"))) {
            report.range("keys", "holds a private key; whoever checks signatures needs the public ones only");
            return;
        }
    }
}

void checkKeySource(const IdentityProvider& provider, Reporter& report) {
    const bool shared = std::any_of(provider.algorithms.begin(), provider.algorithms.end(),
                                    [](const std::string& algorithm) { return isShared(algorithm); });
    if (!provider.jwksUrl.empty()) {
        checkUrl(provider.jwksUrl, "jwks", report);
    }
    if (!provider.jwks.empty()) {
        checkKeySet(provider.jwks, report);
        if (!provider.jwksUrl.empty()) {
            report.add(Problem::Kind::Duplicate, "keys", "jwks says already where the keys come from");
        }
    }
    if (shared && provider.secret.empty()) {
        report.range("secret", "HS256, HS384 and HS512 need a secret, ${secret:NAME}");
    } else if (!shared && !provider.secret.empty()) {
        report.range("secret", "has no effect: only HS256, HS384 and HS512 are checked with a secret");
    } else if (shared) {
        checkSecret(provider.secret, "secret", report);
        if (!provider.jwksUrl.empty() || !provider.jwks.empty()) {
            report.range(provider.jwks.empty() ? "jwks" : "keys",
                         "has no effect: HS256, HS384 and HS512 are checked with the secret");
        }
    }
}

void checkIntrospection(const IdentityProvider::Introspection& introspection, Reporter& report) {
    // Without an endpoint the issuer's metadata say where it is.
    if (!introspection.endpoint.empty()) {
        checkUrl(introspection.endpoint, "introspection.endpoint", report);
    }
    if (introspection.clientId.empty() || introspection.clientId.size() > 256 ||
        !isCleanUtf8(introspection.clientId, false)) {
        report.range("introspection.client_id",
                     "must be the name by which the provider knows the gateway: 1 to 256 characters");
    }
    checkSecret(introspection.clientSecret, "introspection.client_secret", report);
    report.unlessWithin("introspection.cache", introspection.cache, 0ms, std::chrono::hours(24));
    report.unlessWithin("introspection.timeout", introspection.timeout, 1ms, 1min);
}

void checkTypes(const IdentityProvider& provider, Reporter& report) {
    for (std::size_t i = 0; i < provider.types.size(); ++i) {
        // A media type, of which `application/` may be left out (RFC 7515, 4.1.9).
        const std::string& type = provider.types[i];
        const std::size_t slash = type.find('/');
        const bool isGood = slash == std::string::npos
                                ? isToken(type)
                                : isToken(std::string_view(type).substr(0, slash)) &&
                                      isToken(std::string_view(type).substr(slash + 1));
        if (!isGood) {
            report.range(indexed("types", i), quote(type) + " is not a type of tokens, such as at+jwt");
        }
    }
}

void checkMany(const std::vector<std::string>& texts, const std::string& field, Reporter& report) {
    checkTexts(texts, field, report);
    if (texts.size() > textsMax) {
        report.range(field, "more than " + std::to_string(textsMax) + " are not possible");
    }
}

void checkClaim(const std::string& claim, const std::string& field, Reporter& report) {
    if (claim.size() > 256 || !isCleanUtf8(claim, false)) {
        report.range(field, "must be at most 256 characters, none of them a control character");
    }
}

} // namespace

bool isSecretReference(std::string_view text) {
    constexpr std::string_view begin = "${secret:";
    return text.starts_with(begin) && text.ends_with('}') &&
           isEntityName(text.substr(begin.size(), text.size() - begin.size() - 1));
}

void checkProvider(const Config& config, const IdentityProvider& provider, Reporter& report) {
    checkIssuer(provider.issuer, report);
    checkMany(provider.audience, "audience", report);
    checkAlgorithms(provider, report);
    checkKeySource(provider, report);
    if (!provider.authority.empty()) {
        const Certificate* authority = config.certificates.find(provider.authority);
        if (authority == nullptr || authority->use != Certificate::Use::Authority) {
            report.add(Problem::Kind::Reference, "authority",
                       "there is no authority named " + quote(provider.authority));
        }
    }
    checkMany(provider.types, "types", report);
    checkTypes(provider, report);
    report.unlessWithin("leeway", provider.leeway, 0ms, leewayMax);
    report.unlessWithin("max_lifetime", provider.lifetimeMax, 1s, lifetimeMax);
    report.unlessSizeWithin("max_bytes", provider.tokenBytesMax, 256, 64 * 1024);
    checkMany(provider.requiredClaims, "required_claims", report);
    report.unlessWithin("refresh", provider.refresh, 1s, refreshMax);
    if (provider.introspection) {
        checkIntrospection(*provider.introspection, report);
    }
    checkClaim(provider.consumerClaim, "consumer.claim", report);
    checkClaim(provider.tierClaim, "tier.claim", report);
    checkClaim(provider.scopesClaim, "scopes.claim", report);
    checkClaim(provider.rolesClaim, "roles.claim", report);
    if (!provider.tier.empty() && config.tiers.find(provider.tier) == nullptr) {
        report.add(Problem::Kind::Reference, "tier.default",
                   "there is no tier named " + quote(provider.tier));
    }
}

} // namespace gateway::model
