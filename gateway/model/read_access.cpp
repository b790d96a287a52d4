#include "gateway/model/access.h"
#include "gateway/model/consumer.h"
#include "gateway/model/identity_provider.h"
#include "gateway/model/read_node.h"

namespace gateway::model {
namespace {

std::optional<Credential> credentialOf(const TextNode& node) {
    if (node.text == "api-key") {
        return Credential{};
    }
    if (node.text == "client-certificate") {
        return Credential{Credential::Kind::ClientCertificate};
    }
    if (const TextNode* provider = node.find("jwt")) {
        return Credential{Credential::Kind::Jwt, provider->text};
    }
    if (const TextNode* provider = node.find("introspection")) {
        return Credential{Credential::Kind::Introspection, provider->text};
    }
    return std::nullopt;
}

std::vector<Credential> allOf(const TextNode& list) {
    std::vector<Credential> way;
    for (const TextNode& item : list.items) {
        if (auto credential = credentialOf(item)) {
            way.push_back(std::move(*credential));
        }
    }
    return way;
}

/// One credential, or `{ all_of: [...] }`; nothing where it is neither.
std::vector<Credential> wayOf(const TextNode& node) {
    if (const TextNode* list = node.find("all_of")) {
        return allOf(*list);
    }
    const auto credential = credentialOf(node);
    return credential ? std::vector{*credential} : std::vector<Credential>();
}

void readClaim(const TextNode& node, std::string& value) {
    read(member(node, "claim"), value);
}

void read(const TextNode& node, IdentityProvider::Introspection& introspection) {
    read(member(node, "endpoint"), introspection.endpoint);
    read(member(node, "client_id"), introspection.clientId);
    read(member(node, "client_secret"), introspection.clientSecret);
    read(member(node, "cache"), introspection.cache);
    read(member(node, "timeout"), introspection.timeout);
}

void read(const TextNode& node, ForwardIdentity::Token& token) {
    read(member(node, "header"), token.header);
    read(member(node, "audience"), token.audience);
    read(member(node, "lifetime"), token.lifetime);
    read(member(node, "claims"), token.claims);
}

} // namespace

void read(const TextNode& node, Authenticate& authenticate) {
    if (const TextNode* ways = node.find("any_of")) {
        for (const TextNode& item : ways->items) {
            if (auto way = wayOf(item); !way.empty()) {
                authenticate.anyOf.push_back(std::move(way));
            }
        }
    } else if (auto way = wayOf(node); !way.empty()) {
        authenticate.anyOf.push_back(std::move(way));
    }
    if (const TextNode* anonymous = node.find("anonymous")) {
        authenticate.anonymous = true;
        read(member(*anonymous, "tier"), authenticate.anonymousTier);
    }
}

void read(const TextNode& node, Authorize& authorize) {
    read(member(node, "scopes"), authorize.scopes);
    read(member(node, "any_scope"), authorize.anyScope);
    read(member(node, "roles"), authorize.roles);
    read(member(node, "all_roles"), authorize.allRoles);
    read(member(node, "when"), authorize.when);
}

void read(const TextNode& node, ForwardIdentity& identity) {
    for (const TextNode::Member& header : member(node, "headers").members) {
        if (header.value.isText()) {
            identity.headers.push_back({header.name, header.value.text});
        }
    }
    // They have no order, so they get the one of their names.
    std::sort(identity.headers.begin(), identity.headers.end(),
              [](const IdentityHeader& a, const IdentityHeader& b) { return a.name < b.name; });
    if (const TextNode& token = member(node, "token"); token.kind == TextNode::Kind::Map) {
        read(token, identity.token.emplace_back());
    }
    read(member(node, "forward_credential"), identity.forwardCredential);
}

void read(const TextNode& node, IdentityProvider& provider) {
    read(member(node, "name"), provider.name);
    read(member(node, "issuer"), provider.issuer);
    read(member(node, "audience"), provider.audience);
    if (const TextNode& algorithms = member(node, "algorithms");
        algorithms.kind == TextNode::Kind::Sequence) {
        provider.algorithms.clear();
        read(algorithms, provider.algorithms);
    }
    read(member(node, "jwks"), provider.jwksUrl);
    read(member(node, "keys"), provider.jwks);
    read(member(node, "secret"), provider.secret);
    read(member(node, "authority"), provider.authority);
    read(member(node, "types"), provider.types);
    read(member(node, "leeway"), provider.leeway);
    read(member(node, "max_lifetime"), provider.lifetimeMax);
    provider.tokenBytesMax =
        static_cast<std::uint32_t>(parseSize(node.textOf("max_bytes")).value_or(provider.tokenBytesMax));
    read(member(node, "required_claims"), provider.requiredClaims);
    read(member(node, "refresh"), provider.refresh);
    read(member(node, "certificate_bound"), provider.certificateBound);
    read(member(node, "sender_constrained"), provider.senderConstrained);
    if (const TextNode& introspection = member(node, "introspection");
        introspection.kind == TextNode::Kind::Map) {
        read(introspection, *(provider.introspection = IdentityProvider::Introspection{}));
    }
    readClaim(member(node, "consumer"), provider.consumerClaim);
    readClaim(member(node, "tier"), provider.tierClaim);
    read(member(member(node, "tier"), "default"), provider.tier);
    readClaim(member(node, "scopes"), provider.scopesClaim);
    readClaim(member(node, "roles"), provider.rolesClaim);
}

void read(const TextNode& node, ConsumerIdentity& identity) {
    using Kind = ConsumerIdentity::Kind;
    static constexpr std::pair<std::string_view, Kind> fields[] = {
        {"subject", Kind::Subject},
        {"certificate_name", Kind::CertificateName},
        {"certificate_subject", Kind::CertificateSubject},
        {"certificate_fingerprint", Kind::CertificateFingerprint}};
    for (const auto& [name, kind] : fields) {
        if (const TextNode* value = node.find(name)) {
            identity.kind = kind;
            read(*value, identity.value);
        }
    }
    read(member(node, "provider"), identity.provider);
}

void read(const TextNode& node, OwnRate& own) {
    if (const auto rate = parseRate(node.textOf("rate"))) {
        own.requests = rate->requests;
        own.period = rate->period;
    }
    readInteger(member(node, "burst"), own.burst);
}

} // namespace gateway::model
