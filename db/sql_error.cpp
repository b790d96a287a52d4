#include "db/sql_error.h"

namespace db {

using gateway::Error;
using gateway::ErrorKind;

namespace {

// Primary result codes of SQLite (https://www.sqlite.org/rescode.html); QtSql does not name them.
enum class SqliteCode {
    Permission = 3,
    Busy = 5,
    Locked = 6,
    ReadOnly = 8,
    InputOutput = 10,
    Corrupt = 11,
    Full = 13,
    CannotOpen = 14,
    NotADatabase = 26,
};

} // namespace

Error damagedError(const std::string& path, const std::string& detail) {
    return {ErrorKind::Environment, "db-damaged",
            "The database " + path + " is damaged (" + detail +
                "). It was left as it is: restore a backup, or choose another file."};
}

Error toError(const QSqlError& error, const std::string& path) {
    constexpr int primaryMask = 0xff;
    const int code = error.nativeErrorCode().toInt() & primaryMask;
    const std::string detail = error.databaseText().toStdString();
    switch (static_cast<SqliteCode>(code)) {
    case SqliteCode::Busy:
    case SqliteCode::Locked:
        return {ErrorKind::Environment, "db-locked",
                "The database " + path +
                    " is locked by another program. Wait until it is done or close it, then try again."};
    case SqliteCode::ReadOnly:
    case SqliteCode::Permission:
    case SqliteCode::CannotOpen:
        return {ErrorKind::Environment, "db-read-only",
                "The database " + path + " cannot be written (" + detail +
                    "). Give your user the right to write the file and its folder."};
    case SqliteCode::Full:
        return {ErrorKind::Environment, "db-full",
                "The disk that holds the database " + path +
                    " is full; nothing was saved. Make room and try again."};
    case SqliteCode::InputOutput:
        return {ErrorKind::Environment, "db-io",
                "The database " + path + " cannot be read or written (" + detail +
                    "). Check the disk, then try again."};
    case SqliteCode::Corrupt:
        return damagedError(path, detail);
    case SqliteCode::NotADatabase:
        return {ErrorKind::Environment, "db-not-a-database",
                "The file " + path + " is not a database. Choose another file; this one was left as it is."};
    }
    return {ErrorKind::Internal, "db-internal", "The database " + path + " said: " + detail + "."};
}

} // namespace db
