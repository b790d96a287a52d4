#pragma once

#include "gateway/model/config.h"

#include <string>
#include <string_view>

namespace ui {

/// A curl command for a POSIX shell that reaches the gateway at `address` ("127.0.0.1:8080"), on the first
/// route that can be written as one; template captures become 1, and a key is asked for where the route
/// wants one. Without such a route: the root path.
[[nodiscard]] std::string curlLine(const gateway::model::Config& config, std::string_view address);

} // namespace ui
