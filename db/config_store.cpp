#include "db/config_store.h"

#include "db/publication_writer.h"
#include "db/revision_rows.h"

namespace db {

using gateway::fail;
using gateway::Result;
using gateway::model::Revision;
using gateway::service::Publication;
using gateway::service::StoredConfig;
using gateway::service::StoreVersion;

Result<StoredConfig> SqliteConfigStore::load() {
    auto transaction = Transaction::begin(m_database, Transaction::Kind::Read);
    if (!transaction) {
        return fail(transaction.error());
    }
    StoredConfig stored;
    auto revision = newestRevision(m_database);
    if (!revision) {
        return fail(revision.error());
    }
    stored.revision = std::move(*revision);
    const auto nextId = m_database.queryInteger("SELECT value FROM meta WHERE key = 'next_id'");
    if (!nextId) {
        return fail(nextId.error());
    }
    stored.nextId = static_cast<std::uint64_t>(*nextId);
    ConfigBuilder builder;
    const auto visited =
        visitEntities(m_database, [&](const std::string& kind, std::uint64_t id, const std::string& json) {
            return addEntity(builder, m_database, kind, id, json);
        });
    if (!visited) {
        return fail(visited.error());
    }
    stored.config = builder.build();
    if (auto ended = transaction->commit(); !ended) {
        return fail(ended.error());
    }
    return stored;
}

Result<StoreVersion> SqliteConfigStore::version() {
    auto select = m_database.statement("SELECT (SELECT COALESCE(MAX(number), 0) FROM revision),"
                                       " (SELECT value FROM meta WHERE key = 'key_generation'),"
                                       " (SELECT value FROM meta WHERE key = 'secret_generation'),"
                                       " (SELECT value FROM meta WHERE key = 'revocation_generation')");
    if (!select) {
        return fail(select.error());
    }
    if (const auto row = select->next(); !row) {
        return fail(row.error());
    }
    return StoreVersion{.revision = select->number(0),
                        .keyGeneration = select->number(1),
                        .secretGeneration = select->number(2),
                        .revocationGeneration = select->number(3)};
}

Result<Revision> SqliteConfigStore::publish(const Publication& publication) {
    auto transaction = Transaction::begin(m_database, Transaction::Kind::Write);
    if (!transaction) {
        return fail(transaction.error());
    }
    auto revision = PublicationWriter(m_database, publication).write();
    if (!revision) {
        return revision;
    }
    if (auto committed = transaction->commit(); !committed) {
        return fail(committed.error());
    }
    return revision;
}

} // namespace db
