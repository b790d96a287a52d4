#include "gateway/auth/key_set.h"
#include "gateway/crypto/openssl_pointers.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/rsa.h>
#include <optional>

namespace gateway::auth {

namespace {

using crypto::Free;

const unsigned char* rawOf(std::string_view bytes) {
    return reinterpret_cast<const unsigned char*>(bytes.data());
}

constexpr std::size_t digestBytesMax = 64;
enum class Digest : std::uint8_t { Sha256, Sha384, Sha512 };

Digest digestOf(Algorithm algorithm) {
    switch (algorithm) {
    case Algorithm::RS256:
    case Algorithm::PS256:
    case Algorithm::ES256:
    case Algorithm::HS256:
    case Algorithm::EdDSA: // hashes by itself
        return Digest::Sha256;
    case Algorithm::RS384:
    case Algorithm::PS384:
    case Algorithm::ES384:
    case Algorithm::HS384:
        return Digest::Sha384;
    case Algorithm::RS512:
    case Algorithm::PS512:
    case Algorithm::ES512:
    case Algorithm::HS512:
        break;
    }
    return Digest::Sha512;
}

/// OpenSSL's algorithms and contexts that a thread keeps: fetching and making them costs as much as some of
/// the signatures.
class Tools {
public:
    static constexpr std::size_t contextsMax = 16;

    Tools() {
        for (std::size_t i = 0; i < m_digests.size(); ++i) {
            m_digests[i] = EVP_MD_fetch(nullptr, digestNames[i], nullptr);
        }
    }
    Tools(const Tools&) = delete;
    Tools& operator=(const Tools&) = delete;
    ~Tools() {
        for (EVP_MD* digest : m_digests) {
            EVP_MD_free(digest);
        }
    }

    /// Ready to verify with the key; null: OpenSSL does not want to.
    EVP_PKEY_CTX* contextFor(const VerificationKey& key, Algorithm algorithm) {
        for (Ready& ready : m_ready) {
            if (ready.key == key.key && ready.algorithm == algorithm) {
                return ready.context.get();
            }
        }
        Ready& ready = m_ready[m_next];
        ready = Ready{key.key, algorithm, makeContext(*key.key, algorithm)};
        if (!ready.context) {
            ready.key = nullptr;
            return nullptr;
        }
        m_next = (m_next + 1) % contextsMax;
        return ready.context.get();
    }

    /// The number of bytes written; 0: it failed.
    std::size_t digest(Digest kind, std::string_view text, unsigned char* to) {
        unsigned size = 0;
        const EVP_MD* algorithm = m_digests[static_cast<std::size_t>(kind)];
        const bool done = m_hash && algorithm != nullptr &&
                          EVP_DigestInit_ex2(m_hash.get(), algorithm, nullptr) == 1 &&
                          EVP_DigestUpdate(m_hash.get(), text.data(), text.size()) == 1 &&
                          EVP_DigestFinal_ex(m_hash.get(), to, &size) == 1;
        return done ? size : 0;
    }

    std::size_t authenticate(Digest kind, std::string_view secret, std::string_view text, unsigned char* to) {
        EVP_MAC_CTX* context = macFor(kind);
        std::size_t size = 0;
        const bool done = context != nullptr &&
                          EVP_MAC_init(context, rawOf(secret), secret.size(), nullptr) == 1 &&
                          EVP_MAC_update(context, rawOf(text), text.size()) == 1 &&
                          EVP_MAC_final(context, to, &size, digestBytesMax) == 1;
        return done ? size : 0;
    }

    /// Ed25519 takes the text itself, through a context that is set up each time.
    bool verifyEdwards(const VerificationKey& key, std::string_view text, std::string_view signature) {
        EVP_MD_CTX_reset(m_edwards.get());
        return m_edwards &&
               EVP_DigestVerifyInit(m_edwards.get(), nullptr, nullptr, nullptr, key.key.get()) == 1 &&
               EVP_DigestVerify(m_edwards.get(), rawOf(signature), signature.size(), rawOf(text),
                                text.size()) == 1;
    }

private:
    using Context = std::unique_ptr<EVP_PKEY_CTX, Free<EVP_PKEY_CTX_free>>;
    using Mac = std::unique_ptr<EVP_MAC_CTX, Free<EVP_MAC_CTX_free>>;
    static constexpr std::array digestNames{"SHA256", "SHA384", "SHA512"};

    struct Ready {
        std::shared_ptr<EVP_PKEY> key; ///< kept, so that no other key can come to lie at its place
        Algorithm algorithm = Algorithm::RS256;
        Context context;
    };

    Context makeContext(EVP_PKEY& key, Algorithm algorithm) const {
        Context context(EVP_PKEY_CTX_new_from_pkey(nullptr, &key, nullptr));
        const EVP_MD* digest = m_digests[static_cast<std::size_t>(digestOf(algorithm))];
        if (!context || digest == nullptr || EVP_PKEY_verify_init(context.get()) != 1) {
            return nullptr;
        }
        bool isReady = true;
        if (algorithm <= Algorithm::RS512) {
            isReady = EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_PADDING) == 1;
        } else if (algorithm <= Algorithm::PS512) {
            // RFC 7518, 3.5: the salt is as long as the digest, and MGF1 uses the same one.
            isReady = EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_PSS_PADDING) == 1 &&
                      EVP_PKEY_CTX_set_rsa_mgf1_md(context.get(), digest) == 1 &&
                      EVP_PKEY_CTX_set_rsa_pss_saltlen(context.get(), RSA_PSS_SALTLEN_DIGEST) == 1;
        }
        isReady = isReady && EVP_PKEY_CTX_set_signature_md(context.get(), digest) == 1;
        return isReady ? std::move(context) : nullptr;
    }

