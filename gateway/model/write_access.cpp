#include "gateway/model/access.h"
#include "gateway/model/consumer.h"
#include "gateway/model/identity_provider.h"
#include "gateway/model/write_tree.h"

namespace gateway::model {
namespace {

Tree write(const Credential& credential) {
    switch (credential.kind) {
    case Credential::Kind::ApiKey:
        return "api-key";
    case Credential::Kind::Jwt:
        return Tree{{"jwt", credential.provider}};
    case Credential::Kind::Introspection:
        return Tree{{"introspection", credential.provider}};
    case Credential::Kind::ClientCertificate:
        break;
    }
    return "client-certificate";
}

Tree allOf(const std::vector<Credential>& way) {
    Tree list = Tree::array();
    for (const Credential& credential : way) {
        list.push_back(write(credential));
    }
    return Tree{{"all_of", std::move(list)}};
}

Tree write(const ForwardIdentity::Token& token) {
    const ForwardIdentity::Token usual;
    Tree tree = Tree::object();
    setUnless(tree, "header", token.header, usual.header);
    setUnlessEmpty(tree, "audience", token.audience);
    setDuration(tree, "lifetime", token.lifetime, usual.lifetime);
    setUnlessEmpty(tree, "claims", token.claims);
    return tree;
}

Tree write(const IdentityProvider::Introspection& introspection) {
    const IdentityProvider::Introspection usual;
    Tree tree = Tree::object();
    setUnlessEmpty(tree, "endpoint", introspection.endpoint);
    setUnlessEmpty(tree, "client_id", introspection.clientId);
    setUnlessEmpty(tree, "client_secret", introspection.clientSecret);
    setDuration(tree, "cache", introspection.cache, usual.cache);
    setDuration(tree, "timeout", introspection.timeout, usual.timeout);
    return tree;
}

void setClaim(Tree& tree, const char* name, const std::string& claim, const std::string& usual) {
    if (claim != usual) {
        tree[name]["claim"] = claim;
    }
}

const char* fieldOf(ConsumerIdentity::Kind kind) {
    switch (kind) {
    case ConsumerIdentity::Kind::Subject:
        return "subject";
    case ConsumerIdentity::Kind::CertificateName:
        return "certificate_name";
    case ConsumerIdentity::Kind::CertificateSubject:
        return "certificate_subject";
    case ConsumerIdentity::Kind::CertificateFingerprint:
        break;
    }
    return "certificate_fingerprint";
}

} // namespace

Tree write(const Authenticate& authenticate) {
    Tree tree = Tree::object();
    // Several credentials as the only way read best by themselves.
    if (authenticate.anyOf.size() == 1 && authenticate.anyOf[0].size() > 1) {
        tree = allOf(authenticate.anyOf[0]);
    } else {
        Tree& ways = tree["any_of"] = Tree::array();
        for (const std::vector<Credential>& way : authenticate.anyOf) {
            ways.push_back(way.size() == 1 ? write(way[0]) : allOf(way));
        }
    }
    if (authenticate.anonymous) {
        tree["anonymous"]["tier"] = authenticate.anonymousTier;
    }
    return tree;
}

Tree write(const Authorize& authorize) {
    Tree tree = Tree::object();
    setUnlessEmpty(tree, "scopes", authorize.scopes);
    setUnlessEmpty(tree, "any_scope", authorize.anyScope);
    setUnlessEmpty(tree, "roles", authorize.roles);
    setUnlessEmpty(tree, "all_roles", authorize.allRoles);
    setUnlessEmpty(tree, "when", authorize.when);
    return tree;
}

Tree write(const ForwardIdentity& identity) {
    Tree tree = Tree::object();
    for (const IdentityHeader& header : identity.headers) {
        tree["headers"][header.name] = header.value;
    }
    if (!identity.token.empty()) {
        tree["token"] = write(identity.token.front());
    }
    setUnless(tree, "forward_credential", identity.forwardCredential, false);
    return tree;
}

Tree write(const IdentityProvider& provider) {
    const IdentityProvider usual;
    Tree tree{{"name", provider.name}, {"issuer", provider.issuer}};
    setUnlessEmpty(tree, "audience", provider.audience);
    setUnless(tree, "algorithms", provider.algorithms, usual.algorithms);
    setUnlessEmpty(tree, "jwks", provider.jwksUrl);
    setUnlessEmpty(tree, "keys", provider.jwks);
    setUnlessEmpty(tree, "secret", provider.secret);
    setUnlessEmpty(tree, "authority", provider.authority);
    setUnlessEmpty(tree, "types", provider.types);
    setDuration(tree, "leeway", provider.leeway, usual.leeway);
    setDuration(tree, "max_lifetime", provider.lifetimeMax, usual.lifetimeMax);
    setSize(tree, "max_bytes", provider.tokenBytesMax, usual.tokenBytesMax);
    setUnlessEmpty(tree, "required_claims", provider.requiredClaims);
    setDuration(tree, "refresh", provider.refresh, usual.refresh);
    setUnless(tree, "certificate_bound", provider.certificateBound, false);
    setUnless(tree, "sender_constrained", provider.senderConstrained, false);
    if (provider.introspection) {
        tree["introspection"] = write(*provider.introspection);
    }
    setClaim(tree, "consumer", provider.consumerClaim, usual.consumerClaim);
    if (!provider.tier.empty()) {
        tree["tier"]["default"] = provider.tier;
    }
    setClaim(tree, "tier", provider.tierClaim, usual.tierClaim);
    setClaim(tree, "scopes", provider.scopesClaim, usual.scopesClaim);
    setClaim(tree, "roles", provider.rolesClaim, usual.rolesClaim);
    return tree;
}

Tree write(const ConsumerIdentity& identity) {
    Tree tree{{fieldOf(identity.kind), identity.value}};
    setUnlessEmpty(tree, "provider", identity.provider);
    return tree;
}

Tree write(const OwnRate& rate) {
    return Tree{{"rate", formatRate({rate.requests, rate.period})}, {"burst", rate.burst}};
}

} // namespace gateway::model
