#include "gateway/auth/key_set.h"

#include "gateway/auth/jwk.h"
#include "gateway/auth/strict_json.h"

#include <algorithm>
#include <array>

namespace gateway::auth {

namespace {

using Json = nlohmann::json;

struct Named {
    const char* name;
    Algorithm algorithm;
    KeyType type;
    std::size_t digestBytes;
};

/// In the order of Algorithm.
constexpr std::array<Named, 13> named{{{"RS256", Algorithm::RS256, KeyType::Rsa, 32},
                                       {"RS384", Algorithm::RS384, KeyType::Rsa, 48},
                                       {"RS512", Algorithm::RS512, KeyType::Rsa, 64},
                                       {"PS256", Algorithm::PS256, KeyType::Rsa, 32},
                                       {"PS384", Algorithm::PS384, KeyType::Rsa, 48},
                                       {"PS512", Algorithm::PS512, KeyType::Rsa, 64},
                                       {"ES256", Algorithm::ES256, KeyType::P256, 32},
                                       {"ES384", Algorithm::ES384, KeyType::P384, 48},
                                       {"ES512", Algorithm::ES512, KeyType::P521, 64},
                                       {"EdDSA", Algorithm::EdDSA, KeyType::Ed25519, 0},
                                       {"HS256", Algorithm::HS256, KeyType::Hmac, 32},
                                       {"HS384", Algorithm::HS384, KeyType::Hmac, 48},
                                       {"HS512", Algorithm::HS512, KeyType::Hmac, 64}}};

constexpr std::size_t secretBytesMin = 32;

const Named& entryOf(Algorithm algorithm) noexcept {
    return named[static_cast<std::size_t>(algorithm)];
}

tl::unexpected<Error> refused(std::string message) {
    return fail(ErrorKind::Input, "key-set-refused", std::move(message));
}

} // namespace

const char* algorithmName(Algorithm algorithm) noexcept {
    return entryOf(algorithm).name;
}

const Algorithm* parseAlgorithm(std::string_view name) noexcept {
    for (const Named& entry : named) {
        if (name == entry.name) {
            return &entry.algorithm;
        }
    }
    return nullptr;
}

bool VerificationKey::fits(Algorithm wanted) const noexcept {
    const Named& entry = entryOf(wanted);
    const bool isLongEnough = type != KeyType::Hmac || secret.size() >= entry.digestBytes;
    return type == entry.type && isLongEnough && (algorithm.empty() || algorithm == entry.name);
}

Result<std::shared_ptr<const KeySet>> KeySet::fromJwks(std::string_view json) {
    const auto document = parseStrictJson(json);
    if (!document) {
        return refused("The key set cannot be read: " + document.error().message + ".");
    }
    const auto list = document->is_object() ? document->find("keys") : document->end();
    if (!document->is_object() || list == document->end() || !list->is_array()) {
        return refused("The key set is no JSON object with a list \"keys\" (RFC 7517, 5).");
    }
    auto set = std::make_shared<KeySet>();
    std::string reason = "it is empty";
    for (const Json& jwk : *list) {
        if (jwk.is_object() && isPrivateJwk(jwk)) {
            return refused(
                "The key set holds a private key. Whoever saw it can sign tokens: replace that key, "
                "and give public keys only.");
        }
        auto key = readJwk(jwk);
        if (!key || set->m_keys.size() == keysMax) {
            ++set->m_leftOut;
            reason = key ? reason : key.error().message;
            continue;
        }
        set->m_keys.push_back(std::move(*key));
    }
    if (set->m_keys.empty()) {
        return refused("The key set has no key that can check a signature: " + reason + ".");
    }
    return set;
}

Result<std::shared_ptr<const KeySet>> KeySet::fromSecret(std::string_view secret) {
    if (secret.size() < secretBytesMin) {
        return refused("The secret has " + std::to_string(secret.size()) +
                       " bytes; HS256 needs 32, HS384 48, HS512 64 (RFC 7518, 3.2).");
    }
    auto set = std::make_shared<KeySet>();
    VerificationKey key;
    key.kind = "HMAC";
    key.secret = secret;
    set->m_keys.push_back(std::move(key));
    return set;
}

Result<VerificationKey> KeySet::fromJwk(std::string_view json) {
    const auto jwk = parseStrictJson(json);
    if (!jwk) {
        return refused("The key cannot be read: " + jwk.error().message + ".");
    }
    if (jwk->is_object() && (isPrivateJwk(*jwk) || jwk->contains("k"))) {
        return refused("The key is private.");
    }
    auto key = readJwk(*jwk);
    return key ? std::move(key) : refused("The key cannot be used: " + key.error().message + ".");
}

std::vector<const VerificationKey*> KeySet::candidates(std::string_view keyId, Algorithm algorithm) const {
    std::vector<const VerificationKey*> found;
    for (const VerificationKey& key : m_keys) {
        if ((keyId.empty() || key.id.empty() || key.id == keyId) && key.fits(algorithm)) {
            found.push_back(&key);
        }
    }
    return found;
}

bool KeySet::knows(std::string_view keyId) const noexcept {
    return std::any_of(m_keys.begin(), m_keys.end(), [&](const auto& key) { return key.id == keyId; });
}

} // namespace gateway::auth
