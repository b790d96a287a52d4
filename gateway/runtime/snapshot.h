#pragma once

#include "gateway/model/config.h"
#include "gateway/pipeline/tables.h"

#include <memory>

namespace gateway::runtime {

/// A Config validated, resolved and indexed. Immutable; shared by all workers.
class Snapshot {
public:
    Snapshot(model::RevisionNumber revision, model::Config config,
             std::shared_ptr<const pipeline::Tables> tables)
        : m_revision(revision)
        , m_config(std::move(config))
        , m_tables(std::move(tables)) {}

    [[nodiscard]] model::RevisionNumber revision() const noexcept { return m_revision; }
    [[nodiscard]] const model::Config& config() const noexcept { return m_config; }
    [[nodiscard]] const std::shared_ptr<const pipeline::Tables>& tables() const noexcept { return m_tables; }

private:
    model::RevisionNumber m_revision;
    model::Config m_config;
    std::shared_ptr<const pipeline::Tables> m_tables;
};

} // namespace gateway::runtime
