#pragma once

#include "db/database.h"
#include "gateway/base/clock.h"
#include "gateway/service/ports.h"

namespace db {

class SqliteSecretStore final : public gateway::service::SecretStore {
public:
    SqliteSecretStore(Database& database, const gateway::Clock& clock)
        : m_database(database)
        , m_clock(clock) {}

    [[nodiscard]] gateway::Result<void> put(const gateway::service::SecretName& name,
                                            const std::string& sealed, const std::string& actor) override;
    [[nodiscard]] gateway::Result<std::string> get(const std::string& purpose,
                                                   const std::string& name) override;
    [[nodiscard]] gateway::Result<std::vector<gateway::service::SecretName>>
    list(const std::string& purpose) override;
    [[nodiscard]] gateway::Result<void> remove(const std::string& purpose, const std::string& name,
                                               const std::string& actor) override;
    [[nodiscard]] gateway::Result<std::string> keyCheck() override;
    [[nodiscard]] gateway::Result<std::string> replaceKeyCheck(const std::string& before,
                                                               const std::string& after) override;

private:
    [[nodiscard]] gateway::Result<void> recordChange(const std::string& purpose, const std::string& name,
                                                     const std::string& action, const std::string& actor);

    Database& m_database;
    const gateway::Clock& m_clock;
};

} // namespace db
