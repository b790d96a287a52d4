#include "gateway/auth/claims_check.h"

#include "gateway/auth/claim_values.h"
#include "gateway/base/digest.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace gateway::auth {

namespace {

using Json = nlohmann::json;

std::string ago(double seconds) {
    return seconds < 0 ? shownSpan(seconds) + " from now" : shownSpan(seconds) + " ago";
}

} // namespace

ClaimsCheck::ClaimsCheck(const TokenRules& rules, Source source, const Json& claims, double now,
                         CheckList& list, Token& token)
    : m_rules(rules)
    , m_source(source)
    , m_claims(claims)
    , m_now(now)
    , m_list(list)
    , m_token(token) {}

void ClaimsCheck::run() {
    // Who issued it and for whom comes first: the times of somebody else's token mean nothing here.
    static constexpr std::array steps{
        &ClaimsCheck::checkIssuer,      &ClaimsCheck::checkAudience, &ClaimsCheck::checkExpiry,
        &ClaimsCheck::checkNotBefore,   &ClaimsCheck::checkIssuedAt, &ClaimsCheck::checkLifetime,
        &ClaimsCheck::checkRequired,    &ClaimsCheck::checkNames,    &ClaimsCheck::checkScopes,
        &ClaimsCheck::checkRoles,       &ClaimsCheck::checkConsumer, &ClaimsCheck::checkTier,
        &ClaimsCheck::checkCertificate, &ClaimsCheck::checkProof,
    };
    for (const auto step : steps) {
        (this->*step)();
        if (m_list.isDone()) {
            return;
        }
    }
}

const Json* ClaimsCheck::claim(const char* name) const {
    const auto at = m_claims.find(name);
    return at != m_claims.end() ? &*at : nullptr;
}

void ClaimsCheck::missing(const char* check, const char* name) {
    m_list.failed(TokenFault::ClaimMissing, check,
                  [&] { return "The token has no claim " + shownText(name) + ", which it has to have."; });
}

void ClaimsCheck::malformed(const char* check, std::string_view name, const char* wanted, const Json& found) {
    m_list.failed(TokenFault::ClaimMalformed, check, [&] {
        return "The claim " + shownText(name) + " has to be " + wanted + "; it is " + shownJson(found) + ".";
    });
}

std::optional<double> ClaimsCheck::date(const char* name, const char* check) {
    const Json* value = claim(name);
    if (value == nullptr) {
        return std::nullopt;
    }
    const auto seconds = dateOf(*value);
    if (!seconds) {
        malformed(check, name, "a time in seconds since 1970, as a number before the year 10000", *value);
    }
    return seconds;
}

void ClaimsCheck::checkIssuer() {
    static constexpr const char* check = "Issuer";
    const Json* issuer = claim("iss");
    if (issuer == nullptr) {
        if (m_source == Source::Introspection) {
            m_list.skipped(check, [] { return "The answer names no issuer."; });
        } else {
            missing(check, "iss");
        }
    } else if (!issuer->is_string()) {
        malformed(check, "iss", "a text", *issuer);
    } else if (issuer->get_ref<const std::string&>() != m_rules.issuer) {
        m_list.failed(TokenFault::WrongIssuer, check, [&] {
            return "The token is from " + shownJson(*issuer) + "; this provider's are from " +
                   shownText(m_rules.issuer) + ", letter by letter.";
        });
    } else {
        m_list.passed(check, [&] { return "The token is from " + shownJson(*issuer) + "."; });
    }
}

