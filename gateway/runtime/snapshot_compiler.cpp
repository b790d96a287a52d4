#include "gateway/runtime/snapshot_compiler.h"

#include "gateway/pipeline/identity_fields.h"

#include <algorithm>
#include <numeric>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace gateway::runtime {
namespace {

template<class Plan>
void indexPlans(const std::vector<std::shared_ptr<const Plan>>& plans, std::vector<const Plan*>& byIndex) {
    byIndex.clear();
    for (const auto& plan : plans) {
        if (plan->index >= byIndex.size()) {
            byIndex.resize(plan->index + 1, nullptr);
        }
        byIndex[plan->index] = plan.get();
    }
}

std::uint64_t hashOf(const model::ConsumerIdentity& identity) {
    return pipeline::IdentityIndex::hashOf(identity.kind, identity.provider, identity.value);
}

} // namespace

Result<std::shared_ptr<const Snapshot>> SnapshotCompiler::compile(const model::Config& config,
                                                                  model::RevisionNumber revision) {
    m_work = {};
    const model::Config before = m_last ? m_last->config() : model::Config();
    auto tables =
        m_last ? std::make_shared<pipeline::Tables>(*m_last->tables()) : std::make_shared<pipeline::Tables>();
    tables->serial = ++m_lastSerial;
    const auto changed = model::ChangedNames::between(before, config);
    if (auto compiled = compileProviders(config, *tables); !compiled) {
        return fail(compiled.error());
    }
    auto policies = m_policies.compile(before, config, m_policyPlans);
    if (!policies) {
        return fail(policies.error());
    }
    m_work.policies = policies->renewed.size();
    auto listeners = m_listeners.compile(config, *policies->plans);
    if (!listeners) {
        return fail(listeners.error());
    }
    tables->listeners = std::move(*listeners);
    m_work.tlsContexts = m_listeners.contextsMade();
    if (auto compiled = compileServices(before, config, *tables); !compiled) {
        return fail(compiled.error());
    }
    placePolicies(before, config, *policies->plans, !policies->renewed.empty(), *tables);
    compileTiers(before, config, *tables);
    compileConsumers(before, config, changed, *tables);
    if (auto compiled = compileRoutes(before, config, *policies, *tables); !compiled) {
        return fail(compiled.error());
    }
    m_policyPlans = std::move(policies->plans);
    m_last = std::make_shared<const Snapshot>(revision, config, std::move(tables));
    m_renewsServices = false;
    return m_last;
}

Result<void> SnapshotCompiler::compileProviders(const model::Config& config, pipeline::Tables& tables) {
    auto providers = m_providers.compile(config);
    if (!providers) {
        return fail(providers.error());
    }
    tables.providers = std::move(*providers);
    tables.providersByIndex.clear();
    for (const auth::ProviderPlanPointer& plan : tables.providers) {
        const std::uint32_t index = m_policies.indexOf(plan->settings.id);
        if (index >= tables.providersByIndex.size()) {
            tables.providersByIndex.resize(index + 1);
        }
        tables.providersByIndex[index] = plan;
    }
    if (!tables.providers.empty() && m_proofs == nullptr) {
        m_proofs = std::make_shared<auth::ReplayMemory>();
    }
    tables.proofs = m_proofs;
    return {};
}

/// What is not compiled into routes, so that a change of it costs none of them: the policies that hold
/// everywhere, and those of services.
void SnapshotCompiler::placePolicies(const model::Config& before, const model::Config& config,
                                     const PolicyPlans& plans, bool areRenewed, pipeline::Tables& tables) {
    if (areRenewed) {
        tables.everywhere.clear();
        for (const model::Policy& policy : config.policies) {
            if (policy.everywhere) {
                tables.everywhere.push_back(plans.at(policy.name));
            }
        }
        tables.identityNames = pipeline::identityNames(config);
    }
    if (!areRenewed && before.services == config.services) {
        return;
    }
    tables.servicePolicies.clear();
    for (const model::Service& service : config.services) {
        if (service.policies.empty()) {
            continue;
        }
        const std::uint32_t index = m_catalog.indexOf(service.id);
        if (index >= tables.servicePolicies.size()) {
            tables.servicePolicies.resize(index + 1);
        }
        tables.servicePolicies[index] = plansOf(plans, service.policies);
    }
}

Result<void> SnapshotCompiler::compileServices(const model::Config& before, const model::Config& config,
                                               pipeline::Tables& tables) {
    if (!m_renewsServices && before.services == config.services &&
        before.certificates == config.certificates) {
        return {};
    }
    std::unordered_map<std::string_view, std::shared_ptr<const upstream::ServicePlan>> formers;
    for (const auto& plan : tables.services) {
        formers.emplace(plan->name, plan);
    }
    std::vector<std::shared_ptr<const upstream::ServicePlan>> plans;
    plans.reserve(config.services.size());
    for (const model::Service& service : config.services) {
        if (!m_renewsServices && before.services.find(service.name) == &service &&
            !ServiceCompiler::hasOtherCertificates(service, before, config)) {
            plans.push_back(formers.at(service.name));
            continue;
        }
        auto plan = m_services.compile(service, config);
        if (!plan) {
            return fail(plan.error());
        }
        plans.push_back(std::move(*plan));
        ++m_work.services;
    }
    tables.services = std::move(plans);
    indexPlans(tables.services, tables.servicesByIndex);
    return {};
}

