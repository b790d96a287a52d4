#pragma once

#include <QStringList>

#include "gateway/model/config.h"
#include "gateway/model/effective_policy.h"

// Who may call, in the words that people read in tables and hints.
namespace ui {

[[nodiscard]] QString credentialText(const gateway::model::Credential& credential); ///< "JWT of corp"
/// "client certificate and JWT of corp"
[[nodiscard]] QString wayText(const std::vector<gateway::model::Credential>& way);
/// "API key, or JWT of corp, or nothing (tier free)"
[[nodiscard]] QString authenticateText(const gateway::model::Authenticate& authenticate);
/// "scopes a and b; role c; when …"; empty: nothing is asked for.
[[nodiscard]] QString authorizeText(const gateway::model::Authorize& authorize);

/// What a policy does: "Authenticate", "Authorize", "Identity", "HSTS", "https redirect".
[[nodiscard]] QStringList policyRules(const gateway::model::Policy& policy);
/// "API key or JWT", "None": short, for a cell.
[[nodiscard]] QString shortSecurityText(const gateway::model::EffectivePolicy& effective);

/// Who names a policy: "listener public", "route orders", "everywhere".
[[nodiscard]] QStringList policyUsers(const gateway::model::Config& config,
                                      const gateway::model::Policy& policy);
/// What names an identity provider: "policy key-or-token", "consumer acme".
[[nodiscard]] QStringList providerUsers(const gateway::model::Config& config, const std::string& provider);

} // namespace ui