void ClaimsCheck::checkAudience() {
    static constexpr const char* check = "Audience";
    const Json* audience = claim("aud");
    if (audience == nullptr) {
        if (m_source == Source::AccessToken || (m_source == Source::Jwt && !m_rules.audience.empty())) {
            missing(check, "aud");
        } else {
            m_list.skipped(check, [] { return "No audience is named."; });
        }
        return;
    }
    const auto named = textsOf(*audience, false);
    if (!named) {
        malformed(check, "aud", "a text or a list of texts", *audience);
    } else if (m_rules.audience.empty()) {
        m_list.skipped(check, [&] {
            return "The token is for " + shownJson(*audience) + "; this provider's settings ask for none.";
        });
    } else if (std::none_of(named->begin(), named->end(), [&](const std::string& name) {
                   return std::find(m_rules.audience.begin(), m_rules.audience.end(), name) !=
                          m_rules.audience.end();
               })) {
        m_list.failed(TokenFault::WrongAudience, check, [&] {
            return "The token is for " + shownJson(*audience) + "; it has to be for " +
                   shownTexts(m_rules.audience) + (m_rules.audience.size() > 1 ? ", one of them." : ".");
        });
    } else {
        m_list.passed(check, [&] { return "The token is for " + shownJson(*audience) + "."; });
    }
}

void ClaimsCheck::checkExpiry() {
    static constexpr const char* check = "Expiry";
    const auto expiry = date("exp", check);
    if (!expiry) {
        if (claim("exp") != nullptr) {
            return; // noted
        }
        if (m_source == Source::Introspection) {
            m_list.skipped(check, [] { return "The answer does not say when the token expires."; });
        } else {
            missing(check, "exp");
        }
        return;
    }
    m_token.expiresAt = static_cast<std::int64_t>(std::floor(*expiry));
    if (m_now >= *expiry + m_rules.leeway) { // "on or after": RFC 7519, 4.1.4
        m_list.failed(TokenFault::Expired, check, [&] {
            return "The token expired " + ago(m_now - *expiry) + ", at " + shownDate(*expiry) +
                   "; the leeway is " + shownSpan(m_rules.leeway) + ".";
        });
        return;
    }
    m_list.passed(check, [&] {
        return m_now >= *expiry
                   ? "The token expired " + ago(m_now - *expiry) + ", within the leeway of " +
                         shownSpan(m_rules.leeway) + "."
                   : "The token expires at " + shownDate(*expiry) + ", " + ago(m_now - *expiry) + ".";
    });
}

void ClaimsCheck::checkNotBefore() {
    static constexpr const char* check = "Not before";
    const auto begin = date("nbf", check);
    if (!begin) {
        if (claim("nbf") == nullptr) {
            m_list.skipped(check, [] { return "The token does not say from when on it holds."; });
        }
    } else if (m_now < *begin - m_rules.leeway) {
        m_list.failed(TokenFault::NotYetValid, check, [&] {
            return "The token holds from " + shownDate(*begin) + " on, " + ago(m_now - *begin) +
                   "; the leeway is " + shownSpan(m_rules.leeway) + ".";
        });
    } else {
        m_list.passed(check, [&] { return "The token holds from " + shownDate(*begin) + " on."; });
    }
}

void ClaimsCheck::checkIssuedAt() {
    static constexpr const char* check = "Issued at";
    const auto issued = date("iat", check);
    if (!issued) {
        if (claim("iat") != nullptr) {
            return; // noted
        }
        if (m_source == Source::AccessToken) {
            missing(check, "iat");
        } else {
            m_list.skipped(check, [] { return "The token does not say when it was issued."; });
        }
        return;
    }
    m_token.issuedAt = static_cast<std::int64_t>(std::floor(*issued));
    if (m_now < *issued - m_rules.leeway) {
        m_list.failed(TokenFault::IssuedInFuture, check, [&] {
            return "The token was issued at " + shownDate(*issued) + ", " + ago(m_now - *issued) +
                   ": the provider's clock or the gateway's is wrong by more than the leeway of " +
                   shownSpan(m_rules.leeway) + ".";
        });
        return;
    }
    m_list.passed(check, [&] {
        return "The token was issued at " + shownDate(*issued) + ", " + ago(m_now - *issued) + ".";
    });
}

