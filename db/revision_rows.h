#pragma once

#include "db/database.h"
#include "db/entity_kinds.h"
#include "gateway/model/config.h"

#include <functional>
#include <string>
#include <unordered_map>

namespace db {

/// The newest revision; number 0 when nothing was ever published.
[[nodiscard]] gateway::Result<gateway::model::Revision> newestRevision(Database& database);

/// The columns of a revision, in the order that readRevision reads.
[[nodiscard]] gateway::model::Revision readRevision(const Statement& select);

/// Calls `visit` with each row of the newest config.
[[nodiscard]] gateway::Result<void>
visitEntities(Database& database,
              const std::function<gateway::Result<void>(const std::string& kind, std::uint64_t id,
                                                        const std::string& json)>& visit);

/// Adds the entity that a row holds; a row that cannot be read is damage.
[[nodiscard]] gateway::Result<void> addEntity(ConfigBuilder& builder, const Database& database,
                                              const std::string& kind, std::uint64_t id,
                                              const std::string& json);

} // namespace db
