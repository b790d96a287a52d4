#pragma once

#include "gateway/base/result.h"
#include "gateway/model/config.h"

#include <optional>
#include <string>
#include <string_view>

namespace gateway::service {

/// The identity provider that refers to the secret as `${secret:NAME}`; empty: none does.
[[nodiscard]] std::string providerThatUses(const model::Config& config, std::string_view secret);

/// Input error "bad-secret-name", "bad-secret" (1 byte to 64 KiB).
[[nodiscard]] Result<void> checkSecretName(std::string_view name);
[[nodiscard]] Result<void> checkSecret(std::string_view value);

} // namespace gateway::service
