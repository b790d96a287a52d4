#include "db/key_store.h"

#include "db/key_rows.h"

namespace db {

using gateway::ErrorKind;
using gateway::fail;
using gateway::Result;
using gateway::WallTime;
using gateway::model::ApiKey;
using gateway::model::ConsumerId;
using gateway::model::KeyId;
using gateway::model::KeyState;

namespace {

const char* actionFor(KeyState state) {
    switch (state) {
    case KeyState::Active:
        return "key-enable";
    case KeyState::Disabled:
        return "key-disable";
    case KeyState::Revoked:
        return "key-revoke";
    }
    return "";
}

/// Whether the key may be added: asked under the write lock, so that the answer still holds at the commit.
Result<void> checkNewKey(Database& database, const ApiKey& key) {
    auto select = database.statement("SELECT 1 FROM entity WHERE kind = 'consumer' AND id = ?");
    if (!select) {
        return fail(select.error());
    }
    const auto exists = select->bind(key.consumer.value).next();
    if (!exists) {
        return fail(exists.error());
    }
    if (!*exists) {
        return fail(ErrorKind::Input, "no-such-consumer",
                    "The consumer is not there any more. Choose another one.");
    }
    const auto namesake = findKey(database, key.consumer, key.name);
    if (!namesake) {
        return fail(namesake.error());
    }
    if (*namesake) {
        return fail(ErrorKind::Conflict, "key-name-taken",
                    "The consumer has a key named " + key.name +
                        " already. Choose another name, or revoke that key first.");
    }
    const auto twin = findKey(database, key.hash);
    if (!twin) {
        return fail(twin.error());
    }
    if (*twin) {
        return fail(ErrorKind::Conflict, "key-hash-known",
                    "This very key is known already, as " + (*twin)->name + ". Make a new one.");
    }
    return {};
}

} // namespace

Result<std::uint64_t> SqliteKeyStore::visit(std::uint64_t generation,
                                            const std::function<void(const ApiKey&)>& visit) {
    auto transaction = Transaction::begin(m_database, Transaction::Kind::Read);
    if (!transaction) {
        return fail(transaction.error());
    }
    const auto reached = m_database.queryInteger("SELECT value FROM meta WHERE key = 'key_generation'");
    if (!reached) {
        return fail(reached.error());
    }
    {
        auto select =
            m_database.statement(generation == 0 ? selectAllCredentialsSql() : selectChangedCredentialsSql());
        if (!select) {
            return fail(select.error());
        }
        if (generation != 0) {
            select->bind(generation);
        }
        for (;;) {
            const auto row = select->next();
            if (!row) {
                return fail(row.error());
            }
            if (!*row) {
                break;
            }
            visit(readCredential(*select));
        }
    }
    if (auto ended = transaction->commit(); !ended) {
        return fail(ended.error());
    }
    return static_cast<std::uint64_t>(*reached);
}

Result<std::vector<ApiKey>> SqliteKeyStore::list(ConsumerId consumer) {
    return keysOf(m_database, consumer);
}

Result<ApiKey> SqliteKeyStore::create(ApiKey key, const std::string& actor) {
    auto transaction = Transaction::begin(m_database, Transaction::Kind::Write);
    if (!transaction) {
        return fail(transaction.error());
    }
    if (auto allowed = checkNewKey(m_database, key); !allowed) {
        return fail(allowed.error());
    }
    const auto generation = nextKeyGeneration(m_database);
    if (!generation) {
        return fail(generation.error());
    }
    const WallTime now = m_clock.wallTime();
    if (key.created == WallTime{}) {
        key.created = now;
    }
    auto created = insertKey(m_database, std::move(key), {actor, now, 0, *generation});
    if (!created) {
        return created;
    }
    if (auto committed = transaction->commit(); !committed) {
        return fail(committed.error());
    }
    return created;
}

Result<ApiKey> SqliteKeyStore::setState(KeyId id, KeyState state, const std::string& actor) {
    auto transaction = Transaction::begin(m_database, Transaction::Kind::Write);
    if (!transaction) {
        return fail(transaction.error());
    }
    const auto found = findKey(m_database, id);
    if (!found) {
        return fail(found.error());
    }
    if (!*found) {
        return fail(ErrorKind::Input, "no-such-key", "There is no such key.");
    }
    const ApiKey& before = **found;
    if (before.state == state) {
        return before;
    }
    if (before.state == KeyState::Revoked) {
        return fail(ErrorKind::Conflict, "key-revoked",
                    "The key " + before.name + " was revoked, and that is final. Make a new key.");
    }
    const auto generation = nextKeyGeneration(m_database);
    if (!generation) {
        return fail(generation.error());
    }
    ApiKey after = before;
    after.state = state;
    auto updated =
        updateKey(m_database, before, after, actionFor(state), {actor, m_clock.wallTime(), 0, *generation});
    if (!updated) {
        return fail(updated.error());
    }
    if (auto committed = transaction->commit(); !committed) {
        return fail(committed.error());
    }
    return after;
}

Result<void> SqliteKeyStore::markUsed(const std::vector<gateway::service::KeyUse>& uses) {
    if (uses.empty()) {
        return {};
    }
    auto transaction = Transaction::begin(m_database, Transaction::Kind::Write);
    if (!transaction) {
        return fail(transaction.error());
    }
    {
        auto update = m_database.statement(
            "UPDATE api_key SET last_used = MAX(COALESCE(last_used, 0), ?) WHERE id = ?");
        if (!update) {
            return fail(update.error());
        }
        for (const auto& use : uses) {
            const auto minute = std::chrono::floor<std::chrono::minutes>(use.last);
            if (auto done = update->bind(WallTime(minute)).bind(use.key.value).run(); !done) {
                return done;
            }
        }
    }
    return transaction->commit();
}

} // namespace db
