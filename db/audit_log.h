#pragma once

#include "db/database.h"
#include "gateway/service/ports.h"

namespace db {

/// Writes one row; part of whatever transaction is open.
[[nodiscard]] gateway::Result<void> insertAudit(Database& database,
                                                const gateway::service::AuditEntry& entry);
/// The same for an entity that a revision changed: before and after stand with the revision.
[[nodiscard]] gateway::Result<void>
insertEntityAudit(Database& database, const gateway::service::AuditEntry& entry, std::uint64_t entityId);

class SqliteAuditLog final : public gateway::service::AuditLog {
public:
    explicit SqliteAuditLog(Database& database)
        : m_database(database) {}

    [[nodiscard]] gateway::Result<void> append(const gateway::service::AuditEntry& entry) override;
    [[nodiscard]] gateway::Result<std::vector<gateway::service::AuditEntry>>
    list(const gateway::service::AuditQuery& query) override;

private:
    Database& m_database;
};

} // namespace db
