#pragma once

#include "db/audit_log.h"
#include "db/call_store.h"
#include "db/config_store.h"
#include "db/database.h"
#include "db/key_store.h"
#include "db/revision_store.h"
#include "db/revocation_store.h"
#include "db/secret_store.h"

#include <functional>
#include <memory>
#include <string>

namespace db {

/// A database and the stores on it; for the thread that opened it.
class SqliteStores {
public:
    [[nodiscard]] static gateway::Result<std::unique_ptr<SqliteStores>>
    open(const std::string& path, OpenMode mode, const gateway::Clock& clock);

    [[nodiscard]] gateway::service::Stores ports() noexcept {
        return {m_config, m_revisions, m_keys, m_audit, m_secrets, m_revocations, m_calls};
    }
    [[nodiscard]] Database& database() noexcept { return *m_database; }

private:
    SqliteStores(std::unique_ptr<Database> database, const gateway::Clock& clock);

    std::unique_ptr<Database> m_database;
    SqliteConfigStore m_config;
    SqliteRevisionStore m_revisions;
    SqliteKeyStore m_keys;
    SqliteAuditLog m_audit;
    SqliteSecretStore m_secrets;
    SqliteRevocationStore m_revocations;
    SqliteCallStore m_calls;
};

/// What GatewayService wants: opens the stores on the thread that calls it and keeps them until it is
/// destroyed, which has to happen on the same thread.
[[nodiscard]] std::function<gateway::Result<gateway::service::Stores>()>
storesOpener(std::string path, OpenMode mode, const gateway::Clock& clock);

} // namespace db
