#include "gateway/runtime/snapshot_compiler.h"

#include <algorithm>

namespace gateway::runtime {

std::string hostAndPort(const std::string& host, std::uint16_t port) {
    const bool isIpv6 = host.find(':') != std::string::npos;
    return (isIpv6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

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

Result<std::vector<net::Endpoint>> SnapshotCompiler::addressesOf(const model::Target& target) {
    const auto key = std::make_pair(target.host, target.port);
    auto resolved = net::resolve(target.host, target.port);
    if (resolved && !resolved->empty()) {
        m_lastGood[key] = *resolved;
        return resolved;
    }
    // A name server that is away must not stand in the way of an edit: what was good before is used on.
    if (const auto known = m_lastGood.find(key); known != m_lastGood.end()) {
        return known->second;
    }
    return resolved
               ? fail(ErrorKind::Environment, "name-not-resolved", "\"" + target.host + "\" has no address")
               : resolved;
}

Result<void> SnapshotCompiler::compileServices(const model::Config& config, pipeline::Tables& tables) {
    for (const model::Service& service : config.services) {
        auto plan = std::make_unique<upstream::ServicePlan>();
        plan->id = service.id;
        plan->name = service.name;
        plan->index = m_catalog.indexOf(service.id);
        plan->settings = service;
        plan->state = &m_states.service(plan->index);
        std::vector<std::uint32_t> weights;
        for (const model::Target& target : service.targets) {
            auto endpoints = addressesOf(target);
            if (!endpoints) {
                Error error = endpoints.error();
                error.message = "services[" + service.name + "].targets: " + error.message;
                return fail(std::move(error));
            }
            const std::string address = hostAndPort(target.host, target.port);
            upstream::TargetPlan& compiled = plan->targets.emplace_back();
            compiled.address = address;
            compiled.endpoints = std::move(*endpoints);
            compiled.index = m_catalog.indexOfTarget(service.id, address);
            compiled.position = static_cast<std::uint16_t>(plan->targets.size() - 1);
            compiled.weight = target.weight;
            compiled.drain = target.drain;
            compiled.state = &m_states.target(compiled.index, m_clock.now());
            weights.push_back(target.weight);
        }
        plan->turns = upstream::turnsByWeight(weights);
        tables.services.push_back(std::move(plan));
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
