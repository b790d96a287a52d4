#include "gateway/service/token_inspector.h"

#include "gateway/auth/strict_json.h"
#include "gateway/crypto/jws.h"
#include "gateway/model/scalars.h"
#include "gateway/service/policy_text.h"

#include <algorithm>
#include <array>

namespace gateway::service {

using auth::TokenCheck;
using auth::TokenFault;
using Verdict = TokenCheck::Verdict;

namespace {

constexpr std::string_view keyStart = "gh_";

void add(TokenReport& report, const char* name, Verdict verdict, std::string detail) {
    report.checks.push_back({name, verdict, std::move(detail)});
}

/// The first fault is the report's.
void failCheck(TokenReport& report, const char* name, TokenFault fault, std::string detail) {
    if (report.fault == TokenFault::None) {
        report.fault = fault;
    }
    add(report, name, Verdict::Failed, std::move(detail));
}

/// Without white space around, and without the scheme that people copy along.
std::string_view tokenIn(std::string_view text) {
    constexpr std::string_view white = " \t\r\n";
    const auto trim = [&text, white] {
        const auto first = text.find_first_not_of(white);
        text = first == std::string_view::npos ? std::string_view()
                                               : text.substr(first, text.find_last_not_of(white) + 1 - first);
    };
    trim();
    for (const std::string_view prefix :
         {"Authorization:", "authorization:", "Bearer ", "bearer ", "DPoP "}) {
        if (text.starts_with(prefix)) {
            text.remove_prefix(prefix.size());
            trim();
        }
    }
    return text;
}

/// A part of a JWT for people; empty where it is no JSON.
std::string laidOut(std::string_view token, std::size_t part) {
    for (; part > 0; --part) {
        const auto dot = token.find('.');
        if (dot == std::string_view::npos) {
            return {};
        }
        token.remove_prefix(dot + 1);
    }
    const auto text = crypto::fromBase64Url(token.substr(0, token.find('.')));
    const auto json = text ? auth::parseStrictJson(*text)
                           : Result<nlohmann::json>(fail(ErrorKind::Input, "token-part", "no base64url"));
    return json ? json->dump(2, ' ', false, nlohmann::json::error_handler_t::replace) : std::string();
}

void addAll(std::vector<std::string>& to, const std::vector<std::string>& from) {
    to.insert(to.end(), from.begin(), from.end());
    std::sort(to.begin(), to.end());
    to.erase(std::unique(to.begin(), to.end()), to.end());
}

std::string firstFailure(const TokenReport& report) {
    const auto at = std::find_if(report.checks.begin(), report.checks.end(),
                                 [](const TokenCheck& check) { return check.verdict == Verdict::Failed; });
    return at == report.checks.end() ? std::string() : at->detail;
}

void conclude(TokenReport& report) {
    if (report.fault != TokenFault::None) {
        report.consumer.clear();
        report.tier.clear();
        report.scopes.clear();
        report.roles.clear();
        const std::string why = firstFailure(report);
        report.verdict = why.empty() ? "Refused." : "Refused: " + why;
        return;
    }
    report.verdict = "Good: " + (report.consumer.empty() ? std::string("a caller who is no consumer")
                                                         : "consumer " + report.consumer);
    report.verdict += ", tier " + report.tier + ".";
}

} // namespace

const model::Consumer* consumerOf(const model::Config& config, const auth::Token& token,
                                  const model::IdentityProvider& provider) {
    if (!token.consumer.empty()) {
        return config.consumers.find(token.consumer);
    }
    if (token.subject.empty()) {
        return nullptr;
    }
    for (const model::Consumer& consumer : config.consumers) {
        for (const model::ConsumerIdentity& identity : consumer.identities) {
            if (identity.kind == model::ConsumerIdentity::Kind::Subject &&
                identity.provider == provider.name && identity.value == token.subject) {
                return &consumer;
            }
        }
    }
    return nullptr;
}

const model::Tier* tierOf(const model::Config& config, const auth::Token& token,
                          const model::IdentityProvider& provider) {
    // Who is named and not there went, and gets nothing in its place.
    if (!token.consumer.empty() || token.subject.empty()) {
        return nullptr;
    }
    if (!token.tier.empty()) {
        if (const model::Tier* tier = config.tiers.find(token.tier); tier != nullptr) {
            return tier;
        }
    }
    return provider.tier.empty() ? nullptr : config.tiers.find(provider.tier);
}

WallTime TokenInspector::timeOf(const TokenQuery& query) const {
    return query.at == WallTime{} ? m_grounds.now : query.at;
}

TokenInspector::Recognition TokenInspector::recognise(const TokenQuery& query) const {
    Recognition found;
    found.text = tokenIn(query.token);
    const auto& providers = m_grounds.config.identityProviders;
    // What has the form of a key never goes to anybody else.
    if (found.text.starts_with(keyStart) || m_grounds.keys.find(sha256(found.text)) != nullptr) {
        found.kind = Kind::ApiKey;
        return found;
    }
    found.kind = auth::TokenVerifier::looksLikeJwt(found.text) ? Kind::Jwt : Kind::OpaqueToken;
    const bool isJwt = found.kind == Kind::Jwt;
    if (!query.provider.empty()) {
        found.provider = providers.find(query.provider);
        found.about = found.provider != nullptr ? "Identity provider " + query.provider + ", as asked for."
                                                : "There is no identity provider " + query.provider + ".";
        if (found.provider != nullptr && !isJwt && !found.provider->introspection) {
            found.about = "It is no JWT, and identity provider " + query.provider +
                          " has no introspection to ask about it.";
            found.provider = nullptr;
        }
        return found;
    }
    std::vector<const model::IdentityProvider*> fitting;
    const std::string issuer = isJwt ? auth::TokenVerifier::peek(found.text).issuer : std::string();
    for (const model::IdentityProvider& provider : providers) {
        if (isJwt ? !issuer.empty() && provider.issuer == issuer : provider.introspection.has_value()) {
            fitting.push_back(&provider);
        }
    }
    if (fitting.size() == 1 || (isJwt && !fitting.empty())) {
        found.provider = fitting.front();
        found.about = "Identity provider " + found.provider->name +
                      (isJwt ? ", by the issuer that the token names."
                             : ", the only one that can be asked about tokens.");
    } else if (isJwt) {
        found.about = issuer.empty() ? std::string("The token names no issuer; choose an identity provider.")
                                     : "No identity provider has the issuer " + issuer + ".";
    } else {
        found.about = fitting.empty()
                          ? "It is no key that is known here and no JWT, and no identity provider has "
                            "introspection to ask about it."
                          : "It is no JWT, and several identity providers have introspection; choose one.";
    }
    return found;
}

TokenReport TokenInspector::begin(const Recognition& recognition) const {
    TokenReport report;
    report.fault = TokenFault::None;
    switch (recognition.kind) {
    case Kind::ApiKey:
        report.kind = "API key";
        return report;
    case Kind::Jwt:
        report.kind = "JWT";
        report.header = laidOut(recognition.text, 0);
        report.claims = laidOut(recognition.text, 1);
        break;
    case Kind::OpaqueToken:
        report.kind = "opaque token";
        break;
    }
    if (recognition.text.empty()) {
        failCheck(report, "Size", TokenFault::Missing, "There is no token.");
    } else if (recognition.provider == nullptr) {
        failCheck(report, "Provider", TokenFault::WrongIssuer, recognition.about);
    } else {
        report.provider = recognition.provider->name;
        add(report, "Provider", Verdict::Passed, recognition.about);
    }
    return report;
}

TokenReport TokenInspector::inspect(const Recognition& recognition, const TokenQuery& query) const {
    if (recognition.kind == Kind::ApiKey) {
        return inspectKey(recognition, query);
    }
    if (recognition.kind == Kind::Jwt) {
        return inspectJwt(recognition, query);
    }
    TokenReport report = begin(recognition);
    if (recognition.provider != nullptr) {
        failCheck(report, "Answer", TokenFault::ProviderDown, "The provider was not asked.");
    }
    conclude(report);
    return report;
}

TokenReport TokenInspector::inspectJwt(const Recognition& recognition, const TokenQuery& query) const {
    TokenReport report = begin(recognition);
    if (recognition.provider == nullptr) {
        conclude(report);
        return report;
    }
    const auth::TokenVerifier verifier(*recognition.provider);
    const auto keys = m_grounds.keySetOf(*recognition.provider);
    const auth::TokenResult result =
        verifier.verify(recognition.text, keys.get(), timeOf(query), &report.checks);
    finish(recognition, query, result, report);
    return report;
}

TokenReport TokenInspector::inspectAnswer(const Recognition& recognition, const TokenQuery& query,
                                          const Result<std::string>& answer) const {
    TokenReport report = begin(recognition);
    if (!answer) {
        failCheck(report, "Answer", TokenFault::ProviderDown,
                  "The provider gave no answer: " + answer.error().message);
        conclude(report);
        return report;
    }
    if (const auto json = auth::parseStrictJson(*answer)) {
        report.claims = json->dump(2, ' ', false, nlohmann::json::error_handler_t::replace);
    }
    const auth::TokenVerifier verifier(*recognition.provider);
    finish(recognition, query, verifier.readIntrospection(*answer, timeOf(query), &report.checks), report);
    return report;
}

void TokenInspector::finish(const Recognition& recognition, const TokenQuery& query,
                            const auth::TokenResult& result, TokenReport& report) const {
    report.fault = result.fault;
    if (result.token) {
        const auth::Token& token = *result.token;
        if (m_grounds.revocations.isRevoked(token)) {
            failCheck(report, "Revocation", TokenFault::Revoked, "The token is revoked.");
        } else {
            add(report, "Revocation", Verdict::Passed, "No revocation is about the token.");
        }
        checkBinding(token, query, report);
        checkCaller(token, *recognition.provider, report);
        if (token.expiresAt != 0) {
            report.expires = WallTime(std::chrono::seconds(token.expiresAt));
        }
    }
    conclude(report);
}

void TokenInspector::checkBinding(const auth::Token& token, const TokenQuery& query,
                                  TokenReport& report) const {
    if (!token.certificateFingerprint.empty()) {
        std::string shown = query.certificateFingerprint;
        std::erase(shown, ':');
        std::transform(shown.begin(), shown.end(), shown.begin(),
                       [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        if (shown == token.certificateFingerprint) {
            add(report, "Certificate shown", Verdict::Passed, "It is the one that the token is bound to.");
        } else {
            failCheck(report, "Certificate shown", TokenFault::WrongCertificate,
                      (shown.empty() ? "No client certificate comes with the token" : "It is another one") +
                          std::string(": the token only holds with ") + token.certificateFingerprint + ".");
        }
    }
    if (!token.keyThumbprint.empty()) {
        add(report, "Proof", Verdict::Skipped,
            "Each request needs a proof (DPoP) by the key " + token.keyThumbprint + " with it.");
    }
}

void TokenInspector::takeConsumer(const model::Consumer& consumer, TokenReport& report) const {
    if (m_grounds.revocations.isRevoked(consumer.id)) {
        failCheck(report, "Consumer", TokenFault::Revoked, "Consumer " + consumer.name + " is revoked.");
        return;
    }
    report.consumer = consumer.name;
    report.tier = consumer.tier;
    addAll(report.roles, consumer.roles);
}

void TokenInspector::checkCaller(const auth::Token& token, const model::IdentityProvider& provider,
                                 TokenReport& report) const {
    report.scopes = token.scopes;
    report.roles = token.roles;
    const bool isNamed = !token.consumer.empty();
    const std::string subject = token.subject.empty() ? "(none)" : token.subject;
    if (const model::Consumer* consumer = consumerOf(m_grounds.config, token, provider)) {
        takeConsumer(*consumer, report);
        if (!report.consumer.empty()) {
            add(report, "Consumer", Verdict::Passed,
                "Consumer " + consumer->name +
                    (isNamed ? ", by claim " + provider.consumerClaim : ", by subject " + subject) + ".");
        }
        return;
    }
    if (const model::Tier* tier = tierOf(m_grounds.config, token, provider)) {
        report.tier = tier->name;
        add(report, "Consumer", Verdict::Passed,
            "No consumer; its subject gets a rate of its own, by tier " + tier->name + ".");
        return;
    }
    failCheck(report, "Consumer", TokenFault::NoConsumer,
              isNamed
                  ? "Claim " + provider.consumerClaim + " names " + token.consumer + ", which is no consumer."
                  : "No consumer is known by subject " + subject + " of " + provider.name +
                        ", and there is no tier for others.");
}

TokenReport TokenInspector::inspectKey(const Recognition& recognition, const TokenQuery& query) const {
    TokenReport report = begin(recognition);
    if (recognition.text.starts_with(keyStart)) {
        if (auth::hasValidChecksum(recognition.text)) {
            add(report, "Checksum", Verdict::Passed, "The key is complete and without a typing error.");
        } else {
            failCheck(report, "Checksum", TokenFault::Malformed,
                      "The checksum is wrong: a character is missing, or another one.");
        }
    } else {
        add(report, "Checksum", Verdict::Skipped, "The key was made elsewhere and has none.");
    }
    const auth::KeyCheck check = auth::checkKey(m_grounds.keys, recognition.text, timeOf(query));
    switch (check.verdict) {
    case auth::KeyVerdict::Missing:
    case auth::KeyVerdict::Malformed:
        failCheck(report, "Key", TokenFault::Malformed,
                  "Keys are 8 to 256 visible characters; this is something else.");
        break;
    case auth::KeyVerdict::Unknown:
        failCheck(report, "Key", TokenFault::KeyUnknown, "No key like this was ever made here.");
        break;
    case auth::KeyVerdict::Good:
    case auth::KeyVerdict::WrongAddress:
        break;
    case auth::KeyVerdict::Disabled:
        failCheck(report, "State", TokenFault::NotActive, "The key is disabled.");
        break;
    case auth::KeyVerdict::Revoked:
        failCheck(report, "State", TokenFault::Revoked, "The key is revoked.");
        break;
    case auth::KeyVerdict::Expired:
        failCheck(report, "Expiry", TokenFault::Expired, "The key has expired.");
        break;
    }
    if (check.entry != nullptr) {
        checkKeyOwner(*check.entry, report);
    }
    conclude(report);
    return report;
}

void TokenInspector::checkKeyOwner(const auth::KeyTable::Entry& entry, TokenReport& report) const {
    if (report.fault == TokenFault::None) {
        add(report, "State", Verdict::Passed, "The key is active.");
    }
    if (const auto seconds = entry.expiresAt.load(); seconds != 0) {
        report.expires = WallTime(std::chrono::seconds(seconds));
        if (report.fault == TokenFault::None) {
            add(report, "Expiry", Verdict::Passed,
                "It expires at " + model::formatTime(*report.expires) + ".");
        }
    } else {
        add(report, "Expiry", Verdict::Passed, "It does not expire.");
    }
    const model::ConsumerId owner{entry.consumer.load()};
    const model::Consumer* consumer = m_grounds.config.consumers.findById(owner);
    if (consumer == nullptr) {
        failCheck(report, "Consumer", TokenFault::NoConsumer, "Its consumer is not there any more.");
        return;
    }
    const auto key = m_grounds.findKey(owner, model::KeyId{entry.key.load()});
    takeConsumer(*consumer, report);
    if (!m_grounds.revocations.isRevoked(owner)) {
        add(report, "Consumer", Verdict::Passed,
            "It is " + (key ? "key " + key->name : std::string("a key")) + " of consumer " + consumer->name +
                ".");
    }
    report.scopes = m_grounds.keys.grantsOf(entry).scopes;
    if (key && !key->addresses.empty()) {
        add(report, "Address", Verdict::Skipped,
            "It only works from " + enumerate(key->addresses, " or ") + ".");
    }
}

} // namespace gateway::service
