#pragma once

#include "db/database.h"
#include "gateway/base/clock.h"
#include "gateway/service/ports.h"

namespace db {

class SqliteRevocationStore final : public gateway::service::RevocationStore {
public:
    SqliteRevocationStore(Database& database, const gateway::Clock& clock)
        : m_database(database)
        , m_clock(clock) {}

    [[nodiscard]] gateway::Result<std::vector<gateway::model::Revocation>>
    list(gateway::WallTime now) override;
    [[nodiscard]] gateway::Result<gateway::model::Revocation>
    add(gateway::model::Revocation revocation) override;
    [[nodiscard]] gateway::Result<void> remove(gateway::model::RevocationId id,
                                               const std::string& actor) override;

private:
    [[nodiscard]] gateway::Result<void> insert(gateway::model::Revocation& revocation);
    [[nodiscard]] gateway::Result<void> recordChange(const gateway::model::Revocation& revocation,
                                                     const std::string& actor, bool isLifted);

    Database& m_database;
    const gateway::Clock& m_clock;
};

} // namespace db
