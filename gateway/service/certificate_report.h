#pragma once

#include "gateway/base/clock.h"
#include "gateway/crypto/certificate.h"
#include "gateway/crypto/private_key.h"
#include "gateway/model/dependents.h"

#include <optional>
#include <string>
#include <vector>

// What people and programs ask of certificates, and what they are told; never with a private key in it.
namespace gateway::service {

/// A certificate that somebody brings. Of the same name as one that is there: takes its place.
struct CertificateImport {
    std::string name;
    model::Certificate::Use use = model::Certificate::Use::Identity;
    std::string chain; ///< PEM, the leaf first; empty with `pkcs12`
    /// PEM; empty when it is stored already, because the gateway made it for a signing request, or because
    /// the certificate was renewed for the same key.
    std::string privateKey;
    std::string pkcs12; ///< in the place of chain and key
    std::string passphrase;
    std::string revocations; ///< of an authority: PEM
    std::string author;
};

struct SelfSignedRequest {
    std::string name;
    crypto::SubjectRequest subject;
    crypto::KeyKind kind = crypto::KeyKind::EcdsaP256;
    int days = 365;
    std::string author;
};

struct SigningRequest {
    std::string name; ///< that the certificate will have
    crypto::SubjectRequest subject;
    crypto::KeyKind kind = crypto::KeyKind::EcdsaP256;
    std::string author;
};

using CertificateUser = model::EntityName;

struct CertificateReport {
    model::CertificateId id; ///< 0: not signed yet, see `signingRequest`
    std::string name;
    model::Certificate::Use use = model::Certificate::Use::Identity;
    std::vector<crypto::CertificateInfo> chain; ///< empty: not signed, or not issued yet
    std::vector<std::string> problems;          ///< sentences
    std::string keyFingerprint;                 ///< of the leaf, or of what is to be signed
    bool hasPrivateKey = false;                 ///< it is stored and can be read
    std::vector<CertificateUser> usedBy;
    std::optional<WallTime> warnsFrom; ///< of the leaf
    std::string signingRequest;        ///< PEM, while its certificate is waited for
    std::string renewal; ///< how it comes and renews by itself, in a sentence; empty: it does not
};

} // namespace gateway::service
