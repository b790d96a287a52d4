#include "gateway/service/acme_gateway.h"
#include "gateway/service/service_core.h"

// How the service and the certificates that come by themselves work together.
namespace gateway::service {

std::unique_ptr<AcmeGateway> ServiceCore::makeAcme() {
    AcmeGateway::Service service;
    service.isServing = [this] { return m_status.state == GatewayState::Running; };
    service.publish = [this](model::CertificateId id, const std::string& chain, const crypto::PrivateKey& key,
                             const std::string& message, const std::function<void(Result<void>)>& done) {
        publishIssued(id, chain, key, message, done);
    };
    auto acme = std::make_unique<AcmeGateway>(m_clock, *m_engine, *m_secrets, std::move(service));
    connect(&acme->renewal(), &AcmeRenewal::reportChanged, this,
            [this] { Q_EMIT m_facade.certificatesChanged(); });
    return acme;
}

void ServiceCore::publishIssued(model::CertificateId id, const std::string& chain,
                                const crypto::PrivateKey& key, const std::string& message,
                                const std::function<void(Result<void>)>& done) {
    // People and other programs may have published while the authority worked.
    if (const auto newer = loadNewer(); newer && *newer) {
        runLoaded(nullptr);
    }
    const model::Certificate* known = config().certificates.findById(id);
    if (known == nullptr) {
        done(fail(ErrorKind::Conflict, "certificate-gone", "The certificate was removed meanwhile."));
        return;
    }
    ReadyCertificate ready{*known, key};
    ready.certificate.chain = chain;
    const auto reply = std::make_shared<Pending<Answer<model::Revision>>>(
        reject(ErrorKind::Environment, "shutting-down", "The gateway is shutting down."));
    reply->future().then(this, [done](const Answer<model::Revision>& published) {
        done(published ? Result<void>() : Result<void>(fail(published.error().error)));
    });
    publishCertificate(std::move(ready), AcmeGateway::author, message, Secrets::Loss::Refuse, reply);
}

Answer<bool> ServiceCore::renewCertificate(const std::string& name) {
    if (!m_stores) {
        return notOpen();
    }
    const model::Certificate* certificate = config().certificates.find(name);
    if (auto renewed = m_acme->renewNow(certificate != nullptr ? certificate->id : model::CertificateId{});
        !renewed) {
        return reject(std::move(renewed.error()));
    }
    return true;
}

} // namespace gateway::service
