#include "gateway/service/policy_text.h"

namespace gateway::service {

namespace {

void append(std::string& text, const std::string& part, const char* between) {
    if (!part.empty()) {
        text.append(text.empty() ? "" : between).append(part);
    }
}

} // namespace

std::string enumerate(const std::vector<std::string>& parts, const char* last) {
    std::string text;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        if (i > 0) {
            text += i + 1 == parts.size() ? last : ", ";
        }
        text += parts[i];
    }
    return text;
}

std::string textOf(const model::Credential& credential) {
    switch (credential.kind) {
    case model::Credential::Kind::ApiKey:
        return "API key";
    case model::Credential::Kind::Jwt:
        return "JWT of " + credential.provider;
    case model::Credential::Kind::Introspection:
        return "opaque token of " + credential.provider;
    case model::Credential::Kind::ClientCertificate:
        return "client certificate";
    }
    return {};
}

std::string textOf(const std::vector<model::Credential>& way) {
    std::vector<std::string> parts;
    parts.reserve(way.size());
    for (const model::Credential& credential : way) {
        parts.push_back(textOf(credential));
    }
    return enumerate(parts);
}

std::string textOf(const model::Authenticate& authenticate) {
    std::string text;
    for (const auto& way : authenticate.anyOf) {
        append(text, textOf(way), ", or ");
    }
    if (authenticate.anonymous) {
        append(text,
               authenticate.anonymousTier.empty() ? std::string("nothing at all")
                                                  : "nothing at all, with tier " + authenticate.anonymousTier,
               ", or ");
    }
    return text;
}

std::string textOf(const model::Authorize& authorize) {
    std::string text;
    const auto list = [&text](const std::vector<std::string>& names, const char* one, const char* several,
                              const char* last) {
        if (!names.empty()) {
            append(text, (names.size() == 1 ? one : several) + enumerate(names, last), "; ");
        }
    };
    list(authorize.scopes, "scope ", "scopes ", " and ");
    list(authorize.anyScope, "scope ", "scope ", " or ");
    list(authorize.roles, "role ", "role ", " or ");
    list(authorize.allRoles, "role ", "roles ", " and ");
    append(text, authorize.when, "; ");
    return text;
}

std::string textOf(const model::ForwardIdentity& identity) {
    std::string text;
    for (const model::IdentityHeader& header : identity.headers) {
        append(text, header.name + " with " + header.value, ", ");
    }
    for (const model::ForwardIdentity::Token& token : identity.token) {
        append(text, token.header + " with a token of the gateway", ", ");
    }
    if (identity.forwardCredential) {
        append(text, "the credential as it came", ", ");
    }
    return text.empty() ? "nothing" : text;
}

std::string textOf(const model::Hsts& hsts) {
    std::string text = std::to_string(hsts.maxAge.count()) + " seconds";
    text += hsts.includeSubdomains ? ", with subdomains" : "";
    text += hsts.preload ? ", to be preloaded" : "";
    return text;
}

std::string textOf(const model::HttpsRedirect& redirect) {
    return "to https, port " + std::to_string(redirect.port);
}

} // namespace gateway::service
