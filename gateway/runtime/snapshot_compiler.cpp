#include "gateway/runtime/snapshot_compiler.h"

#include "gateway/runtime/edge_policies.h"

#include <algorithm>
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

} // namespace

Result<std::shared_ptr<const Snapshot>> SnapshotCompiler::compile(const model::Config& config,
                                                                  model::RevisionNumber revision) {
    m_work = {};
    const model::Config before = m_last ? m_last->config() : model::Config();
    auto tables =
        m_last ? std::make_shared<pipeline::Tables>(*m_last->tables()) : std::make_shared<pipeline::Tables>();
    auto listeners = m_listeners.compile(config);
    if (!listeners) {
        return fail(listeners.error());
    }
    tables->listeners = std::move(*listeners);
    m_work.tlsContexts = m_listeners.contextsMade();
    if (auto compiled = compileServices(before, config, *tables); !compiled) {
        return fail(compiled.error());
    }
    compileTiers(before, config, *tables);
    const auto changed = model::ChangedNames::between(before, config);
    compileConsumers(before, config, changed, *tables);
    compileRoutes(config, changed, *tables);
    m_last = std::make_shared<const Snapshot>(revision, config, std::move(tables));
    m_renewsServices = false;
    return m_last;
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
    std::vector<const model::Consumer*> put;
    // All that goes first: a consumer that was renamed goes and comes with the same id.
    Consumers::visitDifference(before.consumers, config.consumers,
                               [&](const auto& former, const auto& current) {
                                   if (former && (!current || former->id != current->id)) {
                                       tables.consumers.erase(former->id);
                                   }
                                   if (current) {
                                       put.push_back(current.get());
                                   }
                               });
    for (const model::Consumer* consumer : put) {
        compileConsumer(config, *consumer, tables);
    }
    if (changed.canConcern<model::Consumer>()) {
        for (const model::Consumer& consumer : config.consumers) {
            if (changed.concern(consumer)) {
                compileConsumer(config, consumer, tables);
            }
        }
    }
    tables.consumers.seal();
}

void SnapshotCompiler::compileConsumer(const model::Config& config, const model::Consumer& consumer,
                                       pipeline::Tables& tables) {
    pipeline::ConsumerPlan plan;
    plan.id = consumer.id;
    plan.name = consumer.name;
    plan.tier = m_catalog.indexOf(config.tiers.find(consumer.tier)->id);
    plan.bucket = &m_buckets.bucketOf(consumer.id);
    plan.roles = consumer.roles;
    std::sort(plan.roles.begin(), plan.roles.end());
    plan.index = m_catalog.indexOf(consumer.id);
    tables.consumers.put(std::move(plan));
    ++m_work.consumers;
}

void SnapshotCompiler::compileRoutes(const model::Config& config, const model::ChangedNames& changed,
                                     pipeline::Tables& tables) {
    routing::Router::Update update = tables.router.update(config);
    tables.router = std::move(update.router);
    const auto slots = static_cast<std::uint32_t>(tables.router.slotCount());
    tables.routes.resize(slots);
    if (update.isBuiltAnew) {
        for (std::uint32_t slot = 0; slot < slots; ++slot) {
            compileRoute(config, slot, tables);
        }
        tables.routes.seal();
        return;
    }
    for (const std::uint32_t slot : update.slots) {
        compileRoute(config, slot, tables);
    }
    if (changed.canConcern<model::Route>()) {
        for (std::uint32_t slot = 0; slot < slots; ++slot) {
            const model::Route* route = tables.router.routeAt(slot);
            if (route != nullptr && changed.concern(*route)) {
                compileRoute(config, slot, tables);
            }
        }
    }
    tables.routes.seal();
}

void SnapshotCompiler::compileRoute(const model::Config& config, std::uint32_t slot,
                                    pipeline::Tables& tables) {
    const model::Route* route = tables.router.routeAt(slot);
    if (route == nullptr) {
        return;
    }
    pipeline::RoutePlan plan;
    plan.id = route->id;
    plan.name = route->name;
    plan.service = m_catalog.indexOf(config.services.find(route->service)->id);
    plan.rewrite = routing::PathRewrite::compile(route->rewrite);
    plan.roles = route->authorize.roles;
    plan.stream = route->stream;
    plan.authenticates =
        std::any_of(route->policies.begin(), route->policies.end(), [&](const std::string& name) {
            const model::Policy* policy = config.policies.find(name);
            return policy != nullptr && policy->authenticate.has_value();
        });
    EdgePolicies edge = edgePoliciesOf(config, route->policies);
    plan.redirectPort = edge.redirectPort;
    plan.hsts = std::move(edge.hsts);
    plan.index = m_catalog.indexOf(route->id);
    tables.routes.edit(slot) = std::move(plan);
    ++m_work.routes;
}

} // namespace gateway::runtime
