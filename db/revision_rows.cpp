#include "db/revision_rows.h"

#include "db/sql_error.h"
#include "gateway/model/codec.h"

namespace db {

using gateway::fail;
using gateway::Result;
using gateway::model::Revision;

Revision readRevision(const Statement& select) {
    return {.number = select.number(0),
            .author = select.text(1),
            .message = select.text(2),
            .time = select.time(3),
            .contentHash = select.text(4)};
}

Result<Revision> newestRevision(Database& database) {
    auto select = database.statement("SELECT number, author, message, time, content_hash FROM revision"
                                     " ORDER BY number DESC LIMIT 1");
    if (!select) {
        return fail(select.error());
    }
    const auto row = select->next();
    if (!row) {
        return fail(row.error());
    }
    return *row ? readRevision(*select) : Revision{};
}

Result<void> visitEntities(Database& database,
                           const std::function<Result<void>(const std::string& kind, std::uint64_t id,
                                                            const std::string& json)>& visit) {
    auto select =
        database.statement("SELECT CAST(kind AS BLOB), id, CAST(json AS BLOB) FROM entity ORDER BY kind, id");
    if (!select) {
        return fail(select.error());
    }
    for (;;) {
        const auto row = select->next();
        if (!row) {
            return fail(row.error());
        }
        if (!*row) {
            return {};
        }
        if (auto visited = visit(select->text(0), select->number(1), select->text(2)); !visited) {
            return visited;
        }
    }
}

Result<void> addEntity(ConfigBuilder& builder, const Database& database, const std::string& kind,
                       std::uint64_t id, const std::string& json) {
    const auto known = kindFromName(kind);
    if (!known) {
        return fail(damagedError(database.path(), "it holds an unknown kind of entity, " + kind));
    }
    auto entity = gateway::model::fromJson(*known, id, json);
    if (!entity) {
        const auto& problems = entity.error();
        return fail(
            damagedError(database.path(), kind + " " + std::to_string(id) + " cannot be read" +
                                              (problems.empty() ? "" : ": " + problems.front().message)));
    }
    builder.add(std::move(*entity));
    return {};
}

} // namespace db
