#pragma once

#include "gateway/base/clock.h"
#include "gateway/base/result.h"
#include "gateway/limits/rate_limiter.h"
#include "gateway/metrics/collector.h"
#include "gateway/model/dependents.h"
#include "gateway/runtime/listener_compiler.h"
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
                     upstream::StateStore& states, ResolveName resolve, ListenerCompiler listeners)
        : m_catalog(catalog)
        , m_buckets(buckets)
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
        std::size_t consumers = 0;
        std::size_t routes = 0;
    };
    [[nodiscard]] const Work& work() const noexcept { return m_work; }

private:
    [[nodiscard]] Result<void> compileServices(const model::Config& before, const model::Config& config,
                                               pipeline::Tables& tables);
    void compileTiers(const model::Config& before, const model::Config& config, pipeline::Tables& tables);
    void compileConsumers(const model::Config& before, const model::Config& config,
                          const model::ChangedNames& changed, pipeline::Tables& tables);
    void compileConsumer(const model::Config& config, const model::Consumer& consumer,
                         pipeline::Tables& tables);
    void compileRoutes(const model::Config& config, const model::ChangedNames& changed,
                       pipeline::Tables& tables);
    void compileRoute(const model::Config& config, std::uint32_t slot, pipeline::Tables& tables);

    metrics::Catalog& m_catalog;
    limits::BucketStore& m_buckets;
    ListenerCompiler m_listeners;
    ServiceCompiler m_services;
    std::shared_ptr<const Snapshot> m_last; ///< null before the first
    Work m_work;
    bool m_renewsServices = false;
};

} // namespace gateway::runtime
