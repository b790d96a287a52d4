#include "db/migrations/migrations.h"

#include <array>

namespace db {

namespace {

constexpr std::array statements{
    // Private keys and the like, encrypted before they come here.
    "CREATE TABLE secret (purpose TEXT NOT NULL, name TEXT NOT NULL, sealed BLOB NOT NULL,"
    " created INTEGER NOT NULL, PRIMARY KEY (purpose, name)) WITHOUT ROWID",
    // The generation tells other processes to look again; the check of the master key comes with the first
    // secret.
    "INSERT INTO meta (key, value) VALUES ('secret_generation', 0)",
};

} // namespace

Migration secrets() {
    return {2, statements};
}

} // namespace db
