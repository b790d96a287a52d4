#include "gateway/auth/jwk.h"

#include "gateway/crypto/jws.h"
#include "gateway/crypto/openssl_pointers.h"

#include <algorithm>
#include <array>
#include <memory>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <optional>

namespace gateway::auth {

namespace {

using Json = nlohmann::json;
using crypto::Free;
using Context = std::unique_ptr<EVP_PKEY_CTX, Free<EVP_PKEY_CTX_free>>;
using Parameters = std::unique_ptr<OSSL_PARAM, Free<OSSL_PARAM_free>>;
using ParameterBuilder = std::unique_ptr<OSSL_PARAM_BLD, Free<OSSL_PARAM_BLD_free>>;
using Number = std::unique_ptr<BIGNUM, Free<BN_free>>;

constexpr std::size_t exponentBytesMax = 8;
constexpr std::size_t ed25519Bytes = 32;

struct Curve {
    const char* name;  ///< of `crv`
    const char* group; ///< OpenSSL's
    std::size_t coordinateBytes;
    KeyType type;
};
constexpr std::array<Curve, 3> curves{{{"P-256", "P-256", 32, KeyType::P256},
                                       {"P-384", "P-384", 48, KeyType::P384},
                                       {"P-521", "P-521", 66, KeyType::P521}}};

tl::unexpected<Error> unusable(std::string reason) {
    return fail(ErrorKind::Input, "key-unusable", std::move(reason));
}

/// The text of a member; null: there is none, or it is no text.
const std::string* textOf(const Json& jwk, const char* name) {
    const auto at = jwk.find(name);
    return at != jwk.end() ? at->get_ptr<const std::string*>() : nullptr;
}

std::optional<std::string> bytesOf(const Json& jwk, const char* name) {
    const std::string* text = textOf(jwk, name);
    return text != nullptr && !text->empty() ? crypto::fromBase64Url(*text) : std::nullopt;
}

const unsigned char* rawOf(const std::string& bytes) {
    return reinterpret_cast<const unsigned char*>(bytes.data());
}

Number numberOf(const std::string& bytes) {
    return Number(BN_bin2bn(rawOf(bytes), static_cast<int>(bytes.size()), nullptr));
}

std::shared_ptr<EVP_PKEY> makeKey(const char* type, OSSL_PARAM* parameters) {
    const Context context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
    EVP_PKEY* key = nullptr;
    if (!context || parameters == nullptr || EVP_PKEY_fromdata_init(context.get()) != 1 ||
        EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters) != 1) {
        ERR_clear_error();
        return nullptr;
    }
    return {key, EVP_PKEY_free};
}

/// A point of the curve other than infinity, which is all there is to check where the cofactor is one.
bool isOnCurve(EVP_PKEY* key) {
    const Context check(key != nullptr ? EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr) : nullptr);
    return check && EVP_PKEY_public_check_quick(check.get()) == 1;
}

Result<VerificationKey> readRsa(const Json& jwk) {
    const auto modulus = bytesOf(jwk, "n");
    const auto exponent = bytesOf(jwk, "e");
    // Before OpenSSL sees numbers whose size somebody else chose.
    if (!modulus || !exponent || modulus->size() > std::size_t{KeySet::rsaBitsMax} / 8 + 1 ||
        exponent->size() > exponentBytesMax) {
        return unusable("its modulus or exponent is missing or of no sensible size");
    }
    const Number n = numberOf(*modulus);
    const Number e = numberOf(*exponent);
    if (!n || !e || BN_is_odd(n.get()) == 0 || BN_is_odd(e.get()) == 0 || BN_is_one(e.get()) == 1) {
        return unusable("its modulus or exponent is no odd number above one");
    }
    const int bits = BN_num_bits(n.get());
    if (bits < KeySet::rsaBitsMin || bits > KeySet::rsaBitsMax) {
        return unusable("RSA with " + std::to_string(bits) + " bits; it has to be 2048 to 8192");
    }
    const ParameterBuilder builder(OSSL_PARAM_BLD_new());
    if (!builder || OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) != 1 ||
        OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) != 1) {
        return unusable("OpenSSL does not take it");
    }
    const Parameters parameters(OSSL_PARAM_BLD_to_param(builder.get()));
    VerificationKey key;
    key.type = KeyType::Rsa;
    key.kind = "RSA " + std::to_string(bits);
    key.key = makeKey("RSA", parameters.get());
    return key;
}

