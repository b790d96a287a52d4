#include "gateway/base/digest.h"

#include <cstdlib>
#include <memory>
#include <openssl/evp.h>
#include <unistd.h>

namespace gateway {
namespace {

struct FreeContext {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

// Fetching the algorithm and making a context cost four times the hashing itself; both are kept a thread.
class Hasher {
public:
    Hasher()
        : m_context(EVP_MD_CTX_new())
        , m_algorithm(EVP_MD_fetch(nullptr, "SHA256", nullptr)) {}
    Hasher(const Hasher&) = delete;
    Hasher& operator=(const Hasher&) = delete;
    ~Hasher() { EVP_MD_free(m_algorithm); }

    Sha256 operator()(std::string_view bytes) {
        Sha256 digest{};
        unsigned length = 0;
        const bool done = m_context && m_algorithm &&
                          EVP_DigestInit_ex2(m_context.get(), m_algorithm, nullptr) == 1 &&
                          EVP_DigestUpdate(m_context.get(), bytes.data(), bytes.size()) == 1 &&
                          EVP_DigestFinal_ex(m_context.get(), digest.data(), &length) == 1;
        // Without a digest no key can be told from another; going on would be worse than ending.
        if (!done) {
            std::abort();
        }
        return digest;
    }

private:
    std::unique_ptr<EVP_MD_CTX, FreeContext> m_context;
    EVP_MD* m_algorithm;
};

int hexValue(char digit) {
    if (digit >= '0' && digit <= '9') {
        return digit - '0';
    }
    if (digit >= 'a' && digit <= 'f') {
        return digit - 'a' + 10;
    }
    if (digit >= 'A' && digit <= 'F') {
        return digit - 'A' + 10;
    }
    return -1;
}

} // namespace

Sha256 sha256(std::string_view bytes) {
    thread_local Hasher hasher;
    return hasher(bytes);
}

std::string toHex(std::string_view bytes) {
    static constexpr char digits[] = "0123456789abcdef";
    std::string text;
    text.reserve(bytes.size() * 2);
    for (const char byte : bytes) {
        text.push_back(digits[(static_cast<unsigned char>(byte) >> 4U) & 0xFU]);
        text.push_back(digits[static_cast<unsigned char>(byte) & 0xFU]);
    }
    return text;
}

std::string toHex(const Sha256& digest) {
    return toHex(std::string_view(reinterpret_cast<const char*>(digest.data()), digest.size()));
}

std::optional<Sha256> sha256FromHex(std::string_view hex) {
    Sha256 digest{};
    if (hex.size() != digest.size() * 2) {
        return std::nullopt;
    }
    for (std::size_t i = 0; i < digest.size(); ++i) {
        const int high = hexValue(hex[2 * i]);
        const int low = hexValue(hex[2 * i + 1]);
        if (high < 0 || low < 0) {
            return std::nullopt;
        }
        digest[i] = static_cast<std::uint8_t>(high * 16 + low);
    }
    return digest;
}

std::string randomToken(unsigned bits) {
    static constexpr char alphabet[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    const std::size_t length = (static_cast<std::size_t>(bits) * 10000 + 59541) / 59542; // log2(62) = 5.9542
    std::string token;
    token.reserve(length);
    std::array<unsigned char, 64> bytes{};
    while (token.size() < length) {
        if (::getentropy(bytes.data(), bytes.size()) != 0) {
            std::abort(); // a guessable key would be worse than none
        }
        for (std::size_t i = 0; i < bytes.size() && token.size() < length; ++i) {
            // 248 = 4 * 62: larger values would favour the first letters.
            if (bytes[i] < 248) {
                token.push_back(alphabet[bytes[i] % 62]);
            }
        }
    }
    return token;
}

} // namespace gateway
