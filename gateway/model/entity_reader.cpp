#include "gateway/model/entity_codec.h"
#include "gateway/model/read_node.h"
#include "gateway/model/scalars.h"
#include "gateway/model/service_words.h"

#include <algorithm>

namespace gateway::model {

const TextNode& member(const TextNode& node, std::string_view name) {
    static const TextNode nothing;
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

void read(const TextNode& node, std::chrono::seconds& value) {
    if (const auto duration = parseDuration(node.text)) {
        value = std::chrono::duration_cast<std::chrono::seconds>(*duration);
    }
}

void read(const TextNode& node, std::vector<std::string>& values) {
    for (const TextNode& item : node.items) {
        if (item.isText()) {
            values.push_back(item.text);
        }
    }
}

namespace {

void readPercent(const TextNode& node, std::uint32_t& value) {
    value = parsePercent(node.text).value_or(value);
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

void read(const TextNode& node, Listener::Tls& tls) {
    read(member(node, "certificates"), tls.certificates);
    tls.onlyTls13 = node.textOf("minimum") == "1.3";
    tls.clientCertificates =
        parseClientCertificates(node.textOf("client_certificates")).value_or(tls.clientCertificates);
    read(member(node, "client_authority"), tls.clientAuthority);
}

// Without a list all are spoken; HTTP/1.1 always is.
void readProtocols(const TextNode& node, Listener& listener) {
    if (node.items.empty()) {
        return;
    }
    const auto names = [&](std::string_view word) {
        return std::any_of(node.items.begin(), node.items.end(),
                           [&](const TextNode& item) { return item.text == word; });
    };
    listener.http2 = names("http2");
    listener.webSocket = names("websocket");
}

// Declared here, because readPart finds only what it has seen.
void read(const TextNode& node, HealthCheck& health);
void read(const TextNode& node, Outlier& outlier);
void read(const TextNode& node, Breaker& breaker);
void read(const TextNode& node, Service::Tls& tls);
void read(const TextNode& node, Hsts& hsts);
void read(const TextNode& node, HttpsRedirect& redirect);

// What is there is on, and be it with its defaults alone: `breaker: {}`.
template<class Part>
void readPart(const TextNode& node, std::optional<Part>& part) {
    if (node.kind == TextNode::Kind::Map) {
        part = Part{}; // clang 14 cannot emplace() an aggregate
        read(node, *part);
    }
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
    readInteger(member(limits, "streams"), listener.limits.streamsMax);
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
    readProtocols(member(node, "protocols"), listener);
    readPart(member(node, "tls"), listener.tls);
    read(member(node, "proxy_protocol"), listener.proxyProtocol);
    read(member(node, "trusted_proxies"), listener.trustedProxies);
    read(member(node, "policies"), listener.policies);
    read(member(node, "keys_path"), listener.keysPath);
    read(member(node, "metadata"), listener.metadata);
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
    for (const TextNode& item : member(node, "identities").items) {
        read(item, consumer.identities.emplace_back());
    }
    readPart(member(node, "limit"), consumer.rate);
    read(member(node, "owner"), consumer.owner);
    read(member(node, "routes"), consumer.routes);
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
    if (const TextNode* grpc = node.find("grpc")) {
        health.grpc = true;
        read(*grpc, health.grpcService);
    }
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

void read(const TextNode& node, Service::Tls& tls) {
    read(member(node, "verify"), tls.verify);
    read(member(node, "server_name"), tls.serverName);
    read(member(node, "authority"), tls.authority);
    read(member(node, "certificate"), tls.certificate);
}

Service readService(const TextNode& node) {
    Service service;
    read(member(node, "name"), service.name);
    service.protocol = parseProtocol(node.textOf("protocol")).value_or(service.protocol);
    readPart(member(node, "tls"), service.tls);
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
    read(member(timeouts, "stream_idle"), service.timeouts.streamIdle);
    read(member(timeouts, "stream_lifetime"), service.timeouts.streamLifetime);
    read(member(node, "retries"), service.retries);
    read(member(node, "policies"), service.policies);
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
        Certificate::Acme& from = *(certificate.acme = Certificate::Acme{});
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

void read(const TextNode& node, Hsts& hsts) {
    read(member(node, "max_age"), hsts.maxAge);
    read(member(node, "include_subdomains"), hsts.includeSubdomains);
    read(member(node, "preload"), hsts.preload);
}

void read(const TextNode& node, HttpsRedirect& redirect) {
    readInteger(member(node, "port"), redirect.port);
}

Policy readPolicy(const TextNode& node) {
    Policy policy;
    read(member(node, "name"), policy.name);
    if (const TextNode* authenticate = node.find("authenticate")) {
        read(*authenticate, *(policy.authenticate = Authenticate{}));
    }
    readPart(member(node, "authorize"), policy.authorize);
    readPart(member(node, "identity"), policy.identity);
    readPart(member(node, "hsts"), policy.hsts);
    readPart(member(node, "https_redirect"), policy.httpsRedirect);
    read(member(node, "everywhere"), policy.everywhere);
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
    read(member(node, "stream"), route.stream);
    read(member(node, "authorize"), route.authorize);
    read(member(node, "waives"), route.waives);
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
    case EntityKind::IdentityProvider:
        return identityProviderShape;
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
    case EntityKind::IdentityProvider: {
        IdentityProvider provider;
        read(node, provider);
        return Put{std::move(provider)};
    }
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
    read(member(node, "addresses"), key.addresses);
    bool disabled = false;
    read(member(node, "disabled"), disabled);
    key.state = disabled ? KeyState::Disabled : KeyState::Active;
    return key;
}

} // namespace gateway::model
