#include "gateway/runtime/listener_compiler.h"

#include "gateway/crypto/certificate.h"

#include <utility>

namespace gateway::runtime {
namespace {

net::ClientCertificates clientCertificatesOf(model::Listener::ClientCertificates setting) {
    switch (setting) {
    case model::Listener::ClientCertificates::Optional:
        return net::ClientCertificates::Optional;
    case model::Listener::ClientCertificates::Required:
        return net::ClientCertificates::Required;
    case model::Listener::ClientCertificates::Off:
        break;
    }
    return net::ClientCertificates::Off;
}

Error inListener(const model::Listener& listener, const std::string& field, Error error) {
    error.message = "listeners[" + listener.name + "].tls." + field + ": " + error.message;
    return error;
}

Error ofCertificate(const std::string& name, Error error) {
    error.message = "certificate \"" + name + "\": " + error.message;
    return error;
}

/// All that decides how TLS is spoken, but for keys, which belong to their certificates.
Sha256 digestOf(const net::TlsServerSettings& settings) {
    std::string text;
    const auto add = [&](std::string_view part) {
        text.append(std::to_string(part.size())).append(":").append(part);
    };
    for (const crypto::KeyPair& pair : settings.pairs) {
        add(pair.chain);
    }
    add(std::to_string(static_cast<int>(settings.versionMin)));
    add(std::to_string(static_cast<int>(settings.clientCertificates)));
    add(settings.clientAuthorities);
    add(settings.revocationLists);
    for (const std::string& protocol : settings.protocols) {
        add(protocol);
    }
    return sha256(text);
}

net::TlsServerSettings settingsOf(const model::Config& config, const model::Listener& listener) {
    net::TlsServerSettings settings;
    if (listener.tls->onlyTls13) {
        settings.versionMin = net::TlsVersion::Tls13;
    }
    settings.clientCertificates = clientCertificatesOf(listener.tls->clientCertificates);
    const model::Certificate* authority = config.certificates.find(listener.tls->clientAuthority);
    if (settings.clientCertificates != net::ClientCertificates::Off && authority != nullptr) {
        settings.clientAuthorities = authority->chain;
        settings.revocationLists = authority->revocations;
    }
    if (listener.http2) {
        settings.protocols = {"h2", "http/1.1"};
    }
    return settings;
}

/// Names what cannot be used: OpenSSL is asked for one pair after the other.
Error blame(const std::vector<std::pair<std::string, crypto::KeyPair>>& pairs,
            const std::shared_ptr<net::TlsServer::Shared>& shared, const model::Listener& listener,
            const Error& error) {
    for (const auto& [name, pair] : pairs) {
        net::TlsServerSettings alone;
        alone.pairs = {pair};
        if (auto made = net::TlsServer::make(alone, shared); !made) {
            return inListener(listener, "certificates", ofCertificate(name, made.error()));
        }
    }
    // What remains is whom clients' certificates are checked against.
    return inListener(listener, "client_authority", ofCertificate(listener.tls->clientAuthority, error));
}

} // namespace

Result<crypto::KeyPair> keyPairOf(const model::Certificate& certificate, const crypto::PrivateKeys& keys) {
    const auto infos = crypto::readCertificates(certificate.chain);
    if (!infos) {
        return fail(ofCertificate(certificate.name, infos.error()));
    }
    crypto::KeyPair pair{certificate.chain, keys.find(infos->front().keyFingerprint)};
    if (!pair.key) {
        return fail(ErrorKind::Input, "key-missing",
                    "no private key is stored for certificate \"" + certificate.name +
                        "\"; import the certificate together with its key");
    }
    return pair;
}

Result<std::shared_ptr<const net::TlsServer>> ListenerCompiler::tlsOf(const model::Config& config,
                                                                      const model::Listener& listener) {
    net::TlsServerSettings settings = settingsOf(config, listener);
    std::vector<const model::Certificate*> shown;
    for (const std::string& name : listener.tls->certificates) {
        const model::Certificate* certificate = config.certificates.find(name);
        // One that ACME has not got yet is waited for; until then the listener answers challenges.
        if (certificate != nullptr && !certificate->chain.empty()) {
            shown.push_back(certificate);
            settings.pairs.push_back({certificate->chain, {}});
        }
    }
    const Sha256 inputs = digestOf(settings);
    Known& known = m_known[listener.id];
    if (known.tls != nullptr && known.inputs == inputs) {
        return known.tls;
    }
    std::vector<std::pair<std::string, crypto::KeyPair>> named;
    for (std::size_t i = 0; i < shown.size(); ++i) {
        auto pair = keyPairOf(*shown[i], m_keys);
        if (!pair) {
            return fail(inListener(listener, "certificates", pair.error()));
        }
        settings.pairs[i] = *pair;
        named.emplace_back(shown[i]->name, std::move(*pair));
    }
    auto tls = net::TlsServer::make(settings, m_shared);
    if (!tls) {
        return fail(blame(named, m_shared, listener, tls.error()));
    }
    known = {inputs, std::move(*tls)};
    ++m_contextsMade;
    return known.tls;
}

Result<std::vector<std::shared_ptr<const pipeline::ListenerPlan>>>
ListenerCompiler::compile(const model::Config& config, const PolicyPlans& policies) {
    m_contextsMade = 0;
    std::vector<std::shared_ptr<const pipeline::ListenerPlan>> plans;
    std::map<model::ListenerId, Known> kept;
    for (const model::Listener& listener : config.listeners) {
        auto plan = std::make_shared<pipeline::ListenerPlan>();
        plan->settings = listener;
        for (const std::string& text : listener.trustedProxies) {
            if (const auto network = net::Network::parse(text)) {
                plan->trustedProxies.push_back(*network);
            }
        }
        plan->policies = plansOf(policies, listener.policies);
        if (listener.tls) {
            auto tls = tlsOf(config, listener);
            if (!tls) {
                return fail(tls.error());
            }
            plan->tls = std::move(*tls);
            kept[listener.id] = m_known[listener.id];
        }
        plans.push_back(std::move(plan));
    }
    m_known = std::move(kept);
    return plans;
}

} // namespace gateway::runtime
