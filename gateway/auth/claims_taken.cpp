#include "gateway/auth/claim_values.h"
#include "gateway/auth/claims_check.h"
#include "gateway/base/digest.h"

namespace gateway::auth {

namespace {

using Json = nlohmann::json;

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