void SnapshotCompiler::compileTiers(const model::Config& before, const model::Config& config,
                                    pipeline::Tables& tables) {
    if (before.tiers == config.tiers) {
        return;
    }
    tables.tiers.clear();
    for (const model::Tier& tier : config.tiers) {
        tables.tiers.push_back(std::make_shared<const pipeline::TierPlan>(
            pipeline::TierPlan{tier.id, tier.name, limits::Rate::of(tier), m_catalog.indexOf(tier.id)}));
    }
    indexPlans(tables.tiers, tables.tiersByIndex);
}

void SnapshotCompiler::compileConsumers(const model::Config& before, const model::Config& config,
                                        const model::ChangedNames& changed, pipeline::Tables& tables) {
    using Consumers = model::Collection<model::Consumer>;
    std::vector<std::shared_ptr<const model::Consumer>> put;
    // All that goes first: a consumer that was renamed goes and comes with the same id.
    Consumers::visitDifference(before.consumers, config.consumers,
                               [&](const auto& former, const auto& current) {
                                   if (former) {
                                       for (const model::ConsumerIdentity& identity : former->identities) {
                                           tables.identities.erase(hashOf(identity), former->id);
                                       }
                                   }
                                   if (former && (!current || former->id != current->id)) {
                                       tables.consumers.erase(former->id);
                                   }
                                   if (current) {
                                       put.push_back(current);
                                   }
                               });
    for (const auto& consumer : put) {
        compileConsumer(config, consumer, tables);
        for (const model::ConsumerIdentity& identity : consumer->identities) {
            tables.identities.put(hashOf(identity), consumer->id);
        }
    }
    if (changed.canConcern<model::Consumer>()) {
        for (auto at = config.consumers.begin(); at != config.consumers.end(); ++at) {
            if (changed.concern(*at)) {
                compileConsumer(config, config.consumers.findPointer(at->name), tables);
            }
        }
    }
    tables.consumers.seal();
    tables.identities.seal();
    tables.byName = config.consumers;
}

void SnapshotCompiler::compileConsumer(const model::Config& config,
                                       const std::shared_ptr<const model::Consumer>& consumer,
                                       pipeline::Tables& tables) {
    pipeline::ConsumerPlan plan;
    plan.id = consumer->id;
    plan.name = consumer->name;
    plan.tier = m_catalog.indexOf(config.tiers.find(consumer->tier)->id);
    plan.bucket = &m_buckets.bucketOf(consumer->id);
    plan.roles = consumer->roles;
    std::sort(plan.roles.begin(), plan.roles.end());
    plan.index = m_catalog.indexOf(consumer->id);
    if (consumer->rate) {
        plan.rate = limits::Rate::of(*consumer->rate);
    }
    plan.routes = consumer->routes;
    std::sort(plan.routes.begin(), plan.routes.end());
    plan.isAgent = consumer->kind == model::ConsumerKind::Agent;
    plan.settings = consumer;
    tables.consumers.put(std::move(plan));
    ++m_work.consumers;
}

Result<void> SnapshotCompiler::compileRoutes(const model::Config& before, const model::Config& config,
                                             const PolicyCompiler::Compiled& policies,
                                             pipeline::Tables& tables) {
    routing::Router::Update update = tables.router.update(config);
    tables.router = std::move(update.router);
    const auto slots = static_cast<std::uint32_t>(tables.router.slotCount());
    tables.routes.resize(slots);
    std::vector<std::uint32_t> wanted = std::move(update.slots);
    if (update.isBuiltAnew) {
        wanted.resize(slots);
        std::iota(wanted.begin(), wanted.end(), 0U);
    } else if (const Names services = movedNames(before.services, config.services);
               !services.empty() || !policies.renewed.empty()) {
        const auto isRenewed = [&](const std::string& name) { return policies.renewed.contains(name); };
        for (std::uint32_t slot = 0; slot < slots; ++slot) {
            const model::Route* route = tables.router.routeAt(slot);
            if (route != nullptr && (services.contains(route->service) ||
                                     std::any_of(route->policies.begin(), route->policies.end(), isRenewed) ||
                                     std::any_of(route->waives.begin(), route->waives.end(), isRenewed))) {
                wanted.push_back(slot);
            }
        }
    }
    for (const std::uint32_t slot : wanted) {
        if (auto compiled = compileRoute(config, *policies.plans, slot, tables); !compiled) {
            return fail(compiled.error());
        }
    }
    tables.routes.seal();
    return {};
}

Result<void> SnapshotCompiler::compileRoute(const model::Config& config, const PolicyPlans& policies,
                                            std::uint32_t slot, pipeline::Tables& tables) {
    const model::Route* route = tables.router.routeAt(slot);
    if (route == nullptr) {
        return {};
    }
    pipeline::RoutePlan plan;
    plan.id = route->id;
    plan.name = route->name;
    plan.service = m_catalog.indexOf(config.services.find(route->service)->id);
    plan.rewrite = routing::PathRewrite::compile(route->rewrite);
    plan.stream = route->stream;
    plan.policies = plansOf(policies, route->policies);
    for (const std::string& name : route->waives) {
        if (const model::Policy* policy = config.policies.find(name)) {
            plan.waives.push_back(policy->id);
        }
    }
    std::sort(plan.waives.begin(), plan.waives.end());
    auto authorize = compileAuthorize(route->authorize);
    if (!authorize) {
        Error error = authorize.error();
        error.message = "routes[" + route->name + "].authorize.when: " + error.message;
        return fail(std::move(error));
    }
    plan.authorize = std::move(*authorize);
    plan.index = m_catalog.indexOf(route->id);
    tables.routes.edit(slot) = std::move(plan);
    ++m_work.routes;
    return {};
}

} // namespace gateway::runtime
