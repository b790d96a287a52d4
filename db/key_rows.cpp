#include "db/key_rows.h"

#include "db/audit_log.h"

#include <algorithm>
#include <array>
#include <ctime>
#include <nlohmann/json.hpp>

namespace db {

using gateway::fail;
using gateway::Result;
using gateway::Sha256;
using gateway::WallTime;
using gateway::model::ApiKey;
using gateway::model::ConsumerId;
using gateway::model::KeyId;
using gateway::model::KeyState;

namespace {

#define GATEHOUSE_KEY_COLUMNS                                                                                \
    "SELECT id, consumer, CAST(name AS BLOB), CAST(prefix AS BLOB), hash, CAST(scopes AS BLOB), expires,"    \
    " state, created, last_used FROM api_key"
constexpr std::string_view byIdSql = GATEHOUSE_KEY_COLUMNS " WHERE id = ?";
constexpr std::string_view byHashSql = GATEHOUSE_KEY_COLUMNS " WHERE hash = ?";
constexpr std::string_view byNameSql =
    GATEHOUSE_KEY_COLUMNS " WHERE consumer = ? AND name = ? AND state <> 2";
constexpr std::string_view byConsumerSql = GATEHOUSE_KEY_COLUMNS " WHERE consumer = ? ORDER BY id";
#undef GATEHOUSE_KEY_COLUMNS

#define GATEHOUSE_CREDENTIAL_COLUMNS "SELECT id, consumer, hash, expires, state, last_used FROM api_key"
constexpr std::string_view allSql = GATEHOUSE_CREDENTIAL_COLUMNS;
constexpr std::string_view changedSql =
    GATEHOUSE_CREDENTIAL_COLUMNS " WHERE generation > ? ORDER BY generation";
#undef GATEHOUSE_CREDENTIAL_COLUMNS

// The partial index in the schema counts on this number.
static_assert(static_cast<int>(KeyState::Revoked) == 2);

std::string_view bytesOf(const Sha256& hash) {
    return {reinterpret_cast<const char*>(hash.data()), hash.size()};
}

Sha256 hashIn(const Statement& select, int column) {
    Sha256 hash{};
    const std::string bytes = select.text(column);
    std::copy_n(bytes.begin(), std::min(bytes.size(), hash.size()), hash.begin());
    return hash;
}

const char* stateName(KeyState state) {
    switch (state) {
    case KeyState::Active:
        return "active";
    case KeyState::Disabled:
        return "disabled";
    case KeyState::Revoked:
        return "revoked";
    }
    return "";
}

std::string toUtc(WallTime time) {
    const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    constexpr std::size_t textBytes = 32;
    std::array<char, textBytes> text{};
    const std::size_t length = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
    return {text.data(), length};
}

/// The current row, of the columns above.
ApiKey readKey(const Statement& select) {
    ApiKey key;
    key.id = KeyId{select.number(0)};
    key.consumer = ConsumerId{select.number(1)};
    key.name = select.text(2);
    key.prefix = select.text(3);
    key.hash = hashIn(select, 4);
    // "[]" is what nearly every key has.
    if (const std::string scopes = select.text(5); scopes.size() > 2) {
        const auto json = nlohmann::json::parse(scopes, nullptr, false);
        for (const auto& scope : json) {
            if (scope.is_string()) {
                key.scopes.push_back(scope.get<std::string>());
            }
        }
    }
    if (!select.isNull(6)) {
        key.expires = select.time(6);
    }
    key.state = static_cast<KeyState>(select.integer(7));
    key.created = select.time(8);
    if (!select.isNull(9)) {
        key.lastUsed = select.time(9);
    }
    return key;
}

Result<std::optional<ApiKey>> firstKey(Statement& select) {
    const auto row = select.next();
    if (!row) {
        return fail(row.error());
    }
    if (!*row) {
        return std::nullopt;
    }
    return readKey(select);
}

Result<std::string> consumerName(Database& database, ConsumerId consumer) {
    auto select = database.statement("SELECT name FROM entity WHERE kind = 'consumer' AND id = ?");
    if (!select) {
        return fail(select.error());
    }
    const auto row = select->bind(consumer.value).next();
    if (!row) {
        return fail(row.error());
    }
    return *row ? select->text(0) : std::string();
}

Result<void> auditKey(Database& database, const ApiKey* before, const ApiKey& after,
                      const std::string& action, const KeyChangeContext& context) {
    const auto consumer = consumerName(database, after.consumer);
    if (!consumer) {
        return fail(consumer.error());
    }
    return insertAudit(database, {.time = context.time,
                                  .actor = context.actor,
                                  .action = action,
                                  .entityKind = "key",
                                  .entityName = *consumer + "/" + after.name,
                                  .revision = context.revision,
                                  .before = before != nullptr ? keyJson(*before, *consumer) : std::string(),
                                  .after = keyJson(after, *consumer)});
}

} // namespace

std::string_view selectAllCredentialsSql() {
    return allSql;
}

std::string_view selectChangedCredentialsSql() {
    return changedSql;
}

std::string keyJson(const ApiKey& key, const std::string& consumerName) {
    nlohmann::json json{{"id", key.id.value},       {"name", key.name},     {"prefix", key.prefix},
                        {"consumer", consumerName}, {"scopes", key.scopes}, {"state", stateName(key.state)}};
    if (key.expires) {
        json["expires"] = toUtc(*key.expires);
    }
    return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

ApiKey readCredential(const Statement& select) {
    ApiKey key;
    key.id = KeyId{select.number(0)};
    key.consumer = ConsumerId{select.number(1)};
    key.hash = hashIn(select, 2);
    if (!select.isNull(3)) {
        key.expires = select.time(3);
    }
    key.state = static_cast<KeyState>(select.integer(4));
    if (!select.isNull(5)) {
        key.lastUsed = select.time(5);
    }
    return key;
}

Result<std::uint64_t> nextKeyGeneration(Database& database) {
    if (auto raised = database.execute("UPDATE meta SET value = value + 1 WHERE key = 'key_generation'");
        !raised) {
        return fail(raised.error());
    }
    const auto generation = database.queryInteger("SELECT value FROM meta WHERE key = 'key_generation'");
    if (!generation) {
        return fail(generation.error());
    }
    return static_cast<std::uint64_t>(*generation);
}

Result<std::optional<ApiKey>> findKey(Database& database, KeyId id) {
    auto select = database.statement(byIdSql);
    if (!select) {
        return fail(select.error());
    }
    return firstKey(select->bind(id.value));
}

Result<std::optional<ApiKey>> findKey(Database& database, const Sha256& hash) {
    auto select = database.statement(byHashSql);
    if (!select) {
        return fail(select.error());
    }
    return firstKey(select->bindBytes(bytesOf(hash)));
}

Result<std::optional<ApiKey>> findKey(Database& database, ConsumerId consumer, const std::string& name) {
    auto select = database.statement(byNameSql);
    if (!select) {
        return fail(select.error());
    }
    return firstKey(select->bind(consumer.value).bind(name));
}

Result<std::vector<ApiKey>> keysOf(Database& database, ConsumerId consumer) {
    auto select = database.statement(byConsumerSql);
    if (!select) {
        return fail(select.error());
    }
    select->bind(consumer.value);
    std::vector<ApiKey> keys;
    for (;;) {
        const auto row = select->next();
        if (!row) {
            return fail(row.error());
        }
        if (!*row) {
            return keys;
        }
        keys.push_back(readKey(*select));
    }
}

Result<ApiKey> insertKey(Database& database, ApiKey key, const KeyChangeContext& context) {
    key.created = std::chrono::floor<std::chrono::milliseconds>(key.created); // as it is stored
    {
        auto insert = database.statement(
            "INSERT INTO api_key (consumer, name, prefix, hash, scopes, expires, state, created, last_used,"
            " generation) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
        if (!insert) {
            return fail(insert.error());
        }
        auto inserted = insert->bind(key.consumer.value)
                            .bind(key.name)
                            .bind(key.prefix)
                            .bindBytes(bytesOf(key.hash))
                            .bind(nlohmann::json(key.scopes).dump())
                            .bind(key.expires)
                            .bind(static_cast<int>(key.state))
                            .bind(key.created)
                            .bind(key.lastUsed)
                            .bind(context.generation)
                            .run();
        if (!inserted) {
            return fail(inserted.error());
        }
    }
    const auto id = database.queryInteger("SELECT last_insert_rowid()");
    if (!id) {
        return fail(id.error());
    }
    key.id = KeyId{static_cast<std::uint64_t>(*id)};
    if (auto audited = auditKey(database, nullptr, key, "key-create", context); !audited) {
        return fail(audited.error());
    }
    return key;
}

Result<void> updateKey(Database& database, const ApiKey& before, const ApiKey& after,
                       const std::string& action, const KeyChangeContext& context) {
    {
        auto update = database.statement("UPDATE api_key SET name = ?, prefix = ?, scopes = ?, expires = ?,"
                                         " state = ?, generation = ? WHERE id = ?");
        if (!update) {
            return fail(update.error());
        }
        auto updated = update->bind(after.name)
                           .bind(after.prefix)
                           .bind(nlohmann::json(after.scopes).dump())
                           .bind(after.expires)
                           .bind(static_cast<int>(after.state))
                           .bind(context.generation)
                           .bind(before.id.value)
                           .run();
        if (!updated) {
            return updated;
        }
    }
    return auditKey(database, &before, after, action, context);
}

} // namespace db
