#pragma once

#include "gateway/auth/identity_client.h"
#include "gateway/auth/provider_plan.h"
#include "gateway/base/result.h"
#include "gateway/crypto/secret_values.h"
#include "gateway/model/config.h"

#include <map>
#include <string_view>
#include <vector>

namespace gateway::runtime {

/// Makes ProviderPlans. A provider whose settings, authority and secrets are what they were keeps its plan,
/// so that its tokens stay cached and its keys are not asked for again. Control thread.
class ProviderCompiler {
public:
    ProviderCompiler(auth::IdentityClient& client, const crypto::SecretValues& secrets)
        : m_client(client)
        , m_secrets(secrets) {}

    /// In the order of the names. Input error "secret-missing", naming the provider and the secret, when one
    /// is not there.
    [[nodiscard]] Result<std::vector<auth::ProviderPlanPointer>> compile(const model::Config& config);
    [[nodiscard]] Result<auth::ProviderPlanPointer> compile(const model::Config& config,
                                                            const model::IdentityProvider& provider);

private:
    [[nodiscard]] Result<std::string> secretOf(const model::IdentityProvider& provider,
                                               std::string_view reference) const;

    auth::IdentityClient& m_client;
    const crypto::SecretValues& m_secrets;
    std::map<model::IdentityProviderId, auth::ProviderPlanPointer> m_known;
};

} // namespace gateway::runtime
