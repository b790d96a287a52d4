#pragma once

#include "gateway/base/clock.h"

#include <string>

namespace db {

/// "2026-01-01T00:00:00Z", as the audit trail says times.
[[nodiscard]] std::string toUtc(gateway::WallTime time);

} // namespace db
