#pragma once

#include "gateway/base/clock.h"
#include "gateway/base/result.h"
#include "gateway/limits/rate_limiter.h"
#include "gateway/metrics/collector.h"
#include "gateway/net/address.h"
#include "gateway/runtime/snapshot.h"
#include "gateway/upstream/service_state.h"

#include <map>
#include <string>
#include <vector>

namespace gateway::runtime {

/// Makes Snapshots. Keeps what must survive them: dense indices, rate buckets, and the last good addresses of
/// names. Control thread; resolving names may block.
class SnapshotCompiler {
public:
    SnapshotCompiler(const Clock& clock, metrics::Catalog& catalog, limits::BucketStore& buckets,
                     upstream::StateStore& states)
        : m_clock(clock)
        , m_catalog(catalog)
        , m_buckets(buckets)
        , m_states(states) {}

    [[nodiscard]] Result<std::shared_ptr<const Snapshot>> compile(const model::Config& config,
                                                                  model::RevisionNumber revision);

private:
    [[nodiscard]] Result<void> compileServices(const model::Config& config, pipeline::Tables& tables);
    void compileCallers(const model::Config& config, pipeline::Tables& tables);
    [[nodiscard]] Result<void> compileRoutes(const model::Config& config, pipeline::Tables& tables);
    [[nodiscard]] Result<std::vector<net::Endpoint>> addressesOf(const model::Target& target);

    const Clock& m_clock;
    metrics::Catalog& m_catalog;
    limits::BucketStore& m_buckets;
    upstream::StateStore& m_states;
    std::map<std::pair<std::string, std::uint16_t>, std::vector<net::Endpoint>> m_lastGood;
};

/// "host:port", with brackets around an IPv6 address.
[[nodiscard]] std::string hostAndPort(const std::string& host, std::uint16_t port);

} // namespace gateway::runtime
