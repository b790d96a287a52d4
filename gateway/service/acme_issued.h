#pragma once

#include "gateway/base/clock.h"
#include "gateway/base/result.h"
#include "gateway/crypto/private_key.h"

#include <string>
#include <vector>

namespace gateway::service {

/// What is wrong with a chain that came for a key and domains; nothing: it is good to be shown.
[[nodiscard]] Result<void> checkIssued(const std::string& chain, const crypto::PrivateKey& key,
                                       const std::vector<std::string>& domains, WallTime now);

} // namespace gateway::service
