#pragma once

#include "db/database.h"
#include "gateway/base/result.h"

#include <string>

namespace db {

/// What can be said about a file before SQLite touches it.
enum class FileState { Empty, Holds };

/// Makes the file (mode 0600) or looks at the one that is there, without changing it: refuses what is not a
/// database of ours.
[[nodiscard]] gateway::Result<FileState> prepareFile(const std::string& path, OpenMode mode);

/// A transaction of the old journal kind was cut off: only a writer can undo it.
[[nodiscard]] bool hasHotJournal(const std::string& path);

/// Takes the rights of group and others away from the database and the files that SQLite keeps beside it.
[[nodiscard]] gateway::Result<void> restrictToOwner(const std::string& path);

} // namespace db
