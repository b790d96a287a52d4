#include "gateway/service/service_core.h"

#include <algorithm>

// Certificates and their private keys: the key is stored first, then the certificate is published like any
// edit, so that a revision never names a key that is not there.
namespace gateway::service {

using model::Certificate;

namespace {

template<class T>
void refuse(const PendingReply<T>& reply, Error error) {
    reply->answer(reject(std::move(error)));
}

Answer<bool> toAnswer(Result<void> result) {
    if (!result) {
        return reject(std::move(result.error()));
    }
    return true;
}

} // namespace

/// Brings private keys and secrets that are stored to the engine, whichever process stored them.
Result<void> ServiceCore::takeUpSecrets() {
    const auto version = m_stores->config.version();
    if (!version) {
        return fail(version.error());
    }
    auto loaded = m_secrets->loadKeys(m_engine->privateKeys());
    m_secretProblem = loaded ? std::string() : loaded.error().message;
    takeUpSecretValues();
    m_secretGeneration = version->secretGeneration;
    Q_EMIT m_facade.certificatesChanged();
    return loaded;
}

void ServiceCore::importCertificate(const CertificateImport& import,
                                    const PendingReply<model::Revision>& reply) {
    if (!m_stores) {
        reply->answer(notOpen());
        return;
    }
    if (const auto newer = loadNewer(); newer && *newer) {
        runLoaded(nullptr);
    }
    auto ready = readImport(import, config(), m_engine->privateKeys(), m_clock.wallTime());
    if (!ready) {
        return refuse(reply, std::move(ready.error()));
    }
    publishCertificate(std::move(*ready), import.author, "Imported the certificate " + import.name,
                       Secrets::Loss::StartAnew, reply);
}

void ServiceCore::generateSelfSigned(const SelfSignedRequest& request,
                                     const PendingReply<model::Revision>& reply) {
    if (!m_stores) {
        reply->answer(notOpen());
        return;
    }
    if (const auto newer = loadNewer(); newer && *newer) {
        runLoaded(nullptr);
    }
    auto ready = makeSelfSigned(request, config());
    if (!ready) {
        return refuse(reply, std::move(ready.error()));
    }
    publishCertificate(std::move(*ready), request.author, "Made the self-signed certificate " + request.name,
                       Secrets::Loss::StartAnew, reply);
}

void ServiceCore::publishCertificate(ReadyCertificate ready, const std::string& author, std::string message,
                                     Secrets::Loss loss, const PendingReply<model::Revision>& reply) {
    if (!m_stores) {
        reply->answer(notOpen());
        return;
    }
    if (ready.key) {
        if (auto stored = m_secrets->putKey(ready.key, author, loss); !stored) {
            return refuse(reply, std::move(stored.error()));
        }
        m_engine->privateKeys().put(ready.key);
        std::ignore = takeUpSecrets();
    }
    const std::string name = ready.certificate.name;
    const std::string chain = ready.certificate.chain;
    publish({.base = revision().number,
             .author = author,
             .message = std::move(message),
             .edits = {model::Put{std::move(ready.certificate)}}},
            {}, {}, reply);
    const Certificate* published = config().certificates.find(name);
    if (published == nullptr || published->chain != chain) {
        return; // refused
    }
    if (const auto infos = crypto::readCertificates(chain)) {
        std::ignore = forgetRequests(infos->front().keyFingerprint, *m_secrets, author);
    }
    if (carriesTraffic() && m_status.liveRevision != m_status.savedRevision) {
        runLoaded(nullptr); // the saved revision may have waited for this key
    }
    Q_EMIT m_facade.certificatesChanged();
}

void ServiceCore::publishFile(model::ConfigChange change, std::vector<model::FileKey> keys,
                              std::vector<model::FilePrivateKey> privateKeys,
                              const PendingReply<model::Revision>& reply) {
    if (!m_stores) {
        reply->answer(notOpen());
        return;
    }
    if (auto stored = storeFileKeys(privateKeys, *m_secrets, change.author); !stored) {
        return refuse(reply, std::move(stored.error()));
    }
    if (!privateKeys.empty()) {
        std::ignore = takeUpSecrets();
    }
    publish(std::move(change), {}, std::move(keys), reply);
}

Answer<std::string> ServiceCore::createSigningRequest(const SigningRequest& request) {
    if (!m_stores) {
        return notOpen();
    }
    auto pem = requestSigning(request, config(), *m_secrets);
    if (!pem) {
        return reject(std::move(pem.error()));
    }
    std::ignore = takeUpSecrets();
    return std::move(*pem);
}

Answer<bool> ServiceCore::forgetSigningRequest(const std::string& name, const std::string& author) {
    if (!m_stores) {
        return notOpen();
    }
    auto done = toAnswer(forgetRequest(name, config(), *m_secrets, author));
    std::ignore = takeUpSecrets();
    return done;
}

Answer<bool> ServiceCore::removePrivateKey(const std::string& fingerprint, const std::string& author) {
    if (!m_stores) {
        return notOpen();
    }
    // What another process published may need it.
    if (const auto newer = loadNewer(); newer && *newer) {
        runLoaded(nullptr);
    }
    auto removed = removeUnusedKey(fingerprint, config(), *m_secrets, author);
    if (removed) {
        m_engine->privateKeys().erase(fingerprint);
        std::ignore = takeUpSecrets();
    }
    return toAnswer(std::move(removed));
}

Answer<std::vector<CertificateReport>> ServiceCore::listCertificates() {
    if (!m_stores) {
        return notOpen();
    }
    auto reports = reportCertificates(config(), *m_secrets, m_engine->privateKeys(), m_clock.wallTime());
    if (!reports) {
        return reject(std::move(reports.error()));
    }
    for (CertificateReport& report : *reports) {
        if (std::string now = m_acme->reportText(report.id); !now.empty()) {
            report.renewal = std::move(now);
        }
    }
    return std::move(*reports);
}

} // namespace gateway::service