void ClaimsCheck::checkLifetime() {
    static constexpr const char* check = "Lifetime";
    const Json* expires = claim("exp");
    const Json* issued = claim("iat");
    const auto end = expires != nullptr ? dateOf(*expires) : std::nullopt;
    // Of a token that does not say when it was issued, what is left counts.
    const auto begin = issued != nullptr ? dateOf(*issued) : std::optional(m_now);
    if (m_source == Source::Introspection || m_rules.lifetimeMax <= 0 || !end || !begin) {
        m_list.skipped(check, [&] {
            return m_source == Source::Introspection ? "How long opaque tokens live is not limited here."
                                                     : "There is nothing to compare.";
        });
    } else if (*end - *begin > m_rules.lifetimeMax) {
        m_list.failed(TokenFault::LivesTooLong, check, [&] {
            return "The token lives for " + shownSpan(*end - *begin) + "; this provider's may live for " +
                   shownSpan(m_rules.lifetimeMax) + ".";
        });
    } else {
        m_list.passed(check, [&] {
            return "The token lives for " + shownSpan(*end - *begin) + " of the " +
                   shownSpan(m_rules.lifetimeMax) + " allowed.";
        });
    }
}

void ClaimsCheck::checkRequired() {
    static constexpr const char* check = "Required claims";
    std::vector<std::string> absent;
    for (const std::string& name : m_rules.requiredClaims) {
        if (findClaim(m_claims, name) == nullptr) {
            absent.push_back(name);
        }
    }
    if (m_source == Source::AccessToken) { // RFC 9068, 2.2; the others were looked at already
        for (const char* name : {"sub", "client_id", "jti"}) {
            const Json* value = claim(name);
            if (value == nullptr || value->is_null() || *value == "") {
                absent.emplace_back(name);
            }
        }
    }
    if (!absent.empty()) {
        m_list.failed(TokenFault::ClaimMissing, check, [&] {
            return "The token lacks " + shownTexts(absent) +
                   (m_source == Source::AccessToken
                        ? "; access tokens of RFC 9068 have sub, client_id and jti."
                        : ".");
        });
    } else if (m_rules.requiredClaims.empty() && m_source != Source::AccessToken) {
        m_list.skipped(check, [] { return "No others are asked for."; });
    } else {
        m_list.passed(check, [] { return "All that have to be there are there."; });
    }
}

bool ClaimsCheck::takeName(const char* check, const char* name, std::string& to) {
    const Json* value = claim(name);
    if (value == nullptr) {
        return true;
    }
    if (!value->is_string()) {
        malformed(check, name, "a text", *value);
        return false;
    }
    to = value->get_ref<const std::string&>();
    return true;
}

void ClaimsCheck::checkNames() {
    static constexpr const char* check = "Subject and client";
    std::string party;
    std::string user;
    const bool areGood = takeName(check, "sub", m_token.subject) && takeName(check, "jti", m_token.id) &&
                         takeName(check, "client_id", m_token.client) && takeName(check, "azp", party) &&
                         (m_source != Source::Introspection || takeName(check, "username", user));
    if (m_token.client.empty()) {
        m_token.client = std::move(party);
    }
    if (areGood) {
        m_list.passed(check, [&] {
            return "Subject " + (m_token.subject.empty() ? "not named" : shownText(m_token.subject)) +
                   ", client " + (m_token.client.empty() ? "not named" : shownText(m_token.client)) + ".";
        });
    }
}

void ClaimsCheck::checkScopes() {
    static constexpr const char* check = "Scopes";
    const Json* value = findClaim(m_claims, m_rules.scopesClaim);
    // Some providers' own name for the registered claim.
    if (value == nullptr && m_rules.scopesClaim == "scope") {
        value = findClaim(m_claims, "scp");
    }
    if (value == nullptr) {
        m_list.skipped(check, [] { return "The token has none."; });
        return;
    }
    auto scopes = textsOf(*value, true);
    if (!scopes) {
        malformed(check, m_rules.scopesClaim, "a text or a list of texts", *value);
        return;
    }
    m_token.scopes = std::move(*scopes);
    m_list.passed(check, [&] {
        return m_token.scopes.empty() ? std::string("The token has none.") : shownTexts(m_token.scopes) + ".";
    });
}

