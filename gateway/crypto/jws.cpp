#include "gateway/crypto/jws.h"

#include "gateway/base/digest.h"

#include <array>
#include <cstdint>
#include <memory>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <vector>

namespace gateway::crypto {

namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::size_t coordinateBytes = 32; // of P-256
constexpr std::uint8_t noDigit = 64;

/// What each character stands for: tokens come with every request, and searching the alphabet for each of
/// their characters would cost more than the hash of them.
constexpr std::array<std::uint8_t, 256> digitsOf() {
    std::array<std::uint8_t, 256> digits{};
    digits.fill(noDigit);
    for (std::size_t i = 0; i < alphabet.size(); ++i) {
        digits[static_cast<std::uint8_t>(alphabet[i])] = static_cast<std::uint8_t>(i);
    }
    return digits;
}
constexpr std::array<std::uint8_t, 256> digits = digitsOf();

struct Free {
    void operator()(BIGNUM* number) const noexcept { BN_free(number); }
    void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
    void operator()(ECDSA_SIG* signature) const noexcept { ECDSA_SIG_free(signature); }
};
using Number = std::unique_ptr<BIGNUM, Free>;

bool isP256(const PrivateKey& key) {
    std::array<char, 32> group{};
    return key && EVP_PKEY_get_group_name(key.get(), group.data(), group.size(), nullptr) == 1 &&
           std::string_view(group.data()) == SN_X9_62_prime256v1;
}

tl::unexpected<Error> notP256() {
    return fail(ErrorKind::Input, "key-not-p256", "The key of an ACME account has to be ECDSA P-256.");
}

tl::unexpected<Error> cannotSign() {
    return fail(ErrorKind::Internal, "cannot-sign", "OpenSSL could not sign.");
}

/// Big-endian, as wide as a coordinate.
bool appendNumber(std::string& to, const BIGNUM* number) {
    std::array<unsigned char, coordinateBytes> bytes;
    if (BN_bn2binpad(number, bytes.data(), static_cast<int>(bytes.size())) < 0) {
        return false;
    }
    to.append(bytes.begin(), bytes.end());
    return true;
}

/// A coordinate of the public point, as JSON wants it; empty: OpenSSL does not tell.
std::string coordinate(const PrivateKey& key, const char* name) {
    BIGNUM* raw = nullptr;
    if (EVP_PKEY_get_bn_param(key.get(), name, &raw) != 1) {
        return {};
    }
    const Number number(raw);
    std::string bytes;
    return appendNumber(bytes, number.get()) ? toBase64Url(bytes) : std::string();
}

} // namespace

std::string toBase64Url(std::string_view bytes) {
    std::string text;
    text.reserve((bytes.size() * 4 + 2) / 3);
    std::uint32_t bits = 0;
    unsigned count = 0;
    for (const char c : bytes) {
        bits = (bits << 8U) | static_cast<std::uint8_t>(c);
        count += 8;
        while (count >= 6) {
            count -= 6;
            text += alphabet[(bits >> count) & 63U];
        }
    }
    if (count > 0) {
        text += alphabet[(bits << (6 - count)) & 63U];
    }
    return text;
}

std::optional<std::string> fromBase64Url(std::string_view text) {
    std::string bytes(text.size() * 3 / 4, '\0');
    std::size_t size = 0;
    std::uint32_t bits = 0;
    unsigned count = 0;
    for (const char c : text) {
        const std::uint8_t digit = digits[static_cast<std::uint8_t>(c)];
        if (digit == noDigit) {
            return std::nullopt;
        }
        bits = (bits << 6U) | digit;
        count += 6;
        if (count >= 8) {
            count -= 8;
            bytes[size++] = static_cast<char>((bits >> count) & 255U);
        }
    }
    const bool isWhole = count < 6 && (bits & ((1U << count) - 1U)) == 0;
    return isWhole ? std::optional(std::move(bytes)) : std::nullopt;
}

Result<std::string> publicJwk(const PrivateKey& key) {
    if (!isP256(key)) {
        return notP256();
    }
    const std::string x = coordinate(key, OSSL_PKEY_PARAM_EC_PUB_X);
    const std::string y = coordinate(key, OSSL_PKEY_PARAM_EC_PUB_Y);
    if (x.empty() || y.empty()) {
        return notP256();
    }
    return R"({"crv":"P-256","kty":"EC","x":")" + x + R"(","y":")" + y + R"("})";
}

std::string thumbprint(std::string_view jwk) {
    const Sha256 digest = sha256(jwk);
    return toBase64Url({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

Result<std::string> signEs256(const PrivateKey& key, std::string_view text) {
    if (!isP256(key)) {
        return notP256();
    }
    const std::unique_ptr<EVP_MD_CTX, Free> context(EVP_MD_CTX_new());
    const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
    std::size_t size = 0;
    if (!context || EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()) != 1 ||
        EVP_DigestSign(context.get(), nullptr, &size, bytes, text.size()) != 1) {
        return cannotSign();
    }
    std::vector<unsigned char> der(size);
    if (EVP_DigestSign(context.get(), der.data(), &size, bytes, text.size()) != 1) {
        return cannotSign();
    }
    // OpenSSL writes the two numbers as ASN.1, JOSE wants them side by side.
    const unsigned char* at = der.data();
    const std::unique_ptr<ECDSA_SIG, Free> signature(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(size)));
    std::string raw;
    if (!signature || !appendNumber(raw, ECDSA_SIG_get0_r(signature.get())) ||
        !appendNumber(raw, ECDSA_SIG_get0_s(signature.get()))) {
        return cannotSign();
    }
    return raw;
}

Result<std::string> signJws(const PrivateKey& key, std::string_view protectedHeader,
                            std::string_view payload) {
    const std::string header = toBase64Url(protectedHeader);
    const std::string body = toBase64Url(payload);
    const auto signature = signEs256(key, header + "." + body);
    if (!signature) {
        return fail(signature.error());
    }
    return R"({"protected":")" + header + R"(","payload":")" + body + R"(","signature":")" +
           toBase64Url(*signature) + R"("})";
}

} // namespace gateway::crypto
