#include "gateway/auth/token_verifier.h"

#include "gateway/auth/check_list.h"
#include "gateway/auth/claim_values.h"
#include "gateway/auth/claims_check.h"
#include "gateway/auth/compact_jws.h"
#include "gateway/auth/strict_json.h"
#include "gateway/auth/token_rules.h"
#include "gateway/crypto/jws.h"

#include <algorithm>
#include <array>
#include <optional>

namespace gateway::auth {

namespace {

using Json = nlohmann::json;

double secondsOf(WallTime time) {
    return std::chrono::duration<double>(time.time_since_epoch()).count();
}

/// Looks at one JWT, part by part.
class JwtCheck {
public:
    JwtCheck(const TokenRules& rules, const KeySet* keys, double now, CheckList& list)
        : m_rules(rules)
        , m_keys(keys)
        , m_now(now)
        , m_list(list) {}

    /// Null unless all was good.
    TokenPointer run(std::string_view token);
    [[nodiscard]] std::string& unknownKey() noexcept { return m_unknownKey; }

private:
    bool checkForm(std::string_view token);
    void checkHeader();
    void checkCritical(const Json& header);
    void checkAlgorithm(const Json& header);
    void checkType(const Json& header);
    void checkSignature(const Json& header);
    void lackKey(const std::string& keyId);

