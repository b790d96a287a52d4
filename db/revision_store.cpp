#include "db/revision_store.h"

#include "db/revision_rows.h"

#include <limits>
#include <map>

namespace db {

using gateway::ErrorKind;
using gateway::fail;
using gateway::Result;
using gateway::model::Config;
using gateway::model::Revision;
using gateway::model::RevisionNumber;

namespace {

using Rows = std::map<std::pair<std::string, std::uint64_t>, std::string>;

Result<void> undoAfter(Database& database, RevisionNumber number, Rows& rows) {
    auto select =
        database.statement("SELECT CAST(kind AS BLOB), id, CAST(before AS BLOB) FROM revision_change"
                           " WHERE revision > ? ORDER BY revision DESC");
    if (!select) {
        return fail(select.error());
    }
    select->bind(number);
    for (;;) {
        const auto row = select->next();
        if (!row) {
            return fail(row.error());
        }
        if (!*row) {
            return {};
        }
        const std::pair key(select->text(0), select->number(1));
        if (select->isNull(2)) {
            rows.erase(key);
        } else {
            rows[key] = select->text(2);
        }
    }
}

} // namespace

Result<std::vector<Revision>> SqliteRevisionStore::list(std::size_t limit, RevisionNumber before) {
    auto select = m_database.statement("SELECT number, author, message, time, content_hash FROM revision"
                                       " WHERE number < ? ORDER BY number DESC LIMIT ?");
    if (!select) {
        return fail(select.error());
    }
    constexpr auto newest = std::numeric_limits<std::int64_t>::max();
    select->bind(before == 0 ? newest : static_cast<std::int64_t>(before)).bind(limit);
    std::vector<Revision> revisions;
    for (;;) {
        const auto row = select->next();
        if (!row) {
            return fail(row.error());
        }
        if (!*row) {
            return revisions;
        }
        revisions.push_back(readRevision(*select));
    }
}

Result<Config> SqliteRevisionStore::configAt(RevisionNumber number) {
    auto transaction = Transaction::begin(m_database, Transaction::Kind::Read);
    if (!transaction) {
        return fail(transaction.error());
    }
    const auto newest = newestRevision(m_database);
    if (!newest) {
        return fail(newest.error());
    }
    if (number > newest->number) {
        return fail(ErrorKind::Input, "no-such-revision",
                    "There is no revision " + std::to_string(number) + "; the newest is " +
                        std::to_string(newest->number) + ".");
    }
    Rows rows;
    auto read =
        visitEntities(m_database, [&](const std::string& kind, std::uint64_t id, const std::string& json) {
            rows.emplace(std::pair(kind, id), json);
            return Result<void>();
        });
    if (!read) {
        return fail(read.error());
    }
    if (auto undone = undoAfter(m_database, number, rows); !undone) {
        return fail(undone.error());
    }
    if (auto ended = transaction->commit(); !ended) {
        return fail(ended.error());
    }
    ConfigBuilder builder;
    for (const auto& [key, json] : rows) {
        if (auto added = addEntity(builder, m_database, key.first, key.second, json); !added) {
            return fail(added.error());
        }
    }
    return builder.build();
}

} // namespace db
