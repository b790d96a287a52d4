#pragma once

#include "gateway/model/config.h"
#include "gateway/model/reporter.h"

namespace gateway::model {

void checkCertificate(const Config& config, const Certificate& certificate, Reporter& report);
/// What a listener speaks, and whom it believes.
void checkProtocols(const Config& config, const Listener& listener, Reporter& report);
void checkServiceTls(const Config& config, const Service& service, Reporter& report);
void checkTransportRules(const Policy& policy, Reporter& report);

/// `192.0.2.1`, `192.0.2.0/24`, `2001:db8::/32`; no bits beyond the prefix.
[[nodiscard]] bool isNetwork(std::string_view text);

} // namespace gateway::model
