#include "db/audit_log.h"

#include <limits>

namespace db {

using gateway::fail;
using gateway::Result;
using gateway::service::AuditEntry;
using gateway::service::AuditQuery;

namespace {

constexpr std::string_view insertSql =
    "INSERT INTO audit (time, actor, action, entity_kind, entity_id, entity_name, revision, before, after)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)";

// One text a filter, so that SQLite can use the index of the one that is set.
#define GATEHOUSE_AUDIT_COLUMNS                                                                              \
    "SELECT a.id, a.time, a.actor, a.action, a.entity_kind, a.entity_name, a.revision,"                      \
    " COALESCE(a.before, c.before), COALESCE(a.after, c.after) FROM audit a"                                 \
    " LEFT JOIN revision_change c"                                                                           \
    " ON c.revision = a.revision AND c.kind = a.entity_kind AND c.id = a.entity_id"
constexpr std::string_view listSql = GATEHOUSE_AUDIT_COLUMNS " WHERE a.id < ? ORDER BY a.id DESC LIMIT ?";
constexpr std::string_view listKindSql =
    GATEHOUSE_AUDIT_COLUMNS " WHERE a.id < ? AND a.entity_kind = ? ORDER BY a.id DESC LIMIT ?";
constexpr std::string_view listNameSql =
    GATEHOUSE_AUDIT_COLUMNS " WHERE a.id < ? AND a.entity_name = ? ORDER BY a.id DESC LIMIT ?";
constexpr std::string_view listKindAndNameSql =
    GATEHOUSE_AUDIT_COLUMNS " WHERE a.id < ? AND a.entity_kind = ? AND a.entity_name = ?"
                            " ORDER BY a.id DESC LIMIT ?";
#undef GATEHOUSE_AUDIT_COLUMNS

std::string_view listSqlOf(const AuditQuery& query) {
    if (query.entityKind.empty()) {
        return query.entityName.empty() ? listSql : listNameSql;
    }
    return query.entityName.empty() ? listKindSql : listKindAndNameSql;
}

Result<void> insertRow(Database& database, const AuditEntry& entry, std::optional<std::uint64_t> entityId) {
    auto insert = database.statement(insertSql);
    if (!insert) {
        return fail(insert.error());
    }
    const auto textOrNull = [](const std::string& text) {
        return text.empty() ? std::nullopt : std::optional<std::string_view>(text);
    };
    return insert->bind(entry.time)
        .bind(entry.actor)
        .bind(entry.action)
        .bind(entry.entityKind)
        .bind(entityId)
        .bind(entry.entityName)
        .bind(entry.revision)
        .bind(textOrNull(entry.before))
        .bind(textOrNull(entry.after))
        .run();
}

} // namespace

Result<void> insertAudit(Database& database, const AuditEntry& entry) {
    return insertRow(database, entry, std::nullopt);
}

Result<void> insertEntityAudit(Database& database, const AuditEntry& entry, std::uint64_t entityId) {
    return insertRow(database, entry, entityId);
}

Result<void> SqliteAuditLog::append(const AuditEntry& entry) {
    return insertAudit(m_database, entry);
}

Result<std::vector<AuditEntry>> SqliteAuditLog::list(const AuditQuery& query) {
    auto select = m_database.statement(listSqlOf(query));
    if (!select) {
        return fail(select.error());
    }
    constexpr auto newest = std::numeric_limits<std::int64_t>::max();
    select->bind(query.beforeId == 0 ? newest : static_cast<std::int64_t>(query.beforeId));
    if (!query.entityKind.empty()) {
        select->bind(query.entityKind);
    }
    if (!query.entityName.empty()) {
        select->bind(query.entityName);
    }
    select->bind(query.limit);

    std::vector<AuditEntry> entries;
    for (;;) {
        const auto row = select->next();
        if (!row) {
            return fail(row.error());
        }
        if (!*row) {
            return entries;
        }
        entries.push_back({.id = select->number(0),
                           .time = select->time(1),
                           .actor = select->text(2),
                           .action = select->text(3),
                           .entityKind = select->text(4),
                           .entityName = select->text(5),
                           .revision = select->number(6),
                           .before = select->text(7),
                           .after = select->text(8)});
    }
}

} // namespace db
