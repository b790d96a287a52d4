#include "gateway/model/entity_codec.h"
#include "gateway/model/scalars.h"

#include <nlohmann/json.hpp>

namespace gateway::model {
namespace {

using Tree = nlohmann::ordered_json;

template<class Value>
void setUnless(Tree& tree, const char* name, const Value& value, const Value& usual) {
    if (value != usual) {
        tree[name] = value;
    }
}

void setDuration(Tree& tree, const char* name, std::chrono::milliseconds value,
                 std::chrono::milliseconds usual) {
    if (value != usual) {
        tree[name] = formatDuration(value);
    }
}

void setSize(Tree& tree, const char* name, std::uint64_t value, std::uint64_t usual) {
    if (value != usual) {
        tree[name] = formatSize(value);
    }
}

template<class Container>
void setUnlessEmpty(Tree& tree, const char* name, const Container& values) {
    if (!values.empty()) {
        tree[name] = values;
    }
}

void setConditions(Tree& tree, const char* name, const std::vector<NameValue>& values) {
    for (const NameValue& condition : values) {
        tree[name][condition.name] = condition.value;
    }
}

Tree write(const Listener& listener) {
    const Listener usual;
    Tree tree{{"name", listener.name}, {"address", formatHostPort({listener.host, listener.port})}};
    Tree limits;
    setSize(limits, "header_bytes", listener.limits.headBytesMax, usual.limits.headBytesMax);
    setUnless(limits, "headers", listener.limits.headersMax, usual.limits.headersMax);
    setSize(limits, "body", listener.limits.bodyBytesMax, usual.limits.bodyBytesMax);
    setUnlessEmpty(tree, "limits", limits);
    Tree timeouts;
    setDuration(timeouts, "header", listener.timeouts.header, usual.timeouts.header);
    setDuration(timeouts, "body", listener.timeouts.body, usual.timeouts.body);
    setDuration(timeouts, "idle", listener.timeouts.idle, usual.timeouts.idle);
    setUnlessEmpty(tree, "timeouts", timeouts);
    Tree apiKey;
    setUnless(apiKey, "header", listener.keyHeader, usual.keyHeader);
    setUnlessEmpty(apiKey, "query", listener.keyQuery);
    setUnlessEmpty(tree, "api_key", apiKey);
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
    return tree;
}

Tree write(const Service& service) {
    const Service usual;
    Tree tree{{"name", service.name}, {"targets", Tree::array()}};
    for (const Target& target : service.targets) {
        const std::string address = formatHostPort({target.host, target.port});
        tree["targets"].push_back(target.weight == 1 ? Tree(address)
                                                     : Tree{{"address", address}, {"weight", target.weight}});
    }
    Tree timeouts;
    setDuration(timeouts, "connect", service.timeouts.connect, usual.timeouts.connect);
    setDuration(timeouts, "response", service.timeouts.response, usual.timeouts.response);
    setDuration(timeouts, "idle", service.timeouts.idle, usual.timeouts.idle);
    setUnlessEmpty(tree, "timeouts", timeouts);
    return tree;
}

Tree write(const Policy& policy) {
    Tree tree{{"name", policy.name}};
    if (policy.authenticateApiKey) {
        tree["authenticate"]["any_of"] = Tree::array({"api-key"});
    }
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
    if (!route.roles.empty()) {
        tree["authorize"]["roles"] = route.roles;
    }
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
    setUnless(tree, "disabled", key.state == KeyState::Disabled, false);
    return tree;
}

} // namespace gateway::model
