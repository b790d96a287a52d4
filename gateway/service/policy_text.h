#pragma once

#include "gateway/model/policy.h"

#include <string>
#include <vector>

// Policies in words, for reports.
namespace gateway::service {

/// "API key", "JWT of corp", "client certificate".
[[nodiscard]] std::string textOf(const model::Credential& credential);
/// "API key and JWT of corp".
[[nodiscard]] std::string textOf(const std::vector<model::Credential>& way);
/// "API key, or JWT of corp; without any: tier free".
[[nodiscard]] std::string textOf(const model::Authenticate& authenticate);
/// "scopes a and b; one of the roles x and y; consumer.tier == \"pro\"".
[[nodiscard]] std::string textOf(const model::Authorize& authorize);
[[nodiscard]] std::string textOf(const model::ForwardIdentity& identity);
[[nodiscard]] std::string textOf(const model::Hsts& hsts);
[[nodiscard]] std::string textOf(const model::HttpsRedirect& redirect);

/// "a", "a and b", "a, b and c".
[[nodiscard]] std::string enumerate(const std::vector<std::string>& parts, const char* last = " and ");

} // namespace gateway::service
