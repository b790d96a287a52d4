#pragma once

#include "app/cli/report.h"
#include "gateway/model/codec.h"

#include <string>
#include <tl/expected.hpp>

namespace app::cli {

/// The content of a file that can run. Otherwise everything that is wrong with it has been reported.
[[nodiscard]] tl::expected<gateway::model::ConfigFile, ExitCode> readConfiguration(const std::string& file,
                                                                                   bool problemsAsJson);

/// "1 listener, 3 routes, 2 keys"
[[nodiscard]] std::string describeSize(const gateway::model::ConfigFile& content);

/// "1 route", "3 policies"
[[nodiscard]] std::string countOf(std::size_t count, gateway::model::EntityKind kind);
[[nodiscard]] std::string countOfKeys(std::size_t count);

} // namespace app::cli
