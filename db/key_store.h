#pragma once

#include "db/database.h"
#include "gateway/base/clock.h"
#include "gateway/service/ports.h"

namespace db {

class SqliteKeyStore final : public gateway::service::KeyStore {
public:
    SqliteKeyStore(Database& database, const gateway::Clock& clock)
        : m_database(database)
        , m_clock(clock) {}

    [[nodiscard]] gateway::Result<std::uint64_t>
    visit(std::uint64_t generation, const std::function<void(const gateway::model::ApiKey&)>& visit) override;
    [[nodiscard]] gateway::Result<std::vector<gateway::model::ApiKey>>
    list(gateway::model::ConsumerId consumer) override;
    /// Codes: "key-name-taken", "key-hash-known" (Conflict), "no-such-consumer" (Input).
    [[nodiscard]] gateway::Result<gateway::model::ApiKey> create(gateway::model::ApiKey key,
                                                                 const std::string& actor) override;
    /// Codes: "key-revoked" (Conflict), "no-such-key" (Input).
    [[nodiscard]] gateway::Result<gateway::model::ApiKey>
    setState(gateway::model::KeyId id, gateway::model::KeyState state, const std::string& actor) override;
    [[nodiscard]] gateway::Result<void> markUsed(const std::vector<gateway::service::KeyUse>& uses) override;

private:
    Database& m_database;
    const gateway::Clock& m_clock;
};

} // namespace db
