#include "gateway/model/validate.h"

#include "gateway/base/ip_literal.h"
#include "gateway/model/document.h"
#include "gateway/model/names.h"
#include "gateway/model/overlap.h"
#include "gateway/model/path_pattern.h"
#include "gateway/model/scalars.h"
#include "gateway/model/validate_access.h"
#include "gateway/model/validate_parts.h"
#include "gateway/model/validate_provider.h"
#include "gateway/model/validate_service.h"
#include "gateway/model/validate_tls.h"

#include <algorithm>
#include <set>
#include <unordered_map>

namespace gateway::model {
namespace {

using namespace std::chrono_literals;

// More than any link of a client gives: a slip of the unit.
constexpr std::uint64_t bodyMinRateMax = 1ULL << 30U;

void checkName(std::string_view name, Reporter& report) {
    if (!isEntityName(name)) {
        report.range("name", "a name is 1 to 64 characters: letters, digits, \".\", \"_\" and \"-\"");
    }
}

void check(const Surroundings& around, const Listener& listener, Reporter& report) {
    if (!parseIpLiteral(listener.host)) {
        report.range("address", quote(listener.host) +
                                    " is not an IP address; a listener needs one, such as 127.0.0.1, 0.0.0.0 "
                                    "(all of IPv4) or :: (all)");
    }
    report.unlessSizeWithin("limits.header_bytes", listener.limits.headBytesMax, 256, 1024 * 1024);
    report.unlessWithin("limits.headers", listener.limits.headersMax, 1, 1000);
    report.unlessSizeWithin("limits.body", listener.limits.bodyBytesMax, 0, 1ULL << 40U);
    report.unlessWithin("limits.connections_per_peer", listener.limits.connectionsPerPeer, 0, 1'000'000);
    report.unlessWithin("timeouts.header", listener.timeouts.header);
    report.unlessWithin("timeouts.body", listener.timeouts.body);
    report.unlessWithin("timeouts.idle", listener.timeouts.idle);
    report.unlessWithin("timeouts.write", listener.timeouts.write);
    if (listener.timeouts.bodyMinRate > bodyMinRateMax) {
        report.range("timeouts.body_min_rate",
                     "must be from " + formatSizeRate(0) + " to " + formatSizeRate(bodyMinRateMax));
    }
    if (!isToken(listener.keyHeader) || listener.keyHeader.size() > 64) {
        report.range("api_key.header", "must be the name of a header field, such as X-API-Key");
    }
    if (!listener.keyQuery.empty() && !isEntityName(listener.keyQuery)) {
        report.range("api_key.query",
                     "must be the name of a query parameter: letters, digits, \".\", \"_\" and \"-\"");
    }
    checkProtocols(around.config, listener, report);
    checkListenerAccess(around, listener, report);
}

void check(const Surroundings& /*around*/, const Tier& tier, Reporter& report) {
    constexpr std::uint64_t requestsMax = 1'000'000'000;
    const auto period = tier.period;
    if (tier.requests < 1 || tier.requests > requestsMax) {
        report.range("rate", "must be from 1 to " + std::to_string(requestsMax) + " requests");
    }
    if (period != 1s && period != 1min && period != 1h && period != 24h) {
        report.range("rate", "must be per second, minute, hour or day");
    }
    report.unlessWithin("burst", tier.burst, 1, requestsMax);
}

void check(const Surroundings& around, const Consumer& consumer, Reporter& report) {
    if (consumer.tier.empty()) {
        report.range("tier", "a consumer needs a tier");
    } else if (around.config.tiers.find(consumer.tier) == nullptr) {
        report.add(Problem::Kind::Reference, "tier", "there is no tier named " + quote(consumer.tier));
    }
    checkTexts(consumer.roles, "roles", report);
    for (const auto& [name, value] : consumer.attributes) {
        if (!isEntityName(name)) {
            report.range("attributes", quote(name) +
                                           " is not a name for an attribute: 1 to 64 letters, digits, "
                                           "\".\", \"_\" and \"-\"");
        } else if (value.size() > 1024 || !isCleanUtf8(value, false)) {
            report.range("attributes." + name,
                         "must be at most 1024 characters, none of them a control character");
        }
    }
    checkConsumerAccess(around, consumer, report);
}

void check(const Surroundings& around, const Service& service, Reporter& report) {
    checkService(service, report);
    if (service.tls) {
        checkServiceTls(around.config, service, report);
    }
    checkServicePolicies(around, service, report);
}

void check(const Surroundings& around, const IdentityProvider& provider, Reporter& report) {
    checkProvider(around.config, provider, report);
}

void check(const Surroundings& around, const Certificate& certificate, Reporter& report) {
    checkCertificate(around.config, certificate, report);
}

void check(const Surroundings& around, const Policy& policy, Reporter& report) {
    checkTransportRules(policy, report);
    checkPolicyAccess(around, policy, report);
}

void checkHosts(const Match& match, Reporter& report) {
    std::set<std::string_view> seen;
    for (std::size_t i = 0; i < match.hosts.size(); ++i) {
        const std::string& host = match.hosts[i];
        const std::string field = indexed("match.hosts", i);
        const std::string_view name = host.starts_with("*.") ? std::string_view(host).substr(2) : host;
        const bool literal = !host.starts_with("*.") && parseIpLiteral(host);
        if (lowerCase(host) != host) {
            report.range(field, "must be in lower case: " + quote(lowerCase(host)));
        } else if (!literal && !isHostName(name)) {
            report.range(field, quote(host) +
                                    " is not a host name; write api.example.com, or *.example.com for "
                                    "all below it, without a port");
        } else if (!seen.insert(host).second) {
            report.add(Problem::Kind::Duplicate, field, quote(host) + " is there twice");
        }
    }
}

void checkMethods(const Match& match, Reporter& report) {
    std::set<std::string_view> seen;
    for (std::size_t i = 0; i < match.methods.size(); ++i) {
        const std::string& method = match.methods[i];
        const std::string field = indexed("match.methods", i);
        const bool lower =
            std::any_of(method.begin(), method.end(), [](char c) { return c >= 'a' && c <= 'z'; });
        if (!isToken(method) || lower || method.size() > 32) {
            report.range(field, quote(method) + " is not a method; write it in upper case, such as GET");
        } else if (method == "CONNECT") {
            report.range(field, "CONNECT asks for a tunnel, which a route cannot give");
        } else if (!seen.insert(method).second) {
            report.add(Problem::Kind::Duplicate, field, quote(method) + " is there twice");
        }
    }
}

void checkConditions(const std::vector<NameValue>& conditions, bool headers, Reporter& report) {
    const std::string field = headers ? "match.headers" : "match.query";
    std::set<std::string> seen;
    for (const NameValue& condition : conditions) {
        const std::string at = field + "." + condition.name;
        if (headers ? !isToken(condition.name)
                    : condition.name.empty() || !isCleanUtf8(condition.name, false)) {
            report.range(field, quote(condition.name) + (headers ? " is not the name of a header field"
                                                                 : " is not the name of a query parameter"));
        } else if (condition.value.size() > 1024 || !isCleanUtf8(condition.value, false)) {
            report.range(at, "must be at most 1024 characters, none of them a control character");
        } else if (!seen.insert(headers ? lowerCase(condition.name) : condition.name).second) {
            report.add(Problem::Kind::Duplicate, at, quote(condition.name) + " is there twice");
        }
    }
    if (conditions.size() > 32) {
        report.range(field, "more than 32 conditions are not possible");
    }
}

void check(const Surroundings& around, const Route& route, Reporter& report) {
    checkHosts(route.match, report);
    const auto pattern = parsePathPattern(route.match.path);
    if (!pattern) {
        report.range("match.path", pattern.error());
    }
    checkMethods(route.match, report);
    checkConditions(route.match.headers, true, report);
    checkConditions(route.match.query, false, report);
    if (route.service.empty()) {
        report.range("action.service", "a route needs a service");
    } else if (around.config.services.find(route.service) == nullptr) {
        report.add(Problem::Kind::Reference, "action.service",
                   "there is no service named " + quote(route.service));
    }
    if (pattern && !route.rewrite.empty()) {
        std::string problem = rewriteProblem(route.rewrite, *pattern);
        if (!problem.empty()) {
            report.range("action.rewrite", std::move(problem));
        }
    }
    checkRouteAccess(around, route, pattern ? &*pattern : nullptr, report);
}

template<class T>
void checkWithName(const Surroundings& around, const T& item, EntityKind kind, Problems& problems) {
    Reporter report(problems, kind, item.name);
    checkName(item.name, report);
    check(around, item, report);
}

template<class T>
void checkAll(const Surroundings& around, const Collection<T>& items, Problems& problems) {
    for (const T& item : items) {
        checkEntity(around, item, problems);
    }
}

std::string addressKey(const Listener& listener) {
    const auto ip = parseIpLiteral(listener.host);
    std::string key = ip ? std::string(reinterpret_cast<const char*>(ip->data()), ip->size()) : listener.host;
    return key + ":" + std::to_string(listener.port);
}

void addSameAddress(const Listener& listener, const Listener& other, Problems& problems) {
    Reporter(problems, EntityKind::Listener, listener.name)
        .add(Problem::Kind::Duplicate, "address",
             "the listener " + quote(other.name) + " has the address " +
                 formatHostPort({other.host, other.port}) + " already");
}

template<class T>
bool isFormerSelf(const T& other, const T& entity) {
    return (entity.id && other.id == entity.id) || other.name == entity.name;
}

// One entity against the others of its kind.
void checkAmong(const Collection<Listener>& others, const Listener& listener, Problems& problems) {
    for (const Listener& other : others) {
        if (!isFormerSelf(other, listener) && listener.port != 0 &&
            addressKey(other) == addressKey(listener)) {
            addSameAddress(listener, other, problems);
        }
    }
}

void checkAmong(const Collection<Route>& others, const Route& route, Problems& problems) {
    const auto ranked = rankRoute(route);
    for (const Route& other : others) {
        // Most routes differ in what costs nothing to compare; only the rest is taken apart.
        if (!ranked || isFormerSelf(other, route) || !other.enabled || other.priority != route.priority ||
            pathKind(other.match.path) != pathKind(route.match.path)) {
            continue;
        }
        const auto otherRanked = rankRoute(other);
        if (otherRanked) {
            if (auto problem = overlapOf(*otherRanked, *ranked)) {
                problems.push_back(std::move(*problem));
            }
        }
        if (problems.size() >= overlapsMax) {
            return;
        }
    }
}

void checkAmong(const Collection<Consumer>& others, const Consumer& consumer, Problems& problems) {
    std::unordered_map<std::string, std::size_t> own;
    for (std::size_t i = 0; i < consumer.identities.size(); ++i) {
        own.emplace(identityKey(consumer.identities[i]), i);
    }
    for (const Consumer& other : own.empty() ? Collection<Consumer>() : others) {
        for (const ConsumerIdentity& identity : other.identities) {
            const auto same = own.find(identityKey(identity));
            if (same != own.end() && !isFormerSelf(other, consumer)) {
                addSameIdentity(consumer, same->second, other, problems);
            }
        }
    }
}

template<class T>
void checkAmong(const Collection<T>& /*others*/, const T& /*entity*/, Problems& /*problems*/) {}

template<class T>
Problems checkOne(const Config& config, const Collection<T>& others, EntityKind kind, const T& entity) {
    Problems problems;
    Reporter report(problems, kind, entity.name);
    checkName(entity.name, report);
    const T* namesake = others.find(entity.name);
    if (namesake != nullptr && namesake->id != entity.id) {
        report.add(Problem::Kind::Duplicate, "name",
                   std::string("there is another ") + kindName(kind) + " named " + quote(entity.name));
    }
    check(Surroundings(config), entity, report);
    checkAmong(others, entity, problems);
    return problems;
}

} // namespace

void checkEntity(const Surroundings& around, const Certificate& certificate, Problems& problems) {
    checkWithName(around, certificate, EntityKind::Certificate, problems);
}
void checkEntity(const Surroundings& around, const Listener& listener, Problems& problems) {
    checkWithName(around, listener, EntityKind::Listener, problems);
}
void checkEntity(const Surroundings& around, const Tier& tier, Problems& problems) {
    checkWithName(around, tier, EntityKind::Tier, problems);
}
void checkEntity(const Surroundings& around, const Consumer& consumer, Problems& problems) {
    checkWithName(around, consumer, EntityKind::Consumer, problems);
}
void checkEntity(const Surroundings& around, const IdentityProvider& provider, Problems& problems) {
    checkWithName(around, provider, EntityKind::IdentityProvider, problems);
}
void checkEntity(const Surroundings& around, const Service& service, Problems& problems) {
    checkWithName(around, service, EntityKind::Service, problems);
}
void checkEntity(const Surroundings& around, const Policy& policy, Problems& problems) {
    checkWithName(around, policy, EntityKind::Policy, problems);
}
void checkEntity(const Surroundings& around, const Route& route, Problems& problems) {
    checkWithName(around, route, EntityKind::Route, problems);
}

void checkAddressesDiffer(const Config& config, Problems& problems) {
    std::unordered_map<std::string, const Listener*> owners;
    for (const Listener& listener : config.listeners) {
        const auto [owner, fresh] = owners.emplace(addressKey(listener), &listener);
        // The system gives each listener on port 0 a port of its own.
        if (!fresh && listener.port != 0) {
            addSameAddress(listener, *owner->second, problems);
        }
    }
}

void checkIdentitiesDiffer(const Config& config, Problems& problems) {
    std::unordered_map<std::string, const Consumer*> owners;
    for (const Consumer& consumer : config.consumers) {
        for (std::size_t i = 0; i < consumer.identities.size(); ++i) {
            const auto [owner, fresh] = owners.emplace(identityKey(consumer.identities[i]), &consumer);
            if (!fresh && owner->second != &consumer) {
                addSameIdentity(consumer, i, *owner->second, problems);
            }
        }
    }
}

std::optional<RankedRoute> rankRoute(const Route& route) {
    if (!route.enabled) {
        return std::nullopt;
    }
    const auto pattern = parsePathPattern(route.match.path);
    if (!pattern) {
        return std::nullopt;
    }
    return RankedRoute{&route, pattern->signature(route.match.path), pattern->example()};
}

Problems validate(const Config& config) {
    Problems problems;
    const Surroundings around(config);
    checkAll(around, config.certificates, problems);
    checkAll(around, config.listeners, problems);
    checkAddressesDiffer(config, problems);
    checkAll(around, config.tiers, problems);
    checkAll(around, config.consumers, problems);
    checkIdentitiesDiffer(config, problems);
    checkAll(around, config.identityProviders, problems);
    checkAll(around, config.services, problems);
    checkAll(around, config.policies, problems);
    checkAll(around, config.routes, problems);
    std::vector<RankedRoute> ranked;
    ranked.reserve(config.routes.size());
    for (const Route& route : config.routes) {
        if (auto one = rankRoute(route)) {
            ranked.push_back(std::move(*one));
        }
    }
    Problems overlaps = findOverlaps(ranked);
    problems.insert(problems.end(), std::make_move_iterator(overlaps.begin()),
                    std::make_move_iterator(overlaps.end()));
    return problems;
}

Problems validateEntity(const Config& config, const Put& put) {
    struct Visitor {
        const Config& config;
        Problems operator()(const Certificate& certificate) const {
            return checkOne(config, config.certificates, EntityKind::Certificate, certificate);
        }
        Problems operator()(const Listener& listener) const {
            return checkOne(config, config.listeners, EntityKind::Listener, listener);
        }
        Problems operator()(const Tier& tier) const {
            return checkOne(config, config.tiers, EntityKind::Tier, tier);
        }
        Problems operator()(const Consumer& consumer) const {
            return checkOne(config, config.consumers, EntityKind::Consumer, consumer);
        }
        Problems operator()(const IdentityProvider& provider) const {
            return checkOne(config, config.identityProviders, EntityKind::IdentityProvider, provider);
        }
        Problems operator()(const Service& service) const {
            return checkOne(config, config.services, EntityKind::Service, service);
        }
        Problems operator()(const Policy& policy) const {
            return checkOne(config, config.policies, EntityKind::Policy, policy);
        }
        Problems operator()(const Route& route) const {
            return checkOne(config, config.routes, EntityKind::Route, route);
        }
    };
    return std::visit(Visitor{config}, put.entity);
}

} // namespace gateway::model
