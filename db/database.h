#pragma once

#include "db/statement.h"
#include "gateway/base/result.h"

#include <QSqlDatabase>
#include <QString>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

class QThread;

namespace db {

enum class OpenMode {
    Create,   ///< a missing file is made
    Existing, ///< a missing file is an error
};

/// One connection to a Gatehouse database, for the thread that opened it alone. Any number of them, in any
/// number of processes, may be open on one file. What was committed survives the death of the process and of
/// the machine (write-ahead log, synchronous=FULL).
class Database {
public:
    /// "GtHs": tells our files from those of other programs.
    static constexpr std::int32_t applicationId = 0x47744873;
    static constexpr std::chrono::milliseconds defaultBusyTimeout{2'000};

    /// Opens the file, makes or migrates its schema, and restricts it to its owner. Errors (Environment):
    /// "db-no-folder", "db-missing", "db-read-only", "db-not-a-database", "db-foreign", "db-newer",
    /// "db-damaged", "db-locked", "db-full", "db-io". A file that is refused is left as it is.
    [[nodiscard]] static gateway::Result<std::unique_ptr<Database>>
    open(const std::string& path, OpenMode mode, std::chrono::milliseconds busyTimeout = defaultBusyTimeout);

    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;
    ~Database();

    /// A prepared statement; kept, so that the next use of the same text costs no parsing. The text has to
    /// be a literal or otherwise from a small set.
    [[nodiscard]] gateway::Result<Statement> statement(std::string_view sql);
    /// Runs a statement without values or rows.
    [[nodiscard]] gateway::Result<void> execute(std::string_view sql);
    /// The first column of the first row; 0 without rows.
    [[nodiscard]] gateway::Result<std::int64_t> queryInteger(std::string_view sql);

    [[nodiscard]] const std::string& path() const noexcept { return m_path; }

private:
    explicit Database(std::string path);
    [[nodiscard]] gateway::Result<void> connect(bool readOnly, std::chrono::milliseconds busyTimeout);
    [[nodiscard]] gateway::Result<void> probe();
    [[nodiscard]] gateway::Result<void> enableWriteAheadLog(std::chrono::milliseconds busyTimeout);

    std::string m_path;
    QString m_connectionName;
    QSqlDatabase m_connection;
    std::unordered_map<std::string, std::unique_ptr<QSqlQuery>> m_statements;
    QThread* m_thread;
};

/// All or nothing: rolls back unless it was committed.
class Transaction {
public:
    enum class Kind {
        Read, ///< one consistent view over several statements
        Write ///< takes the write lock at once, so that what was read stays true until the commit
    };

    [[nodiscard]] static gateway::Result<Transaction> begin(Database& database, Kind kind);
    Transaction(Transaction&& other) noexcept;
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    Transaction& operator=(Transaction&&) = delete;
    ~Transaction();

    [[nodiscard]] gateway::Result<void> commit();

private:
    explicit Transaction(Database& database)
        : m_database(&database) {}

    Database* m_database;
};

} // namespace db
