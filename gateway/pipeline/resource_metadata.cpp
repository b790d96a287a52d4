#include "gateway/pipeline/resource_metadata.h"

#include "gateway/auth/identity_signer.h"
#include "gateway/metrics/access_log.h"

#include <set>

namespace gateway::pipeline {
namespace {

using metrics::appendJsonString;

constexpr const char* keysType = "application/jwk-set+json";
// RFC 9449, 4.2 leaves the choice; these are what proofs are verified with.
constexpr const char* proofAlgorithms =
    R"(["ES256","ES384","ES512","EdDSA","PS256","PS384","PS512","RS256","RS384","RS512"])";

bool isForReading(const http::RequestHead& head) noexcept {
    return head.method == http::Method::Get || head.method == http::Method::Head;
}

Verdict answerWith(RequestContext& context, std::string body, const char* type) {
    context.reply.set(200, "", "");
    context.reply.body = std::move(body);
    context.reply.extraFields.append("Content-Type: ")
        .append(type)
        .append("\r\nCache-Control: public, max-age=300\r\nAccess-Control-Allow-Origin: *\r\n");
    return Verdict::Reply;
}

/// "https://api.example.com", as the client asked for it.
std::string originOf(const RequestContext& context) {
    std::string text = context.isSecure ? "https://" : "http://";
    const bool isTold = context.origin != nullptr && !context.origin->host.empty();
    return text.append(isTold ? std::string_view(context.origin->host) : context.head->authority);
}

struct NamedMethod {
    http::Method method;
    std::string_view text;
};
constexpr NamedMethod methods[] = {{http::Method::Get, "GET"},       {http::Method::Post, "POST"},
                                   {http::Method::Put, "PUT"},       {http::Method::Patch, "PATCH"},
                                   {http::Method::Delete, "DELETE"}, {http::Method::Options, "OPTIONS"}};

/// The route that a path takes, whatever the method; sets it in the context.
bool findRouteOf(RequestContext& context, std::string_view path) {
    const Tables& tables = **context.tables;
    http::RequestHead head;
    head.host = context.head->host;
    head.authority = context.head->authority;
    head.path = path;
    head.fields = context.head->fields;
    for (const NamedMethod& tried : methods) {
        head.method = tried.method;
        head.methodText = tried.text;
        const routing::MatchResult match = tables.router.find(head);
        if (match.status == routing::MatchStatus::Found) {
            context.route = &tables.routes[match.route];
            context.routeSlot = match.route;
            return true;
        }
        if (match.status == routing::MatchStatus::NotFound) {
            return false;
        }
    }
    return false;
}

/// What a resource says of the tokens that it takes.
struct Resource {
    std::set<std::string_view> issuers;
    std::set<std::string_view> scopes;
    bool takesProofs = false;
    bool wantsProofs = true; ///< of all tokens
    bool takesBoundTokens = false;
};

void addScopes(Resource& resource, const AuthorizePlan& plan) {
    resource.scopes.insert(plan.scopes.begin(), plan.scopes.end());
    resource.scopes.insert(plan.anyScope.begin(), plan.anyScope.end());
}

Resource resourceOf(const RequestContext& context) {
    const Tables& tables = **context.tables;
    Resource resource;
    for (const PolicyPlan* policy : context.policies) {
        if (policy->authorize) {
            addScopes(resource, *policy->authorize);
        }
        if (!policy->authenticate) {
            continue;
        }
        for (const WayPlan& way : policy->authenticate->ways) {
            for (const CredentialPlan& credential : way) {
                const bool isToken = credential.kind == model::Credential::Kind::Jwt ||
                                     credential.kind == model::Credential::Kind::Introspection;
                const auth::ProviderPlan* provider = isToken ? tables.provider(credential.provider) : nullptr;
                if (provider != nullptr) {
                    const model::IdentityProvider& settings = provider->settings;
                    resource.issuers.insert(settings.issuer);
                    resource.takesProofs = resource.takesProofs || settings.senderConstrained;
                    resource.wantsProofs = resource.wantsProofs && settings.senderConstrained;
                    resource.takesBoundTokens = resource.takesBoundTokens || settings.certificateBound;
                }
            }
        }
    }
    if (context.route->authorize != nullptr) {
        addScopes(resource, *context.route->authorize);
    }
    return resource;
}

void appendList(std::string& out, const char* name, const std::set<std::string_view>& texts) {
    out.append(",\"").append(name).append("\":");
    char before = '[';
    for (const std::string_view text : texts) {
        out.push_back(before);
        appendJsonString(out, text);
        before = ',';
    }
    out.push_back(']');
}

/// RFC 9728, 2.
std::string documentOf(const Resource& resource, std::string_view url) {
    std::string text = "{\"resource\":";
    appendJsonString(text, url);
    appendList(text, "authorization_servers", resource.issuers);
    if (!resource.scopes.empty()) {
        appendList(text, "scopes_supported", resource.scopes);
    }
    text.append(R"(,"bearer_methods_supported":["header"])");
    if (resource.takesProofs) {
        text.append(",\"dpop_signing_alg_values_supported\":").append(proofAlgorithms);
        if (resource.wantsProofs) {
            text.append(",\"dpop_bound_access_tokens_required\":true");
        }
    }
    if (resource.takesBoundTokens) {
        text.append(",\"tls_client_certificate_bound_access_tokens\":true");
    }
    return text.append("}");
}

/// In the clear where it has to be asked by TLS: the stages that come say so.
bool isForRedirect(const RequestContext& context) {
    return !context.isSecure && context.redirectPort() != 0;
}

Verdict answerResource(RequestContext& context) {
    const std::string_view path = context.head->path.substr(resourceMetadataPath.size());
    if (context.head->authority.empty() || !findRouteOf(context, path.empty() ? "/" : path)) {
        return Verdict::Continue;
    }
    context.collectPolicies();
    const Resource resource = resourceOf(context);
    const bool isAnswer = !resource.issuers.empty() && !isForRedirect(context);
    // The request itself is about the route, not for it.
    context.route = nullptr;
    context.policies.clear();
    if (!isAnswer) {
        return Verdict::Continue;
    }
    return answerWith(context, documentOf(resource, originOf(context).append(path)), "application/json");
}

Verdict answerKeys(RequestContext& context, const StageTools& tools) {
    if (isForRedirect(context)) {
        return Verdict::Continue;
    }
    if (!isForReading(*context.head)) {
        context.reply.set(405, "method-not-allowed", "Keys can only be read.");
        context.reply.extraFields.append("Allow: GET, HEAD\r\n");
        return Verdict::Reply;
    }
    const auto keys = tools.signer != nullptr ? tools.signer->current() : nullptr;
    return answerWith(context, keys != nullptr ? keys->jwks() : R"({"keys":[]})", keysType);
}

} // namespace

Verdict answerMetadata(RequestContext& context, const StageTools& tools) {
    const std::string_view path = context.head->path;
    const std::string& keysPath = context.listener->keysPath;
    if (!keysPath.empty() && path == keysPath) {
        return answerKeys(context, tools);
    }
    const std::size_t prefix = resourceMetadataPath.size();
    if (context.listener->metadata && path.substr(0, prefix) == resourceMetadataPath &&
        (path.size() == prefix || path[prefix] == '/') && isForReading(*context.head)) {
        return answerResource(context);
    }
    return Verdict::Continue;
}

void appendResourceMetadata(std::string& fields, const RequestContext& context) {
    if (!context.listener->metadata || context.head->authority.empty() ||
        context.head->path.substr(0, 1) != "/") {
        return;
    }
    fields.append(", resource_metadata=\"").append(originOf(context)).append(resourceMetadataPath);
    if (context.head->path != "/") {
        fields.append(context.head->path);
    }
    fields.append("\"");
}

} // namespace gateway::pipeline
