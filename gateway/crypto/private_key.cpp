#include "gateway/crypto/private_key.h"

#include "gateway/crypto/openssl_pointers.h"

#include <algorithm>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>
#include <utility>

namespace gateway::crypto {
namespace {

std::shared_ptr<EVP_PKEY> owned(EVP_PKEY* key) {
    return {key, &EVP_PKEY_free};
}

EVP_PKEY* generateKey(KeyKind kind) {
    switch (kind) {
    case KeyKind::EcdsaP256:
        return EVP_EC_gen("P-256");
    case KeyKind::EcdsaP384:
        return EVP_EC_gen("P-384");
    case KeyKind::Rsa2048:
        return EVP_RSA_gen(2048);
    case KeyKind::Rsa4096:
        return EVP_RSA_gen(4096);
    case KeyKind::Ed25519:
        break;
    }
    return EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
}

struct Passphrase {
    const std::string* text;
    bool asked = false;
};

// OpenSSL asks only for a key that is encrypted.
int givePassphrase(char* into, int room, int /*forWriting*/, void* data) {
    auto& passphrase = *static_cast<Passphrase*>(data);
    passphrase.asked = true;
    const auto length = std::min<std::size_t>(passphrase.text->size(), static_cast<std::size_t>(room));
    std::copy_n(passphrase.text->data(), length, into);
    return static_cast<int>(length);
}

bool isKindThatServes(const EVP_PKEY* key) {
    const int kind = EVP_PKEY_get_base_id(key);
    return kind == EVP_PKEY_RSA || kind == EVP_PKEY_EC || kind == EVP_PKEY_ED25519;
}

} // namespace

Result<PrivateKey> PrivateKey::generate(KeyKind kind) {
    PrivateKey key;
    key.m_key = owned(generateKey(kind));
    if (!key) {
        return fail(ErrorKind::Environment, "key-generation", "no key could be generated: " + takeReason());
    }
    return key;
}

Result<PrivateKey> PrivateKey::fromPem(std::string_view pem, const std::string& passphrase) {
    ERR_clear_error();
    Passphrase asked{&passphrase};
    PrivateKey key;
    key.m_key = owned(PEM_read_bio_PrivateKey(bioOf(pem).get(), nullptr, givePassphrase, &asked));
    if (!key) {
        ERR_clear_error();
        if (asked.asked) {
            return fail(ErrorKind::Input, "wrong-passphrase",
                        passphrase.empty() ? "the private key is encrypted; its passphrase is missing"
                                           : "the passphrase is not the one of the private key");
        }
        return fail(ErrorKind::Input, "no-private-key", "this is no private key in PEM form");
    }
    if (!isKindThatServes(key.get())) {
        return fail(ErrorKind::Input, "unsupported-key",
                    "this kind of key is not supported; take RSA, ECDSA or Ed25519");
    }
    return key;
}

Result<PrivateKey> PrivateKey::fromDer(std::string_view der) {
    PrivateKey key;
    key.m_key = owned(d2i_PrivateKey_bio(bioOf(der).get(), nullptr));
    if (!key) {
        ERR_clear_error();
        return fail(ErrorKind::Input, "no-private-key", "this is no private key");
    }
    return key;
}

std::string PrivateKey::toDer() const {
    const BioPointer out = memoryBio();
    return i2d_PKCS8PrivateKey_bio(out.get(), get(), nullptr, nullptr, 0, nullptr, nullptr) == 1
               ? textOf(out)
               : std::string();
}

std::string PrivateKey::toPem() const {
    const BioPointer out = memoryBio();
    return PEM_write_bio_PKCS8PrivateKey(out.get(), get(), nullptr, nullptr, 0, nullptr, nullptr) == 1
               ? textOf(out)
               : std::string();
}

std::string PrivateKey::fingerprint() const {
    const BioPointer out = memoryBio();
    if (i2d_PUBKEY_bio(out.get(), get()) != 1) {
        return {};
    }
    const std::string der = textOf(out);
    unsigned char digest[SHA256_DIGEST_LENGTH];
    SHA256(reinterpret_cast<const unsigned char*>(der.data()), der.size(), digest);
    return hexOf({reinterpret_cast<const char*>(digest), sizeof digest});
}

std::string PrivateKey::kindText() const {
    return keyText(get());
}

std::string keyText(const evp_pkey_st* key) {
    switch (EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_RSA:
        return "RSA " + std::to_string(EVP_PKEY_get_bits(key));
    case EVP_PKEY_EC:
        return "ECDSA P-" + std::to_string(EVP_PKEY_get_bits(key));
    case EVP_PKEY_ED25519:
        return "Ed25519";
    default:
        return "unknown";
    }
}

void PrivateKeys::put(PrivateKey key) {
    std::string fingerprint = key.fingerprint();
    const std::lock_guard lock(m_mutex);
    m_keys.insert_or_assign(std::move(fingerprint), std::move(key));
}

void PrivateKeys::erase(const std::string& fingerprint) {
    const std::lock_guard lock(m_mutex);
    m_keys.erase(fingerprint);
}

PrivateKey PrivateKeys::find(const std::string& fingerprint) const {
    const std::lock_guard lock(m_mutex);
    const auto found = m_keys.find(fingerprint);
    return found != m_keys.end() ? found->second : PrivateKey();
}

bool PrivateKeys::contains(const std::string& fingerprint) const {
    const std::lock_guard lock(m_mutex);
    return m_keys.contains(fingerprint);
}

} // namespace gateway::crypto
