#include "db/migrations/migrations.h"

#include <array>
#include <string>

namespace db {

using gateway::fail;
using gateway::Result;

namespace {

Result<void> runStep(Database& database, const Migration& step) {
    auto transaction = Transaction::begin(database, Transaction::Kind::Write);
    if (!transaction) {
        return fail(transaction.error());
    }
    // Asked again under the lock: another process may have taken the step meanwhile.
    const auto version = database.queryInteger("PRAGMA user_version");
    if (!version) {
        return fail(version.error());
    }
    if (*version >= step.version) {
        return transaction->commit();
    }
    for (const char* statement : step.statements) {
        if (auto done = database.execute(statement); !done) {
            return done;
        }
    }
    for (const std::string& pragma : {"PRAGMA application_id=" + std::to_string(Database::applicationId),
                                      "PRAGMA user_version=" + std::to_string(step.version)}) {
        if (auto done = database.execute(pragma); !done) {
            return done;
        }
    }
    return transaction->commit();
}

} // namespace

std::span<const Migration> migrations() {
    static const std::array all{firstSchema(), secrets(), access()};
    return all;
}

int newestSchema() {
    return migrations().back().version;
}

Result<void> migrate(Database& database, std::span<const Migration> steps) {
    const auto version = database.queryInteger("PRAGMA user_version");
    if (!version) {
        return fail(version.error());
    }
    for (const Migration& step : steps) {
        if (step.version <= *version) {
            continue;
        }
        if (auto done = runStep(database, step); !done) {
            return done;
        }
    }
    return {};
}

} // namespace db
