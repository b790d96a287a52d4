#pragma once

#include "app/demo/sample_backend.h"
#include "gateway/base/result.h"
#include "gateway/model/config.h"

#include <memory>
#include <vector>

namespace app::demo {

/// Starts a backend for every loopback target of the services orders, inventory and shipping. A target whose
/// port is in use (or every one, with `choosesPorts`) moves to a free port, and `config` follows.
[[nodiscard]] gateway::Result<std::vector<std::unique_ptr<SampleBackend>>>
startBackends(gateway::model::Config& config, std::uint64_t seed, bool choosesPorts);

/// Moves loopback listeners whose port is in use (or all of them) to free ports.
[[nodiscard]] gateway::Result<void> freeListenerPorts(gateway::model::Config& config, bool choosesPorts);

} // namespace app::demo
