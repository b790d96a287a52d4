#include "tests/support/token_signer.h"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <vector>

namespace support {

namespace {

void need(bool isGood) {
    if (!isGood) {
        std::fprintf(stderr, "TokenSigner: OpenSSL refused\n");
        std::abort();
    }
}

const unsigned char* raw(std::string_view bytes) {
    return reinterpret_cast<const unsigned char*>(bytes.data());
}

EVP_PKEY* generate(TokenSigner::Kind kind) {
    using Kind = TokenSigner::Kind;
    switch (kind) {
    case Kind::Rsa1024:
        return EVP_RSA_gen(1024);
    case Kind::Rsa2048:
        return EVP_RSA_gen(2048);
    case Kind::Rsa3072:
        return EVP_RSA_gen(3072);
    case Kind::P256:
        return EVP_EC_gen("P-256");
    case Kind::P384:
        return EVP_EC_gen("P-384");
    case Kind::P521:
        return EVP_EC_gen("P-521");
    case Kind::Secp256k1:
        return EVP_EC_gen("secp256k1");
    case Kind::Ed25519:
        return EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
    case Kind::Ed448:
        return EVP_PKEY_Q_keygen(nullptr, nullptr, "ED448");
    case Kind::X25519:
        break;
    }
    return EVP_PKEY_Q_keygen(nullptr, nullptr, "X25519");
}

/// A number of the public key in base64url, with zeros before it up to `bytes`.
std::string number(const EVP_PKEY* key, const char* name, std::size_t bytes) {
    BIGNUM* value = nullptr;
    need(EVP_PKEY_get_bn_param(key, name, &value) == 1);
    std::string text(bytes > 0 ? bytes : static_cast<std::size_t>(BN_num_bytes(value)), '\0');
    need(BN_bn2binpad(value, reinterpret_cast<unsigned char*>(text.data()), static_cast<int>(text.size())) >
         0);
    BN_free(value);
    return base64Url(text);
}

std::size_t coordinateBytes(const EVP_PKEY* key) {
    return (static_cast<std::size_t>(EVP_PKEY_get_bits(key)) + 7) / 8;
}

std::string publicMembers(const EVP_PKEY* key) {
    if (EVP_PKEY_is_a(key, "RSA") == 1) {
        return R"("kty":"RSA","n":")" + number(key, OSSL_PKEY_PARAM_RSA_N, 0) + R"(","e":")" +
               number(key, OSSL_PKEY_PARAM_RSA_E, 0) + "\"";
    }
    if (EVP_PKEY_is_a(key, "EC") == 1) {
        std::array<char, 64> group{};
        need(EVP_PKEY_get_group_name(key, group.data(), group.size(), nullptr) == 1);
        const std::string_view name = group.data();
        const std::string curve = name == "prime256v1"  ? "P-256"
                                  : name == "secp384r1" ? "P-384"
                                  : name == "secp521r1" ? "P-521"
                                                        : std::string(name);
        return R"("kty":"EC","crv":")" + curve + R"(","x":")" +
               number(key, OSSL_PKEY_PARAM_EC_PUB_X, coordinateBytes(key)) + R"(","y":")" +
               number(key, OSSL_PKEY_PARAM_EC_PUB_Y, coordinateBytes(key)) + "\"";
    }
    std::array<unsigned char, 64> point{};
    std::size_t size = point.size();
    need(EVP_PKEY_get_raw_public_key(key, point.data(), &size) == 1);
    const std::string name = EVP_PKEY_get0_type_name(key);
    const std::string curve = name == "ED25519" ? "Ed25519" : name == "ED448" ? "Ed448" : "X25519";
    return R"("kty":"OKP","crv":")" + curve + R"(","x":")" +
           base64Url({reinterpret_cast<const char*>(point.data()), size}) + "\"";
}

const char* digestOf(std::string_view algorithm) {
    const std::string_view bits = algorithm.substr(2, 3);
    return bits == "256" ? "SHA256" : bits == "384" ? "SHA384" : bits == "512" ? "SHA512" : nullptr;
}

