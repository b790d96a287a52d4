#pragma once

#include "gateway/service/access_report.h"

#include <string>
#include <vector>

// Access reports, inspected tokens and identity providers on the terminal, and as JSON for scripts.
namespace app::cli {

[[nodiscard]] std::string accessAsTable(const std::vector<gateway::service::AccessLine>& lines);
[[nodiscard]] std::string accessAsJson(const std::vector<gateway::service::AccessLine>& lines);

[[nodiscard]] std::string callersAsText(const gateway::service::RouteAccess& access);
[[nodiscard]] std::string callersAsJson(const gateway::service::RouteAccess& access);

[[nodiscard]] std::string tokenAsText(const gateway::service::TokenReport& report);
[[nodiscard]] std::string tokenAsJson(const gateway::service::TokenReport& report);

[[nodiscard]] std::string providersAsTable(const std::vector<gateway::auth::ProviderReport>& reports);
[[nodiscard]] std::string providerAsText(const gateway::auth::ProviderReport& report);
[[nodiscard]] std::string providersAsJson(const std::vector<gateway::auth::ProviderReport>& reports);

} // namespace app::cli
