#include "ui/editors/listener_policies.h"

#include "ui/editors/entity_forms.h"
#include "ui/editors/input_text.h"

#include <algorithm>
#include <array>

namespace ui {

using gateway::model::Config;
using gateway::model::Listener;
using gateway::model::Policy;

namespace {

constexpr std::array rules{ListenerRule::Hsts, ListenerRule::HttpsRedirect};

bool isOf(const Policy& policy, ListenerRule rule) {
    return rule == ListenerRule::Hsts ? policy.hsts.has_value() : policy.httpsRedirect.has_value();
}

/// What the switch creates where no policy has the rule yet.
Policy newPolicy(const Config& config, ListenerRule rule) {
    Policy policy;
    policy.name = freeName(config.policies, rule == ListenerRule::Hsts ? "hsts" : "https-redirect");
    if (rule == ListenerRule::Hsts) {
        policy.hsts.emplace();
        return policy;
    }
    policy.httpsRedirect.emplace();
    const auto secure = std::find_if(config.listeners.begin(), config.listeners.end(),
                                     [](const Listener& listener) { return listener.tls.has_value(); });
    if (secure != config.listeners.end() && secure->port != 0) {
        policy.httpsRedirect->port = secure->port;
    }
    return policy;
}

const Policy* existing(const Config& config, ListenerRule rule) {
    const auto at = std::find_if(config.policies.begin(), config.policies.end(),
                                 [rule](const Policy& policy) { return isOf(policy, rule); });
    return at != config.policies.end() ? &*at : nullptr;
}

bool givesRule(const std::string& name, const Config& config, ListenerRule rule) {
    const Policy* known = config.policies.find(name);
    return known != nullptr ? isOf(*known, rule) : name == newPolicy(config, rule).name;
}

} // namespace

bool hasRule(const QString& policies, const Config& config, ListenerRule rule) {
    const auto names = parseList(policies);
    return std::any_of(names.begin(), names.end(),
                       [&](const std::string& name) { return givesRule(name, config, rule); });
}

QString withRule(const QString& policies, const Config& config, ListenerRule rule, bool on) {
    auto names = parseList(policies);
    std::erase_if(names, [&](const std::string& name) { return givesRule(name, config, rule); });
    if (on) {
        const Policy* known = existing(config, rule);
        names.push_back(known != nullptr ? known->name : newPolicy(config, rule).name);
    }
    return listText(names);
}

std::vector<Policy> missingPolicies(const QString& policies, const Config& config) {
    std::vector<Policy> missing;
    for (const std::string& name : parseList(policies)) {
        for (const ListenerRule rule : rules) {
            if (config.policies.find(name) == nullptr && givesRule(name, config, rule)) {
                missing.push_back(newPolicy(config, rule));
            }
        }
    }
    return missing;
}

QStringList listenerPolicyNames(const Config& config) {
    QStringList names;
    for (const Policy& policy : config.policies) {
        if (isOf(policy, ListenerRule::Hsts) || isOf(policy, ListenerRule::HttpsRedirect)) {
            names.push_back(QString::fromStdString(policy.name));
        }
    }
    return names;
}

} // namespace ui
