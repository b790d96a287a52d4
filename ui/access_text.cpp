#include "ui/access_text.h"

#include <algorithm>

namespace ui {
namespace {

using namespace gateway::model; // the words of the model, all through this file

QString text(const std::string& value) {
    return QString::fromStdString(value);
}

QString listed(const std::vector<std::string>& items, const QString& last) {
    QStringList words;
    for (const std::string& item : items) {
        words.push_back(text(item));
    }
    return words.join(last);
}

QString shortWord(const Credential& credential) {
    switch (credential.kind) {
    case Credential::Kind::ApiKey:
        return QStringLiteral("API key");
    case Credential::Kind::Jwt:
        return QStringLiteral("JWT");
    case Credential::Kind::Introspection:
        return QStringLiteral("Token");
    case Credential::Kind::ClientCertificate:
        return QStringLiteral("Certificate");
    }
    return {};
}

QString shortWays(const Authenticate& authenticate) {
    QStringList ways;
    for (const auto& way : authenticate.anyOf) {
        QStringList words;
        for (const Credential& credential : way) {
            words.push_back(shortWord(credential));
        }
        ways.push_back(words.join(QStringLiteral(" + ")));
    }
    if (authenticate.anonymous) {
        ways.push_back(QStringLiteral("anyone"));
    }
    ways.removeDuplicates();
    return ways.join(QStringLiteral(" or "));
}

bool names(const std::vector<std::string>& list, const std::string& name) {
    return std::find(list.begin(), list.end(), name) != list.end();
}

} // namespace

QString credentialText(const Credential& credential) {
    switch (credential.kind) {
    case Credential::Kind::ApiKey:
        return QStringLiteral("API key");
    case Credential::Kind::Jwt:
        return QStringLiteral("JWT of %1").arg(text(credential.provider));
    case Credential::Kind::Introspection:
        return QStringLiteral("token that %1 knows").arg(text(credential.provider));
    case Credential::Kind::ClientCertificate:
        return QStringLiteral("client certificate");
    }
    return {};
}

QString wayText(const std::vector<Credential>& way) {
    QStringList words;
    for (const Credential& credential : way) {
        words.push_back(credentialText(credential));
    }
    return words.join(QStringLiteral(" and "));
}

QString authenticateText(const Authenticate& authenticate) {
    QStringList ways;
    for (const auto& way : authenticate.anyOf) {
        ways.push_back(wayText(way));
    }
    if (authenticate.anonymous) {
        ways.push_back(authenticate.anonymousTier.empty()
                           ? QStringLiteral("nothing")
                           : QStringLiteral("nothing (tier %1)").arg(text(authenticate.anonymousTier)));
    }
    return ways.join(QStringLiteral(", or "));
}

QString authorizeText(const Authorize& authorize) {
    QStringList parts;
    const auto add = [&](const std::vector<std::string>& items, const QString& what, const QString& between) {
        if (!items.empty()) {
            parts.push_back(what.arg(listed(items, between)));
        }
    };
    const QString conjunction = QStringLiteral(" and ");
    const QString alternative = QStringLiteral(" or ");
    add(authorize.scopes, QStringLiteral("scope %1"), conjunction);
    add(authorize.anyScope, QStringLiteral("scope %1"), alternative);
    add(authorize.roles, QStringLiteral("role %1"), alternative);
    add(authorize.allRoles, QStringLiteral("role %1"), conjunction);
    if (!authorize.when.empty()) {
        parts.push_back(QStringLiteral("when %1").arg(text(authorize.when)));
    }
    return parts.join(QStringLiteral("; "));
}

QStringList policyRules(const Policy& policy) {
    QStringList rules;
    const auto add = [&](bool has, const char* word) {
        if (has) {
            rules.push_back(QLatin1String(word));
        }
    };
    add(policy.authenticate.has_value(), "Authenticate");
    add(policy.authorize.has_value(), "Authorize");
    add(policy.identity.has_value(), "Identity");
    add(policy.hsts.has_value(), "HSTS");
    add(policy.httpsRedirect.has_value(), "https redirect");
    return rules;
}

QString shortSecurityText(const EffectivePolicy& effective) {
    QStringList asked;
    bool rules = effective.own != nullptr && !effective.own->isEmpty();
    for (const AttachedPolicy& each : effective.holding()) {
        if (each.policy->authenticate) {
            asked.push_back(shortWays(*each.policy->authenticate));
        }
        rules = rules || (each.policy->authorize && !each.policy->authorize->isEmpty());
    }
    asked.removeDuplicates();
    const QString who = asked.isEmpty() ? QStringLiteral("None") : asked.join(QStringLiteral(" and "));
    return rules ? who + QStringLiteral(" · rules") : who;
}

QStringList policyUsers(const Config& config, const Policy& policy) {
    QStringList users;
    if (policy.everywhere) {
        users.push_back(QStringLiteral("everywhere"));
    }
    for (const Listener& listener : config.listeners) {
        if (names(listener.policies, policy.name)) {
            users.push_back(QStringLiteral("listener %1").arg(text(listener.name)));
        }
    }
    for (const Service& service : config.services) {
        if (names(service.policies, policy.name)) {
            users.push_back(QStringLiteral("service %1").arg(text(service.name)));
        }
    }
    for (const Route& route : config.routes) {
        if (names(route.policies, policy.name)) {
            users.push_back(QStringLiteral("route %1").arg(text(route.name)));
        }
    }
    return users;
}

QStringList providerUsers(const Config& config, const std::string& provider) {
    QStringList users;
    for (const Policy& policy : config.policies) {
        const auto isOfProvider = [&](const Credential& credential) {
            return credential.provider == provider;
        };
        const bool isUser =
            policy.authenticate &&
            std::any_of(policy.authenticate->anyOf.begin(), policy.authenticate->anyOf.end(),
                        [&](const auto& way) { return std::any_of(way.begin(), way.end(), isOfProvider); });
        if (isUser) {
            users.push_back(QStringLiteral("policy %1").arg(text(policy.name)));
        }
    }
    for (const Consumer& consumer : config.consumers) {
        if (std::any_of(consumer.identities.begin(), consumer.identities.end(),
                        [&](const ConsumerIdentity& identity) { return identity.provider == provider; })) {
            users.push_back(QStringLiteral("consumer %1").arg(text(consumer.name)));
        }
    }
    return users;
}

} // namespace ui
