#include "db/secret_store.h"

#include "db/audit_log.h"

#include <array>
#include <charconv>

namespace db {

using gateway::ErrorKind;
using gateway::fail;
using gateway::Result;
using gateway::WallTime;
using gateway::service::SecretName;

namespace {

constexpr int hexBase = 16;

/// The check of the master key is kept as a number, since `meta` holds numbers; a leading 1 keeps its zeros.
Result<std::int64_t> numberOf(const std::string& check) {
    const std::string marked = '1' + check;
    std::int64_t number = 0;
    const auto read = std::from_chars(marked.data(), marked.data() + marked.size(), number, hexBase);
    if (read.ec != std::errc() || read.ptr != marked.data() + marked.size()) {
        return fail(ErrorKind::Internal, "bad-key-check",
                    "The check of a master key is no short hex number.");
    }
    return number;
}

std::string checkOf(std::int64_t number) {
    std::array<char, 17> text{};
    const auto written = std::to_chars(text.data(), text.data() + text.size(), number, hexBase);
    return number == 0 ? std::string() : std::string(text.data() + 1, written.ptr);
}

} // namespace

Result<void> SqliteSecretStore::recordChange(const std::string& purpose, const std::string& name,
                                             const std::string& action, const std::string& actor) {
    auto count = m_database.execute("UPDATE meta SET value = value + 1 WHERE key = 'secret_generation'");
    if (!count) {
        return count;
    }
    gateway::service::AuditEntry entry;
    entry.time = m_clock.wallTime();
    entry.actor = actor;
    entry.action = action;
    entry.entityKind = purpose;
    entry.entityName = name;
    return insertAudit(m_database, entry);
}

Result<void> SqliteSecretStore::put(const SecretName& name, const std::string& sealed,
                                    const std::string& actor) {
    auto transaction = Transaction::begin(m_database, Transaction::Kind::Write);
    if (!transaction) {
        return fail(transaction.error());
    }
    {
        auto insert = m_database.statement("INSERT OR REPLACE INTO secret (purpose, name, sealed, created)"
                                           " VALUES (?, ?, ?, ?)");
        if (!insert) {
            return fail(insert.error());
        }
        const WallTime created = name.created == WallTime{} ? m_clock.wallTime() : name.created;
        auto done = insert->bind(name.purpose).bind(name.name).bindBytes(sealed).bind(created).run();
        if (!done) {
            return done;
        }
    }
    if (auto recorded = recordChange(name.purpose, name.name, "secret-put", actor); !recorded) {
        return recorded;
    }
    return transaction->commit();
}

Result<std::string> SqliteSecretStore::get(const std::string& purpose, const std::string& name) {
    auto select = m_database.statement("SELECT sealed FROM secret WHERE purpose = ? AND name = ?");
    if (!select) {
        return fail(select.error());
    }
    const auto row = select->bind(purpose).bind(name).next();
    if (!row) {
        return fail(row.error());
    }
    return *row ? select->text(0) : std::string();
}

Result<std::vector<SecretName>> SqliteSecretStore::list(const std::string& purpose) {
    auto select = m_database.statement("SELECT name, created FROM secret WHERE purpose = ? ORDER BY name");
    if (!select) {
        return fail(select.error());
    }
    select->bind(purpose);
    std::vector<SecretName> names;
    for (;;) {
        const auto row = select->next();
        if (!row) {
            return fail(row.error());
        }
        if (!*row) {
            return names;
        }
        names.push_back({purpose, select->text(0), select->time(1)});
    }
}

Result<void> SqliteSecretStore::remove(const std::string& purpose, const std::string& name,
                                       const std::string& actor) {
    auto transaction = Transaction::begin(m_database, Transaction::Kind::Write);
    if (!transaction) {
        return fail(transaction.error());
    }
    auto there = get(purpose, name);
    if (!there) {
        return fail(there.error());
    }
    if (there->empty()) {
        return {};
    }
    {
        auto erase = m_database.statement("DELETE FROM secret WHERE purpose = ? AND name = ?");
        if (!erase) {
            return fail(erase.error());
        }
        if (auto done = erase->bind(purpose).bind(name).run(); !done) {
            return done;
        }
    }
    if (auto recorded = recordChange(purpose, name, "secret-remove", actor); !recorded) {
        return recorded;
    }
    return transaction->commit();
}

Result<std::string> SqliteSecretStore::keyCheck() {
    const auto number = m_database.queryInteger("SELECT value FROM meta WHERE key = 'master_key_check'");
    if (!number) {
        return fail(number.error());
    }
    return checkOf(*number);
}

Result<std::string> SqliteSecretStore::replaceKeyCheck(const std::string& before, const std::string& after) {
    const auto number = numberOf(after);
    if (!number) {
        return fail(number.error());
    }
    auto transaction = Transaction::begin(m_database, Transaction::Kind::Write);
    if (!transaction) {
        return fail(transaction.error());
    }
    auto current = keyCheck();
    if (!current || *current != before) {
        return current;
    }
    {
        auto write = m_database.statement("INSERT OR REPLACE INTO meta (key, value)"
                                          " VALUES ('master_key_check', ?)");
        if (!write) {
            return fail(write.error());
        }
        if (auto done = write->bind(*number).run(); !done) {
            return fail(done.error());
        }
    }
    if (auto committed = transaction->commit(); !committed) {
        return fail(committed.error());
    }
    return after;
}

} // namespace db
