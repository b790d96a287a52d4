#include "gateway/model/validate_access.h"

#include "gateway/model/document.h"
#include "gateway/model/names.h"
#include "gateway/model/validate_rules.h"

#include <algorithm>
#include <set>

namespace gateway::model {
namespace {

using namespace std::chrono_literals;
using Place = AttachedPolicy::Place;

constexpr std::size_t identitiesMax = 64;

bool contains(const std::vector<std::string>& names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

bool isRestriction(const Policy& policy) {
    return policy.authenticate || policy.authorize;
}

/// Each is there, and once.
template<class T>
void checkNames(const Collection<T>& known, const std::vector<std::string>& names, const std::string& field,
                const char* word, Reporter& report) {
    std::set<std::string_view> seen;
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (known.find(names[i]) == nullptr) {
            report.add(Problem::Kind::Reference, indexed(field, i),
                       std::string("there is no ") + word + " named " + quote(names[i]));
        } else if (!seen.insert(names[i]).second) {
            report.add(Problem::Kind::Duplicate, indexed(field, i), quote(names[i]) + " is there twice");
        }
    }
}

void checkIdentity(const Config& config, const ConsumerIdentity& identity, const std::string& field,
                   Reporter& report) {
    using Kind = ConsumerIdentity::Kind;
    const bool isFingerprint = identity.value.size() == 64 &&
                               identity.value.find_first_not_of("0123456789abcdef") == std::string::npos;
    switch (identity.kind) {
    case Kind::Subject:
        if (identity.provider.empty()) {
            report.range(field + ".provider", "a subject needs the identity provider that it comes from");
        } else if (config.identityProviders.find(identity.provider) == nullptr) {
            report.add(Problem::Kind::Reference, field + ".provider",
                       "there is no identity provider named " + quote(identity.provider));
        }
        break;
    case Kind::CertificateFingerprint:
        if (!isFingerprint) {
            report.range(field, "must be the SHA-256 of a certificate: 64 hexadecimal digits in lower case");
        }
        break;
    case Kind::CertificateSubject:
        if (identity.value.find('=') == std::string::npos) {
            report.range(field, "must be a subject such as CN=orders,O=Example (RFC 4514)");
        }
        break;
    case Kind::CertificateName:
        break;
    }
    if (identity.kind != Kind::Subject && !identity.provider.empty()) {
        report.range(field + ".provider", "only a subject comes from an identity provider");
    }
    if (identity.value.empty() || identity.value.size() > 1024 || !isCleanUtf8(identity.value, false)) {
        report.range(field, "must be 1 to 1024 characters, none of them a control character");
    }
}

void checkOwnRate(const OwnRate& rate, Reporter& report) {
    constexpr std::uint64_t requestsMax = 1'000'000'000;
    if (rate.requests < 1 || rate.requests > requestsMax) {
        report.range("limit.rate", "must be from 1 to " + std::to_string(requestsMax) + " requests");
    }
    if (rate.period != 1s && rate.period != 1min && rate.period != 1h && rate.period != 24h) {
        report.range("limit.rate", "must be per second, minute, hour or day");
    }
    report.unlessWithin("limit.burst", rate.burst, 1, requestsMax);
}

/// Which field of the route brings the policy.
std::string fieldOf(const AttachedPolicy& attached, const Route& route) {
    if (attached.place == Place::Service) {
        return "action.service";
    }
    const auto at = std::find(route.policies.begin(), route.policies.end(), attached.policy->name);
    return attached.place == Place::Route
               ? indexed("policies", static_cast<std::size_t>(at - route.policies.begin()))
               : "policies";
}

void checkPathParameters(const std::vector<std::string>& names, const std::string& field,
                         const std::string& who, const PathPattern& pattern, Reporter& report) {
    for (const std::string& name : names) {
        if (!contains(pattern.captures, name)) {
            std::string problem = who;
            problem.append("asks for path.").append(name);
            problem.append(", but the route's path has no {").append(name).append("}");
            report.range(field, std::move(problem));
        }
    }
}

void addUnknownCallers(const std::string& field, const std::string& who, Reporter& report) {
    report.range(field, who + "only of known callers more can be asked: add a policy that authenticates");
}

/// Who is asked for more than nothing has to be known. Listeners are asked one by one: what one of them
/// brings, also holds there.
void checkCallersAreKnown(const Surroundings& around, const Route& route, const EffectivePolicy& anywhere,
                          Reporter& report) {
    if (anywhere.authenticates()) {
        return;
    }
    bool isKnownSomewhere = false;
    for (const Listener& listener : around.config.listeners) {
        const EffectivePolicy there = around.places.of(route, &listener);
        if (there.authenticates()) {
            isKnownSomewhere = true;
            continue;
        }
        for (const AttachedPolicy& attached : there.holding()) {
            if (attached.place == Place::Listener && attached.policy->authorize) {
                addUnknownCallers("policies", textOf(attached) + ": ", report);
            }
        }
    }
    if (isKnownSomewhere) {
        return;
    }
    if (anywhere.own != nullptr) {
        addUnknownCallers("authorize", "", report);
    }
    for (const AttachedPolicy& attached : anywhere.holding()) {
        if (attached.policy->authorize) {
            addUnknownCallers(fieldOf(attached, route), textOf(attached) + ": ", report);
        }
    }
}

void checkWaives(const Surroundings& around, const Route& route, Reporter& report) {
    const Config& config = around.config;
    checkNames(config.policies, route.waives, "waives", "policy", report);
    const Service* service = config.services.find(route.service);
    for (std::size_t i = 0; i < route.waives.size(); ++i) {
        const std::string& name = route.waives[i];
        const Policy* policy = config.policies.find(name);
        if (policy == nullptr) {
            continue;
        }
        const bool isBrought =
            policy->everywhere || (service != nullptr && contains(service->policies, name)) ||
            std::any_of(config.listeners.begin(), config.listeners.end(),
                        [&](const Listener& listener) { return contains(listener.policies, name); });
        if (contains(route.policies, name)) {
            report.range(indexed("waives", i), "the route itself names " + quote(name) + " in policies");
        } else if (!isRestriction(*policy)) {
            report.range(indexed("waives", i),
                         quote(name) + " restricts nobody: only what authenticates or authorizes is waived");
        } else if (!isBrought) {
            report.range(indexed("waives", i), quote(name) +
                                                   " does not hold here anyway: neither everywhere, "
                                                   "nor by the service or a listener");
        }
    }
}

} // namespace

void checkListenerAccess(const Surroundings& around, const Listener& listener, Reporter& report) {
    for (std::size_t i = 0; i < listener.policies.size(); ++i) {
        const Policy* policy = around.config.policies.find(listener.policies[i]);
        for (const std::string& name :
             policy != nullptr ? around.pathParametersOf(*policy) : std::vector<std::string>()) {
            report.range(indexed("policies", i), "the policy asks for path." + name +
                                                     ", which not every route has; name it in those that do");
        }
    }
    if (listener.keysPath.empty()) {
        return;
    }
    const auto pattern = parsePathPattern(listener.keysPath);
    if (!pattern || pattern->kind != PathKind::Exact) {
        report.range("keys_path",
                     pattern ? "must be one path, such as /.well-known/jwks.json" : pattern.error());
    } else if (listener.metadata && listener.keysPath.starts_with("/.well-known/oauth-protected-resource")) {
        report.range("keys_path", "this is where callers learn who issues tokens (RFC 9728)");
    }
}

void checkConsumerAccess(const Surroundings& around, const Consumer& consumer, Reporter& report) {
    std::set<std::string> seen;
    for (std::size_t i = 0; i < consumer.identities.size(); ++i) {
        const std::string field = indexed("identities", i);
        checkIdentity(around.config, consumer.identities[i], field, report);
        if (!seen.insert(identityKey(consumer.identities[i])).second) {
            report.add(Problem::Kind::Duplicate, field,
                       quote(consumer.identities[i].value) + " is there twice");
        }
    }
    if (consumer.identities.size() > identitiesMax) {
        report.range("identities", "more than " + std::to_string(identitiesMax) + " are not possible");
    }
    if (consumer.rate) {
        checkOwnRate(*consumer.rate, report);
    }
    if (consumer.owner.size() > 256 || !isCleanUtf8(consumer.owner, false)) {
        report.range("owner", "must be at most 256 characters, none of them a control character");
    }
    checkNames(around.config.routes, consumer.routes, "routes", "route", report);
}

void checkServicePolicies(const Surroundings& around, const Service& service, Reporter& report) {
    checkNames(around.config.policies, service.policies, "policies", "policy", report);
}

void checkRouteAccess(const Surroundings& around, const Route& route, const PathPattern* pattern,
                      Reporter& report) {
    checkNames(around.config.policies, route.policies, "policies", "policy", report);
    const std::vector<std::string> asked = checkAuthorize(around.config, route.authorize, report);
    checkWaives(around, route, report);
    const EffectivePolicy effective = around.places.of(route, nullptr);
    if (pattern != nullptr) {
        checkPathParameters(asked, "authorize.when", "the rule ", *pattern, report);
        for (const AttachedPolicy& attached : effective.holding()) {
            if (attached.place != Place::Everywhere) {
                checkPathParameters(around.pathParametersOf(*attached.policy), fieldOf(attached, route),
                                    textOf(attached) + " ", *pattern, report);
            }
        }
    }
    checkCallersAreKnown(around, route, effective, report);
}

std::string identityKey(const ConsumerIdentity& identity) {
    // Names of hosts are the same in both cases (RFC 4343).
    const bool isName = identity.kind == ConsumerIdentity::Kind::CertificateName;
    return std::to_string(static_cast<int>(identity.kind)) + identity.provider + '\n' +
           (isName ? lowerCase(identity.value) : identity.value);
}

void addSameIdentity(const Consumer& consumer, std::size_t index, const Consumer& owner, Problems& problems) {
    Reporter(problems, EntityKind::Consumer, consumer.name)
        .add(Problem::Kind::Duplicate, indexed("identities", index),
             quote(consumer.identities[index].value) + " is known to be the consumer " + quote(owner.name) +
                 " already");
}

} // namespace gateway::model
