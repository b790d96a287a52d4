#include "db/revocation_store.h"

#include "db/audit_log.h"
#include "db/utc_text.h"

#include <nlohmann/json.hpp>

namespace db {

using gateway::ErrorKind;
using gateway::fail;
using gateway::Result;
using gateway::WallTime;
using gateway::model::ConsumerId;
using gateway::model::IdentityProviderId;
using gateway::model::Revocation;
using gateway::model::RevocationId;

namespace {

#define GATEHOUSE_REVOCATION_COLUMNS                                                                         \
    "SELECT id, kind, consumer, provider, value, before, reason, author, created, expires FROM revocation"
constexpr std::string_view listSql =
    GATEHOUSE_REVOCATION_COLUMNS " WHERE expires IS NULL OR expires > ? ORDER BY id";
constexpr std::string_view byIdSql = GATEHOUSE_REVOCATION_COLUMNS " WHERE id = ?";
#undef GATEHOUSE_REVOCATION_COLUMNS

// These numbers are in the rows.
static_assert(static_cast<int>(Revocation::Kind::Consumer) == 0);
static_assert(static_cast<int>(Revocation::Kind::TokenId) == 1);
static_assert(static_cast<int>(Revocation::Kind::Subject) == 2);
static_assert(static_cast<int>(Revocation::Kind::Before) == 3);

Revocation readRevocation(const Statement& select) {
    Revocation revocation;
    revocation.id = RevocationId{select.number(0)};
    revocation.kind = static_cast<Revocation::Kind>(select.integer(1));
    revocation.consumer = ConsumerId{select.number(2)};
    revocation.provider = IdentityProviderId{select.number(3)};
    revocation.value = select.text(4);
    revocation.before = select.time(5);
    revocation.reason = select.text(6);
    revocation.author = select.text(7);
    revocation.created = select.time(8);
    if (!select.isNull(9)) {
        revocation.expires = select.time(9);
    }
    return revocation;
}

const char* kindText(Revocation::Kind kind) {
    switch (kind) {
    case Revocation::Kind::Consumer:
        return "consumer";
    case Revocation::Kind::TokenId:
        return "token";
    case Revocation::Kind::Subject:
        return "subject";
    case Revocation::Kind::Before:
        return "before";
    }
    return "";
}

/// Empty for id 0 and for one that is gone.
Result<std::string> entityName(Database& database, gateway::model::EntityKind kind, std::uint64_t id) {
    auto select = database.statement("SELECT name FROM entity WHERE kind = ? AND id = ?");
    if (!select) {
        return fail(select.error());
    }
    const auto row = select->bind(gateway::model::kindName(kind)).bind(id).next();
    if (!row) {
        return fail(row.error());
    }
    return *row ? select->text(0) : std::string();
}

/// What people call it: "consumer acme", "token 7f3a", "subject auth0|1", "before 2026-01-01T00:00:00Z".
std::string title(const Revocation& revocation, const std::string& consumer) {
    const std::string kind = kindText(revocation.kind);
    switch (revocation.kind) {
    case Revocation::Kind::Consumer:
        return kind + ' ' + consumer;
    case Revocation::Kind::TokenId:
    case Revocation::Kind::Subject:
        return kind + ' ' + revocation.value;
    case Revocation::Kind::Before:
        return kind + ' ' + toUtc(revocation.before);
    }
    return kind;
}

std::string toJson(const Revocation& revocation, const std::string& consumer, const std::string& provider) {
    nlohmann::json json{{"id", revocation.id.value}, {"kind", kindText(revocation.kind)}};
    const auto addText = [&json](const char* name, const std::string& text) {
        if (!text.empty()) {
            json[name] = text;
        }
    };
    addText("consumer", consumer);
    addText("provider", provider);
    addText("value", revocation.value);
    addText("reason", revocation.reason);
    if (revocation.before != WallTime{}) {
        json["before"] = toUtc(revocation.before);
    }
    if (revocation.expires) {
        json["expires"] = toUtc(*revocation.expires);
    }
    return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

} // namespace

Result<std::vector<Revocation>> SqliteRevocationStore::list(WallTime now) {
    auto select = m_database.statement(listSql);
    if (!select) {
        return fail(select.error());
    }
    select->bind(now);
    std::vector<Revocation> revocations;
    for (;;) {
        const auto row = select->next();
        if (!row) {
            return fail(row.error());
        }
        if (!*row) {
            return revocations;
        }
        revocations.push_back(readRevocation(*select));
    }
}

/// Part of the open transaction: the audit row, and the number that tells other processes.
Result<void> SqliteRevocationStore::recordChange(const Revocation& revocation, const std::string& actor,
                                                 bool isLifted) {
    auto raised = m_database.execute("UPDATE meta SET value = value + 1 WHERE key = 'revocation_generation'");
    if (!raised) {
        return raised;
    }
    const auto consumer =
        entityName(m_database, gateway::model::EntityKind::Consumer, revocation.consumer.value);
    if (!consumer) {
        return fail(consumer.error());
    }
    const auto provider =
        entityName(m_database, gateway::model::EntityKind::IdentityProvider, revocation.provider.value);
    if (!provider) {
        return fail(provider.error());
    }
    const std::string json = toJson(revocation, *consumer, *provider);
    return insertAudit(m_database, {.time = m_clock.wallTime(),
                                    .actor = actor,
                                    .action = isLifted ? "revocation-lift" : "revoke",
                                    .entityKind = "revocation",
                                    .entityName = title(revocation, *consumer),
                                    .before = isLifted ? json : std::string(),
                                    .after = isLifted ? std::string() : json});
}

Result<void> SqliteRevocationStore::insert(Revocation& revocation) {
    {
        auto insert = m_database.statement(
            "INSERT INTO revocation (kind, consumer, provider, value, before, reason, author, created,"
            " expires) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
        if (!insert) {
            return fail(insert.error());
        }
        auto inserted = insert->bind(static_cast<int>(revocation.kind))
                            .bind(revocation.consumer.value)
                            .bind(revocation.provider.value)
                            .bind(revocation.value)
                            .bind(revocation.before)
                            .bind(revocation.reason)
                            .bind(revocation.author)
                            .bind(revocation.created)
                            .bind(revocation.expires)
                            .run();
        if (!inserted) {
            return inserted;
        }
    }
    const auto id = m_database.queryInteger("SELECT last_insert_rowid()");
    if (!id) {
        return fail(id.error());
    }
    revocation.id = RevocationId{static_cast<std::uint64_t>(*id)};
    return {};
}

Result<Revocation> SqliteRevocationStore::add(Revocation revocation) {
    using std::chrono::milliseconds;
    // As they are stored; a moment is never made earlier than it was said to be.
    revocation.created = std::chrono::floor<milliseconds>(
        revocation.created == WallTime{} ? m_clock.wallTime() : revocation.created);
    revocation.before = std::chrono::ceil<milliseconds>(revocation.before);
    if (revocation.expires) {
        revocation.expires = std::chrono::ceil<milliseconds>(*revocation.expires);
    }
    auto transaction = Transaction::begin(m_database, Transaction::Kind::Write);
    if (!transaction) {
        return fail(transaction.error());
    }
    {
        auto forget = m_database.statement("DELETE FROM revocation WHERE expires <= ?");
        if (!forget) {
            return fail(forget.error());
        }
        if (auto forgot = forget->bind(revocation.created).run(); !forgot) {
            return fail(forgot.error());
        }
    }
    if (auto inserted = insert(revocation); !inserted) {
        return fail(inserted.error());
    }
    if (auto recorded = recordChange(revocation, revocation.author, false); !recorded) {
        return fail(recorded.error());
    }
    if (auto committed = transaction->commit(); !committed) {
        return fail(committed.error());
    }
    return revocation;
}

Result<void> SqliteRevocationStore::remove(RevocationId id, const std::string& actor) {
    auto transaction = Transaction::begin(m_database, Transaction::Kind::Write);
    if (!transaction) {
        return fail(transaction.error());
    }
    Revocation former;
    {
        auto select = m_database.statement(byIdSql);
        if (!select) {
            return fail(select.error());
        }
        const auto row = select->bind(id.value).next();
        if (!row) {
            return fail(row.error());
        }
        if (!*row) {
            return fail(ErrorKind::Input, "no-such-revocation",
                        "There is no such revocation any more. Look at the list again.");
        }
        former = readRevocation(*select);
    }
    {
        auto erase = m_database.statement("DELETE FROM revocation WHERE id = ?");
        if (!erase) {
            return fail(erase.error());
        }
        if (auto erased = erase->bind(id.value).run(); !erased) {
            return erased;
        }
    }
    if (auto recorded = recordChange(former, actor, true); !recorded) {
        return recorded;
    }
    return transaction->commit();
}

} // namespace db
