// Whatever a provider publishes as its keys: no crash, only keys that are fit for signatures, and none of
// them takes a signature that is made of nothing.

#include "require.h"

#include "gateway/auth/jwk.h"
#include "gateway/auth/key_set.h"
#include "gateway/auth/strict_json.h"

#include <cstdint>
#include <string>

using namespace gateway::auth;

namespace {

constexpr Algorithm algorithms[] = {Algorithm::RS256, Algorithm::PS384, Algorithm::ES256, Algorithm::ES384,
                                    Algorithm::ES512, Algorithm::EdDSA, Algorithm::HS256};

void requireSane(const VerificationKey& key) {
    require(key.key != nullptr && key.secret.empty() && key.type != KeyType::Hmac);
    require(!key.fits(Algorithm::HS256) && !key.fits(Algorithm::HS512));
    for (const Algorithm algorithm : algorithms) {
        require(!verifySignature(key, algorithm, "text", {}));
        // Points of small order take signatures of zeros; whoever publishes such a key signs for everybody,
        // and only for himself.
        if (key.type != KeyType::Ed25519) {
            require(!verifySignature(key, algorithm, "text", std::string(64, '\0')));
            require(!verifySignature(key, algorithm, "text", std::string(256, '\0')));
        }
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(bytes), size);
    if (const auto set = KeySet::fromJwks(text)) {
        require(!(*set)->keys().empty() && (*set)->keys().size() <= KeySet::keysMax);
        for (const VerificationKey& key : (*set)->keys()) {
            requireSane(key);
            require((*set)->knows(key.id));
        }
        for (const Algorithm algorithm : algorithms) {
            for (const VerificationKey* key : (*set)->candidates({}, algorithm)) {
                require(key->fits(algorithm));
            }
        }
    }
    if (const auto key = KeySet::fromJwk(text)) {
        requireSane(*key);
        const auto json = parseStrictJson(text);
        require(json && !isPrivateJwk(*json) && thumbprintOf(*json).size() == 43);
    }
    return 0;
}
