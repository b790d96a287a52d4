#pragma once

#include "gateway/base/result.h"
#include "gateway/model/config.h"

#include <optional>
#include <string>
#include <string_view>

namespace gateway::service {

/// The identity provider that refers to the secret as `${secret:NAME}`; empty: none does.
[[nodiscard]] std::string providerThatUses(const model::Config& config, std::string_view secret);

/// Input error "bad-secret-name".
[[nodiscard]] Result<void> checkSecretName(std::string_view name);
/// Whether the configuration can do with it. Input error "bad-secret": it is not 1 byte to 64 KiB, or too
/// short for the signatures that a provider checks by it.
[[nodiscard]] Result<void> checkSecret(const model::Config& config, std::string_view name,
                                       std::string_view value);

} // namespace gateway::service
