#include "gateway/service/provider_reports.h"

#include <algorithm>

namespace gateway::service {

void offerProviders(auth::IdentityClient& client, runtime::ProviderCompiler& compiler,
                    const model::Config& config) {
    std::vector<auth::ProviderPlanPointer> plans;
    for (const model::IdentityProvider& provider : config.identityProviders) {
        if (auto plan = compiler.compile(config, provider)) {
            plans.push_back(std::move(*plan));
        }
    }
    client.setProviders(std::move(plans));
}

std::vector<auth::ProviderReport> reportProviders(const auth::IdentityClient& client,
                                                  runtime::ProviderCompiler& compiler,
                                                  const model::Config& config) {
    std::vector<auth::ProviderReport> known = client.reports();
    std::vector<auth::ProviderReport> reports;
    for (const model::IdentityProvider& provider : config.identityProviders) {
        const auto at = std::find_if(known.begin(), known.end(),
                                     [&provider](const auto& report) { return report.id == provider.id; });
        auth::ProviderReport& report = reports.emplace_back();
        if (at != known.end()) {
            report = std::move(*at);
        } else if (const auto plan = compiler.compile(config, provider); !plan) {
            report.problem = plan.error().message;
        } else {
            report.problem = "The gateway does not use it yet.";
        }
        report.id = provider.id;
        report.name = provider.name; // it may have been renamed since
    }
    return reports;
}

bool ProviderWatchdog::hasChanged(const std::vector<auth::ProviderReport>& reports) {
    std::vector<Seen> seen;
    seen.reserve(reports.size());
    for (const auth::ProviderReport& report : reports) {
        seen.push_back({report.id, report.fetchedAt, report.triedAt, report.isAsking, report.problem,
                        report.introspectionProblem});
    }
    const bool isSame = seen == m_seen;
    m_seen = std::move(seen);
    return !isSame;
}

} // namespace gateway::service
