#pragma once

#include "db/database.h"
#include "db/key_rows.h"
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
    [[nodiscard]] gateway::Result<std::optional<gateway::model::ApiKey>>
    find(gateway::model::KeyId key) override;
    [[nodiscard]] gateway::Result<std::optional<gateway::model::ApiKey>>
    find(const gateway::Sha256& hash) override;
    /// Codes: "key-name-taken", "key-hash-known" (Conflict), "no-such-consumer" (Input).
    [[nodiscard]] gateway::Result<gateway::model::ApiKey> create(gateway::model::ApiKey key,
                                                                 const std::string& actor) override;
    /// Codes: "key-revoked" (Conflict), "no-such-key" (Input).
    [[nodiscard]] gateway::Result<gateway::model::ApiKey>
    setState(gateway::model::KeyId id, gateway::model::KeyState state, const std::string& actor) override;
    /// Codes as of setState().
    [[nodiscard]] gateway::Result<gateway::model::ApiKey> change(const gateway::model::ApiKey& key,
                                                                 const std::string& actor) override;
    /// Codes as of setState() and create().
    [[nodiscard]] gateway::Result<gateway::model::ApiKey> rotate(const gateway::model::ApiKey& fresh,
                                                                 gateway::model::KeyId former,
                                                                 gateway::WallTime formerExpires,
                                                                 const std::string& actor) override;
    [[nodiscard]] gateway::Result<std::size_t> import(const std::vector<gateway::model::ApiKey>& keys,
                                                      const std::string& actor) override;
    [[nodiscard]] gateway::Result<std::size_t> revokeBefore(gateway::WallTime created,
                                                            const std::string& actor) override;
    [[nodiscard]] gateway::Result<void> markUsed(const std::vector<gateway::service::KeyUse>& uses) override;

private:
    template<class Work>
    auto write(const Work& work) -> decltype(work());
    [[nodiscard]] gateway::Result<KeyChangeContext> context(const std::string& actor);
    [[nodiscard]] gateway::Result<gateway::model::ApiKey> insert(gateway::model::ApiKey key,
                                                                 const KeyChangeContext& context);
    [[nodiscard]] gateway::Result<gateway::model::ApiKey> findLiving(gateway::model::KeyId id);
    [[nodiscard]] gateway::Result<gateway::model::ApiKey> update(const gateway::model::ApiKey& before,
                                                                 gateway::model::ApiKey after,
                                                                 const char* action,
                                                                 const std::string& actor);

    Database& m_database;
    const gateway::Clock& m_clock;
};

} // namespace db
