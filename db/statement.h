#pragma once

#include "gateway/base/clock.h"
#include "gateway/base/result.h"

#include <QSqlQuery>
#include <QVariant>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace db {

/// A prepared statement, borrowed from its Database while it is used; reset when it goes out of scope, so
/// that no read transaction is left open behind it.
/// `bind` takes the values from left to right. Times are kept as milliseconds since 1970.
class Statement {
public:
    Statement(QSqlQuery& query, const std::string& path);
    Statement(Statement&& other) noexcept;
    Statement(const Statement&) = delete;
    Statement& operator=(const Statement&) = delete;
    Statement& operator=(Statement&&) = delete;
    ~Statement();

    template<std::integral T>
    Statement& bind(T number) {
        return bindVariant(QVariant::fromValue(static_cast<qint64>(number)));
    }
    Statement& bind(std::string_view text);
    Statement& bind(gateway::WallTime time);
    template<class T>
    Statement& bind(const std::optional<T>& value) {
        return value ? bind(*value) : bindNull();
    }
    Statement& bindBytes(std::string_view bytes);
    Statement& bindNull();

    /// Executes a statement that answers no rows.
    [[nodiscard]] gateway::Result<void> run();
    /// Executes at the first call, then goes from row to row; false after the last.
    [[nodiscard]] gateway::Result<bool> next();

    [[nodiscard]] bool isNull(int column) const;
    [[nodiscard]] std::int64_t integer(int column) const;
    [[nodiscard]] std::uint64_t number(int column) const;
    /// Text as UTF-8. Columns read as CAST(x AS BLOB) skip the way over UTF-16.
    [[nodiscard]] std::string text(int column) const;
    [[nodiscard]] gateway::WallTime time(int column) const;

private:
    Statement& bindVariant(const QVariant& value);
    [[nodiscard]] gateway::Result<void> execute();

    QSqlQuery* m_query;
    const std::string* m_path;
    int m_bound = 0;
    bool m_executed = false;
};

} // namespace db
