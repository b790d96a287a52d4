#include "gateway/service/acme_issued.h"

#include "gateway/crypto/certificate.h"

namespace gateway::service {

Result<void> checkIssued(const std::string& chain, const crypto::PrivateKey& key,
                         const std::vector<std::string>& domains, WallTime now) {
    const auto certificates = crypto::readCertificates(chain);
    if (!certificates) {
        return fail(certificates.error());
    }
    const crypto::CertificateInfo& leaf = certificates->front();
    if (leaf.keyFingerprint != key.fingerprint()) {
        return fail(ErrorKind::Environment, "acme-answer",
                    "The authority sent a certificate of another key than the one asked for.");
    }
    for (const std::string& domain : domains) {
        if (!crypto::coversHost(leaf, domain)) {
            return fail(ErrorKind::Environment, "acme-answer",
                        "The authority sent a certificate that is not good for " + domain + ".");
        }
    }
    if (leaf.notAfter <= now) {
        return fail(ErrorKind::Environment, "acme-answer",
                    "The authority sent a certificate that has ended already. Is the clock right?");
    }
    return {};
}

} // namespace gateway::service
