#include "db/publication_writer.h"

#include "db/audit_log.h"
#include "db/entity_kinds.h"
#include "db/key_rows.h"
#include "db/revision_rows.h"
#include "db/sql_error.h"
#include "gateway/model/codec.h"

namespace db {

using gateway::ErrorKind;
using gateway::fail;
using gateway::Result;
using gateway::model::ApiKey;
using gateway::model::ConsumerId;
using gateway::model::EntityKind;
using gateway::model::KeyState;
using gateway::model::Put;
using gateway::model::Revision;

Result<Revision> PublicationWriter::write() {
    auto newest = newestRevision(m_database);
    if (!newest) {
        return newest;
    }
    m_revision = std::move(*newest);
    if (m_publication.change.base != m_revision.number) {
        return fail(ErrorKind::Conflict, "stale-revision",
                    "Revision " + std::to_string(m_revision.number) + " was published by " +
                        m_revision.author + " meanwhile. Look at what changed, then publish again.");
    }
    using Step = Result<void> (PublicationWriter::*)();
    // The revision comes before the rows that refer to it, and keys after the consumers that hold them;
    // those of consumers that go are revoked while the consumers can still be named.
    for (const Step step : {&PublicationWriter::collectChanges, &PublicationWriter::insertRevision,
                            &PublicationWriter::revokeKeysOfRemovedConsumers, &PublicationWriter::replaceRows,
                            &PublicationWriter::recordChanges, &PublicationWriter::writeKeys}) {
        if (auto done = (this->*step)(); !done) {
            return fail(done.error());
        }
    }
    return m_revision;
}

Result<void> PublicationWriter::collectChanges() {
    for (const auto& [key, after] : changedEntities(m_publication.before, m_publication.after)) {
        auto change = readChange(key.first, key.second, after);
        if (!change) {
            return fail(change.error());
        }
        if (*change) {
            m_changes.push_back(std::move(**change));
        }
    }
    return {};
}

/// Compares with the row itself, not with what the caller believes: the hash and the undo of a revision are
/// made of what is stored.
Result<std::optional<PublicationWriter::RowChange>>
PublicationWriter::readChange(EntityKind kind, std::uint64_t id, const std::optional<Put>& after) {
    if (id == 0) {
        return fail(ErrorKind::Internal, "db-internal",
                    std::string("A ") + gateway::model::kindName(kind) + " was published without an id.");
    }
    RowChange change;
    change.kind = gateway::model::kindName(kind);
    change.id = id;
    auto select = m_database.statement("SELECT name, json FROM entity WHERE kind = ? AND id = ?");
    if (!select) {
        return fail(select.error());
    }
    const auto row = select->bind(change.kind).bind(id).next();
    if (!row) {
        return fail(row.error());
    }
    if (*row) {
        change.nameBefore = select->text(0);
        change.before = select->text(1);
    }
    if (after) {
        change.nameAfter = nameOf(*after);
        change.after = gateway::model::toJson(*after);
    }
    if (change.before == change.after && change.nameBefore == change.nameAfter) {
        return std::nullopt;
    }
    return change;
}

Result<void> PublicationWriter::insertRevision() {
    if (m_changes.empty()) {
        return {};
    }
    ContentHash hash;
    if (m_revision.number != 0) {
        const auto stored = ContentHash::fromHex(m_revision.contentHash);
        if (!stored) {
            return fail(damagedError(m_database.path(), "the newest revision has no content hash"));
        }
        hash = *stored;
    }
    for (const RowChange& change : m_changes) {
        if (change.before) {
            hash.remove(change.kind, change.nameBefore, *change.before);
        }
        if (change.after) {
            hash.add(change.kind, change.nameAfter, *change.after);
        }
    }
    m_revision = {.number = m_revision.number + 1,
                  .author = m_publication.change.author,
                  .message = m_publication.change.message,
                  .time =
                      std::chrono::floor<std::chrono::milliseconds>(m_publication.time), // as it is stored
                  .contentHash = hash.toHex()};
    {
        auto insert = m_database.statement(
            "INSERT INTO revision (number, author, message, time, content_hash) VALUES (?, ?, ?, ?, ?)");
        if (!insert) {
            return fail(insert.error());
        }
        auto inserted = insert->bind(m_revision.number)
                            .bind(m_revision.author)
                            .bind(m_revision.message)
                            .bind(m_revision.time)
                            .bind(m_revision.contentHash)
                            .run();
        if (!inserted) {
            return inserted;
        }
    }
    auto update = m_database.statement("UPDATE meta SET value = MAX(value, ?) WHERE key = 'next_id'");
    if (!update) {
        return fail(update.error());
    }
    return update->bind(m_publication.nextId).run();
}

Result<void> PublicationWriter::revokeKeysOfRemovedConsumers() {
    for (const RowChange& change : m_changes) {
        if (change.kind != gateway::model::kindName(EntityKind::Consumer) || change.after) {
            continue;
        }
        const auto keys = keysOf(m_database, ConsumerId{change.id});
        if (!keys) {
            return fail(keys.error());
        }
        for (const ApiKey& key : *keys) {
            if (key.state == KeyState::Revoked) {
                continue;
            }
            const auto reached = generation();
            if (!reached) {
                return fail(reached.error());
            }
            ApiKey revoked = key;
            revoked.state = KeyState::Revoked;
            auto updated =
                updateKey(m_database, key, revoked, "key-revoke",
                          {m_publication.change.author, m_publication.time, m_revision.number, *reached});
            if (!updated) {
                return updated;
            }
        }
    }
    return {};
}

/// All old rows go before the first new one comes, so that two entities can swap their names.
Result<void> PublicationWriter::replaceRows() {
    auto erase = m_database.statement("DELETE FROM entity WHERE kind = ? AND id = ?");
    if (!erase) {
        return fail(erase.error());
    }
    for (const RowChange& change : m_changes) {
        if (!change.before) {
            continue;
        }
        if (auto erased = erase->bind(change.kind).bind(change.id).run(); !erased) {
            return erased;
        }
    }
    auto insert = m_database.statement("INSERT INTO entity (kind, id, name, json) VALUES (?, ?, ?, ?)");
    if (!insert) {
        return fail(insert.error());
    }
    for (const RowChange& change : m_changes) {
        if (!change.after) {
            continue;
        }
        auto inserted =
            insert->bind(change.kind).bind(change.id).bind(change.nameAfter).bind(*change.after).run();
        if (!inserted) {
            return inserted;
        }
    }
    return {};
}

Result<void> PublicationWriter::recordChanges() {
    auto insert = m_database.statement(
        "INSERT INTO revision_change (revision, kind, id, before, after) VALUES (?, ?, ?, ?, ?)");
    if (!insert) {
        return fail(insert.error());
    }
    for (const RowChange& change : m_changes) {
        auto inserted = insert->bind(m_revision.number)
                            .bind(change.kind)
                            .bind(change.id)
                            .bind(change.before)
                            .bind(change.after)
                            .run();
        if (!inserted) {
            return inserted;
        }
        auto audited = insertEntityAudit(m_database,
                                         {.time = m_publication.time,
                                          .actor = m_publication.change.author,
                                          .action = change.after ? "put" : "remove",
                                          .entityKind = change.kind,
                                          .entityName = change.after ? change.nameAfter : change.nameBefore,
                                          .revision = m_revision.number,
                                          .before = {},
                                          .after = {}},
                                         change.id);
        if (!audited) {
            return audited;
        }
    }
    return {};
}

Result<void> PublicationWriter::writeKeys() {
    for (const ApiKey& key : m_publication.keys) {
        if (auto written = writeKey(key); !written) {
            return written;
        }
    }
    return {};
}

/// A key of the same hash is the same key and changed in place; another hash under a name in use is a new
/// key, and the old one stops working.
Result<void> PublicationWriter::writeKey(ApiKey key) {
    const auto twin = findKey(m_database, key.hash);
    if (!twin) {
        return fail(twin.error());
    }
    if (*twin && ((*twin)->consumer != key.consumer || (*twin)->name != key.name)) {
        return fail(ErrorKind::Conflict, "key-hash-known",
                    "The key " + key.name + " is known already, under the name " + (*twin)->name +
                        ". A key belongs to one name: remove one of the two.");
    }
    if (*twin && (*twin)->state == KeyState::Revoked && key.state != KeyState::Revoked) {
        return fail(ErrorKind::Conflict, "key-revoked",
                    "The key " + key.name +
                        " was revoked, and that is final. Take it out, or put a new key in its place.");
    }
    if (*twin && (*twin)->prefix == key.prefix && (*twin)->scopes == key.scopes &&
        (*twin)->addresses == key.addresses && (*twin)->expires == key.expires &&
        (*twin)->state == key.state) {
        return {};
    }
    const auto reached = generation();
    if (!reached) {
        return fail(reached.error());
    }
    const KeyChangeContext context{m_publication.change.author, m_publication.time,
                                   m_changes.empty() ? 0 : m_revision.number, *reached};
    if (*twin) {
        key.id = (*twin)->id;
        return updateKey(m_database, **twin, key, "key-change", context);
    }
    const auto namesake = findKey(m_database, key.consumer, key.name);
    if (!namesake) {
        return fail(namesake.error());
    }
    if (*namesake) {
        ApiKey revoked = **namesake;
        revoked.state = KeyState::Revoked;
        if (auto updated = updateKey(m_database, **namesake, revoked, "key-revoke", context); !updated) {
            return updated;
        }
    }
    if (key.created == gateway::WallTime{}) {
        key.created = m_publication.time;
    }
    const auto inserted = insertKey(m_database, std::move(key), context);
    if (!inserted) {
        return fail(inserted.error());
    }
    return {};
}

/// One for the whole publication, taken only when a key changes.
Result<std::uint64_t> PublicationWriter::generation() {
    if (!m_generation) {
        auto next = nextKeyGeneration(m_database);
        if (!next) {
            return next;
        }
        m_generation = *next;
    }
    return *m_generation;
}

} // namespace db