    const TokenRules& m_rules;
    const KeySet* m_keys;
    const double m_now;
    CheckList& m_list;
    CompactJws m_parts;
    std::string m_signature;
    const Algorithm* m_algorithm = nullptr; ///< null: none that is allowed
    bool m_isAccessToken = false;           ///< by RFC 9068
    std::string m_unknownKey;
};

bool JwtCheck::checkForm(std::string_view token) {
    if (token.empty()) {
        m_list.failed(TokenFault::Missing, "Size", [] { return "There is no token."; });
        return false;
    }
    if (token.size() > m_rules.bytesMax) {
        m_list.failed(TokenFault::TooLarge, "Size", [&] {
            return "The token has " + std::to_string(token.size()) + " bytes; at most " +
                   std::to_string(m_rules.bytesMax) + " are looked at.";
        });
        return false;
    }
    m_list.passed("Size", [&] {
        return std::to_string(token.size()) + " bytes of at most " + std::to_string(m_rules.bytesMax) + ".";
    });
    const auto parts = splitJws(token);
    auto signature = parts ? crypto::fromBase64Url(parts->signature) : std::nullopt;
    if (!parts || !signature) {
        m_list.failed(TokenFault::Malformed, "Form", [&] {
            if (parts) {
                return std::string("The signature is no base64url without padding.");
            }
            const auto dots = std::count(token.begin(), token.end(), '.');
            return "A signed token is three parts with dots between; this has " + std::to_string(dots + 1) +
                   (dots == 4 ? ", as encrypted ones have, which are not taken." : ".");
        });
        return false;
    }
    m_parts = *parts;
    m_signature = std::move(*signature);
    m_list.passed("Form", [] { return "Three parts with dots between."; });
    return true;
}

void JwtCheck::checkHeader() {
    const auto header = objectOf(m_parts.header);
    if (!header) {
        m_list.failed(TokenFault::Malformed, "Header",
                      [&] { return "The header cannot be read: " + header.error().message + "."; });
        return;
    }
    m_list.passed("Header", [&] { return shownJson(*header) + "."; });
    for (const auto step : {&JwtCheck::checkCritical, &JwtCheck::checkAlgorithm, &JwtCheck::checkType,
                            &JwtCheck::checkSignature}) {
        if (m_list.isDone()) {
            return;
        }
        (this->*step)(*header);
    }
}

/// RFC 7515, 4.1.11: no extension is understood here, so whatever is critical is a reason to refuse. The
/// one of RFC 7797 changes what is signed, and JWTs must not use it.
void JwtCheck::checkCritical(const Json& header) {
    for (const char* name : {"crit", "b64"}) {
        if (const auto at = header.find(name); at != header.end()) {
            m_list.failed(TokenFault::CriticalUnknown, "Critical headers", [&] {
                return "The header has " + shownText(name) + ": " + shownJson(*at) +
                       "; no extension that has to be understood is understood here.";
            });
            return;
        }
    }
    m_list.passed("Critical headers", [] { return "The header has none."; });
}

void JwtCheck::checkAlgorithm(const Json& header) {
    static constexpr const char* check = "Algorithm";
    const auto named = header.find("alg");
    if (named == header.end() || !named->is_string()) {
        m_list.failed(TokenFault::Malformed, check,
                      [] { return "The header names no algorithm (\"alg\") as a text."; });
        return;
    }
    const auto allowed = [&] {
        std::vector<std::string> names;
        for (const Algorithm algorithm : m_rules.algorithms) {
            names.emplace_back(algorithmName(algorithm));
        }
        return shownTexts(names);
    };
    const Algorithm* algorithm = parseAlgorithm(named->get_ref<const std::string&>());
    if (algorithm == nullptr || !m_rules.allows(*algorithm)) {
        m_list.failed(TokenFault::AlgorithmNotAllowed, check, [&] {
            return "The token is signed by " + shownJson(*named) + "; this provider's may be by " +
                   allowed() + ".";
        });
        return;
    }
    m_algorithm = algorithm;
    m_list.passed(check, [&] { return "Signed by " + shownJson(*named) + ", which is allowed."; });
}

void JwtCheck::checkType(const Json& header) {
    static constexpr const char* check = "Type";
    static constexpr std::array<std::string_view, 2> usual{"jwt", "at+jwt"};
    const auto named = header.find("typ");
    const bool isText = named != header.end() && named->is_string();
    const std::string type = isText ? mediaType(named->get_ref<const std::string&>()) : std::string();
    const auto isOf = [&](const auto& list) {
        return std::find(list.begin(), list.end(), type) != list.end();
    };
    const bool mayLack = m_rules.types.empty() && named == header.end();
    const bool isWanted = isText && (m_rules.types.empty() ? isOf(usual) : isOf(m_rules.types));
    m_isAccessToken = type == "at+jwt";
    if (!mayLack && !isWanted) {
        m_list.failed(TokenFault::WrongType, check, [&] {
            return (named == header.end() ? "The token names no type"
                                          : "The token is of type " + shownJson(*named)) +
                   "; this provider's have to be of type " +
                   (m_rules.types.empty() ? "\"JWT\", \"at+jwt\" or none" : shownTexts(m_rules.types)) + ".";
        });
        return;
    }
    m_list.passed(check, [&] {
        return mayLack           ? std::string("The token names none, and does not have to.")
               : m_isAccessToken ? std::string("An access token of RFC 9068.")
                                 : shownJson(*named) + ", which is allowed.";
    });
}

void JwtCheck::lackKey(const std::string& keyId) {
    m_unknownKey = keyId;
    m_list.failed(TokenFault::KeyUnknown, "Key", [&] {
        return (keyId.empty() ? "The provider has no key"
                              : "The provider has no key with the id " + shownText(keyId)) +
               " that can check " + algorithmName(*m_algorithm) + "; it has " +
               std::to_string(m_keys->keys().size()) + " keys.";
    });
}

void JwtCheck::checkSignature(const Json& header) {
    if (const auto id = header.find("kid"); id != header.end() && !id->is_string()) {
        m_list.failed(TokenFault::Malformed, "Key", [&] {
            return "The id of the key (\"kid\") has to be a text; it is " + shownJson(*id) + ".";
        });
        return;
    }
    if (m_algorithm == nullptr) {
        m_list.skipped("Signature", [] { return "Without an algorithm that is allowed nobody can tell."; });
        return;
    }
    if (m_keys == nullptr) {
        m_list.failed(TokenFault::KeysUnavailable, "Key",
                      [] { return "The provider's keys were not to be had yet."; });
        return;
    }
    const std::string keyId = memberText(header, "kid");
    const auto candidates = m_keys->candidates(keyId, *m_algorithm);
    if (candidates.empty()) {
        lackKey(keyId);
        return;
    }
    const auto signer = std::find_if(candidates.begin(), candidates.end(), [&](const VerificationKey* key) {
        return verifySignature(*key, *m_algorithm, m_parts.signedText, m_signature);
    });
    if (signer != candidates.end()) {
        m_list.passed("Signature", [&] {
            return "By the key " + ((*signer)->id.empty() ? "without an id" : shownText((*signer)->id)) +
                   " (" + (*signer)->kind + ").";
        });
    } else if (!keyId.empty() && !m_keys->knows(keyId)) {
        lackKey(keyId); // keys without an id were tried; the one that is meant may still come
    } else {
        m_list.failed(TokenFault::BadSignature, "Signature", [&] {
            return "The signature is by none of the " + std::to_string(candidates.size()) +
                   " keys that may have signed it: the token was changed, or is from somebody else.";
        });
    }
}

TokenPointer JwtCheck::run(std::string_view token) {
    if (!checkForm(token)) {
        return nullptr;
    }
    checkHeader();
    if (m_list.isDone()) {
        return nullptr;
    }
    // After the signature: nothing of what a stranger made is looked at.
    auto claims = objectOf(m_parts.payload);
    if (!claims) {
        m_list.failed(TokenFault::Malformed, "Claims",
                      [&] { return "The claims cannot be read: " + claims.error().message + "."; });
        return nullptr;
    }
    m_list.passed("Claims", [&] { return std::to_string(claims->size()) + " claims."; });
    const auto result = std::make_shared<Token>();
    const auto source = m_isAccessToken ? ClaimsCheck::Source::AccessToken : ClaimsCheck::Source::Jwt;
    ClaimsCheck(m_rules, source, *claims, m_now, m_list, *result).run();
    result->provider = m_rules.provider;
    result->claims = std::move(*claims);
    return m_list.fault() == TokenFault::None ? result : nullptr;
}

/// RFC 7662, 2.2: `token_type` as in RFC 6749, 5.1.
void checkTokenType(const Json& answer, CheckList& list) {
    static constexpr const char* check = "Type";
    static constexpr std::array<std::string_view, 3> usual{"bearer", "dpop", "access_token"};
    const auto named = answer.find("token_type");
    if (named == answer.end()) {
        list.skipped(check, [] { return "The answer names no type."; });
    } else if (!named->is_string()) {
        list.failed(TokenFault::ClaimMalformed, check,
                    [&] { return "\"token_type\" has to be a text; it is " + shownJson(*named) + "."; });
    } else if (std::find(usual.begin(), usual.end(), mediaType(named->get_ref<const std::string&>())) ==
               usual.end()) {
        list.failed(TokenFault::WrongType, check, [&] {
            return "The token is of type " + shownJson(*named) + "; it has to be an access token.";
        });
    } else {
        list.passed(check, [&] { return shownJson(*named) + "."; });
    }
}

/// False: nothing more can be said.
bool checkActive(const Json& answer, CheckList& list) {
    static constexpr const char* check = "Active";
    const auto active = answer.find("active");
    if (active == answer.end()) {
        list.failed(TokenFault::ClaimMissing, check,
                    [] { return "The answer does not say whether the token is active (RFC 7662, 2.2)."; });
    } else if (!active->is_boolean()) {
        list.failed(TokenFault::ClaimMalformed, check,
                    [&] { return "\"active\" has to be true or false; it is " + shownJson(*active) + "."; });
    } else if (!active->get<bool>()) {
        list.failed(TokenFault::NotActive, check, [] {
            return "The provider says that the token is not active: expired, revoked, or not one of its own.";
        });
        return false;
    } else {
        list.passed(check, [] { return "The provider says that the token is active."; });
    }
    return true;
}

} // namespace

TokenVerifier::TokenVerifier(const model::IdentityProvider& settings)
    : m_rules(std::make_shared<const TokenRules>(settings)) {}

TokenResult TokenVerifier::verify(std::string_view token, const KeySet* keys, WallTime now,
                                  std::vector<TokenCheck>* checks) const {
    CheckList list(checks);
    JwtCheck check(*m_rules, keys, secondsOf(now), list);
    TokenPointer good = check.run(token);
    TokenResult result{.fault = list.fault(), .token = std::move(good)};
    if (result.fault == TokenFault::KeyUnknown) {
        result.keyId = std::move(check.unknownKey());
    }
    return result;
}

TokenResult TokenVerifier::readIntrospection(std::string_view json, WallTime now,
                                             std::vector<TokenCheck>* checks) const {
    CheckList list(checks);
    auto answer = parseStrictJson(json);
    if (!answer || !answer->is_object()) {
        list.failed(TokenFault::Malformed, "Answer", [&] {
            return "The provider's answer cannot be read: " +
                   (answer ? "it is no JSON object" : answer.error().message) + ".";
        });
        return {.fault = list.fault()};
    }
    list.passed("Answer", [&] { return "A JSON object."; });
    if (!checkActive(*answer, list) || list.isDone()) {
        return {.fault = list.fault()};
    }
    checkTokenType(*answer, list);
    if (list.isDone()) {
        return {.fault = list.fault()};
    }
    const auto token = std::make_shared<Token>();
    ClaimsCheck(*m_rules, ClaimsCheck::Source::Introspection, *answer, secondsOf(now), list, *token).run();
    token->provider = m_rules->provider;
    token->introspected = true;
    token->claims = std::move(*answer);
    return {.fault = list.fault(), .token = list.fault() == TokenFault::None ? token : nullptr};
}

bool TokenVerifier::isExpired(const Token& token, WallTime now) const noexcept {
    return token.expiresAt != 0 && secondsOf(now) >= static_cast<double>(token.expiresAt) + m_rules->leeway;
}

TokenVerifier::Hints TokenVerifier::peek(std::string_view token) {
    Hints hints;
    const auto parts = splitJws(token);
    if (!parts) {
        return hints;
    }
    if (const auto header = objectOf(parts->header)) {
        hints.keyId = memberText(*header, "kid");
        hints.algorithm = memberText(*header, "alg");
    }
    if (const auto payload = objectOf(parts->payload)) {
        hints.issuer = memberText(*payload, "iss");
    }
    return hints;
}

bool TokenVerifier::looksLikeJwt(std::string_view token) noexcept {
    // `{` is "e", with the first bits of whatever comes next, which is a quote or white space.
    return token.size() > 2 && token[0] == 'e' && (token[1] == 'y' || token[1] == 'w') &&
           std::count(token.begin(), token.end(), '.') == 2;
}

} // namespace gateway::auth
