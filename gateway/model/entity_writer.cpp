#include "gateway/model/entity_codec.h"
#include "gateway/model/scalars.h"
#include "gateway/model/service_words.h"
#include "gateway/model/write_tree.h"

namespace gateway::model {
namespace {

void setPercent(Tree& tree, const char* name, std::uint32_t value, std::uint32_t usual) {
    if (value != usual) {
        tree[name] = formatPercent(value);
    }
}

void setConditions(Tree& tree, const char* name, const std::vector<NameValue>& values) {
    for (const NameValue& condition : values) {
        tree[name][condition.name] = condition.value;
    }
}

Tree write(const Listener::Tls& tls) {
    Tree tree{{"certificates", tls.certificates}};
    if (tls.onlyTls13) {
        tree["minimum"] = "1.3";
    }
    if (tls.clientCertificates != Listener::ClientCertificates::Off) {
        tree["client_certificates"] = clientCertificatesWord(tls.clientCertificates);
    }
    setUnlessEmpty(tree, "client_authority", tls.clientAuthority);
    return tree;
}

Tree write(const Listener& listener) {
    const Listener usual;
    Tree tree{{"name", listener.name}, {"address", formatHostPort({listener.host, listener.port})}};
    Tree limits;
    setSize(limits, "header_bytes", listener.limits.headBytesMax, usual.limits.headBytesMax);
    setUnless(limits, "headers", listener.limits.headersMax, usual.limits.headersMax);
    setSize(limits, "body", listener.limits.bodyBytesMax, usual.limits.bodyBytesMax);
    setUnless(limits, "connections_per_peer", listener.limits.connectionsPerPeer,
              usual.limits.connectionsPerPeer);
    setUnless(limits, "streams", listener.limits.streamsMax, usual.limits.streamsMax);
    setUnlessEmpty(tree, "limits", limits);
    Tree timeouts;
    setDuration(timeouts, "header", listener.timeouts.header, usual.timeouts.header);
    setDuration(timeouts, "body", listener.timeouts.body, usual.timeouts.body);
    setDuration(timeouts, "idle", listener.timeouts.idle, usual.timeouts.idle);
    if (listener.timeouts.bodyMinRate != usual.timeouts.bodyMinRate) {
        timeouts["body_min_rate"] = formatSizeRate(listener.timeouts.bodyMinRate);
    }
    setDuration(timeouts, "write", listener.timeouts.write, usual.timeouts.write);
    setUnlessEmpty(tree, "timeouts", timeouts);
    Tree apiKey;
    setUnless(apiKey, "header", listener.keyHeader, usual.keyHeader);
    setUnlessEmpty(apiKey, "query", listener.keyQuery);
    setUnlessEmpty(tree, "api_key", apiKey);
    if (!listener.http2 || !listener.webSocket) {
        tree["protocols"] = Tree::array({"http1"});
        if (listener.http2) {
            tree["protocols"].push_back("http2");
        }
        if (listener.webSocket) {
            tree["protocols"].push_back("websocket");
        }
    }
    if (listener.tls) {
        tree["tls"] = write(*listener.tls);
    }
    setUnless(tree, "proxy_protocol", listener.proxyProtocol, false);
    setUnlessEmpty(tree, "trusted_proxies", listener.trustedProxies);
    setUnlessEmpty(tree, "policies", listener.policies);
    setUnlessEmpty(tree, "keys_path", listener.keysPath);
    setUnless(tree, "metadata", listener.metadata, true);
    return tree;
}

Tree write(const Certificate& certificate) {
    Tree tree{{"name", certificate.name}};
    if (certificate.use == Certificate::Use::Authority) {
        tree["use"] = "authority";
    }
    setUnlessEmpty(tree, "chain", certificate.chain);
    setUnlessEmpty(tree, "revocations", certificate.revocations);
    if (certificate.acme) {
        Tree acme{{"directory", certificate.acme->directory}};
        setUnlessEmpty(acme, "directory_authority", certificate.acme->directoryAuthority);
        acme["domains"] = certificate.acme->domains;
        setUnlessEmpty(acme, "contact", certificate.acme->contact);
        if (certificate.acme->challenge == Certificate::Challenge::TlsAlpn01) {
            acme["challenge"] = "tls-alpn-01";
        }
        tree["acme"] = std::move(acme);
    }
    return tree;
}

Tree write(const Tier& tier) {
    return Tree{
        {"name", tier.name}, {"rate", formatRate({tier.requests, tier.period})}, {"burst", tier.burst}};
}

Tree write(const Consumer& consumer) {
    Tree tree{{"name", consumer.name}};
    if (consumer.kind != ConsumerKind::App) {
        tree["kind"] = consumer.kind == ConsumerKind::User ? "user" : "agent";
    }
    tree["tier"] = consumer.tier;
    setUnlessEmpty(tree, "roles", consumer.roles);
    setUnlessEmpty(tree, "attributes", consumer.attributes);
    for (const ConsumerIdentity& identity : consumer.identities) {
        tree["identities"].push_back(write(identity));
    }
    if (consumer.rate) {
        tree["limit"] = write(*consumer.rate);
    }
    setUnlessEmpty(tree, "owner", consumer.owner);
    setUnlessEmpty(tree, "routes", consumer.routes);
    return tree;
}

Tree write(const Target& target) {
    Tree tree{{"address", addressOf(target)}};
    setUnless(tree, "weight", target.weight, 1U);
    setUnless(tree, "drain", target.drain, false);
    return tree.size() == 1 ? tree["address"] : tree;
}

Tree write(const HashOn& hashOn) {
    switch (hashOn.source) {
    case HashOn::Source::Address:
        return "address";
    case HashOn::Source::Consumer:
        return "consumer";
    case HashOn::Source::Header:
        return Tree{{"header", hashOn.name}};
    case HashOn::Source::Cookie:
        break;
    }
    return Tree{{"cookie", hashOn.name}};
}

Tree write(const HealthCheck& health) {
    const HealthCheck usual;
    Tree tree = health.grpc ? Tree{{"grpc", health.grpcService}} : Tree{{"path", health.path}};
    setDuration(tree, "interval", health.interval, usual.interval);
    setDuration(tree, "timeout", health.timeout, usual.timeout);
    setUnless(tree, "unhealthy_after", health.unhealthyAfter, usual.unhealthyAfter);
    setUnless(tree, "healthy_after", health.healthyAfter, usual.healthyAfter);
    return tree;
}

Tree write(const Outlier& outlier) {
    const Outlier usual;
    Tree tree = Tree::object();
    setUnless(tree, "consecutive_errors", outlier.consecutiveErrors, usual.consecutiveErrors);
    setDuration(tree, "eject", outlier.eject, usual.eject);
    setPercent(tree, "at_most", outlier.atMostPercent, usual.atMostPercent);
    return tree;
}

Tree write(const Breaker& breaker) {
    const Breaker usual;
    Tree tree = Tree::object();
    setPercent(tree, "error_ratio", breaker.errorRatioPercent, usual.errorRatioPercent);
    setUnless(tree, "samples", breaker.samples, usual.samples);
    setDuration(tree, "open", breaker.open, usual.open);
    setDuration(tree, "recover", breaker.recover, usual.recover);
    return tree;
}

Tree write(const Service::Timeouts& timeouts) {
    const Service::Timeouts usual;
    Tree tree;
    setDuration(tree, "connect", timeouts.connect, usual.connect);
    setDuration(tree, "response", timeouts.response, usual.response);
    setDuration(tree, "idle", timeouts.idle, usual.idle);
    setDuration(tree, "attempt", timeouts.attempt, usual.attempt);
    setDuration(tree, "request", timeouts.request, usual.request);
    setDuration(tree, "stream_idle", timeouts.streamIdle, usual.streamIdle);
    setDuration(tree, "stream_lifetime", timeouts.streamLifetime, usual.streamLifetime);
    return tree;
}

Tree write(const Retries& retries) {
    const Retries usual;
    Tree tree;
    setUnless(tree, "attempts", retries.attempts, usual.attempts);
    setUnless(tree, "on", retryReasons(retries), retryReasons(usual));
    setPercent(tree, "budget", retries.budgetPercent, usual.budgetPercent);
    return tree;
}

Tree write(const Service::Tls& tls) {
    Tree tree = Tree::object();
    setUnless(tree, "verify", tls.verify, true);
    setUnlessEmpty(tree, "server_name", tls.serverName);
    setUnlessEmpty(tree, "authority", tls.authority);
    setUnlessEmpty(tree, "certificate", tls.certificate);
    return tree;
}

// A part that is there is on, and be it with its defaults alone: `breaker: {}`.
template<class Part>
void setPart(Tree& tree, const char* name, const std::optional<Part>& part) {
    if (part) {
        tree[name] = write(*part);
    }
}

Tree write(const Service& service) {
    const Service usual;
    Tree tree{{"name", service.name}};
    if (service.protocol != usual.protocol) {
        tree["protocol"] = protocolWord(service.protocol);
    }
    setPart(tree, "tls", service.tls);
    tree["targets"] = Tree::array();
    for (const Target& target : service.targets) {
        tree["targets"].push_back(write(target));
    }
    if (service.balance != usual.balance) {
        tree["balance"] = balanceWord(service.balance);
    }
    if (service.hashOn != usual.hashOn) {
        tree["hash_on"] = write(service.hashOn);
    }
    setDuration(tree, "slow_start", service.slowStart, usual.slowStart);
    setUnless(tree, "concurrency", service.concurrency, usual.concurrency);
    setPart(tree, "health", service.health);
    setPart(tree, "outlier", service.outlier);
    setPart(tree, "breaker", service.breaker);
    setUnlessEmpty(tree, "timeouts", write(service.timeouts));
    setUnlessEmpty(tree, "retries", write(service.retries));
    setUnlessEmpty(tree, "policies", service.policies);
    return tree;
}

Tree write(const Policy& policy) {
    Tree tree{{"name", policy.name}};
    setPart(tree, "authenticate", policy.authenticate);
    setPart(tree, "authorize", policy.authorize);
    setPart(tree, "identity", policy.identity);
    if (policy.hsts) {
        const Hsts usual;
        Tree hsts = Tree::object();
        setDuration(hsts, "max_age", policy.hsts->maxAge, usual.maxAge);
        setUnless(hsts, "include_subdomains", policy.hsts->includeSubdomains, false);
        setUnless(hsts, "preload", policy.hsts->preload, false);
        tree["hsts"] = std::move(hsts);
    }
    if (policy.httpsRedirect) {
        Tree redirect = Tree::object();
        setUnless(redirect, "port", policy.httpsRedirect->port, HttpsRedirect{}.port);
        tree["https_redirect"] = std::move(redirect);
    }
    setUnless(tree, "everywhere", policy.everywhere, false);
    return tree;
}

Tree write(const Route& route) {
    Tree tree{{"name", route.name}};
    setUnless(tree, "enabled", route.enabled, true);
    setUnless(tree, "priority", route.priority, 0);
    Tree match;
    setUnlessEmpty(match, "hosts", route.match.hosts);
    match["path"] = route.match.path;
    setUnlessEmpty(match, "methods", route.match.methods);
    setConditions(match, "headers", route.match.headers);
    setConditions(match, "query", route.match.query);
    tree["match"] = std::move(match);
    tree["action"]["service"] = route.service;
    setUnlessEmpty(tree["action"], "rewrite", route.rewrite);
    setUnlessEmpty(tree, "policies", route.policies);
    setUnless(tree, "stream", route.stream, false);
    setUnlessEmpty(tree, "authorize", write(route.authorize));
    setUnlessEmpty(tree, "waives", route.waives);
    return tree;
}

} // namespace

Tree entityToTree(const Put& put) {
    return std::visit([](const auto& entity) { return write(entity); }, put.entity);
}

Tree keyToTree(const ApiKey& key) {
    Tree tree{{"name", key.name}};
    setUnlessEmpty(tree, "prefix", key.prefix);
    tree["hash"] = "sha256:" + toHex(key.hash);
    if (key.expires) {
        tree["expires"] = formatTime(*key.expires);
    }
    setUnlessEmpty(tree, "scopes", key.scopes);
    setUnlessEmpty(tree, "addresses", key.addresses);
    setUnless(tree, "disabled", key.state == KeyState::Disabled, false);
    return tree;
}

} // namespace gateway::model
