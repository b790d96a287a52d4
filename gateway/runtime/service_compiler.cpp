#include "gateway/runtime/service_compiler.h"

#include "gateway/upstream/balancer.h"

namespace gateway::runtime {

Result<std::unique_ptr<const upstream::ServicePlan>> ServiceCompiler::compile(const model::Service& service) {
    auto plan = std::make_unique<upstream::ServicePlan>();
    plan->id = service.id;
    plan->name = service.name;
    plan->index = m_catalog.indexOf(service.id);
    plan->settings = service;
    plan->state = &m_states.service(plan->index);
    std::vector<std::uint16_t> inTurn; // positions of those that get requests
    std::vector<std::uint32_t> weights;
    for (const model::Target& target : service.targets) {
        auto endpoints = addressesOf(target);
        if (!endpoints) {
            Error error = endpoints.error();
            error.message = "services[" + service.name + "].targets: " + error.message;
            return fail(std::move(error));
        }
        upstream::TargetPlan& compiled = plan->targets.emplace_back();
        compiled.address = model::addressOf(target);
        compiled.endpoints = std::move(*endpoints);
        compiled.index = m_catalog.indexOfTarget(service.id, compiled.address);
        compiled.position = static_cast<std::uint16_t>(plan->targets.size() - 1);
        compiled.weight = target.weight;
        compiled.drain = target.drain;
        compiled.hash = upstream::stableHash(compiled.address);
        compiled.state = &m_states.target(compiled.index, m_clock.now());
        if (!target.drain) {
            inTurn.push_back(compiled.position);
            weights.push_back(target.weight);
        }
    }
    plan->turns = upstream::turnsByWeight(weights);
    for (std::uint16_t& turn : plan->turns) {
        turn = inTurn[turn];
    }
    return plan;
}

Result<std::vector<net::Endpoint>> ServiceCompiler::addressesOf(const model::Target& target) {
    const auto key = std::make_pair(target.host, target.port);
    auto resolved = m_resolve(target.host, target.port);
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

} // namespace gateway::runtime
