#include "gateway/runtime/provider_compiler.h"

#include <atomic>
#include <set>

namespace gateway::runtime {

namespace {

std::uint64_t nextSerial() {
    static std::atomic<std::uint64_t> last{0};
    return ++last;
}

/// The NAME of `${secret:NAME}`; empty: it is none.
std::string_view secretName(std::string_view reference) {
    constexpr std::string_view begin = "${secret:";
    if (!reference.starts_with(begin) || !reference.ends_with('}')) {
        return {};
    }
    return reference.substr(begin.size(), reference.size() - begin.size() - 1);
}

} // namespace

Result<std::string> ProviderCompiler::secretOf(const model::IdentityProvider& provider,
                                               std::string_view reference) const {
    if (reference.empty()) {
        return std::string();
    }
    const std::string_view name = secretName(reference);
    auto value = m_secrets.find(name);
    if (!value) {
        return fail(ErrorKind::Input, "secret-missing",
                    "identity provider " + provider.name + " needs the secret " + std::string(name) +
                        ", which is not there. Bring it with `gatehousectl secret set " + std::string(name) +
                        "`");
    }
    return std::move(*value);
}

Result<auth::ProviderPlanPointer> ProviderCompiler::compile(const model::Config& config,
                                                            const model::IdentityProvider& provider) {
    auto keySecret = secretOf(provider, provider.secret);
    if (!keySecret) {
        return fail(keySecret.error());
    }
    auto clientSecret =
        secretOf(provider, provider.introspection ? provider.introspection->clientSecret : std::string());
    if (!clientSecret) {
        return fail(clientSecret.error());
    }
    std::string authorities;
    if (const model::Certificate* authority = config.certificates.find(provider.authority)) {
        authorities = authority->chain;
    }
    auth::ProviderPlanPointer& known = m_known[provider.id];
    if (known && known->settings == provider && known->authorities == authorities &&
        known->clientSecret == *clientSecret && known->keySecret == *keySecret) {
        return known;
    }
    known = std::make_shared<const auth::ProviderPlan>(
        auth::ProviderPlan{.settings = provider,
                           .serial = nextSerial(),
                           .verifier = auth::TokenVerifier(provider),
                           .keys = m_client.keysOf(provider.id),
                           .authorities = std::move(authorities),
                           .clientSecret = std::move(*clientSecret),
                           .keySecret = std::move(*keySecret)});
    return known;
}

Result<std::vector<auth::ProviderPlanPointer>> ProviderCompiler::compile(const model::Config& config) {
    std::vector<auth::ProviderPlanPointer> plans;
    std::set<model::IdentityProviderId> named;
    for (const model::IdentityProvider& provider : config.identityProviders) {
        auto plan = compile(config, provider);
        if (!plan) {
            return fail(plan.error());
        }
        plans.push_back(std::move(*plan));
        named.insert(provider.id);
    }
    std::erase_if(m_known, [&named](const auto& known) { return !named.contains(known.first); });
    return plans;
}

} // namespace gateway::runtime
