#include "gateway/model/validate.h"

#include "gateway/base/ip_literal.h"
#include "gateway/model/document.h"
#include "gateway/model/names.h"
#include "gateway/model/overlap.h"
#include "gateway/model/path_pattern.h"
#include "gateway/model/scalars.h"

#include <algorithm>
#include <set>
#include <unordered_map>

namespace gateway::model {
namespace {

using std::chrono::milliseconds;
using namespace std::chrono_literals;

std::string quote(std::string_view text) {
    return "\"" + std::string(text) + "\"";
}

/// Adds problems of one entity.
class Reporter {
public:
    Reporter(Problems& problems, EntityKind kind, std::string_view name)
        : m_problems(problems)
        , m_entity(std::string(kindPlural(kind)) + "[" + std::string(name) + "]") {}

    void add(Problem::Kind kind, const std::string& field, std::string message) {
        m_problems.push_back(
            Problem{kind, field.empty() ? m_entity : m_entity + "." + field, std::move(message), 0, 0});
    }
    void range(const std::string& field, std::string message) {
        add(Problem::Kind::Range, field, std::move(message));
    }
    void unlessWithin(const std::string& field, std::uint64_t value, std::uint64_t least,
                      std::uint64_t most) {
        if (value < least || value > most) {
            range(field, "must be from " + std::to_string(least) + " to " + std::to_string(most));
        }
    }
    void unlessSizeWithin(const std::string& field, std::uint64_t value, std::uint64_t least,
                          std::uint64_t most) {
        if (value < least || value > most) {
            range(field, "must be from " + formatSize(least) + " to " + formatSize(most));
        }
    }
    void unlessWithin(const std::string& field, milliseconds value) {
        if (value < 1ms || value > 1h) {
            range(field, "must be from 1ms to 1h");
        }
    }

private:
    Problems& m_problems;
    std::string m_entity;
};

void checkName(std::string_view name, Reporter& report) {
    if (!isEntityName(name)) {
        report.range("name", "a name is 1 to 64 characters: letters, digits, \".\", \"_\" and \"-\"");
    }
}

std::string indexed(const std::string& field, std::size_t index) {
    return field + "[" + std::to_string(index) + "]";
}

void checkTexts(const std::vector<std::string>& texts, const std::string& field, Reporter& report) {
    std::set<std::string_view> seen;
    for (std::size_t i = 0; i < texts.size(); ++i) {
        if (texts[i].empty() || texts[i].size() > 256 || !isCleanUtf8(texts[i], false)) {
            report.range(indexed(field, i), "must be 1 to 256 characters, none of them a control character");
        } else if (!seen.insert(texts[i]).second) {
            report.add(Problem::Kind::Duplicate, indexed(field, i), quote(texts[i]) + " is there twice");
        }
    }
}

void check(const Config& /*config*/, const Listener& listener, Reporter& report) {
    if (!parseIpLiteral(listener.host)) {
        report.range("address", quote(listener.host) +
                                    " is not an IP address; a listener needs one, such as 127.0.0.1, 0.0.0.0 "
                                    "(all of IPv4) or :: (all)");
    }
    report.unlessSizeWithin("limits.header_bytes", listener.limits.headBytesMax, 256, 1024 * 1024);
    report.unlessWithin("limits.headers", listener.limits.headersMax, 1, 1000);
    report.unlessSizeWithin("limits.body", listener.limits.bodyBytesMax, 0, 1ULL << 40U);
    report.unlessWithin("timeouts.header", listener.timeouts.header);
    report.unlessWithin("timeouts.body", listener.timeouts.body);
    report.unlessWithin("timeouts.idle", listener.timeouts.idle);
    if (!isToken(listener.keyHeader) || listener.keyHeader.size() > 64) {
        report.range("api_key.header", "must be the name of a header field, such as X-API-Key");
    }
    if (!listener.keyQuery.empty() && !isEntityName(listener.keyQuery)) {
        report.range("api_key.query",
                     "must be the name of a query parameter: letters, digits, \".\", \"_\" and \"-\"");
    }
}

void check(const Config& /*config*/, const Tier& tier, Reporter& report) {
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

void check(const Config& config, const Consumer& consumer, Reporter& report) {
    if (consumer.tier.empty()) {
        report.range("tier", "a consumer needs a tier");
    } else if (config.tiers.find(consumer.tier) == nullptr) {
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
}

void check(const Config& /*config*/, const Service& service, Reporter& report) {
    if (service.targets.empty()) {
        report.range("targets", "a service needs at least one target");
    }
    std::set<std::pair<std::string, std::uint16_t>> seen;
    for (std::size_t i = 0; i < service.targets.size(); ++i) {
        const Target& target = service.targets[i];
        const std::string field = indexed("targets", i);
        if (!parseIpLiteral(target.host) && !isHostName(target.host)) {
            report.range(field, quote(target.host) + " is neither an IP address nor a host name");
        }
        if (target.port == 0) {
            report.range(field, "the port must be from 1 to 65535");
        }
        report.unlessWithin(field + ".weight", target.weight, 1, 1000);
        if (!seen.emplace(lowerCase(target.host), target.port).second) {
            report.add(Problem::Kind::Duplicate, field,
                       "the target " + formatHostPort({target.host, target.port}) + " is there twice");
        }
    }
    report.unlessWithin("timeouts.connect", service.timeouts.connect);
    report.unlessWithin("timeouts.response", service.timeouts.response);
    report.unlessWithin("timeouts.idle", service.timeouts.idle);
}

void check(const Config& /*config*/, const Policy& policy, Reporter& report) {
    if (!policy.authenticateApiKey) {
        report.range("", "a policy without a rule does nothing; give it one, such as authenticate: api-key");
    }
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

void check(const Config& config, const Route& route, Reporter& report) {
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
    } else if (config.services.find(route.service) == nullptr) {
        report.add(Problem::Kind::Reference, "action.service",
                   "there is no service named " + quote(route.service));
    }
    if (pattern && !route.rewrite.empty()) {
        std::string problem = rewriteProblem(route.rewrite, *pattern);
        if (!problem.empty()) {
            report.range("action.rewrite", std::move(problem));
        }
    }
    std::set<std::string_view> seen;
    for (std::size_t i = 0; i < route.policies.size(); ++i) {
        const std::string& policy = route.policies[i];
        if (config.policies.find(policy) == nullptr) {
            report.add(Problem::Kind::Reference, indexed("policies", i),
                       "there is no policy named " + quote(policy));
        } else if (!seen.insert(policy).second) {
            report.add(Problem::Kind::Duplicate, indexed("policies", i), quote(policy) + " is there twice");
        }
    }
    checkTexts(route.roles, "authorize.roles", report);
    const bool authenticates =
        std::any_of(route.policies.begin(), route.policies.end(), [&](const std::string& name) {
            const Policy* policy = config.policies.find(name);
            return policy != nullptr && policy->authenticateApiKey;
        });
    if (!route.roles.empty() && !authenticates) {
        report.range("authorize.roles", "only known callers have roles: add a policy that authenticates");
    }
}

template<class T>
void checkAll(const Config& config, const Collection<T>& items, EntityKind kind, Problems& problems) {
    for (const T& item : items) {
        Reporter report(problems, kind, item.name);
        checkName(item.name, report);
        check(config, item, report);
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

std::optional<RankedRoute> rank(const Route& route) {
    if (!route.enabled) {
        return std::nullopt;
    }
    const auto pattern = parsePathPattern(route.match.path);
    if (!pattern) {
        return std::nullopt;
    }
    return RankedRoute{&route, pattern->signature(route.match.path), pattern->example()};
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
    const auto ranked = rank(route);
    for (const Route& other : others) {
        // Most routes differ in what costs nothing to compare; only the rest is taken apart.
        if (!ranked || isFormerSelf(other, route) || !other.enabled || other.priority != route.priority ||
            pathKind(other.match.path) != pathKind(route.match.path)) {
            continue;
        }
        const auto otherRanked = rank(other);
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
    check(config, entity, report);
    checkAmong(others, entity, problems);
    return problems;
}

} // namespace

Problems validate(const Config& config) {
    Problems problems;
    checkAll(config, config.listeners, EntityKind::Listener, problems);
    checkAddressesDiffer(config, problems);
    checkAll(config, config.tiers, EntityKind::Tier, problems);
    checkAll(config, config.consumers, EntityKind::Consumer, problems);
    checkAll(config, config.services, EntityKind::Service, problems);
    checkAll(config, config.policies, EntityKind::Policy, problems);
    checkAll(config, config.routes, EntityKind::Route, problems);
    std::vector<RankedRoute> ranked;
    ranked.reserve(config.routes.size());
    for (const Route& route : config.routes) {
        if (auto one = rank(route)) {
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
        Problems operator()(const Listener& listener) const {
            return checkOne(config, config.listeners, EntityKind::Listener, listener);
        }
        Problems operator()(const Tier& tier) const {
            return checkOne(config, config.tiers, EntityKind::Tier, tier);
        }
        Problems operator()(const Consumer& consumer) const {
            return checkOne(config, config.consumers, EntityKind::Consumer, consumer);
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
