#include "gateway/runtime/snapshot_compiler.h"

#include <algorithm>

namespace gateway::runtime {

Result<std::shared_ptr<const Snapshot>> SnapshotCompiler::compile(const model::Config& config,
                                                                  model::RevisionNumber revision) {
    auto tables = std::make_shared<pipeline::Tables>();
    for (const model::Listener& listener : config.listeners) {
        tables->listeners.push_back(listener);
    }
    if (auto compiled = compileServices(config, *tables); !compiled) {
        return fail(compiled.error());
    }
    compileCallers(config, *tables);
    if (auto compiled = compileRoutes(config, *tables); !compiled) {
        return fail(compiled.error());
    }
    return std::make_shared<const Snapshot>(revision, config, std::move(tables));
}

Result<void> SnapshotCompiler::compileServices(const model::Config& config, pipeline::Tables& tables) {
    for (const model::Service& service : config.services) {
        auto plan = m_services.compile(service);
        if (!plan) {
            return fail(plan.error());
        }
        tables.services.push_back(std::move(*plan));
    }
    return {};
}

void SnapshotCompiler::compileCallers(const model::Config& config, pipeline::Tables& tables) {
    std::unordered_map<std::string_view, const pipeline::TierPlan*> tiers;
    for (const model::Tier& tier : config.tiers) {
        const auto& plan = tables.tiers.emplace_back(std::make_unique<const pipeline::TierPlan>(
            pipeline::TierPlan{tier.id, tier.name, limits::Rate::of(tier), m_catalog.indexOf(tier.id)}));
        tiers.emplace(plan->name, plan.get());
    }
    tables.consumers.reserve(config.consumers.size());
    for (const model::Consumer& consumer : config.consumers) {
        pipeline::ConsumerPlan plan;
        plan.id = consumer.id;
        plan.name = consumer.name;
        plan.tier = tiers.at(consumer.tier);
        plan.bucket = &m_buckets.bucketOf(consumer.id);
        plan.roles = consumer.roles;
        std::sort(plan.roles.begin(), plan.roles.end());
        plan.index = m_catalog.indexOf(consumer.id);
        tables.consumers.emplace(consumer.id, std::move(plan));
    }
}

Result<void> SnapshotCompiler::compileRoutes(const model::Config& config, pipeline::Tables& tables) {
    std::unordered_map<std::string_view, const upstream::ServicePlan*> services;
    for (const auto& service : tables.services) {
        services.emplace(service->name, service.get());
    }
    tables.routes.reserve(config.routes.size());
    for (const model::Route& route : config.routes) {
        pipeline::RoutePlan plan;
        plan.id = route.id;
        plan.name = route.name;
        plan.service = services.at(route.service);
        plan.rewrite = routing::PathRewrite::compile(route.rewrite);
        plan.roles = route.roles;
        plan.authenticates =
            std::any_of(route.policies.begin(), route.policies.end(), [&](const std::string& name) {
                const model::Policy* policy = config.policies.find(name);
                return policy != nullptr && policy->authenticateApiKey;
            });
        plan.index = m_catalog.indexOf(route.id);
        tables.routes.push_back(std::move(plan));
    }
    tables.router = routing::Router::build(config);
    return {};
}

} // namespace gateway::runtime
