#pragma once

#include "db/database.h"
#include "gateway/model/consumer.h"
#include "gateway/service/ports.h"

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

// Rows of api_key, for both stores that write them; each function is part of whatever transaction is open.
namespace db {

/// Whose doing a change of keys is, for the audit trail.
struct KeyChangeContext {
    std::string actor;
    gateway::WallTime time{};
    gateway::model::RevisionNumber revision = 0;
    std::uint64_t generation = 0;
};

/// The number that the keys changed in this transaction carry.
[[nodiscard]] gateway::Result<std::uint64_t> nextKeyGeneration(Database& database);

[[nodiscard]] gateway::Result<std::optional<gateway::model::ApiKey>> findKey(Database& database,
                                                                             gateway::model::KeyId id);
[[nodiscard]] gateway::Result<std::optional<gateway::model::ApiKey>> findKey(Database& database,
                                                                             const gateway::Sha256& hash);
/// The one of that name that is not revoked.
[[nodiscard]] gateway::Result<std::optional<gateway::model::ApiKey>>
findKey(Database& database, gateway::model::ConsumerId consumer, const std::string& name);
[[nodiscard]] gateway::Result<std::vector<gateway::model::ApiKey>>
keysOf(Database& database, gateway::model::ConsumerId consumer);

/// What a key is checked by, without name, prefix, uses and creation: there may be a million to read.
[[nodiscard]] std::string_view selectAllCredentialsSql();
[[nodiscard]] std::string_view selectChangedCredentialsSql();
/// Reads the rows of one of them, one after the other.
class CredentialReader {
public:
    [[nodiscard]] gateway::model::ApiKey read(const Statement& select);

private:
    struct Grants {
        std::vector<std::string> scopes;
        std::vector<std::string> addresses;
    };
    [[nodiscard]] const Grants& grantsIn(const std::string& text);

    std::unordered_map<std::string, Grants> m_known; ///< by their text; bounded
};

/// Gives the id and writes the audit row.
[[nodiscard]] gateway::Result<gateway::model::ApiKey>
insertKey(Database& database, gateway::model::ApiKey key, const KeyChangeContext& context);
/// Replaces all but hash, consumer and creation, and writes the audit row.
[[nodiscard]] gateway::Result<void> updateKey(Database& database, const gateway::model::ApiKey& before,
                                              const gateway::model::ApiKey& after, const std::string& action,
                                              const KeyChangeContext& context);

/// Revokes all that were created before and are not revoked yet, each with its audit row; how many.
[[nodiscard]] gateway::Result<std::size_t> revokeKeysBefore(Database& database, gateway::WallTime created,
                                                            const KeyChangeContext& context);

/// What the audit trail says about a key: everything but the hash.
[[nodiscard]] std::string keyJson(const gateway::model::ApiKey& key, const std::string& consumerName);

} // namespace db
