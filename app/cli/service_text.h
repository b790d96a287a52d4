#pragma once

#include "gateway/model/config.h"
#include "gateway/service/control_state.h"

#include <string>
#include <vector>

namespace app::cli {

/// `live` is null where no gateway runs, or has not told anything yet.

/// A block a service for people: its settings, and a line a target.
[[nodiscard]] std::string servicesAsText(const std::vector<gateway::model::Service>& services,
                                         const gateway::service::ControlState* live);
/// {"running": ..., "services": [...]}, with the settings as the file has them.
[[nodiscard]] std::string servicesAsJson(const std::vector<gateway::model::Service>& services, bool isRunning,
                                         const gateway::service::ControlState* live);

} // namespace app::cli
