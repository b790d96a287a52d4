#pragma once

#include "gateway/model/config.h"
#include "gateway/model/expression.h"
#include "gateway/model/reporter.h"

#include <string>
#include <vector>

namespace gateway::model {

/// Checks `authorize`; returns the path parameters that its rule asks for.
std::vector<std::string> checkAuthorize(const Config& config, const Authorize& authorize, Reporter& report);

/// The message, and where: "... (at character 15)".
[[nodiscard]] std::string textOf(const ExpressionProblem& problem);

} // namespace gateway::model
