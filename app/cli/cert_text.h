#pragma once

#include "gateway/service/certificate_report.h"

#include <string>
#include <vector>

namespace app::cli {

/// Columns for people, one certificate a line below a line of titles.
[[nodiscard]] std::string certificatesAsTable(const std::vector<gateway::service::CertificateReport>& reports,
                                              gateway::WallTime now);
/// All that is known of one.
[[nodiscard]] std::string certificateAsText(const gateway::service::CertificateReport& report,
                                            gateway::WallTime now);
/// A JSON array, one object a certificate; `isOne`: that object alone.
[[nodiscard]] std::string certificatesAsJson(const std::vector<gateway::service::CertificateReport>& reports,
                                             gateway::WallTime now, bool isOne);

} // namespace app::cli
