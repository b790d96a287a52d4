#include "db/statement.h"

#include "db/sql_error.h"

#include <QSqlError>
#include <utility>

namespace db {

using gateway::fail;
using gateway::Result;
using gateway::WallTime;
using std::chrono::duration_cast;
using std::chrono::milliseconds;

Statement::Statement(QSqlQuery& query, const std::string& path)
    : m_query(&query)
    , m_path(&path) {}

Statement::Statement(Statement&& other) noexcept
    : m_query(std::exchange(other.m_query, nullptr))
    , m_path(other.m_path)
    , m_bound(other.m_bound)
    , m_executed(other.m_executed) {}

Statement::~Statement() {
    if (m_query != nullptr) {
        m_query->finish();
    }
}

Statement& Statement::bindVariant(const QVariant& value) {
    m_query->bindValue(m_bound, value);
    ++m_bound;
    return *this;
}

Statement& Statement::bind(std::string_view text) {
    return bindVariant(QString::fromUtf8(text.data(), static_cast<qsizetype>(text.size())));
}

Statement& Statement::bind(WallTime time) {
    return bind(duration_cast<milliseconds>(time.time_since_epoch()).count());
}

Statement& Statement::bindBytes(std::string_view bytes) {
    return bindVariant(QByteArray(bytes.data(), static_cast<qsizetype>(bytes.size())));
}

Statement& Statement::bindNull() {
    return bindVariant(QVariant());
}

Result<void> Statement::execute() {
    m_executed = true;
    if (!m_query->exec()) {
        return fail(toError(m_query->lastError(), *m_path));
    }
    return {};
}

Result<void> Statement::run() {
    auto executed = execute();
    // Ready for the next row of values.
    m_query->finish();
    m_bound = 0;
    m_executed = false;
    return executed;
}

Result<bool> Statement::next() {
    if (!m_executed) {
        if (auto executed = execute(); !executed) {
            return fail(executed.error());
        }
    }
    if (m_query->next()) {
        return true;
    }
    // QtSql tells the end of the rows and a failure in the middle of them apart only by this.
    if (m_query->lastError().isValid()) {
        return fail(toError(m_query->lastError(), *m_path));
    }
    m_query->finish();
    m_bound = 0;
    m_executed = false;
    return false;
}

bool Statement::isNull(int column) const {
    return m_query->isNull(column);
}

std::int64_t Statement::integer(int column) const {
    return m_query->value(column).toLongLong();
}

std::uint64_t Statement::number(int column) const {
    return static_cast<std::uint64_t>(integer(column));
}

std::string Statement::text(int column) const {
    const QVariant value = m_query->value(column);
    if (value.metaType().id() == QMetaType::QByteArray) {
        return value.toByteArray().toStdString();
    }
    return value.toString().toStdString();
}

WallTime Statement::time(int column) const {
    return WallTime(milliseconds(integer(column)));
}

} // namespace db
