#pragma once

#include "gateway/model/config.h"

#include <optional>
#include <string>
#include <string_view>

namespace gateway::service {

/// The identity provider that refers to the secret as `${secret:NAME}`; empty: none does.
[[nodiscard]] std::string providerThatUses(const model::Config& config, std::string_view secret);

} // namespace gateway::service
