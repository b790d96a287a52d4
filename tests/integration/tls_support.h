#pragma once

#include "gateway/crypto/certificate.h"
#include "gateway/crypto/private_key.h"
#include "tests/integration/test_gateway.h"
#include "tests/support/test_certificates.h"

#include <string>
#include <vector>

/// Stores the key where the gateway finds it, as an import does.
inline void storeKey(TestGateway& gateway, const support::TestCertificate& certificate) {
    gateway.engine().privateKeys().put(*gateway::crypto::PrivateKey::fromPem(certificate.key));
}

[[nodiscard]] inline gateway::model::Listener listenerOf(const gateway::model::Config& config) {
    return *config.listeners.begin();
}

/// The configuration with a certificate under this name.
[[nodiscard]] inline gateway::model::Config
withCertificate(gateway::model::Config config, const std::string& name, const std::string& chain) {
    gateway::model::Certificate certificate;
    if (const auto* former = config.certificates.find(name)) {
        certificate = *former;
    }
    certificate.name = name;
    certificate.chain = chain;
    config.certificates.put(certificate);
    return config;
}

/// TestGateway::basicConfig whose listener speaks TLS with the certificate, named "shop".
[[nodiscard]] inline gateway::model::Config tlsConfig(TestGateway& gateway,
                                                      const std::vector<std::uint16_t>& targets,
                                                      const support::TestCertificate& certificate) {
    storeKey(gateway, certificate);
    auto config = withCertificate(TestGateway::basicConfig(targets), "shop", certificate.chain);
    gateway::model::Listener listener = listenerOf(config);
    listener.tls.emplace();
    listener.tls->certificates = {"shop"};
    config.listeners.put(listener);
    return config;
}
