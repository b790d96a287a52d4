#pragma once

#include "gateway/model/config.h"
#include "gateway/model/reporter.h"

namespace gateway::model {

void checkProvider(const Config& config, const IdentityProvider& provider, Reporter& report);

/// `${secret:NAME}`
[[nodiscard]] bool isSecretReference(std::string_view text);

} // namespace gateway::model
