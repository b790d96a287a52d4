#include "gateway/model/effective_policy.h"

#include <algorithm>
#include <numeric>

namespace gateway::model {
namespace {

bool waives(const Route* route, const Policy& policy) {
    return route != nullptr &&
           std::find(route->waives.begin(), route->waives.end(), policy.name) != route->waives.end();
}

/// What it costs to look at a credential: a question to somebody else weighs more than all the rest. A
/// certificate comes with the whole connection, but a token was chosen for the request, and is asked first.
int costOf(const Credential& credential) noexcept {
    switch (credential.kind) {
    case Credential::Kind::ApiKey:
        return 1;
    case Credential::Kind::ClientCertificate:
        return 20;
    case Credential::Kind::Jwt:
        return 10;
    case Credential::Kind::Introspection:
        return 1'000;
    }
    return 0;
}

int costOf(const std::vector<Credential>& way) noexcept {
    return std::accumulate(way.begin(), way.end(), 0,
                           [](int sum, const Credential& each) { return sum + costOf(each); });
}

} // namespace

std::string textOf(const AttachedPolicy& attached) {
    std::string text = "policy " + attached.policy->name;
    switch (attached.place) {
    case AttachedPolicy::Place::Everywhere:
        return text + ", which holds everywhere";
    case AttachedPolicy::Place::Listener:
        return text + " on listener " + *attached.owner;
    case AttachedPolicy::Place::Service:
        return text + " on service " + *attached.owner;
    case AttachedPolicy::Place::Route:
        return text + " on route " + *attached.owner;
    }
    return text;
}

std::vector<AttachedPolicy> EffectivePolicy::holding() const {
    std::vector<AttachedPolicy> holding;
    for (const AttachedPolicy& item : attached) {
        if (item.isWaived) {
            continue;
        }
        std::erase_if(holding, [&](const AttachedPolicy& other) { return other.policy == item.policy; });
        holding.push_back(item);
    }
    return holding;
}

bool EffectivePolicy::authenticates() const {
    return std::any_of(attached.begin(), attached.end(), [](const AttachedPolicy& item) {
        return !item.isWaived && item.policy->authenticate.has_value();
    });
}

PolicyPlaces::PolicyPlaces(const Config& config)
    : m_config(config) {
    for (const Policy& policy : config.policies) {
        if (policy.everywhere) {
            m_everywhere.push_back(&policy);
        }
    }
}

void PolicyPlaces::attachEverywhere(EffectivePolicy& effective, const Route* route) const {
    for (const Policy* policy : m_everywhere) {
        effective.attached.push_back({policy, Place::Everywhere, nullptr, waives(route, *policy)});
    }
}

void PolicyPlaces::attach(EffectivePolicy& effective, Place place, const std::vector<std::string>& names,
                          const std::string& owner, const Route* route) const {
    for (const std::string& name : names) {
        if (const Policy* policy = m_config.policies.find(name); policy != nullptr) {
            const bool isWaived = place != Place::Route && waives(route, *policy);
            effective.attached.push_back({policy, place, &owner, isWaived});
        }
    }
}

EffectivePolicy PolicyPlaces::of(const Route& route, const Listener* listener) const {
    EffectivePolicy effective;
    attachEverywhere(effective, &route);
    if (listener != nullptr) {
        attach(effective, Place::Listener, listener->policies, listener->name, &route);
    }
    if (const Service* service = m_config.services.find(route.service); service != nullptr) {
        attach(effective, Place::Service, service->policies, service->name, &route);
    }
    attach(effective, Place::Route, route.policies, route.name, &route);
    if (!route.authorize.isEmpty()) {
        effective.own = &route.authorize;
    }
    return effective;
}

EffectivePolicy PolicyPlaces::listenerOnly(const Listener& listener) const {
    EffectivePolicy effective;
    attachEverywhere(effective, nullptr);
    attach(effective, Place::Listener, listener.policies, listener.name, nullptr);
    return effective;
}

std::vector<std::vector<Credential>> waysInOrder(const Authenticate& authenticate) {
    const auto cheaper = [](const auto& a, const auto& b) { return costOf(a) < costOf(b); };
    auto ways = authenticate.anyOf;
    for (auto& way : ways) {
        std::stable_sort(way.begin(), way.end(), cheaper);
    }
    std::stable_sort(ways.begin(), ways.end(), cheaper);
    return ways;
}

EffectivePolicy effectivePolicy(const Config& config, const Route& route, const Listener* listener) {
    return PolicyPlaces(config).of(route, listener);
}

} // namespace gateway::model
