#include "gateway/service/secret_users.h"

namespace gateway::service {

std::string providerThatUses(const model::Config& config, std::string_view secret) {
    const std::string reference = "${secret:" + std::string(secret) + "}";
    for (const model::IdentityProvider& provider : config.identityProviders) {
        if (provider.secret == reference ||
            (provider.introspection && provider.introspection->clientSecret == reference)) {
            return provider.name;
        }
    }
    return {};
}

} // namespace gateway::service
