#pragma once

#include "gateway/base/result.h"
#include "gateway/crypto/private_key.h"
#include "gateway/service/certificate_report.h"

#include <optional>
#include <string>
#include <vector>

namespace app::cli {

/// Which certificate, and on whose behalf.
struct CertTarget {
    std::string db;
    std::string author;
    std::string name;
    bool json = false;
};

struct CertImportOptions : CertTarget {
    std::string chain;
    std::string key;
    std::string pkcs12;
    std::string passphraseFile;
    std::string revocations;
    bool isAuthority = false;
};

/// Of a certificate that is made here.
struct CertSubjectOptions : CertTarget {
    std::vector<std::string> names;
    std::string commonName;
    std::string organization;
    std::string kind = "ecdsa-p256";
    int days = 365;
};

/// "ecdsa-p256", "ecdsa-p384", "rsa-2048", "rsa-4096", "ed25519"
[[nodiscard]] std::vector<std::string> keyKindNames();
[[nodiscard]] std::optional<gateway::crypto::KeyKind> keyKindOf(const std::string& name);

[[nodiscard]] gateway::crypto::SubjectRequest subjectOf(const CertSubjectOptions& options);
/// Reads the files. Input error when what is there does not go together.
[[nodiscard]] gateway::Result<gateway::service::CertificateImport>
readImportFiles(const CertImportOptions& options);

} // namespace app::cli
