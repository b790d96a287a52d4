#pragma once

#include "db/content_hash.h"
#include "db/database.h"
#include "gateway/service/ports.h"

#include <optional>
#include <string>
#include <vector>

namespace db {

/// Writes one publication, within the transaction of its caller.
class PublicationWriter {
public:
    PublicationWriter(Database& database, const gateway::service::Publication& publication)
        : m_database(database)
        , m_publication(publication) {}

    [[nodiscard]] gateway::Result<gateway::model::Revision> write();

private:
    /// An entity's row before and after, both as it is stored.
    struct RowChange {
        std::string kind;
        std::uint64_t id = 0;
        std::string nameBefore;
        std::optional<std::string> before;
        std::string nameAfter;
        std::optional<std::string> after;
    };

    [[nodiscard]] gateway::Result<void> collectChanges();
    [[nodiscard]] gateway::Result<std::optional<RowChange>>
    readChange(gateway::model::EntityKind kind, std::uint64_t id,
               const std::optional<gateway::model::Put>& after);
    [[nodiscard]] gateway::Result<void> insertRevision();
    [[nodiscard]] gateway::Result<void> replaceRows();
    [[nodiscard]] gateway::Result<void> recordChanges();
    [[nodiscard]] gateway::Result<void> revokeKeysOfRemovedConsumers();
    [[nodiscard]] gateway::Result<void> writeKeys();
    [[nodiscard]] gateway::Result<void> writeKey(gateway::model::ApiKey key);
    [[nodiscard]] gateway::Result<std::uint64_t> generation();

    Database& m_database;
    const gateway::service::Publication& m_publication;
    gateway::model::Revision m_revision;
    std::vector<RowChange> m_changes;
    std::optional<std::uint64_t> m_generation;
};

} // namespace db