Result<VerificationKey> readCurve(const Json& jwk) {
    const std::string* name = textOf(jwk, "crv");
    const auto* const curve = std::find_if(
        curves.begin(), curves.end(), [&](const Curve& c) { return name != nullptr && *name == c.name; });
    if (curve == curves.end()) {
        return unusable("its curve is none of P-256, P-384 and P-521");
    }
    const auto x = bytesOf(jwk, "x");
    const auto y = bytesOf(jwk, "y");
    if (!x || !y || x->size() != curve->coordinateBytes || y->size() != curve->coordinateBytes) {
        return unusable("its coordinates are not as long as its curve's");
    }
    std::string group = curve->group;
    std::string point = "\x04" + *x + *y; // uncompressed (SEC 1, 2.3.3)
    std::array<OSSL_PARAM, 3> parameters{
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group.data(), 0),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()),
        OSSL_PARAM_construct_end()};
    VerificationKey key;
    key.type = curve->type;
    key.kind = curve->name;
    key.key = makeKey("EC", parameters.data());
    if (!isOnCurve(key.key.get())) {
        ERR_clear_error();
        return unusable("it is no point of its curve");
    }
    return key;
}

Result<VerificationKey> readEdwards(const Json& jwk) {
    const std::string* name = textOf(jwk, "crv");
    const auto x = bytesOf(jwk, "x");
    if (name == nullptr || *name != "Ed25519" || !x || x->size() != ed25519Bytes) {
        return unusable("it is no Ed25519 key of 32 bytes");
    }
    VerificationKey key;
    key.type = KeyType::Ed25519;
    key.kind = "Ed25519";
    key.key = {EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, rawOf(*x), x->size()), EVP_PKEY_free};
    return key;
}

Result<VerificationKey> readByType(const Json& jwk) {
    const std::string* type = textOf(jwk, "kty");
    if (type == nullptr) {
        return unusable("it names no key type");
    }
    if (*type == "RSA") {
        return readRsa(jwk);
    }
    if (*type == "EC") {
        return readCurve(jwk);
    }
    if (*type == "OKP") {
        return readEdwards(jwk);
    }
    return unusable("keys of its type are not for signatures that anybody can check");
}

/// `use` and `key_ops` (RFC 7517, 4.2, 4.3), where they are there.
bool isForSignatures(const Json& jwk) {
    if (const auto use = jwk.find("use"); use != jwk.end() && *use != "sig") {
        return false;
    }
    const auto operations = jwk.find("key_ops");
    return operations == jwk.end() ||
           (operations->is_array() &&
            std::any_of(operations->begin(), operations->end(), [](const Json& o) { return o == "verify"; }));
}

/// The members that make the thumbprint (RFC 7638, 3.2; RFC 8037, 2), in their order.
std::vector<const char*> thumbprintMembers(std::string_view type) {
    if (type == "RSA") {
        return {"e", "kty", "n"};
    }
    if (type == "EC") {
        return {"crv", "kty", "x", "y"};
    }
    return type == "OKP" ? std::vector{"crv", "kty", "x"} : std::vector<const char*>();
}

} // namespace

bool isPrivateJwk(const Json& jwk) {
    static constexpr std::array names{"d", "p", "q", "dp", "dq", "qi", "oth"};
    return std::any_of(names.begin(), names.end(), [&](const char* name) { return jwk.contains(name); });
}

Result<VerificationKey> readJwk(const Json& jwk) {
    if (!jwk.is_object()) {
        return unusable("it is no object");
    }
    if (!isForSignatures(jwk)) {
        return unusable("it is not for signatures");
    }
    auto key = readByType(jwk);
    if (!key) {
        return key;
    }
    if (!key->key) {
        return unusable("it is no valid public key");
    }
    if (const auto id = jwk.find("kid"); id != jwk.end()) {
        if (!id->is_string()) {
            return unusable("its id is no text");
        }
        key->id = id->get_ref<const std::string&>();
    }
    if (const auto named = jwk.find("alg"); named != jwk.end()) {
        const std::string* name = named->get_ptr<const std::string*>();
        const Algorithm* algorithm = name != nullptr ? parseAlgorithm(*name) : nullptr;
        if (algorithm == nullptr || !key->fits(*algorithm)) {
            return unusable("its algorithm is not one of its type");
        }
        key->algorithm = *name;
    }
    return key;
}

std::string thumbprintOf(const Json& jwk) {
    std::string text;
    const std::string* type = jwk.is_object() ? textOf(jwk, "kty") : nullptr;
    for (const char* name : thumbprintMembers(type != nullptr ? *type : std::string_view())) {
        const std::string* value = textOf(jwk, name);
        // All of them are base64url or names without anything to escape; other texts make no key anyway.
        if (value == nullptr || value->find_first_of("\"\\") != std::string::npos) {
            return {};
        }
        text.append(text.empty() ? "{\"" : ",\"").append(name).append("\":\"").append(*value).append("\"");
    }
    return text.empty() ? std::string() : crypto::thumbprint(text + "}");
}

} // namespace gateway::auth
