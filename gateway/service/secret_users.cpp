#include "gateway/service/secret_users.h"

#include "gateway/auth/key_set.h"
#include "gateway/model/names.h"

namespace gateway::service {

namespace {

constexpr std::size_t secretBytesMax = 64UL * 1024;

std::string referenceTo(std::string_view secret) {
    return "${secret:" + std::string(secret) + "}";
}

} // namespace

std::string providerThatUses(const model::Config& config, std::string_view secret) {
    const std::string reference = referenceTo(secret);
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

Result<void> checkSecret(const model::Config& config, std::string_view name, std::string_view value) {
    if (value.empty() || value.size() > secretBytesMax) {
        return fail(ErrorKind::Input, "bad-secret", "A secret is 1 byte to 64 KiB; this one is not.");
    }
    const std::string reference = referenceTo(name);
    for (const model::IdentityProvider& provider : config.identityProviders) {
        if (provider.secret != reference) {
            continue;
        }
        if (const auto keys = auth::KeySet::fromSecret(value); !keys) {
            return fail(ErrorKind::Input, "bad-secret",
                        "The identity provider " + provider.name +
                            " cannot check signatures by it: " + keys.error().message);
        }
    }
    return {};
}

} // namespace gateway::service
