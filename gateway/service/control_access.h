#pragma once

#include "gateway/service/access_report.h"
#include "gateway/service/control_protocol.h"

#include <nlohmann/json.hpp>
#include <vector>

// What programs ask a running gateway about tokens and identity providers, beside the commands of
// control_protocol.h:
//   {"do":"inspect","token":...,"provider":...,"at":...,"certificate":...}  a TokenQuery; answer: "report"
//   {"do":"providers"}                    how things stand with them; answer: "providers"
//   {"do":"refresh-provider","name":"corp"}  its keys are fetched now; answer: the status
// The socket is the user's own, and tokens are no longer there when the answer is.
namespace gateway::service {

[[nodiscard]] QByteArray writeInspection(const TokenQuery& query);
[[nodiscard]] TokenQuery readInspection(const QByteArray& line);
[[nodiscard]] QByteArray writeReport(const TokenReport& report);
[[nodiscard]] Result<TokenReport> readReport(const QByteArray& line);
[[nodiscard]] QByteArray writeProviders(const std::vector<auth::ProviderReport>& reports);
[[nodiscard]] Result<std::vector<auth::ProviderReport>> readProviders(const QByteArray& line);

/// As the command line shows them, too; times are RFC 3339.
[[nodiscard]] nlohmann::json toJson(const TokenReport& report);
[[nodiscard]] nlohmann::json toJson(const auth::ProviderReport& report);

/// "passed", "failed", "skipped"
[[nodiscard]] const char* verdictName(auth::TokenCheck::Verdict verdict);

} // namespace gateway::service
