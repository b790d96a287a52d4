#pragma once

#include "gateway/base/result.h"

#include <QSqlError>
#include <string>

namespace db {

/// What SQLite's result code means for people: an Environment error with one of the codes "db-locked",
/// "db-full", "db-read-only", "db-damaged", "db-not-a-database", "db-io"; anything else is our own fault
/// ("db-internal").
[[nodiscard]] gateway::Error toError(const QSqlError& error, const std::string& path);

[[nodiscard]] gateway::Error damagedError(const std::string& path, const std::string& detail);

} // namespace db