/// r and s side by side.
std::string fromDer(std::string_view der, std::size_t width) {
    const unsigned char* at = raw(der);
    ECDSA_SIG* parts = d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size()));
    need(parts != nullptr);
    std::string both(2 * width, '\0');
    auto* to = reinterpret_cast<unsigned char*>(both.data());
    need(BN_bn2binpad(ECDSA_SIG_get0_r(parts), to, static_cast<int>(width)) > 0);
    need(BN_bn2binpad(ECDSA_SIG_get0_s(parts), to + width, static_cast<int>(width)) > 0);
    ECDSA_SIG_free(parts);
    return both;
}

void setPss(EVP_PKEY_CTX* context, std::string_view algorithm) {
    const bool hasNoSalt = algorithm.ends_with("-SALT0");
    const bool hasShortSalt = algorithm.ends_with("-SALT20");
    need(EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1);
    need(EVP_PKEY_CTX_set_rsa_pss_saltlen(context, hasNoSalt      ? 0
                                                   : hasShortSalt ? 20
                                                                  : RSA_PSS_SALTLEN_DIGEST) == 1);
    if (algorithm.ends_with("-MGF1")) {
        need(EVP_PKEY_CTX_set_rsa_mgf1_md(context, EVP_sha1()) == 1);
    }
}

} // namespace

std::string base64Url(std::string_view bytes) {
    std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
    const int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), raw(bytes),
                                       static_cast<int>(bytes.size()));
    text.resize(static_cast<std::size_t>(length));
    while (!text.empty() && text.back() == '=') {
        text.pop_back();
    }
    for (char& c : text) {
        c = c == '+' ? '-' : c == '/' ? '_' : c;
    }
    return text;
}

TokenSigner::TokenSigner(Kind kind)
    : m_key(generate(kind), EVP_PKEY_free) {
    need(m_key != nullptr);
}

TokenSigner::TokenSigner(std::string secret)
    : m_secret(std::move(secret)) {}

std::string TokenSigner::jwk(const std::string& id, const std::string& more) const {
    return "{" + (id.empty() ? std::string() : R"("kid":")" + id + R"(",)") +
           (m_key ? publicMembers(m_key.get()) : R"("kty":"oct","k":")" + base64Url(m_secret) + "\"") +
           (more.empty() ? "" : "," + more) + "}";
}

std::string TokenSigner::publicPem() const {
    BIO* out = BIO_new(BIO_s_mem());
    need(PEM_write_bio_PUBKEY(out, m_key.get()) == 1);
    char* data = nullptr;
    const long size = BIO_get_mem_data(out, &data);
    std::string pem(data, static_cast<std::size_t>(size));
    BIO_free(out);
    return pem;
}

std::string TokenSigner::sign(std::string_view algorithm, std::string_view text) const {
    if (algorithm.starts_with("HS")) {
        std::array<unsigned char, EVP_MAX_MD_SIZE> mac{};
        unsigned size = 0;
        need(HMAC(EVP_get_digestbyname(digestOf(algorithm)), m_secret.data(),
                  static_cast<int>(m_secret.size()), raw(text), text.size(), mac.data(), &size) != nullptr);
        return {reinterpret_cast<const char*>(mac.data()), size};
    }
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    EVP_PKEY_CTX* keyContext = nullptr;
    const char* digest = algorithm == "EdDSA" ? nullptr : digestOf(algorithm);
    need(EVP_DigestSignInit_ex(context, &keyContext, digest, nullptr, nullptr, m_key.get(), nullptr) == 1);
    if (algorithm.starts_with("PS")) {
        setPss(keyContext, algorithm);
    }
    std::size_t size = 0;
    need(EVP_DigestSign(context, nullptr, &size, raw(text), text.size()) == 1);
    std::string signature(size, '\0');
    need(EVP_DigestSign(context, reinterpret_cast<unsigned char*>(signature.data()), &size, raw(text),
                        text.size()) == 1);
    EVP_MD_CTX_free(context);
    signature.resize(size);
    return algorithm.starts_with("ES") && !algorithm.ends_with("-DER")
               ? fromDer(signature, coordinateBytes(m_key.get()))
               : signature;
}

std::string TokenSigner::token(std::string_view header, std::string_view payload,
                               std::string_view algorithm) const {
    const std::string text = base64Url(header) + "." + base64Url(payload);
    return text + "." + base64Url(sign(algorithm, text));
}

} // namespace support
