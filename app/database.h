#pragma once

#include "db/sqlite_stores.h"
#include "gateway/base/result.h"

#include <memory>
#include <string>

namespace app {

/// `gatehouse.db` in the person's data folder: $XDG_DATA_HOME/gatehouse, or ~/.local/share/gatehouse.
[[nodiscard]] std::string defaultDatabaseFile();

/// Makes the folder of the default database, for its owner alone. Folders of other files are the business of
/// whoever named them.
[[nodiscard]] gateway::Result<void> ensureDataFolder(const std::string& databaseFile);

/// Opens the database on this thread.
[[nodiscard]] gateway::Result<std::unique_ptr<db::SqliteStores>> openStores(const std::string& databaseFile,
                                                                            db::OpenMode mode);

} // namespace app
