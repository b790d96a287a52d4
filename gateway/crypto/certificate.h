#pragma once

#include "gateway/base/clock.h"
#include "gateway/base/result.h"

#include <string>
#include <string_view>
#include <vector>

namespace gateway::crypto {

/// What a certificate says, for people and for those who look something up by it.
struct CertificateInfo {
    std::string subject; ///< RFC 4514, as "CN=shop.example,O=Shop"
    std::string issuer;
    std::vector<std::string> names; ///< subject alternative names: DNS names in lower case, and IP addresses
    std::string serial;             ///< hex
    WallTime notBefore{};
    WallTime notAfter{};
    std::string fingerprint;    ///< SHA-256 of the DER, hex in lower case
    std::string keyFingerprint; ///< SHA-256 of the public key (SubjectPublicKeyInfo), hex in lower case
    std::string key;            ///< "RSA 2048", "ECDSA P-256", "Ed25519"
    bool isAuthority = false;   ///< basicConstraints CA
    bool mustStaple = false;    ///< TLS feature status_request (RFC 7633)
    std::string ocspUrl;        ///< empty: none

    bool operator==(const CertificateInfo&) const = default;
};

/// Reads PEM certificates in their order. Input error (names the block by its number) for anything that is no
/// certificate; text between blocks is skipped. At least one.
[[nodiscard]] Result<std::vector<CertificateInfo>> readCertificates(std::string_view pem);

/// From when on people should be told that a certificate ends: a third of its lifetime before.
[[nodiscard]] WallTime warnsFrom(const CertificateInfo& certificate) noexcept;

/// Whether a certificate is good for a host (RFC 9525: subject alternative names only, a `*` for one whole
/// leftmost label).
[[nodiscard]] bool coversHost(const CertificateInfo& certificate, std::string_view host) noexcept;

/// What is wrong with a chain, in sentences; empty: nothing. Order (each is issued by the next), a leaf that
/// is an authority, keys and signatures too weak (RSA under 2048 bits, SHA-1), dates.
[[nodiscard]] std::vector<std::string> chainProblems(std::string_view pem, WallTime now);

} // namespace gateway::crypto
