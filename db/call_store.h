#pragma once

#include "db/database.h"
#include "gateway/service/ports.h"

namespace db {

/// The newest 200,000 calls.
class SqliteCallStore final : public gateway::service::CallStore {
public:
    explicit SqliteCallStore(Database& database)
        : m_database(database) {}

    [[nodiscard]] gateway::Result<void>
    append(const std::vector<gateway::metrics::CallRecord>& calls) override;
    [[nodiscard]] gateway::Result<std::vector<gateway::metrics::CallRecord>>
    list(gateway::model::ConsumerId consumer, std::uint64_t beforeId, std::size_t limit) override;

    static constexpr std::int64_t callsMax = 200'000;

private:
    Database& m_database;
};

} // namespace db
