#include "gateway/model/document.h"
#include "gateway/model/expression.h"
#include "gateway/model/names.h"
#include "gateway/model/validate_access.h"
#include "gateway/model/validate_rules.h"

#include <algorithm>
#include <set>

namespace gateway::model {
namespace {

using namespace std::chrono_literals;
using Kind = Credential::Kind;

constexpr std::size_t waysMax = 16;
constexpr std::size_t textsMax = 64;
constexpr std::size_t headersMax = 32;

bool isToken(const Credential& credential) {
    return credential.kind == Kind::Jwt || credential.kind == Kind::Introspection;
}

void checkTokenProvider(const Config& config, const Credential& credential, const std::string& field,
                        Reporter& report) {
    const bool introspects = credential.kind == Kind::Introspection;
    const std::string at = field + (introspects ? ".introspection" : ".jwt");
    const IdentityProvider* provider = config.identityProviders.find(credential.provider);
    if (provider == nullptr) {
        report.add(Problem::Kind::Reference, at,
                   credential.provider.empty()
                       ? "needs the name of an identity provider"
                       : "there is no identity provider named " + quote(credential.provider));
    } else if (introspects && !provider->introspection) {
        report.range(at, "the identity provider " + quote(credential.provider) +
                             " has no introspection; give it one, or take its tokens by jwt");
    }
}

void checkWay(const Surroundings& around, const std::vector<Credential>& way, const std::string& wayField,
              bool isAllOf, Reporter& report) {
    for (std::size_t i = 0; i < way.size(); ++i) {
        const std::string field = isAllOf ? indexed(wayField, i) : wayField;
        const auto before = way.begin() + static_cast<std::ptrdiff_t>(i);
        if (std::find(way.begin(), before, way[i]) != before) {
            report.add(Problem::Kind::Duplicate, field, "the same credential is there twice");
        } else if (isToken(way[i]) && std::any_of(way.begin(), before, isToken)) {
            report.range(field, "a request carries one token, so it cannot show two");
        }
        if (isToken(way[i])) {
            checkTokenProvider(around.config, way[i], field, report);
        } else if (way[i].kind == Kind::ClientCertificate && !around.asksForClientCertificates) {
            report.range(field,
                         "no listener asks for client certificates: set tls.client_certificates of one");
        }
    }
}

void checkAuthenticate(const Surroundings& around, const Authenticate& authenticate, Reporter& report) {
    const auto& ways = authenticate.anyOf;
    if (ways.empty()) {
        report.range("authenticate.any_of", "needs at least one way to say who calls, such as api-key");
    }
    if (ways.size() > waysMax) {
        report.range("authenticate.any_of", "more than " + std::to_string(waysMax) + " are not possible");
    }
    // Where they stand in the file form.
    const bool isOneWay = ways.size() == 1 && ways[0].size() > 1;
    for (std::size_t i = 0; i < ways.size(); ++i) {
        const std::string field = indexed("authenticate.any_of", i);
        if (ways[i].empty()) {
            report.range(field, "needs at least one credential, such as api-key");
        } else if (std::find(ways.begin(), ways.begin() + static_cast<std::ptrdiff_t>(i), ways[i]) !=
                   ways.begin() + static_cast<std::ptrdiff_t>(i)) {
            report.add(Problem::Kind::Duplicate, field, "the same way is there twice");
        }
        const bool isAllOf = ways[i].size() > 1;
        checkWay(around, ways[i],
                 isOneWay  ? "authenticate.all_of"
                 : isAllOf ? field + ".all_of"
                           : field,
                 isAllOf, report);
    }
    if (!authenticate.anonymous) {
        return;
    }
    if (authenticate.anonymousTier.empty()) {
        report.range("authenticate.anonymous.tier", "anonymous callers need a tier");
    } else if (around.config.tiers.find(authenticate.anonymousTier) == nullptr) {
        report.add(Problem::Kind::Reference, "authenticate.anonymous.tier",
                   "there is no tier named " + quote(authenticate.anonymousTier));
    }
}

// Fields that are taken out of what every client sends must not be ones that requests need.
bool isNameOfRequests(std::string_view lower) {
    static constexpr std::string_view begins[] = {"content-", "accept", "if-",
                                                  "sec-",     "grpc-",  "access-control-"};
    static constexpr std::string_view names[] = {"connection",
                                                 "keep-alive",
                                                 "proxy-connection",
                                                 "proxy-authenticate",
                                                 "te",
                                                 "proxy-authorization",
                                                 "trailer",
                                                 "transfer-encoding",
                                                 "upgrade",
                                                 "host",
                                                 "expect",
                                                 "max-forwards",
                                                 "via",
                                                 "forwarded",
                                                 "x-forwarded-for",
                                                 "x-forwarded-proto",
                                                 "x-forwarded-host",
                                                 "x-request-id",
                                                 "x-client-id",
                                                 "x-internal-auth",
                                                 "date",
                                                 "server",
                                                 "retry-after",
                                                 "x-ratelimit-limit",
                                                 "x-ratelimit-reset",
                                                 "x-ratelimit-remaining",
                                                 "ratelimit",
                                                 "ratelimit-policy",
                                                 "cookie",
                                                 "origin",
                                                 "range",
                                                 "cache-control",
                                                 "dpop",
                                                 "user-agent"};
    return std::find(std::begin(names), std::end(names), lower) != std::end(names) ||
           std::any_of(std::begin(begins), std::end(begins),
                       [&](std::string_view begin) { return lower.starts_with(begin); });
}

void checkHeaderName(const Surroundings& around, const std::string& name, const std::string& field,
                     std::set<std::string>& seen, Reporter& report) {
    const std::string lower = lowerCase(name);
    if (!model::isToken(name) || name.size() > 64) {
        report.range(field, quote(name) + " is not the name of a header field");
    } else if (isNameOfRequests(lower)) {
        report.range(field, quote(name) + " has a meaning of its own in requests; choose another name");
    } else if (around.keyHeaders.contains(lower)) {
        report.range(field, quote(name) + " is where a listener looks for API keys; choose another name");
    } else if (!seen.insert(lower).second) {
        report.add(Problem::Kind::Duplicate, field, quote(name) + " is there twice");
    }
}

void checkIdentityToken(const ForwardIdentity::Token& token, Reporter& report) {
    static constexpr std::string_view own[] = {"iss", "sub", "aud",  "exp",   "nbf",
                                               "iat", "jti", "tier", "roles", "scope"};
    if (token.audience.size() > 256 || !isCleanUtf8(token.audience, false)) {
        report.range("identity.token.audience",
                     "must be at most 256 characters, none of them a control character");
    }
    report.unlessWithin("identity.token.lifetime", token.lifetime, 1s, std::chrono::hours(1));
    checkTexts(token.claims, "identity.token.claims", report);
    for (std::size_t i = 0; i < token.claims.size(); ++i) {
        if (std::find(std::begin(own), std::end(own), token.claims[i]) != std::end(own)) {
            report.range(indexed("identity.token.claims", i),
                         quote(token.claims[i]) + " is what the gateway says itself");
        }
    }
    if (token.claims.size() > headersMax) {
        report.range("identity.token.claims",
                     "more than " + std::to_string(headersMax) + " are not possible");
    }
}

void checkIdentity(const Surroundings& around, const ForwardIdentity& identity, Reporter& report) {
    if (identity.headers.empty() && identity.token.empty() && !identity.forwardCredential) {
        report.range("identity", "says nothing: give it headers, a token or forward_credential");
    }
    if (identity.headers.size() > headersMax) {
        report.range("identity.headers", "more than " + std::to_string(headersMax) + " are not possible");
    }
    std::set<std::string> seen;
    for (const IdentityHeader& header : identity.headers) {
        const std::string field = "identity.headers." + header.name;
        checkHeaderName(around, header.name, field, seen, report);
        if (const auto value = parseReference(header.value); !value) {
            report.range(field, textOf(value.error()));
        }
    }
    for (const ForwardIdentity::Token& token : identity.token) {
        checkHeaderName(around, token.header, "identity.token.header", seen, report);
        checkIdentityToken(token, report);
    }
    if (identity.token.size() > 1) {
        report.add(Problem::Kind::Duplicate, "identity.token", "one token is all that can be passed on");
    }
}

} // namespace

std::string textOf(const ExpressionProblem& problem) {
    return problem.message + " (at character " + std::to_string(problem.offset + 1) + ")";
}

std::vector<std::string> checkAuthorize(const Config& config, const Authorize& authorize, Reporter& report) {
    const std::pair<const char*, const std::vector<std::string>*> lists[] = {
        {"authorize.scopes", &authorize.scopes},
        {"authorize.any_scope", &authorize.anyScope},
        {"authorize.roles", &authorize.roles},
        {"authorize.all_roles", &authorize.allRoles}};
    for (const auto& [field, texts] : lists) {
        checkTexts(*texts, field, report);
        if (texts->size() > textsMax) {
            report.range(field, "more than " + std::to_string(textsMax) + " are not possible");
        }
    }
    if (authorize.when.empty()) {
        return {};
    }
    const auto rule = parseExpression(authorize.when);
    if (!rule) {
        report.range("authorize.when", textOf(rule.error()));
        return {};
    }
    for (const std::string& tier : (*rule)->tiers()) {
        if (config.tiers.find(tier) == nullptr) {
            report.add(Problem::Kind::Reference, "authorize.when", "there is no tier named " + quote(tier));
        }
    }
    return (*rule)->pathParameters();
}

void checkPolicyAccess(const Surroundings& around, const Policy& policy, Reporter& report) {
    if (policy.authenticate) {
        checkAuthenticate(around, *policy.authenticate, report);
    }
    if (policy.authorize) {
        if (policy.authorize->isEmpty()) {
            report.range("authorize", "asks for nothing: give it scopes, roles or a rule (when)");
        }
        checkAuthorize(around.config, *policy.authorize, report);
    }
    if (policy.identity) {
        checkIdentity(around, *policy.identity, report);
    }
    if (policy.everywhere) {
        for (const std::string& name : around.pathParametersOf(policy)) {
            report.range("everywhere", "the policy asks for path." + name +
                                           ", which not every route has; name it in the routes that do");
        }
    }
}

} // namespace gateway::model
