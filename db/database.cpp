#include "db/database.h"

#include "db/database_file.h"
#include "db/migrations/migrations.h"
#include "db/sql_error.h"

#include <QDeadlineTimer>
#include <QSqlError>
#include <QThread>
#include <atomic>
#include <utility>

namespace db {

using gateway::ErrorKind;
using gateway::fail;
using gateway::Result;

Database::Database(std::string path)
    : m_path(std::move(path))
    , m_thread(QThread::currentThread()) {
    static std::atomic<std::uint64_t> lastNumber{0};
    m_connectionName = QStringLiteral("gatehouse-%1").arg(++lastNumber);
}

Database::~Database() {
    Q_ASSERT(m_thread == QThread::currentThread());
    // Statements have to be gone before their connection, and all copies of it before its removal.
    m_statements.clear();
    m_connection.close();
    m_connection = QSqlDatabase();
    QSqlDatabase::removeDatabase(m_connectionName);
}

Result<void> Database::connect(bool readOnly, std::chrono::milliseconds busyTimeout) {
    if (m_connection.isValid()) {
        m_statements.clear();
        m_connection.close();
    } else {
        m_connection = QSqlDatabase::addDatabase(QStringLiteral("QSQLITE"), m_connectionName);
    }
    m_connection.setDatabaseName(QString::fromStdString(m_path));
    QString options = QStringLiteral("QSQLITE_BUSY_TIMEOUT=%1").arg(busyTimeout.count());
    if (readOnly) {
        options += QStringLiteral(";QSQLITE_OPEN_READONLY");
    }
    m_connection.setConnectOptions(options);
    if (!m_connection.open()) {
        return fail(toError(m_connection.lastError(), m_path));
    }
    return {};
}

/// Looks for damage and for a schema that is too new, over a connection that cannot write.
Result<void> Database::probe() {
    const auto version = queryInteger("PRAGMA user_version");
    if (!version) {
        return fail(version.error());
    }
    if (*version > newestSchema()) {
        return fail(ErrorKind::Environment, "db-newer",
                    "The database " + m_path +
                        " was written by a newer version of Gatehouse. Install that version or a newer one; "
                        "the file was left as it is.");
    }
    auto check = statement("PRAGMA quick_check(1)");
    if (!check) {
        return fail(check.error());
    }
    const auto row = check->next();
    if (!row) {
        return fail(row.error());
    }
    if (const std::string found = check->text(0); found != "ok") {
        return fail(damagedError(m_path, found));
    }
    return {};
}

/// The switch needs the file for itself, and SQLite does not wait for that by itself: another process that
/// makes the same database at this moment is waited for here.
Result<void> Database::enableWriteAheadLog(std::chrono::milliseconds busyTimeout) {
    QDeadlineTimer deadline(busyTimeout);
    constexpr unsigned long pauseMs = 10;
    for (;;) {
        auto pragma = statement("PRAGMA journal_mode=WAL");
        if (!pragma) {
            return fail(pragma.error());
        }
        const auto row = pragma->next();
        if (row && *row && pragma->text(0) == "wal") {
            return {};
        }
        if (deadline.hasExpired()) {
            return fail(row ? gateway::Error{ErrorKind::Environment, "db-io",
                                             "The place of the database " + m_path +
                                                 " does not support a write-ahead log. Choose a local disk."}
                            : row.error());
        }
        QThread::msleep(pauseMs);
    }
}

Result<std::unique_ptr<Database>> Database::open(const std::string& path, OpenMode mode,
                                                 std::chrono::milliseconds busyTimeout) {
    const auto state = prepareFile(path, mode);
    if (!state) {
        return fail(state.error());
    }
    std::unique_ptr<Database> database(new Database(path));
    // A connection that can write would, when it closes, move the log into a file that is damaged.
    if (*state == FileState::Holds && !hasHotJournal(path)) {
        if (auto connected = database->connect(true, busyTimeout); !connected) {
            return fail(connected.error());
        }
        if (auto sound = database->probe(); !sound) {
            return fail(sound.error());
        }
    }
    if (auto connected = database->connect(false, busyTimeout); !connected) {
        return fail(connected.error());
    }
    for (const char* pragma : {"PRAGMA foreign_keys=ON", "PRAGMA synchronous=FULL"}) {
        if (auto set = database->execute(pragma); !set) {
            return fail(set.error());
        }
    }
    // The schema comes before the log, so that the file itself says whose it is from its first page on.
    if (auto migrated = migrate(*database, migrations()); !migrated) {
        return fail(migrated.error());
    }
    if (auto logged = database->enableWriteAheadLog(busyTimeout); !logged) {
        return fail(logged.error());
    }
    if (auto restricted = restrictToOwner(path); !restricted) {
        return fail(restricted.error());
    }
    return database;
}

Result<Statement> Database::statement(std::string_view sql) {
    Q_ASSERT(m_thread == QThread::currentThread());
    auto& query = m_statements[std::string(sql)];
    if (!query) {
        auto prepared = std::make_unique<QSqlQuery>(m_connection);
        prepared->setForwardOnly(true);
        if (!prepared->prepare(QString::fromUtf8(sql.data(), static_cast<qsizetype>(sql.size())))) {
            auto error = toError(prepared->lastError(), m_path);
            m_statements.erase(std::string(sql));
            return fail(std::move(error));
        }
        query = std::move(prepared);
    }
    return Statement(*query, m_path);
}

Result<void> Database::execute(std::string_view sql) {
    auto prepared = statement(sql);
    if (!prepared) {
        return fail(prepared.error());
    }
    return prepared->run();
}

Result<std::int64_t> Database::queryInteger(std::string_view sql) {
    auto prepared = statement(sql);
    if (!prepared) {
        return fail(prepared.error());
    }
    const auto row = prepared->next();
    if (!row) {
        return fail(row.error());
    }
    return *row ? prepared->integer(0) : 0;
}

Result<Transaction> Transaction::begin(Database& database, Kind kind) {
    if (auto begun = database.execute(kind == Kind::Write ? "BEGIN IMMEDIATE" : "BEGIN"); !begun) {
        return fail(begun.error());
    }
    return Transaction(database);
}

Transaction::Transaction(Transaction&& other) noexcept
    : m_database(std::exchange(other.m_database, nullptr)) {}

Transaction::~Transaction() {
    if (m_database != nullptr) {
        // Fails only where SQLite has rolled back already, as it does when the disk is full.
        std::ignore = m_database->execute("ROLLBACK");
    }
}

Result<void> Transaction::commit() {
    auto committed = m_database->execute("COMMIT");
    if (committed) {
        m_database = nullptr;
    }
    return committed;
}

} // namespace db
