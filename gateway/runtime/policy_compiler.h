#pragma once

#include "gateway/base/result.h"
#include "gateway/metrics/collector.h"
#include "gateway/model/config.h"
#include "gateway/pipeline/access_plan.h"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace gateway::auth {
class IdentitySigner;
}

namespace gateway::runtime {

using Names = std::set<std::string, std::less<>>;

/// Names that stand for another entity now, or for none: whoever has looked one up has to do so again.
template<class T>
[[nodiscard]] Names movedNames(const model::Collection<T>& before, const model::Collection<T>& after) {
    Names moved;
    model::Collection<T>::visitDifference(before, after, [&](const auto& former, const auto& current) {
        if (former && (!current || former->id != current->id)) {
            moved.insert(former->name);
        }
    });
    return moved;
}

/// The plans of a config's policies, by name.
using PolicyPlans = std::map<std::string, pipeline::PolicyPlanPointer, std::less<>>;

/// Those of the names, in their order; names of policies that are not there are passed over.
[[nodiscard]] std::vector<pipeline::PolicyPlanPointer> plansOf(const PolicyPlans& plans,
                                                               const std::vector<std::string>& names);

/// Input error when the expression cannot be read. Null: nothing is asked for.
[[nodiscard]] Result<std::shared_ptr<const pipeline::AuthorizePlan>>
compileAuthorize(const model::Authorize& authorize);

/// Makes PolicyPlans; one that did not change, and names nothing that did, stays. Control thread.
class PolicyCompiler {
public:
    /// `signer` may be null: nobody signs tokens for services.
    PolicyCompiler(metrics::Catalog& catalog, const auth::IdentitySigner* signer)
        : m_catalog(catalog)
        , m_signer(signer) {}

    struct Compiled {
        std::shared_ptr<const PolicyPlans> plans;
        Names renewed; ///< those that are new, changed or gone
    };
    /// From `former`, which belongs to `before`.
    [[nodiscard]] Result<Compiled> compile(const model::Config& before, const model::Config& config,
                                           std::shared_ptr<const PolicyPlans> former);

    /// Dense, and stable as long as the engine runs.
    [[nodiscard]] std::uint32_t indexOf(model::IdentityProviderId provider);

private:
    [[nodiscard]] Result<pipeline::PolicyPlanPointer> compile(const model::Policy& policy,
                                                              const model::Config& config);
    [[nodiscard]] pipeline::AuthenticatePlan compile(const model::Authenticate& authenticate,
                                                     const model::Config& config);

    metrics::Catalog& m_catalog;
    const auth::IdentitySigner* m_signer;
    std::map<model::IdentityProviderId, std::uint32_t> m_providers;
};

} // namespace gateway::runtime
