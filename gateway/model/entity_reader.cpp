#include "gateway/model/entity_codec.h"
#include "gateway/model/scalars.h"
#include "gateway/model/service_words.h"

#include <algorithm>

namespace gateway::model {
namespace {

const TextNode nothing;

const TextNode& member(const TextNode& node, std::string_view name) {
    const TextNode* found = node.find(name);
    return found != nullptr ? *found : nothing;
}

void read(const TextNode& node, std::string& value) {
    if (node.isText()) {
        value = node.text;
    }
}

void read(const TextNode& node, bool& value) {
    if (node.isBoolean()) {
        value = node.text == "true";
    }
}

void read(const TextNode& node, std::chrono::milliseconds& value) {
    value = parseDuration(node.text).value_or(value);
}

void read(const TextNode& node, std::vector<std::string>& values) {
    for (const TextNode& item : node.items) {
        if (item.isText()) {
            values.push_back(item.text);
        }
    }
}

void readPercent(const TextNode& node, std::uint32_t& value) {
    value = parsePercent(node.text).value_or(value);
}

template<class Integer>
void readInteger(const TextNode& node, Integer& value) {
    const auto number = parseSigned(node.text);
    if (number && *number >= static_cast<std::int64_t>(std::numeric_limits<Integer>::min()) &&
        static_cast<std::uint64_t>(std::max<std::int64_t>(*number, 0)) <=
            static_cast<std::uint64_t>(std::numeric_limits<Integer>::max())) {
        value = static_cast<Integer>(*number);
    }
}

// Conditions have no order, so they get the one of their names.
void read(const TextNode& node, std::vector<NameValue>& values) {
    for (const TextNode::Member& entry : node.members) {
        if (entry.value.isText()) {
            values.push_back(NameValue{entry.name, entry.value.text});
        }
    }
    std::sort(values.begin(), values.end(),
              [](const NameValue& a, const NameValue& b) { return a.name < b.name; });
}

Listener readListener(const TextNode& node) {
    Listener listener;
    read(member(node, "name"), listener.name);
    if (const auto address = parseHostPort(node.textOf("address"))) {
        listener.host = address->host;
        listener.port = address->port;
    }
    const TextNode& limits = member(node, "limits");
    listener.limits.headBytesMax = static_cast<std::uint32_t>(
        parseSize(limits.textOf("header_bytes")).value_or(listener.limits.headBytesMax));
    readInteger(member(limits, "headers"), listener.limits.headersMax);
    listener.limits.bodyBytesMax = parseSize(limits.textOf("body")).value_or(listener.limits.bodyBytesMax);
    readInteger(member(limits, "connections_per_peer"), listener.limits.connectionsPerPeer);
    const TextNode& timeouts = member(node, "timeouts");
    read(member(timeouts, "header"), listener.timeouts.header);
    read(member(timeouts, "body"), listener.timeouts.body);
    read(member(timeouts, "idle"), listener.timeouts.idle);
    listener.timeouts.bodyMinRate =
        parseSizeRate(timeouts.textOf("body_min_rate")).value_or(listener.timeouts.bodyMinRate);
    read(member(timeouts, "write"), listener.timeouts.write);
    const TextNode& apiKey = member(node, "api_key");
    read(member(apiKey, "header"), listener.keyHeader);
    read(member(apiKey, "query"), listener.keyQuery);
    return listener;
}

Tier readTier(const TextNode& node) {
    Tier tier;
    read(member(node, "name"), tier.name);
    if (const auto rate = parseRate(node.textOf("rate"))) {
        tier.requests = rate->requests;
        tier.period = rate->period;
    }
    readInteger(member(node, "burst"), tier.burst);
    return tier;
}

Consumer readConsumer(const TextNode& node) {
    Consumer consumer;
    read(member(node, "name"), consumer.name);
    const std::string_view kind = node.textOf("kind");
    consumer.kind = kind == "user"    ? ConsumerKind::User
                    : kind == "agent" ? ConsumerKind::Agent
                                      : ConsumerKind::App;
    read(member(node, "tier"), consumer.tier);
    read(member(node, "roles"), consumer.roles);
    for (const TextNode::Member& attribute : member(node, "attributes").members) {
        if (attribute.value.isText()) {
            consumer.attributes.emplace(attribute.name, attribute.value.text);
        }
    }
    return consumer;
}

void readTargets(const TextNode& list, std::vector<Target>& targets) {
    for (const TextNode& item : list.items) {
        const auto address = parseHostPort(item.kind == TextNode::Kind::Map ? item.textOf("address")
                                                                            : std::string_view(item.text));
        if (address) {
            Target target{address->host, address->port};
            readInteger(member(item, "weight"), target.weight);
            read(member(item, "drain"), target.drain);
            targets.push_back(std::move(target));
        }
    }
}

HashOn readHashOn(const TextNode& node) {
    if (const TextNode* header = node.find("header")) {
        return {HashOn::Source::Header, header->text};
    }
    if (const TextNode* cookie = node.find("cookie")) {
        return {HashOn::Source::Cookie, cookie->text};
    }
    return {node.text == "consumer" ? HashOn::Source::Consumer : HashOn::Source::Address, {}};
}

void read(const TextNode& node, HealthCheck& health) {
    read(member(node, "path"), health.path);
    read(member(node, "interval"), health.interval);
    read(member(node, "timeout"), health.timeout);
    readInteger(member(node, "unhealthy_after"), health.unhealthyAfter);
    readInteger(member(node, "healthy_after"), health.healthyAfter);
}

void read(const TextNode& node, Outlier& outlier) {
    readInteger(member(node, "consecutive_errors"), outlier.consecutiveErrors);
    read(member(node, "eject"), outlier.eject);
    readPercent(member(node, "at_most"), outlier.atMostPercent);
}

void read(const TextNode& node, Breaker& breaker) {
    readPercent(member(node, "error_ratio"), breaker.errorRatioPercent);
    readInteger(member(node, "samples"), breaker.samples);
    read(member(node, "open"), breaker.open);
    read(member(node, "recover"), breaker.recover);
}

// What is there is on, and be it with its defaults alone: `breaker: {}`.
template<class Part>
void readPart(const TextNode& node, std::optional<Part>& part) {
    if (node.kind == TextNode::Kind::Map) {
        read(node, part.emplace());
    }
}

void read(const TextNode& node, Retries& retries) {
    readInteger(member(node, "attempts"), retries.attempts);
    readPercent(member(node, "budget"), retries.budgetPercent);
    if (const TextNode* on = node.find("on")) {
        retries = withoutReasons(std::move(retries));
        for (const TextNode& reason : on->items) {
            addRetryReason(retries, reason.text);
        }
    }
}

Service readService(const TextNode& node) {
    Service service;
    read(member(node, "name"), service.name);
    readTargets(member(node, "targets"), service.targets);
    service.balance = parseBalance(node.textOf("balance")).value_or(service.balance);
    service.hashOn = readHashOn(member(node, "hash_on"));
    read(member(node, "slow_start"), service.slowStart);
    readInteger(member(node, "concurrency"), service.concurrency);
    readPart(member(node, "health"), service.health);
    readPart(member(node, "outlier"), service.outlier);
    readPart(member(node, "breaker"), service.breaker);
    const TextNode& timeouts = member(node, "timeouts");
    read(member(timeouts, "connect"), service.timeouts.connect);
    read(member(timeouts, "response"), service.timeouts.response);
    read(member(timeouts, "idle"), service.timeouts.idle);
    read(member(timeouts, "attempt"), service.timeouts.attempt);
    read(member(timeouts, "request"), service.timeouts.request);
    read(member(node, "retries"), service.retries);
    return service;
}

Certificate readCertificate(const TextNode& node) {
    Certificate certificate;
    read(member(node, "name"), certificate.name);
    if (node.textOf("use") == "authority") {
        certificate.use = Certificate::Use::Authority;
    }
    read(member(node, "chain"), certificate.chain);
    read(member(node, "revocations"), certificate.revocations);
    if (const TextNode& acme = member(node, "acme"); acme.kind == TextNode::Kind::Map) {
        Certificate::Acme& from = certificate.acme.emplace();
        read(member(acme, "directory"), from.directory);
        read(member(acme, "directory_authority"), from.directoryAuthority);
        read(member(acme, "domains"), from.domains);
        read(member(acme, "contact"), from.contact);
        if (acme.textOf("challenge") == "tls-alpn-01") {
            from.challenge = Certificate::Challenge::TlsAlpn01;
        }
    }
    return certificate;
}

Policy readPolicy(const TextNode& node) {
    Policy policy;
    read(member(node, "name"), policy.name);
    const TextNode& rule = member(node, "authenticate");
    const TextNode& anyOf = member(rule, "any_of");
    policy.authenticateApiKey =
        rule.text == "api-key" || std::any_of(anyOf.items.begin(), anyOf.items.end(),
                                              [](const TextNode& way) { return way.text == "api-key"; });
    return policy;
}

Route readRoute(const TextNode& node) {
    Route route;
    read(member(node, "name"), route.name);
    read(member(node, "enabled"), route.enabled);
    readInteger(member(node, "priority"), route.priority);
    const TextNode& match = member(node, "match");
    read(member(match, "hosts"), route.match.hosts);
    read(member(match, "path"), route.match.path);
    read(member(match, "methods"), route.match.methods);
    read(member(match, "headers"), route.match.headers);
    read(member(match, "query"), route.match.query);
    const TextNode& action = member(node, "action");
    read(member(action, "service"), route.service);
    read(member(action, "rewrite"), route.rewrite);
    read(member(node, "policies"), route.policies);
    read(member(member(node, "authorize"), "roles"), route.roles);
    return route;
}

} // namespace

const Shape& entityShape(EntityKind kind) {
    switch (kind) {
    case EntityKind::Certificate:
        return certificateShape;
    case EntityKind::Listener:
        return listenerShape;
    case EntityKind::Tier:
        return tierShape;
    case EntityKind::Consumer:
        return consumerShape;
    case EntityKind::Service:
        return serviceShape;
    case EntityKind::Policy:
        return policyShape;
    case EntityKind::Route:
        break;
    }
    return routeShape;
}

Put entityFromNode(EntityKind kind, const TextNode& node) {
    switch (kind) {
    case EntityKind::Certificate:
        return Put{readCertificate(node)};
    case EntityKind::Listener:
        return Put{readListener(node)};
    case EntityKind::Tier:
        return Put{readTier(node)};
    case EntityKind::Consumer:
        return Put{readConsumer(node)};
    case EntityKind::Service:
        return Put{readService(node)};
    case EntityKind::Policy:
        return Put{readPolicy(node)};
    case EntityKind::Route:
        break;
    }
    return Put{readRoute(node)};
}

ApiKey keyFromNode(const TextNode& node) {
    ApiKey key;
    read(member(node, "name"), key.name);
    read(member(node, "prefix"), key.prefix);
    const std::string_view hash = node.textOf("hash");
    key.hash = sha256FromHex(hash.substr(std::min<std::size_t>(hash.size(), 7))).value_or(Sha256{});
    read(member(node, "scopes"), key.scopes);
    key.expires = parseTime(node.textOf("expires"));
    bool disabled = false;
    read(member(node, "disabled"), disabled);
    key.state = disabled ? KeyState::Disabled : KeyState::Active;
    return key;
}

} // namespace gateway::model
