#pragma once

#include "gateway/model/codec.h"
#include "gateway/service/certificate_report.h"
#include "gateway/service/secrets.h"

#include <optional>

// What is done with certificates, for a running gateway and for a program beside it; on the thread of the
// stores. Errors of what people bring are Input errors whose sentences name the cause.
namespace gateway::service {

/// A certificate that was read and judged; its key is to be stored before it is published.
struct ReadyCertificate {
    model::Certificate certificate; ///< id 0: a new one
    crypto::PrivateKey key;         ///< empty: none came with it
};

/// Reads what was brought. `keys` are those that are stored. Refuses what could not be shown: a key that is
/// missing or another one, an expired leaf. What else is wrong is in the report.
[[nodiscard]] Result<ReadyCertificate> readImport(const CertificateImport& import,
                                                  const model::Config& config,
                                                  const crypto::PrivateKeys& keys, WallTime now);
[[nodiscard]] Result<ReadyCertificate> makeSelfSigned(const SelfSignedRequest& request,
                                                      const model::Config& config);

/// Makes a key, stores it and remembers the request; returns it as PEM. Another one of that name that waits
/// is forgotten.
[[nodiscard]] Result<std::string> requestSigning(const SigningRequest& request, const model::Config& config,
                                                 Secrets& secrets);
/// Requests for that key are answered, or not wanted any more.
[[nodiscard]] Result<void> forgetRequests(const std::string& keyFingerprint, Secrets& secrets,
                                          const std::string& actor);

/// The one of that name is not waited for any more; its key goes with it.
[[nodiscard]] Result<void> forgetRequest(const std::string& name, const model::Config& config,
                                         Secrets& secrets, const std::string& actor);

/// Conflict "key-in-use" when a certificate or a request needs it.
[[nodiscard]] Result<void> removeUnusedKey(const std::string& fingerprint, const model::Config& config,
                                           Secrets& secrets, const std::string& actor);

/// Private keys that a file brought with its certificates; the master key may be a new one then.
[[nodiscard]] Result<void> storeFileKeys(const std::vector<model::FilePrivateKey>& keys, Secrets& secrets,
                                         const std::string& actor);

/// Certificates by name, then requests that wait.
[[nodiscard]] Result<std::vector<CertificateReport>> reportCertificates(const model::Config& config,
                                                                        Secrets& secrets,
                                                                        const crypto::PrivateKeys& keys,
                                                                        WallTime now);

/// Who shows or trusts it.
[[nodiscard]] std::vector<CertificateUser> usersOf(const model::Config& config, const std::string& name);

/// Names of the identity certificates that listeners and services use.
[[nodiscard]] std::vector<std::string> identitiesInUse(const model::Config& config);

} // namespace gateway::service
