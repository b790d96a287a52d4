#pragma once

#include "gateway/service/access_report.h"

#include <string>

namespace app::cli {

/// What the gateway would make of a token: asks the one that runs on the database, which has the keys of its
/// providers. Where none runs, the same is done here, and keys are fetched for it.
[[nodiscard]] gateway::Result<gateway::service::TokenReport>
inspectToken(const std::string& databaseFile, const gateway::service::TokenQuery& query);

} // namespace app::cli
