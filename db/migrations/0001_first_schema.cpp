#include "db/migrations/migrations.h"

#include <array>

namespace db {

namespace {

constexpr std::array statements{
    // Numbers that belong to no row: the next entity id, the generation of the keys.
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID",
    "INSERT INTO meta (key, value) VALUES ('next_id', 1), ('key_generation', 0)",

    // The newest config, an entity a row, as canonical JSON.
    "CREATE TABLE entity (kind TEXT NOT NULL, id INTEGER NOT NULL, name TEXT NOT NULL, json TEXT NOT NULL,"
    " PRIMARY KEY (kind, id)) WITHOUT ROWID",
    "CREATE UNIQUE INDEX entity_name ON entity (kind, name)",

    // Older configs are the newest one with the changes undone, so that a revision costs what it changed.
    "CREATE TABLE revision (number INTEGER PRIMARY KEY, author TEXT NOT NULL, message TEXT NOT NULL,"
    " time INTEGER NOT NULL, content_hash TEXT NOT NULL)",
    "CREATE TABLE revision_change (revision INTEGER NOT NULL REFERENCES revision (number),"
    " kind TEXT NOT NULL, id INTEGER NOT NULL, before TEXT, after TEXT,"
    " PRIMARY KEY (revision, kind, id)) WITHOUT ROWID",

    // Keys by their hash; rows are never deleted. A key that changes takes the next generation.
    "CREATE TABLE api_key (id INTEGER PRIMARY KEY AUTOINCREMENT, consumer INTEGER NOT NULL,"
    " name TEXT NOT NULL, prefix TEXT NOT NULL, hash BLOB NOT NULL, scopes TEXT NOT NULL, expires INTEGER,"
    " state INTEGER NOT NULL, created INTEGER NOT NULL, last_used INTEGER, generation INTEGER NOT NULL)",
    "CREATE UNIQUE INDEX api_key_hash ON api_key (hash)",
    "CREATE UNIQUE INDEX api_key_name ON api_key (consumer, name) WHERE state <> 2",
    "CREATE INDEX api_key_consumer ON api_key (consumer)",
    "CREATE INDEX api_key_generation ON api_key (generation)",

    // Who did what and when. What a revision changed is read from revision_change, not kept twice.
    "CREATE TABLE audit (id INTEGER PRIMARY KEY AUTOINCREMENT, time INTEGER NOT NULL, actor TEXT NOT NULL,"
    " action TEXT NOT NULL, entity_kind TEXT NOT NULL, entity_id INTEGER, entity_name TEXT NOT NULL,"
    " revision INTEGER NOT NULL, before TEXT, after TEXT)",
    "CREATE INDEX audit_entity ON audit (entity_kind, entity_name)",
};

} // namespace

Migration firstSchema() {
    return {1, statements};
}

} // namespace db
