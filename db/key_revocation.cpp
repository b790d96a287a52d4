#include "db/key_rows.h"

namespace db {

using gateway::fail;
using gateway::Result;

namespace {

// There may be a million of them, so that their rows are written where they are. State 2 is
// KeyState::Revoked.
constexpr std::string_view auditSql =
    "INSERT INTO audit (time, actor, action, entity_kind, entity_name, revision, before, after)"
    " SELECT ?, ?, 'key-revoke', 'key', COALESCE(e.name, '') || '/' || k.name, ?,"
    " json_object('id', k.id, 'state', CASE k.state WHEN 0 THEN 'active' ELSE 'disabled' END),"
    " json_object('id', k.id, 'name', k.name, 'prefix', k.prefix, 'consumer', COALESCE(e.name, ''),"
    " 'state', 'revoked')"
    " FROM api_key k LEFT JOIN entity e ON e.kind = 'consumer' AND e.id = k.consumer"
    " WHERE k.state <> 2 AND k.created < ? ORDER BY k.id";
constexpr std::string_view revokeSql =
    "UPDATE api_key SET state = 2, generation = ? WHERE state <> 2 AND created < ?";

} // namespace

Result<std::size_t> revokeKeysBefore(Database& database, gateway::WallTime created,
                                     const KeyChangeContext& context) {
    {
        auto audit = database.statement(auditSql);
        if (!audit) {
            return fail(audit.error());
        }
        auto audited =
            audit->bind(context.time).bind(context.actor).bind(context.revision).bind(created).run();
        if (!audited) {
            return fail(audited.error());
        }
    }
    {
        auto revoke = database.statement(revokeSql);
        if (!revoke) {
            return fail(revoke.error());
        }
        if (auto revoked = revoke->bind(context.generation).bind(created).run(); !revoked) {
            return fail(revoked.error());
        }
    }
    const auto count = database.queryInteger("SELECT changes()");
    if (!count) {
        return fail(count.error());
    }
    return static_cast<std::size_t>(*count);
}

} // namespace db