void ClaimsCheck::checkRoles() {
    static constexpr const char* check = "Roles";
    const Json* value = m_rules.rolesClaim.empty() ? nullptr : findClaim(m_claims, m_rules.rolesClaim);
    if (value == nullptr) {
        m_list.skipped(check, [&] {
            return m_rules.rolesClaim.empty()
                       ? "This provider's settings name no claim for them."
                       : "The token has no claim " + shownText(m_rules.rolesClaim) + ".";
        });
        return;
    }
    // A text is one role: a name with a space must not become two others.
    auto roles = textsOf(*value, false);
    if (!roles) {
        malformed(check, m_rules.rolesClaim, "a text or a list of texts", *value);
        return;
    }
    m_token.roles = std::move(*roles);
    m_list.passed(check, [&] {
        return m_token.roles.empty() ? std::string("The token has none.") : shownTexts(m_token.roles) + ".";
    });
}

namespace {

/// Takes the text of a claim that settings name.
void takeSetting(const Json& claims, const std::string& name, const char* check, const char* what,
                 CheckList& list, std::string& to) {
    const Json* value = name.empty() ? nullptr : findClaim(claims, name);
    if (value == nullptr) {
        list.skipped(check, [&] {
            return name.empty() ? std::string("This provider's settings name no claim for it.")
                                : "The token has no claim " + shownText(name) + ".";
        });
    } else if (!value->is_string()) {
        list.failed(TokenFault::ClaimMalformed, check, [&] {
            return "The claim " + shownText(name) + " has to be a text; it is " + shownJson(*value) + ".";
        });
    } else {
        to = value->get_ref<const std::string&>();
        list.passed(check, [&] { return std::string(what) + " " + shownText(to) + "."; });
    }
}

} // namespace

void ClaimsCheck::checkConsumer() {
    takeSetting(m_claims, m_rules.consumerClaim, "Consumer claim", "It names the consumer", m_list,
                m_token.consumer);
}

void ClaimsCheck::checkTier() {
    takeSetting(m_claims, m_rules.tierClaim, "Tier claim", "It names the tier", m_list, m_token.tier);
}

std::string ClaimsCheck::confirmation(const char* method, const char* check, bool& isMalformed) {
    const Json* confirmations = claim("cnf");
    isMalformed = false;
    if (confirmations == nullptr) {
        return {};
    }
    if (!confirmations->is_object()) {
        isMalformed = true;
        malformed(check, "cnf", "an object (RFC 7800, 3.1)", *confirmations);
        return {};
    }
    const auto at = confirmations->find(method);
    if (at == confirmations->end()) {
        return {};
    }
    std::string digest = digestOf(*at);
    if (digest.empty()) {
        isMalformed = true;
        malformed(check, std::string("cnf.") + method, "a SHA-256 digest in base64url", *at);
    }
    return digest;
}

void ClaimsCheck::checkCertificate() {
    static constexpr const char* check = "Bound to a certificate";
    bool isMalformed = false;
    const std::string digest = confirmation("x5t#S256", check, isMalformed);
    if (isMalformed) {
        return;
    }
    m_token.certificateFingerprint = toHex(digest);
    if (!digest.empty()) {
        m_list.passed(check, [&] {
            return "Only the caller with the certificate " + m_token.certificateFingerprint + " may use it.";
        });
    } else if (m_rules.certificateBound) {
        m_list.failed(TokenFault::WrongCertificate, check, [] {
            return "The token is bound to no certificate (cnf.x5t#S256); this provider's have to be.";
        });
    } else {
        m_list.skipped(check, [] { return "It is not, and does not have to be."; });
    }
}

void ClaimsCheck::checkProof() {
    static constexpr const char* check = "Bound to a key (DPoP)";
    bool isMalformed = false;
    const std::string digest = confirmation("jkt", check, isMalformed);
    if (isMalformed) {
        return;
    }
    if (!digest.empty()) {
        m_token.keyThumbprint = m_claims.at("cnf").at("jkt").get_ref<const std::string&>();
        m_list.passed(check, [&] {
            return "Only the caller with the key " + shownText(m_token.keyThumbprint) + " may use it.";
        });
    } else if (m_rules.senderConstrained) {
        m_list.failed(TokenFault::WrongProof, check,
                      [] { return "The token is bound to no key (cnf.jkt); this provider's have to be."; });
    } else {
        m_list.skipped(check, [] { return "It is not, and does not have to be."; });
    }
}

} // namespace gateway::auth
