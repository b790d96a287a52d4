#pragma once

#include "gateway/base/result.h"

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

struct evp_pkey_st;

namespace gateway::crypto {

enum class KeyKind { EcdsaP256, EcdsaP384, Rsa2048, Rsa4096, Ed25519 };

/// A private key in memory. Cheap to copy; never shown, logged or compared by its content.
class PrivateKey {
public:
    PrivateKey() = default;

    [[nodiscard]] static Result<PrivateKey> generate(KeyKind kind);
    /// PEM (PKCS#8, PKCS#1 or SEC 1), encrypted ones with their passphrase. The error tells a wrong
    /// passphrase from something that is no key.
    [[nodiscard]] static Result<PrivateKey> fromPem(std::string_view pem, const std::string& passphrase = {});
    [[nodiscard]] static Result<PrivateKey> fromDer(std::string_view der);

    [[nodiscard]] explicit operator bool() const noexcept { return m_key != nullptr; }
    /// PKCS#8, not encrypted: for the vault only.
    [[nodiscard]] std::string toDer() const;
    [[nodiscard]] std::string toPem() const;
    /// CertificateInfo::keyFingerprint of its certificates.
    [[nodiscard]] std::string fingerprint() const;
    [[nodiscard]] std::string kindText() const; ///< "ECDSA P-256"
    [[nodiscard]] evp_pkey_st* get() const noexcept { return m_key.get(); }

private:
    std::shared_ptr<evp_pkey_st> m_key;
};

/// "ECDSA P-256": what kind of key it is, private or public.
[[nodiscard]] std::string keyText(const evp_pkey_st* key);

/// The decrypted private keys of a running gateway, by fingerprint. Thread-safe.
class PrivateKeys {
public:
    void put(PrivateKey key);
    void erase(const std::string& fingerprint);
    [[nodiscard]] PrivateKey find(const std::string& fingerprint) const; ///< empty: not there
    [[nodiscard]] bool contains(const std::string& fingerprint) const;

private:
    mutable std::mutex m_mutex;
    std::map<std::string, PrivateKey> m_keys;
};

/// A certificate with its private key.
struct KeyPair {
    std::string chain; ///< PEM, the leaf first
    PrivateKey key;
};

struct SubjectRequest {
    std::string commonName;
    std::string organization;       ///< may be empty
    std::vector<std::string> names; ///< DNS names and IP addresses; at least one
};

/// Signed by its own key; good for `days` from now on.
[[nodiscard]] Result<std::string> selfSigned(const PrivateKey& key, const SubjectRequest& subject, int days);
/// PKCS#10, as PEM.
[[nodiscard]] Result<std::string> signingRequest(const PrivateKey& key, const SubjectRequest& subject);
/// The same as DER, for ACME.
[[nodiscard]] Result<std::string> signingRequestDer(const PrivateKey& key, const SubjectRequest& subject);
/// A certificate of the TLS-ALPN-01 challenge (RFC 8737): self-signed, with the acmeIdentifier extension.
[[nodiscard]] Result<std::string> challengeCertificate(const PrivateKey& key, const std::string& domain,
                                                       std::string_view keyAuthorizationSha256);
/// The leaf, its chain and the key out of a PKCS#12 file. The error tells a wrong passphrase apart.
[[nodiscard]] Result<KeyPair> fromPkcs12(std::string_view file, const std::string& passphrase);

} // namespace gateway::crypto