    EVP_MAC_CTX* macFor(Digest kind) {
        Mac& mac = m_macs[static_cast<std::size_t>(kind)];
        if (!mac) {
            EVP_MAC* hmac = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
            Mac made(EVP_MAC_CTX_new(hmac));
            EVP_MAC_free(hmac); // the context holds its own reference
            std::string name = digestNames[static_cast<std::size_t>(kind)];
            const std::array<OSSL_PARAM, 2> parameters{
                OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name.data(), 0),
                OSSL_PARAM_construct_end()};
            if (made && EVP_MAC_CTX_set_params(made.get(), parameters.data()) == 1) {
                mac = std::move(made);
            }
        }
        return mac.get();
    }

    std::array<EVP_MD*, 3> m_digests{};
    std::unique_ptr<EVP_MD_CTX, Free<EVP_MD_CTX_free>> m_hash{EVP_MD_CTX_new()};
    std::unique_ptr<EVP_MD_CTX, Free<EVP_MD_CTX_free>> m_edwards{EVP_MD_CTX_new()};
    std::array<Mac, 3> m_macs;
    std::array<Ready, contextsMax> m_ready;
    std::size_t m_next = 0;
};

/// ASN.1's form of r and s (RFC 3279, 2.2.3), which OpenSSL wants.
class DerSignature {
public:
    static constexpr std::size_t coordinateBytesMax = 66; // of P-521

    /// False: one of the two is zero.
    bool make(std::string_view raw) {
        const std::size_t half = raw.size() / 2;
        std::array<unsigned char, bytesMax> numbers;
        std::size_t size = 0;
        for (std::string_view number : {raw.substr(0, half), raw.substr(half)}) {
            number.remove_prefix(std::min(number.find_first_not_of('\0'), number.size()));
            if (number.empty()) {
                return false;
            }
            const bool isPadded = (static_cast<unsigned char>(number.front()) & 0x80U) != 0;
            numbers[size++] = 0x02;
            numbers[size++] = static_cast<unsigned char>(number.size() + (isPadded ? 1 : 0));
            if (isPadded) {
                numbers[size++] = 0;
            }
            std::memcpy(numbers.data() + size, number.data(), number.size());
            size += number.size();
        }
        m_bytes[m_size++] = 0x30;
        if (size > 127) {
            m_bytes[m_size++] = 0x81;
        }
        m_bytes[m_size++] = static_cast<unsigned char>(size);
        std::memcpy(m_bytes.data() + m_size, numbers.data(), size);
        m_size += size;
        return true;
    }
    [[nodiscard]] const unsigned char* data() const noexcept { return m_bytes.data(); }
    [[nodiscard]] std::size_t size() const noexcept { return m_size; }

private:
    static constexpr std::size_t bytesMax = 3 + 2 * (coordinateBytesMax + 3);
    std::array<unsigned char, bytesMax> m_bytes;
    std::size_t m_size = 0;
};

/// How long every signature of the key is.
std::size_t signatureBytes(const VerificationKey& key) {
    switch (key.type) {
    case KeyType::Rsa:
        return static_cast<std::size_t>(EVP_PKEY_get_size(key.key.get()));
    case KeyType::P256:
    case KeyType::Ed25519:
        return 64;
    case KeyType::P384:
        return 96;
    case KeyType::P521:
        return 2 * DerSignature::coordinateBytesMax;
    case KeyType::Hmac:
        break;
    }
    return 0;
}

bool verifyPublic(Tools& tools, const VerificationKey& key, Algorithm algorithm, std::string_view text,
                  std::string_view signature) {
    // A shorter or longer number would do for some readers: there is one form alone (RFC 8017, 8.2.2).
    if (!key.key || signature.size() != signatureBytes(key)) {
        return false;
    }
    if (key.type == KeyType::Ed25519) {
        return tools.verifyEdwards(key, text, signature);
    }
    std::array<unsigned char, digestBytesMax> digest;
    const std::size_t digestSize = tools.digest(digestOf(algorithm), text, digest.data());
    EVP_PKEY_CTX* context = tools.contextFor(key, algorithm);
    if (digestSize == 0 || context == nullptr) {
        return false;
    }
    if (key.type == KeyType::Rsa) {
        return EVP_PKEY_verify(context, rawOf(signature), signature.size(), digest.data(), digestSize) == 1;
    }
    DerSignature der;
    return der.make(signature) &&
           EVP_PKEY_verify(context, der.data(), der.size(), digest.data(), digestSize) == 1;
}

} // namespace

bool verifySignature(const VerificationKey& key, Algorithm algorithm, std::string_view signedText,
                     std::string_view signature) {
    if (!key.fits(algorithm)) {
        return false;
    }
    thread_local Tools tools;
    if (key.type == KeyType::Hmac) {
        std::array<unsigned char, digestBytesMax> mac;
        const std::size_t size = tools.authenticate(digestOf(algorithm), key.secret, signedText, mac.data());
        return size > 0 && size == signature.size() && CRYPTO_memcmp(mac.data(), signature.data(), size) == 0;
    }
    const bool isGood = verifyPublic(tools, key, algorithm, signedText, signature);
    if (!isGood) {
        ERR_clear_error(); // what a caller sent is no error of ours, and the queue is the thread's
    }
    return isGood;
}

} // namespace gateway::auth
