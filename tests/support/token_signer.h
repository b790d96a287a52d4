#pragma once

#include <memory>
#include <string>
#include <string_view>

struct evp_pkey_st;

namespace support {

[[nodiscard]] std::string base64Url(std::string_view bytes);

/// A key that signs tokens, as an identity provider has it, or a client with proofs of possession. Made by
/// OpenSSL alone, so that no code of the gateway judges itself. It signs whatever it is told to, also what no
/// honest signer would.
class TokenSigner {
public:
    enum class Kind { Rsa1024, Rsa2048, Rsa3072, P256, P384, P521, Secp256k1, Ed25519, Ed448, X25519 };
    /// A new key.
    explicit TokenSigner(Kind kind);
    /// For HS256, HS384 and HS512.
    explicit TokenSigner(std::string secret);

    /// The public key, with an id unless that is empty, and more members (`"use":"sig"`). Of a secret: with
    /// the secret itself.
    [[nodiscard]] std::string jwk(const std::string& id = {}, const std::string& more = {}) const;
    [[nodiscard]] std::string publicPem() const;

    /// The signature's bytes; aborts when the key and the algorithm do not go together. "ES256-DER": as
    /// ASN.1. "PS256-SALT0", "PS256-SALT20", "PS256-MGF1": with another salt, and with SHA-1 in MGF1.
    [[nodiscard]] std::string sign(std::string_view algorithm, std::string_view text) const;
    /// A JWS in the compact serialization. The header is what it is, also when it names another algorithm.
    [[nodiscard]] std::string token(std::string_view header, std::string_view payload,
                                    std::string_view algorithm) const;

private:
    std::shared_ptr<evp_pkey_st> m_key;
    std::string m_secret;
};

} // namespace support
