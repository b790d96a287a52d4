#pragma once

#include "gateway/service/access_report.h"

#include <string>
#include <string_view>
#include <vector>

namespace gateway::service {

/// A JSON object a line: who has the key, its name and its hash, and what is said of it. Never a key.
[[nodiscard]] std::string writeKeyTransfers(const std::vector<KeyTransfer>& keys);

/// Reads such lines, or the same objects as a YAML or JSON list, also under `keys:`. The error (Input,
/// "bad-key-file") names the line. At most 1,000,000 keys and 64 MiB.
[[nodiscard]] Result<std::vector<KeyTransfer>> readKeyTransfers(std::string_view text);

} // namespace gateway::service
