#pragma once

#include "app/cli/key_table_text.h"
#include "gateway/base/result.h"
#include "gateway/service/ports.h"

#include <string>
#include <vector>

namespace app::cli {

/// Conflict "no-such-consumer".
[[nodiscard]] gateway::Result<gateway::model::Consumer> findConsumer(const gateway::model::Config& config,
                                                                     const std::string& name);

/// All keys, or those of one consumer.
[[nodiscard]] gateway::Result<std::vector<ListedKey>> listKeys(gateway::service::Stores stores,
                                                               const std::string& consumerName);

/// A key by its id, or by CONSUMER/NAME. Of several with that name the one that is not revoked.
[[nodiscard]] gateway::Result<gateway::model::KeyId> findKey(gateway::service::Stores stores,
                                                             const std::string& text);

/// Prints a new key: the only time that it is to be had.
void printSecret(const std::string& consumer, const std::string& name, const std::string& secret,
                 bool isQuiet);

} // namespace app::cli
