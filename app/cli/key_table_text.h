#pragma once

#include "gateway/model/consumer.h"

#include <string>
#include <vector>

namespace app::cli {

struct ListedKey {
    std::string consumer;
    gateway::model::ApiKey key;
};

/// "active", "expired", "disabled", "revoked".
[[nodiscard]] std::string keyStateText(const gateway::model::ApiKey& key, gateway::WallTime now);
/// Columns for people, one key a line below a line of titles.
[[nodiscard]] std::string keysAsTable(const std::vector<ListedKey>& keys, gateway::WallTime now);
/// A JSON array, one object a key.
[[nodiscard]] std::string keysAsJson(const std::vector<ListedKey>& keys, gateway::WallTime now);

} // namespace app::cli
