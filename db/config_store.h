#pragma once

#include "db/database.h"
#include "gateway/service/ports.h"

namespace db {

class SqliteConfigStore final : public gateway::service::ConfigStore {
public:
    explicit SqliteConfigStore(Database& database)
        : m_database(database) {}

    [[nodiscard]] gateway::Result<gateway::service::StoredConfig> load() override;
    [[nodiscard]] gateway::Result<gateway::service::StoreVersion> version() override;
    /// A publication that leaves the config as it is makes no revision; its keys are written all the same. A
    /// consumer that goes takes its keys with it: they are revoked. Codes: "stale-revision",
    /// "key-hash-known", "key-revoked" (Conflict).
    [[nodiscard]] gateway::Result<gateway::model::Revision>
    publish(const gateway::service::Publication& publication) override;

private:
    Database& m_database;
};

} // namespace db
