#pragma once

#include <QStringList>

#include "gateway/model/config.h"

#include <vector>

namespace ui {

/// A rule that a listener's editor offers as a switch.
enum class ListenerRule { Hsts, HttpsRedirect };

/// Whether one of these policies ("a, b") has the rule, be it one that is yet to be created.
[[nodiscard]] bool hasRule(const QString& policies, const gateway::model::Config& config, ListenerRule rule);
/// The policies with the rule, by a policy that is there or else a new one, or without it.
[[nodiscard]] QString withRule(const QString& policies, const gateway::model::Config& config,
                               ListenerRule rule, bool on);
/// The policies that the names speak of, but that are not there yet.
[[nodiscard]] std::vector<gateway::model::Policy> missingPolicies(const QString& policies,
                                                                  const gateway::model::Config& config);
/// Names of the policies that a listener takes, in the order of the config.
[[nodiscard]] QStringList listenerPolicyNames(const gateway::model::Config& config);

} // namespace ui
