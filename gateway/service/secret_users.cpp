#include "gateway/service/secret_users.h"

#include "gateway/model/names.h"

namespace gateway::service {

namespace {

constexpr std::size_t secretBytesMax = 64UL * 1024;

} // namespace

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

Result<void> checkSecretName(std::string_view name) {
    if (!model::isEntityName(name)) {
        return fail(ErrorKind::Input, "bad-secret-name",
                    "The name of a secret is 1 to 64 of A-Z a-z 0-9 . _ and -.");
    }
    return {};
}

Result<void> checkSecret(std::string_view value) {
    if (value.empty() || value.size() > secretBytesMax) {
        return fail(ErrorKind::Input, "bad-secret", "A secret is 1 byte to 64 KiB; this one is not.");
    }
    return {};
}

} // namespace gateway::service
