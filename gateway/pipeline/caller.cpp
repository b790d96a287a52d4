#include "gateway/pipeline/caller.h"

#include <algorithm>

namespace gateway::pipeline {
namespace {

bool holds(const std::vector<std::string>& sorted, std::string_view wanted) noexcept {
    const auto at = std::lower_bound(sorted.begin(), sorted.end(), wanted,
                                     [](const std::string& a, std::string_view b) { return a < b; });
    return at != sorted.end() && *at == wanted;
}

} // namespace

std::string_view Caller::name() const noexcept {
    if (consumer != nullptr) {
        return consumer->name;
    }
    return token ? std::string_view(token->subject) : std::string_view();
}

bool Caller::hasScope(std::string_view scope) const noexcept {
    return (grants != nullptr && holds(grants->scopes, scope)) || (token && holds(token->scopes, scope));
}

bool Caller::hasRole(std::string_view role) const noexcept {
    return (consumer != nullptr && holds(consumer->roles, role)) || (token && holds(token->roles, role));
}

void Caller::reset() {
    *this = Caller();
}

std::string_view methodName(Caller::By by) noexcept {
    switch (by) {
    case Caller::By::Nothing:
        break;
    case Caller::By::Anonymous:
        return "anonymous";
    case Caller::By::ApiKey:
        return "api-key";
    case Caller::By::Jwt:
        return "jwt";
    case Caller::By::Introspection:
        return "introspection";
    case Caller::By::ClientCertificate:
        return "client-certificate";
    }
    return {};
}

} // namespace gateway::pipeline
