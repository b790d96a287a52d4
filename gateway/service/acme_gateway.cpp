#include "gateway/service/acme_gateway.h"

#include "gateway/base/digest.h"
#include "gateway/http/challenge_table.h"
#include "gateway/net/alpn_challenges.h"

#include <random>

namespace gateway::service {

namespace {

using Challenge = model::Certificate::Challenge;

std::uint64_t randomSeed() {
    std::random_device device;
    return (std::uint64_t{device()} << 32U) | device();
}

/// What is shown to a handshake of acme-tls/1 (RFC 8737, 3).
Result<crypto::KeyPair> pairFor(const AcmeChallenge& challenge) {
    auto key = crypto::PrivateKey::generate(crypto::KeyKind::EcdsaP256);
    if (!key) {
        return fail(std::move(key.error()));
    }
    const Sha256 digest = sha256(challenge.keyAuthorization);
    auto chain = crypto::challengeCertificate(*key, challenge.domain,
                                              {reinterpret_cast<const char*>(digest.data()), digest.size()});
    if (!chain) {
        return fail(std::move(chain.error()));
    }
    return crypto::KeyPair{std::move(*chain), std::move(*key)};
}

} // namespace

AcmeGateway::AcmeGateway(const Clock& clock, runtime::Engine& engine, Secrets& secrets, Service service)
    : m_engine(engine)
    , m_secrets(secrets)
    , m_service(std::move(service))
    , m_renewal(std::make_unique<AcmeRenewal>(clock, static_cast<AcmeHost&>(*this), randomSeed())) {}

AcmeGateway::~AcmeGateway() = default;

void AcmeGateway::setConfig(const model::Config& config) {
    m_hasPlainListener = false;
    m_hasTlsListener = false;
    for (const model::Listener& listener : config.listeners) {
        (listener.tls ? m_hasTlsListener : m_hasPlainListener) = true;
    }
    m_renewal->setConfig(config);
}

void AcmeGateway::tick() {
    m_renewal->tick();
}

Result<void> AcmeGateway::renewNow(model::CertificateId certificate) {
    return m_renewal->renewNow(certificate);
}

std::string AcmeGateway::reportText(model::CertificateId certificate) const {
    const auto report = m_renewal->report(certificate);
    return report ? report->message : std::string();
}

Result<void> AcmeGateway::show(const AcmeChallenge& challenge) {
    if (challenge.kind == Challenge::Http01) {
        m_engine.httpChallenges().put(challenge.token, challenge.keyAuthorization);
        return {};
    }
    const auto pair = pairFor(challenge);
    if (!pair) {
        return fail(pair.error());
    }
    return m_engine.alpnChallenges().put(challenge.domain, *pair);
}

void AcmeGateway::hide(const AcmeChallenge& challenge) {
    if (challenge.kind == Challenge::Http01) {
        m_engine.httpChallenges().remove(challenge.token);
    } else {
        m_engine.alpnChallenges().erase(challenge.domain);
    }
}

Result<void> AcmeGateway::canAnswer(Challenge challenge) const {
    if (challenge == Challenge::Http01 && !m_hasPlainListener) {
        return fail(ErrorKind::Environment, "acme-no-listener",
                    "Waits for a listener without TLS that port 80 of the domain leads to: the challenge of "
                    "HTTP-01 comes there.");
    }
    if (challenge == Challenge::TlsAlpn01 && !m_hasTlsListener) {
        return fail(ErrorKind::Environment, "acme-no-listener",
                    "Waits for a listener with TLS that port 443 of the domain leads to: the challenge of "
                    "TLS-ALPN-01 comes there.");
    }
    if (!m_service.isServing()) {
        return fail(ErrorKind::Environment, "acme-stopped",
                    "Waits for the gateway to run: it has to answer the authority.");
    }
    return {};
}

Result<std::string> AcmeGateway::loadSecret(const std::string& name) {
    return m_secrets.get(secretPurpose, name);
}

Result<void> AcmeGateway::saveSecret(const std::string& name, const std::string& secret) {
    return m_secrets.put(secretPurpose, name, secret, author);
}

Result<void> AcmeGateway::removeSecret(const std::string& name) {
    return m_secrets.remove(secretPurpose, name, author);
}

void AcmeGateway::publishIssued(model::CertificateId certificate, const std::string& chain,
                                const crypto::PrivateKey& key, const std::string& message,
                                std::function<void(Result<void>)> done) {
    m_service.publish(certificate, chain, key, message, std::move(done));
}

} // namespace gateway::service
