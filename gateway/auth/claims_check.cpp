#include "gateway/auth/claims_check.h"

#include "gateway/auth/claim_values.h"

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

} // namespace gateway::auth
