#pragma once

#include "db/database.h"
#include "gateway/service/ports.h"

namespace db {

class SqliteRevisionStore final : public gateway::service::RevisionStore {
public:
    explicit SqliteRevisionStore(Database& database)
        : m_database(database) {}

    [[nodiscard]] gateway::Result<std::vector<gateway::model::Revision>>
    list(std::size_t limit, gateway::model::RevisionNumber before) override;
    /// Rebuilt from the newest config by undoing what came after. 0 is the empty config before the first
    /// revision. Code: "no-such-revision" (Input).
    [[nodiscard]] gateway::Result<gateway::model::Config>
    configAt(gateway::model::RevisionNumber number) override;

private:
    Database& m_database;
};

} // namespace db
