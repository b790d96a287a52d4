// Signs tokens for the scenario "auth": as many as wanted, a line each, all different, by one new key whose
// public part goes to a file as a key set.

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <memory>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <string>
#include <string_view>
#include <vector>

namespace {

struct FreeKey {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using Key = std::unique_ptr<EVP_PKEY, FreeKey>;

std::string base64Url(std::string_view bytes) {
    std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
    const int length =
        EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                        reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
    text.resize(static_cast<std::size_t>(length));
    while (!text.empty() && text.back() == '=') {
        text.pop_back();
    }
    for (char& c : text) {
        c = c == '+' ? '-' : c == '/' ? '_' : c;
    }
    return text;
}

/// A number of the public key, as a JWK has it.
std::string numberOf(const EVP_PKEY* key, const char* name, int length) {
    BIGNUM* number = nullptr;
    if (EVP_PKEY_get_bn_param(key, name, &number) != 1) {
        return {};
    }
    std::string bytes(static_cast<std::size_t>(length > 0 ? length : BN_num_bytes(number)), '\0');
    BN_bn2binpad(number, reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
    BN_free(number);
    return base64Url(bytes);
}

std::string keySetOf(const EVP_PKEY* key, bool isRsa) {
    constexpr int coordinateBytes = 32;
    const std::string members =
        isRsa
            ? R"("kty":"RSA","n":")" + numberOf(key, OSSL_PKEY_PARAM_RSA_N, 0) + R"(","e":")" +
                  numberOf(key, OSSL_PKEY_PARAM_RSA_E, 0) + "\""
            : R"("kty":"EC","crv":"P-256","x":")" + numberOf(key, OSSL_PKEY_PARAM_EC_PUB_X, coordinateBytes) +
                  R"(","y":")" + numberOf(key, OSSL_PKEY_PARAM_EC_PUB_Y, coordinateBytes) + "\"";
    return R"({"keys":[{"kid":"bench","use":"sig",)" + members + "}]}\n";
}

/// ECDSA signatures in a JWS are two numbers of a fixed length.
std::string rawOf(std::string_view der) {
    const auto* at = reinterpret_cast<const unsigned char*>(der.data());
    ECDSA_SIG* signature = d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size()));
    std::string raw(64, '\0');
    auto* out = reinterpret_cast<unsigned char*>(raw.data());
    BN_bn2binpad(ECDSA_SIG_get0_r(signature), out, 32);
    BN_bn2binpad(ECDSA_SIG_get0_s(signature), out + 32, 32);
    ECDSA_SIG_free(signature);
    return raw;
}

std::string sign(EVP_PKEY* key, bool isRsa, std::string_view text) {
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    std::size_t length = 0;
    EVP_DigestSignInit(context, nullptr, EVP_sha256(), nullptr, key);
    const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
    EVP_DigestSign(context, nullptr, &length, bytes, text.size());
    std::string signature(length, '\0');
    EVP_DigestSign(context, reinterpret_cast<unsigned char*>(signature.data()), &length, bytes, text.size());
    signature.resize(length);
    EVP_MD_CTX_free(context);
    return isRsa ? signature : rawOf(signature);
}

} // namespace

int main(int argc, char** argv) {
    CLI::App program("Signs tokens.");
    std::string algorithm = "RS256";
    std::string issuer;
    std::string keySetFile;
    std::uint64_t count = 1;
    std::uint64_t consumers = 1;
    program.add_option("--algorithm", algorithm)->check(CLI::IsMember({"RS256", "ES256"}));
    program.add_option("--issuer", issuer)->required();
    program.add_option("--jwks", keySetFile)->required();
    program.add_option("--count", count);
    program.add_option("--consumers", consumers);
    CLI11_PARSE(program, argc, argv);

    const bool isRsa = algorithm == "RS256";
    const Key key(isRsa ? EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{2048})
                        : EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
    std::ofstream(keySetFile) << keySetOf(key.get(), isRsa);
    const auto now =
        std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch())
            .count();
    const std::string header = base64Url(R"({"alg":")" + algorithm + R"(","typ":"at+jwt","kid":"bench"})");
    for (std::uint64_t i = 0; i < count; ++i) {
        const std::string number = std::to_string(i);
        const std::string payload = R"({"iss":")" + issuer + R"(","sub":"user-)" + number +
                                    R"(","aud":"bench","client_id":"c)" + std::to_string(i % consumers) +
                                    R"(","iat":)" + std::to_string(now) + R"(,"exp":)" +
                                    std::to_string(now + 7'200) + R"(,"jti":"token-)" + number +
                                    R"(","scope":"things:read things:write"})";
        const std::string text = header + "." + base64Url(payload);
        std::puts((text + "." + base64Url(sign(key.get(), isRsa, text))).c_str());
    }
    return 0;
}
