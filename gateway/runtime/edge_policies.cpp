#include "gateway/runtime/edge_policies.h"

namespace gateway::runtime {
namespace {

/// RFC 6797, 6.1.
std::string lineOf(const model::Hsts& hsts) {
    std::string line = "Strict-Transport-Security: max-age=" + std::to_string(hsts.maxAge.count());
    if (hsts.includeSubdomains) {
        line += "; includeSubDomains";
    }
    if (hsts.preload) {
        line += "; preload";
    }
    return line + "\r\n";
}

} // namespace

EdgePolicies edgePoliciesOf(const model::Config& config, const std::vector<std::string>& names) {
    EdgePolicies edge;
    for (const std::string& name : names) {
        const model::Policy* policy = config.policies.find(name);
        if (policy == nullptr) {
            continue;
        }
        if (policy->httpsRedirect) {
            edge.redirectPort = policy->httpsRedirect->port;
        }
        if (policy->hsts) {
            edge.hsts = std::make_shared<const std::string>(lineOf(*policy->hsts));
        }
    }
    return edge;
}

} // namespace gateway::runtime
