#include "db/key_store.h"

#include "db/key_rows.h"

#include <algorithm>

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
        CredentialReader reader;
        for (;;) {
            const auto row = select->next();
            if (!row) {
                return fail(row.error());
            }
            if (!*row) {
                break;
            }
            visit(reader.read(*select));
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

Result<std::optional<ApiKey>> SqliteKeyStore::find(KeyId key) {
    return findKey(m_database, key);
}

Result<std::optional<ApiKey>> SqliteKeyStore::find(const gateway::Sha256& hash) {
    return findKey(m_database, hash);
}

/// Part of the open transaction.
Result<ApiKey> SqliteKeyStore::insert(ApiKey key, const KeyChangeContext& context) {
    if (auto allowed = checkNewKey(m_database, key); !allowed) {
        return fail(allowed.error());
    }
    if (key.created == WallTime{}) {
        key.created = context.time;
    }
    return insertKey(m_database, std::move(key), context);
}

/// Part of the open transaction: the key as it is, if it is not revoked.
Result<ApiKey> SqliteKeyStore::findLiving(KeyId id) {
    auto found = findKey(m_database, id);
    if (!found) {
        return fail(found.error());
    }
    if (!*found) {
        return fail(ErrorKind::Input, "no-such-key", "There is no such key.");
    }
    if ((*found)->state == KeyState::Revoked) {
        return fail(ErrorKind::Conflict, "key-revoked",
                    "The key " + (*found)->name + " was revoked, and that is final. Make a new key.");
    }
    return std::move(**found);
}

Result<KeyChangeContext> SqliteKeyStore::context(const std::string& actor) {
    const auto generation = nextKeyGeneration(m_database);
    if (!generation) {
        return fail(generation.error());
    }
    return KeyChangeContext{actor, m_clock.wallTime(), 0, *generation};
}

/// `work` in a transaction that its success commits.
template<class Work>
auto SqliteKeyStore::write(const Work& work) -> decltype(work()) {
    auto transaction = Transaction::begin(m_database, Transaction::Kind::Write);
    if (!transaction) {
        return fail(transaction.error());
    }
    auto outcome = work();
    if (!outcome) {
        return outcome;
    }
    if (auto committed = transaction->commit(); !committed) {
        return fail(committed.error());
    }
    return outcome;
}

Result<ApiKey> SqliteKeyStore::create(ApiKey key, const std::string& actor) {
    return write([&]() -> Result<ApiKey> {
        const auto change = context(actor);
        return change ? insert(std::move(key), *change) : fail(change.error());
    });
}

Result<ApiKey> SqliteKeyStore::setState(KeyId id, KeyState state, const std::string& actor) {
    return write([&]() -> Result<ApiKey> {
        const auto found = findKey(m_database, id);
        if (!found) {
            return fail(found.error());
        }
        if (*found && (*found)->state == state) {
            return **found;
        }
        const auto before = findLiving(id);
        if (!before) {
            return before;
        }
        ApiKey after = *before;
        after.state = state;
        return update(*before, std::move(after), actionFor(state), actor);
    });
}

/// Part of the open transaction.
Result<ApiKey> SqliteKeyStore::update(const ApiKey& before, ApiKey after, const char* action,
                                      const std::string& actor) {
    const auto change = context(actor);
    if (!change) {
        return fail(change.error());
    }
    if (auto updated = updateKey(m_database, before, after, action, *change); !updated) {
        return fail(updated.error());
    }
    return after;
}

Result<ApiKey> SqliteKeyStore::change(const ApiKey& key, const std::string& actor) {
    return write([&]() -> Result<ApiKey> {
        const auto before = findLiving(key.id);
        if (!before) {
            return before;
        }
        ApiKey after = *before;
        after.scopes = key.scopes;
        after.addresses = key.addresses;
        after.expires = key.expires;
        if (after == *before) {
            return after;
        }
        return update(*before, std::move(after), "key-change", actor);
    });
}

Result<ApiKey> SqliteKeyStore::rotate(const ApiKey& fresh, KeyId former, WallTime formerExpires,
                                      const std::string& actor) {
    return write([&]() -> Result<ApiKey> {
        const auto before = findLiving(former);
        if (!before) {
            return before;
        }
        ApiKey after = *before;
        const bool isOver = formerExpires <= m_clock.wallTime();
        if (isOver) {
            after.state = KeyState::Revoked;
        } else {
            after.expires = std::min(formerExpires, before->expires.value_or(WallTime::max()));
        }
        auto ended = update(*before, std::move(after), isOver ? "key-revoke" : "key-rotate", actor);
        if (!ended) {
            return ended;
        }
        const auto change = context(actor);
        return change ? insert(fresh, *change) : fail(change.error());
    });
}

Result<std::size_t> SqliteKeyStore::import(const std::vector<ApiKey>& keys, const std::string& actor) {
    if (keys.empty()) {
        return std::size_t{0};
    }
    return write([&]() -> Result<std::size_t> {
        const auto change = context(actor);
        if (!change) {
            return fail(change.error());
        }
        for (std::size_t i = 0; i < keys.size(); ++i) {
            auto inserted = insert(keys[i], *change);
            if (!inserted) {
                inserted.error().message =
                    "Key " + std::to_string(i + 1) + ": " + std::move(inserted.error().message);
                return fail(std::move(inserted.error()));
            }
        }
        return keys.size();
    });
}

Result<std::size_t> SqliteKeyStore::revokeBefore(WallTime created, const std::string& actor) {
    return write([&]() -> Result<std::size_t> {
        const auto change = context(actor);
        return change ? revokeKeysBefore(m_database, created, *change) : fail(change.error());
    });
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
            "UPDATE api_key SET last_used = MAX(COALESCE(last_used, 0), ?), uses = uses + ? WHERE id = ?");
        if (!update) {
            return fail(update.error());
        }
        for (const auto& use : uses) {
            const auto minute = std::chrono::floor<std::chrono::minutes>(use.last);
            if (auto done = update->bind(WallTime(minute)).bind(use.times).bind(use.key.value).run(); !done) {
                return done;
            }
        }
    }
    return transaction->commit();
}

} // namespace db
