#include "gateway/crypto/vault.h"

#include "gateway/crypto/openssl_pointers.h"

#include <cstdlib>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

namespace gateway::crypto {
namespace {

constexpr char version = 1;
constexpr std::size_t nonceBytes = 12;
constexpr std::size_t tagBytes = 16;

const unsigned char* bytes(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

unsigned char* bytes(std::string& text, std::size_t at) {
    return reinterpret_cast<unsigned char*>(text.data()) + at;
}

/// A nonce that comes twice gives the key away, so without random numbers nothing may go on.
void fillRandomly(unsigned char* into, std::size_t length) {
    if (RAND_bytes(into, static_cast<int>(length)) != 1) {
        std::abort();
    }
}

Result<std::string> notOurs() {
    return fail(
        ErrorKind::Input, "sealed-by-another-key",
        "a stored secret cannot be opened: it was encrypted with another master key, or it was changed");
}

} // namespace

MasterKey newMasterKey() {
    MasterKey key{};
    fillRandomly(key.data(), key.size());
    return key;
}

void wipe(MasterKey& key) noexcept {
    OPENSSL_cleanse(key.data(), key.size());
}

void wipe(std::string& secret) noexcept {
    OPENSSL_cleanse(secret.data(), secret.size());
    secret.clear();
}

Vault::~Vault() {
    wipe(m_key);
}

std::string Vault::seal(std::string_view purpose, std::string_view secret) const {
    std::string sealed(1 + nonceBytes + secret.size() + tagBytes, '\0');
    sealed[0] = version;
    fillRandomly(bytes(sealed, 1), nonceBytes);
    const CipherPointer cipher(EVP_CIPHER_CTX_new());
    int length = 0;
    EVP_EncryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, m_key.data(), bytes(sealed, 1));
    EVP_EncryptUpdate(cipher.get(), nullptr, &length, bytes(purpose), static_cast<int>(purpose.size()));
    EVP_EncryptUpdate(cipher.get(), bytes(sealed, 1 + nonceBytes), &length, bytes(secret),
                      static_cast<int>(secret.size()));
    EVP_EncryptFinal_ex(cipher.get(), bytes(sealed, 1 + nonceBytes + secret.size()), &length);
    EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, tagBytes,
                        bytes(sealed, 1 + nonceBytes + secret.size()));
    return sealed;
}

Result<std::string> Vault::open(std::string_view purpose, std::string_view sealed) const {
    if (sealed.size() < 1 + nonceBytes + tagBytes || sealed[0] != version) {
        return notOurs();
    }
    const std::string_view nonce = sealed.substr(1, nonceBytes);
    const std::string_view content = sealed.substr(1 + nonceBytes, sealed.size() - 1 - nonceBytes - tagBytes);
    std::string tag(sealed.substr(sealed.size() - tagBytes));
    std::string secret(content.size(), '\0');
    const CipherPointer cipher(EVP_CIPHER_CTX_new());
    int length = 0;
    EVP_DecryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, m_key.data(), bytes(nonce));
    EVP_DecryptUpdate(cipher.get(), nullptr, &length, bytes(purpose), static_cast<int>(purpose.size()));
    EVP_DecryptUpdate(cipher.get(), bytes(secret, 0), &length, bytes(content),
                      static_cast<int>(content.size()));
    EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, tagBytes, bytes(tag, 0));
    if (EVP_DecryptFinal_ex(cipher.get(), bytes(secret, secret.size()), &length) != 1) {
        wipe(secret);
        return notOurs();
    }
    return secret;
}

std::string Vault::keyCheck() const {
    unsigned char digest[SHA256_DIGEST_LENGTH];
    std::string text = "gatehouse master key check:" + std::string(m_key.begin(), m_key.end());
    SHA256(bytes(text), text.size(), digest);
    wipe(text);
    return hexOf({reinterpret_cast<const char*>(digest), 6});
}

} // namespace gateway::crypto
