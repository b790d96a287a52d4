#pragma once

#include "gateway/base/clock.h"
#include "gateway/base/result.h"
#include "gateway/limits/rate_limiter.h"
#include "gateway/metrics/collector.h"
#include "gateway/model/dependents.h"
#include "gateway/runtime/listener_compiler.h"
#include "gateway/runtime/policy_compiler.h"
#include "gateway/runtime/provider_compiler.h"
#include "gateway/runtime/service_compiler.h"
#include "gateway/runtime/snapshot.h"

#include <memory>
#include <utility>

namespace gateway::runtime {

/// Makes Snapshots, each from the last one: what did not change, and leans on nothing that did, is shared and
/// costs nothing. Keeps what must survive them: dense indices and rate buckets. Control thread; resolving
/// names may block.
class SnapshotCompiler {
public:
    SnapshotCompiler(const Clock& clock, metrics::Catalog& catalog, limits::BucketStore& buckets,
                     upstream::StateStore& states, ResolveName resolve, ListenerCompiler listeners,
                     ProviderCompiler providers, const auth::IdentitySigner* signer)
        : m_catalog(catalog)
        , m_buckets(buckets)
        , m_providers(std::move(providers))
        , m_policies(catalog, signer)
        , m_listeners(std::move(listeners))
        , m_services(clock, catalog, states, std::move(resolve), m_listeners.keys()) {}

    [[nodiscard]] Result<std::shared_ptr<const Snapshot>> compile(const model::Config& config,
                                                                  model::RevisionNumber revision);
    /// The next snapshot compiles all services, and so asks for the addresses of their targets again.
    void renewServices() noexcept { m_renewsServices = true; }

    /// How many plans of each kind the last call made.
    struct Work {
        std::size_t tlsContexts = 0; ///< of listeners
        std::size_t services = 0;
        std::size_t policies = 0;
        std::size_t consumers = 0;
        std::size_t routes = 0;
    };
    [[nodiscard]] const Work& work() const noexcept { return m_work; }

private:
    [[nodiscard]] Result<void> compileServices(const model::Config& before, const model::Config& config,
                                               pipeline::Tables& tables);
    [[nodiscard]] Result<void> compileProviders(const model::Config& config, pipeline::Tables& tables);
    void placePolicies(const model::Config& before, const model::Config& config, const PolicyPlans& plans,
                       bool areRenewed, pipeline::Tables& tables);
    void compileTiers(const model::Config& before, const model::Config& config, pipeline::Tables& tables);
    void compileConsumers(const model::Config& before, const model::Config& config,
                          const model::ChangedNames& changed, pipeline::Tables& tables);
    void compileConsumer(const model::Config& config, const std::shared_ptr<const model::Consumer>& consumer,
                         pipeline::Tables& tables);
    [[nodiscard]] Result<void> compileRoutes(const model::Config& before, const model::Config& config,
                                             const PolicyCompiler::Compiled& policies,
                                             pipeline::Tables& tables);
    [[nodiscard]] Result<void> compileRoute(const model::Config& config, const PolicyPlans& policies,
                                            std::uint32_t slot, pipeline::Tables& tables);

    metrics::Catalog& m_catalog;
    limits::BucketStore& m_buckets;
    ProviderCompiler m_providers;
    PolicyCompiler m_policies;
    std::shared_ptr<const PolicyPlans> m_policyPlans; ///< of m_last
    std::shared_ptr<auth::ReplayMemory> m_proofs;     ///< made with the first provider
    std::uint64_t m_lastSerial = 0;
    ListenerCompiler m_listeners;
    ServiceCompiler m_services;
    std::shared_ptr<const Snapshot> m_last; ///< null before the first
    Work m_work;
    bool m_renewsServices = false;
};

} // namespace gateway::runtime
