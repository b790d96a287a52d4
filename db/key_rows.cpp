#include "db/key_rows.h"

#include "db/audit_log.h"
#include "db/utc_text.h"

#include <algorithm>
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
    " state, created, last_used, CAST(addresses AS BLOB), uses FROM api_key"
constexpr std::string_view byIdSql = GATEHOUSE_KEY_COLUMNS " WHERE id = ?";
constexpr std::string_view byHashSql = GATEHOUSE_KEY_COLUMNS " WHERE hash = ?";
constexpr std::string_view byNameSql =
    GATEHOUSE_KEY_COLUMNS " WHERE consumer = ? AND name = ? AND state <> 2";
constexpr std::string_view byConsumerSql = GATEHOUSE_KEY_COLUMNS " WHERE consumer = ? ORDER BY id";
#undef GATEHOUSE_KEY_COLUMNS

// What nearly all keys have, neither scopes nor addresses, costs a comparison and no way through Qt.
#define GATEHOUSE_CREDENTIAL_COLUMNS                                                                         \
    "SELECT id, consumer, hash, expires, state, last_used,"                                                  \
    " CASE WHEN scopes = '[]' AND addresses = '[]' THEN NULL"                                                \
    " ELSE CAST('[' || scopes || ',' || addresses || ']' AS BLOB) END FROM api_key"
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

std::vector<std::string> textsOf(const nlohmann::json& json) {
    std::vector<std::string> texts;
    for (const auto& text : json) {
        if (text.is_string()) {
            texts.push_back(text.get<std::string>());
        }
    }
    return texts;
}

std::vector<std::string> textsIn(const Statement& select, int column) {
    const std::string list = select.text(column);
    // "[]" is what nearly every key has.
    return list.size() > 2 ? textsOf(nlohmann::json::parse(list, nullptr, false))
                           : std::vector<std::string>();
}

/// The current row, of the columns above.
ApiKey readKey(const Statement& select) {
    ApiKey key;
    key.id = KeyId{select.number(0)};
    key.consumer = ConsumerId{select.number(1)};
    key.name = select.text(2);
    key.prefix = select.text(3);
    key.hash = hashIn(select, 4);
    key.scopes = textsIn(select, 5);
    if (!select.isNull(6)) {
        key.expires = select.time(6);
    }
    key.state = static_cast<KeyState>(select.integer(7));
    key.created = select.time(8);
    if (!select.isNull(9)) {
        key.lastUsed = select.time(9);
    }
    key.addresses = textsIn(select, 10);
    key.uses = select.number(11);
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
    if (!key.addresses.empty()) {
        json["addresses"] = key.addresses;
    }
    if (key.expires) {
        json["expires"] = toUtc(*key.expires);
    }
    return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

ApiKey CredentialReader::read(const Statement& select) {
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
    if (!select.isNull(6)) {
        const Grants& grants = grantsIn(select.text(6));
        key.scopes = grants.scopes;
        key.addresses = grants.addresses;
    }
    return key;
}

/// A million keys have a few sets of scopes: each is read once.
const CredentialReader::Grants& CredentialReader::grantsIn(const std::string& text) {
    constexpr std::size_t knownMax = 1'024;
    if (const auto known = m_known.find(text); known != m_known.end()) {
        return known->second;
    }
    if (m_known.size() == knownMax) {
        m_known.clear();
    }
    const auto lists = nlohmann::json::parse(text, nullptr, false);
    const bool isWhole = lists.is_array() && lists.size() == 2;
    Grants& grants = m_known[text];
    grants.scopes = isWhole ? textsOf(lists[0]) : std::vector<std::string>();
    // What cannot be read lets nobody in: to the gateway it is a network without addresses.
    grants.addresses = isWhole ? textsOf(lists[1]) : std::vector<std::string>{"unreadable"};
    return grants;
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
            " addresses, uses, generation) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
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
                            .bind(nlohmann::json(key.addresses).dump())
                            .bind(key.uses)
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
        auto update = database.statement("UPDATE api_key SET name = ?, prefix = ?, scopes = ?, addresses = ?,"
                                         " expires = ?, state = ?, generation = ? WHERE id = ?");
        if (!update) {
            return fail(update.error());
        }
        auto updated = update->bind(after.name)
                           .bind(after.prefix)
                           .bind(nlohmann::json(after.scopes).dump())
                           .bind(nlohmann::json(after.addresses).dump())
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
