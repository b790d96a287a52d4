#pragma once

#include "db/database.h"

#include <span>

namespace db {

/// One step of the schema. Steps are never changed once released; a new one is added instead.
struct Migration {
    int version = 0; ///< the schema after it; 1, 2, 3...
    std::span<const char* const> statements;
};

[[nodiscard]] std::span<const Migration> migrations();
[[nodiscard]] int newestSchema();

/// Brings the schema to the newest of `steps`, each in a transaction of its own together with its number.
[[nodiscard]] gateway::Result<void> migrate(Database& database, std::span<const Migration> steps);

[[nodiscard]] Migration firstSchema();
[[nodiscard]] Migration secrets();
[[nodiscard]] Migration access();

} // namespace db
