#include "db/sqlite_stores.h"

namespace db {

using gateway::Clock;
using gateway::fail;
using gateway::Result;
using gateway::service::Stores;

SqliteStores::SqliteStores(std::unique_ptr<Database> database, const Clock& clock)
    : m_database(std::move(database))
    , m_config(*m_database)
    , m_revisions(*m_database)
    , m_keys(*m_database, clock)
    , m_audit(*m_database)
    , m_secrets(*m_database, clock)
    , m_revocations(*m_database, clock)
    , m_calls(*m_database) {}

Result<std::unique_ptr<SqliteStores>> SqliteStores::open(const std::string& path, OpenMode mode,
                                                         const Clock& clock) {
    auto database = Database::open(path, mode);
    if (!database) {
        return fail(database.error());
    }
    return std::unique_ptr<SqliteStores>(new SqliteStores(std::move(*database), clock));
}

std::function<Result<Stores>()> storesOpener(std::string path, OpenMode mode, const Clock& clock) {
    // Shared, since a std::function is copied; all copies go with the service's thread.
    auto holder = std::make_shared<std::unique_ptr<SqliteStores>>();
    return [holder, path = std::move(path), mode, &clock]() -> Result<Stores> {
        auto stores = SqliteStores::open(path, mode, clock);
        if (!stores) {
            return fail(stores.error());
        }
        *holder = std::move(*stores);
        return (*holder)->ports();
    };
}

} // namespace db
