#pragma once

#include "gateway/base/clock.h"
#include "gateway/base/digest.h"
#include "gateway/base/result.h"
#include "gateway/crypto/private_key.h"
#include "gateway/metrics/collector.h"
#include "gateway/model/config.h"
#include "gateway/net/address.h"
#include "gateway/net/tls.h"
#include "gateway/upstream/service_plan.h"
#include "gateway/upstream/service_state.h"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace gateway::runtime {

/// Tells the addresses of a host; may block.
using ResolveName =
    std::function<Result<std::vector<net::Endpoint>>(const std::string& host, std::uint16_t port)>;

/// Makes the plan by which workers ask a service. Keeps what must survive a snapshot: dense indices, the
/// states of targets, the last good addresses of names, and how a service is asked by TLS, which is made anew
/// only when its settings or certificates changed. Control thread; resolving names may block.
class ServiceCompiler {
public:
    ServiceCompiler(const Clock& clock, metrics::Catalog& catalog, upstream::StateStore& states,
                    ResolveName resolve, const crypto::PrivateKeys& keys)
        : m_clock(clock)
        , m_catalog(catalog)
        , m_states(states)
        , m_resolve(std::move(resolve))
        , m_keys(keys) {}

    /// Fails with a sentence that names the service and the target or certificate. `config` has the
    /// certificates.
    [[nodiscard]] Result<std::unique_ptr<const upstream::ServicePlan>> compile(const model::Service& service,
                                                                               const model::Config& config);
    /// Whether the certificates that the service leans on are others now.
    [[nodiscard]] static bool hasOtherCertificates(const model::Service& service, const model::Config& before,
                                                   const model::Config& config);

private:
    struct KnownTls {
        Sha256 inputs{};
        std::shared_ptr<const net::TlsClient> client;
    };

    [[nodiscard]] Result<std::shared_ptr<const net::TlsClient>> tlsOf(const model::Service& service,
                                                                      const model::Config& config);
    [[nodiscard]] Result<std::vector<net::Endpoint>> addressesOf(const model::Target& target);

    const Clock& m_clock;
    metrics::Catalog& m_catalog;
    upstream::StateStore& m_states;
    ResolveName m_resolve;
    const crypto::PrivateKeys& m_keys;
    std::map<model::ServiceId, KnownTls> m_tls;
    std::map<std::pair<std::string, std::uint16_t>, std::vector<net::Endpoint>> m_lastGood;
};

} // namespace gateway::runtime
