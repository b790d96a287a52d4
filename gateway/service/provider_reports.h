#pragma once

#include "gateway/auth/identity_client.h"
#include "gateway/base/result.h"
#include "gateway/model/config.h"
#include "gateway/runtime/provider_compiler.h"

#include <vector>

namespace gateway::service {

/// Has the client ask the providers of a config while no gateway runs, so that people see how things stand
/// before they start it. Providers that lack a secret are left out.
void offerProviders(auth::IdentityClient& client, runtime::ProviderCompiler& compiler,
                    const model::Config& config);

/// One report for each provider of the config, by name. Those that the client does not have yet say why.
[[nodiscard]] std::vector<auth::ProviderReport> reportProviders(const auth::IdentityClient& client,
                                                                runtime::ProviderCompiler& compiler,
                                                                const model::Config& config);

/// Notices that something that people are shown about providers is another than before.
class ProviderWatchdog {
public:
    /// True: since the last call.
    [[nodiscard]] bool hasChanged(const std::vector<auth::ProviderReport>& reports);

private:
    struct Seen {
        model::IdentityProviderId id;
        std::optional<WallTime> fetchedAt;
        std::optional<WallTime> triedAt;
        bool isAsking = false;
        std::string problem;
        std::string introspectionProblem;
        bool operator==(const Seen&) const = default;
    };
    std::vector<Seen> m_seen;
};

} // namespace gateway::service
