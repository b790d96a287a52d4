#include "gateway/runtime/service_compiler.h"

#include "gateway/runtime/listener_compiler.h"
#include "gateway/upstream/balancer.h"

#include <algorithm>

namespace gateway::runtime {
namespace {

Error inService(const model::Service& service, const std::string& field, Error error) {
    error.message = "services[" + service.name + "]." + field + ": " + error.message;
    return error;
}

/// All that decides how TLS is spoken, but for the key, which belongs to its certificate. Another name to be
/// shown makes other connections, too.
Sha256 digestOf(const net::TlsClientSettings& settings, const std::string& serverName) {
    std::string text = settings.verify ? "verify" : "trust";
    for (const std::string_view part :
         {std::string_view(settings.authorities), std::string_view(settings.pair.chain),
          std::string_view(serverName), std::string_view(settings.protocols.front())}) {
        text.append(std::to_string(part.size())).append(":").append(part);
    }
    return sha256(text);
}

bool isUnix(const std::string& host) {
    return std::string_view(host).substr(0, net::unixPrefix.size()) == net::unixPrefix;
}

} // namespace

bool ServiceCompiler::hasOtherCertificates(const model::Service& service, const model::Config& before,
                                           const model::Config& config) {
    if (!service.tls) {
        return false;
    }
    const std::string* names[] = {&service.tls->authority, &service.tls->certificate};
    return std::any_of(std::begin(names), std::end(names), [&](const std::string* name) {
        return !name->empty() && before.certificates.find(*name) != config.certificates.find(*name);
    });
}

Result<std::unique_ptr<const upstream::ServicePlan>> ServiceCompiler::compile(const model::Service& service,
                                                                              const model::Config& config) {
    auto plan = std::make_unique<upstream::ServicePlan>();
    plan->id = service.id;
    plan->name = service.name;
    plan->index = m_catalog.indexOf(service.id);
    plan->settings = service;
    if (service.tls) {
        auto tls = tlsOf(service, config);
        if (!tls) {
            return fail(inService(service, "tls", tls.error()));
        }
        plan->tls = std::move(*tls);
    }
    plan->state = &m_states.service(plan->index);
    std::vector<std::uint16_t> inTurn; // positions of those that get requests
    std::vector<std::uint32_t> weights;
    for (const model::Target& target : service.targets) {
        auto endpoints = addressesOf(target);
        if (!endpoints) {
            return fail(inService(service, "targets", endpoints.error()));
        }
        upstream::TargetPlan& compiled = plan->targets.emplace_back();
        compiled.address = model::addressOf(target);
        if (service.tls) {
            compiled.serverName = service.tls->serverName.empty() ? target.host : service.tls->serverName;
        }
        compiled.endpoints = std::move(*endpoints);
        compiled.index = m_catalog.indexOfTarget(service.id, compiled.address);
        compiled.position = static_cast<std::uint16_t>(plan->targets.size() - 1);
        compiled.weight = target.weight;
        compiled.drain = target.drain;
        compiled.hash = upstream::stableHash(compiled.address);
        compiled.state = &m_states.target(compiled.index, m_clock.now());
        if (!target.drain) {
            inTurn.push_back(compiled.position);
            weights.push_back(target.weight);
        }
    }
    plan->turns = upstream::turnsByWeight(weights);
    for (std::uint16_t& turn : plan->turns) {
        turn = inTurn[turn];
    }
    return plan;
}

Result<std::shared_ptr<const net::TlsClient>> ServiceCompiler::tlsOf(const model::Service& service,
                                                                     const model::Config& config) {
    net::TlsClientSettings settings;
    settings.verify = service.tls->verify;
    settings.protocols = {service.protocol == model::Protocol::Http1 ? "http/1.1" : "h2"};
    if (const model::Certificate* authority = config.certificates.find(service.tls->authority)) {
        settings.authorities = authority->chain;
    }
    const model::Certificate* own = config.certificates.find(service.tls->certificate);
    if (own != nullptr) {
        settings.pair.chain = own->chain;
    }
    const Sha256 inputs = digestOf(settings, service.tls->serverName);
    KnownTls& known = m_tls[service.id];
    if (known.client != nullptr && known.inputs == inputs) {
        return known.client;
    }
    if (own != nullptr) {
        auto pair = keyPairOf(*own, m_keys);
        if (!pair) {
            return fail(pair.error());
        }
        settings.pair = std::move(*pair);
    }
    auto client = net::TlsClient::make(settings);
    if (client) {
        known = {inputs, *client};
    }
    return client;
}

Result<std::vector<net::Endpoint>> ServiceCompiler::addressesOf(const model::Target& target) {
    if (isUnix(target.host)) {
        auto endpoint = net::endpointFromLiteral(target.host, 0);
        return endpoint ? Result<std::vector<net::Endpoint>>{{*endpoint}} : fail(endpoint.error());
    }
    const auto key = std::make_pair(target.host, target.port);
    auto resolved = m_resolve(target.host, target.port);
    if (resolved && !resolved->empty()) {
        m_lastGood[key] = *resolved;
        return resolved;
    }
    // A name server that is away must not stand in the way of an edit: what was good before is used on.
    if (const auto known = m_lastGood.find(key); known != m_lastGood.end()) {
        return known->second;
    }
    return resolved
               ? fail(ErrorKind::Environment, "name-not-resolved", "\"" + target.host + "\" has no address")
               : resolved;
}

} // namespace gateway::runtime
