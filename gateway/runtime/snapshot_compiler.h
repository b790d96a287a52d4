#pragma once

#include "gateway/base/clock.h"
#include "gateway/base/result.h"
#include "gateway/limits/rate_limiter.h"
#include "gateway/metrics/collector.h"
#include "gateway/runtime/service_compiler.h"
#include "gateway/runtime/snapshot.h"

#include <memory>
#include <utility>

namespace gateway::runtime {

/// Makes Snapshots. Keeps what must survive them: dense indices and rate buckets. Control thread; resolving
/// names may block.
class SnapshotCompiler {
public:
    SnapshotCompiler(const Clock& clock, metrics::Catalog& catalog, limits::BucketStore& buckets,
                     upstream::StateStore& states, ResolveName resolve)
        : m_catalog(catalog)
        , m_buckets(buckets)
        , m_services(clock, catalog, states, std::move(resolve)) {}

    [[nodiscard]] Result<std::shared_ptr<const Snapshot>> compile(const model::Config& config,
                                                                  model::RevisionNumber revision);

private:
    [[nodiscard]] Result<void> compileServices(const model::Config& config, pipeline::Tables& tables);
    void compileCallers(const model::Config& config, pipeline::Tables& tables);
    [[nodiscard]] Result<void> compileRoutes(const model::Config& config, pipeline::Tables& tables);

    metrics::Catalog& m_catalog;
    limits::BucketStore& m_buckets;
    ServiceCompiler m_services;
};

} // namespace gateway::runtime
