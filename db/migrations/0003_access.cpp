#include "db/migrations/migrations.h"

#include <array>

namespace db {

namespace {

constexpr std::array statements{
    // Where a key may come from, as a JSON list like its scopes, and how often it was good for a request.
    "ALTER TABLE api_key ADD COLUMN addresses TEXT NOT NULL DEFAULT '[]'",
    "ALTER TABLE api_key ADD COLUMN uses INTEGER NOT NULL DEFAULT 0",

    // What holds no more although nothing in the config says so. The generation tells other processes to look
    // again.
    "CREATE TABLE revocation (id INTEGER PRIMARY KEY AUTOINCREMENT, kind INTEGER NOT NULL,"
    " consumer INTEGER NOT NULL, provider INTEGER NOT NULL, value TEXT NOT NULL, before INTEGER NOT NULL,"
    " reason TEXT NOT NULL, author TEXT NOT NULL, created INTEGER NOT NULL, expires INTEGER)",
    "CREATE INDEX revocation_expires ON revocation (expires) WHERE expires IS NOT NULL",
    "INSERT INTO meta (key, value) VALUES ('revocation_generation', 0)",

    // What agents called. Ids grow with time, so that the oldest rows are the lowest.
    "CREATE TABLE agent_call (id INTEGER PRIMARY KEY AUTOINCREMENT, consumer INTEGER NOT NULL,"
    " time INTEGER NOT NULL, duration INTEGER NOT NULL, status INTEGER NOT NULL, request_id TEXT NOT NULL,"
    " client TEXT NOT NULL, method TEXT NOT NULL, host TEXT NOT NULL, path TEXT NOT NULL,"
    " route TEXT NOT NULL, service TEXT NOT NULL, target TEXT NOT NULL, credential TEXT NOT NULL,"
    " code TEXT NOT NULL, bytes_in INTEGER NOT NULL, bytes_out INTEGER NOT NULL)",
    "CREATE INDEX agent_call_consumer ON agent_call (consumer, id)",
};

} // namespace

Migration access() {
    return {3, statements};
}

} // namespace db
