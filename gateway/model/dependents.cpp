#include "gateway/model/dependents.h"

#include "gateway/model/surroundings.h"

#include <algorithm>

namespace gateway::model {
namespace {

bool meansTheSame(const Certificate& former, const Certificate& current) {
    return former.use == current.use;
}

bool meansTheSame(const Policy& former, const Policy& current) {
    return former == current;
}

bool meansTheSame(const Service& former, const Service& current) {
    return former.policies == current.policies;
}

bool meansTheSame(const IdentityProvider& former, const IdentityProvider& current) {
    return former.introspection.has_value() == current.introspection.has_value();
}

template<class T>
bool meansTheSame(const T& /*former*/, const T& /*current*/) {
    return true;
}

/// What the listeners bring to all routes.
std::vector<std::vector<std::string>> listenerPolicies(const Config& config) {
    std::vector<std::vector<std::string>> policies;
    for (const Listener& listener : config.listeners) {
        if (!listener.policies.empty()) {
            policies.push_back(listener.policies);
        }
    }
    return policies;
}

template<class T>
void addDependents(const Collection<T>& items, EntityKind kind, std::string_view name,
                   std::vector<EntityName>& dependents) {
    if (!canName(kindOf<T>, kind)) {
        return;
    }
    for (const T& item : items) {
        bool leans = false;
        visitReferences(item, [&](EntityKind namedKind, const std::string& named) {
            leans = leans || (namedKind == kind && named == name);
        });
        if (leans) {
            dependents.push_back({kindOf<T>, item.name});
        }
    }
}

} // namespace

template<class T>
void ChangedNames::add(const Collection<T>& before, const Collection<T>& after) {
    Names& names = m_names[static_cast<std::size_t>(kindOf<T>)];
    Collection<T>::visitDifference(before, after, [&](const auto& former, const auto& current) {
        if (former && (!current || former->id != current->id || !meansTheSame(*former, *current))) {
            names.insert(former->name);
        }
    });
}

/// A service is as its policies are, for the routes that lead there.
void ChangedNames::addServicesOf(const Config& after) {
    if (of(EntityKind::Policy).empty()) {
        return;
    }
    for (const Service& service : after.services) {
        const bool isOther =
            std::any_of(service.policies.begin(), service.policies.end(),
                        [&](const std::string& name) { return of(EntityKind::Policy).contains(name); });
        if (isOther) {
            m_names[static_cast<std::size_t>(EntityKind::Service)].insert(service.name);
        }
    }
}

void ChangedNames::addReach(const Config& before, const Config& after) {
    Collection<Policy>::visitDifference(
        before.policies, after.policies, [&](const auto& former, const auto& current) {
            const bool isEverywhere = (former && former->everywhere) || (current && current->everywhere);
            m_allRoutes =
                m_allRoutes ||
                (isEverywhere && !(former && current && former->id == current->id && *former == *current));
        });
    const auto policies = listenerPolicies(after);
    m_allRoutes = m_allRoutes || policies != listenerPolicies(before) ||
                  std::any_of(policies.begin(), policies.end(), [&](const std::vector<std::string>& names) {
                      return std::any_of(names.begin(), names.end(), [&](const std::string& name) {
                          return of(EntityKind::Policy).contains(name);
                      });
                  });
    if (!of(EntityKind::Tier).empty()) { // which rules may compare with
        m_allRoutes = true;
        m_allPolicies = true;
    }
    if (before.listeners == after.listeners) {
        return;
    }
    const Surroundings former(before);
    const Surroundings current(after);
    m_allPolicies = m_allPolicies || former.asksForClientCertificates != current.asksForClientCertificates ||
                    former.keyHeaders != current.keyHeaders;
}

ChangedNames ChangedNames::between(const Config& before, const Config& after) {
    ChangedNames changed;
    changed.add(before.certificates, after.certificates);
    changed.add(before.tiers, after.tiers);
    changed.add(before.services, after.services);
    changed.add(before.policies, after.policies);
    changed.add(before.identityProviders, after.identityProviders);
    changed.add(before.routes, after.routes);
    changed.addServicesOf(after);
    changed.addReach(before, after);
    return changed;
}

std::vector<EntityName> dependentsOf(const Config& config, EntityKind kind, std::string_view name) {
    std::vector<EntityName> dependents;
    addDependents(config.certificates, kind, name, dependents);
    addDependents(config.listeners, kind, name, dependents);
    addDependents(config.consumers, kind, name, dependents);
    addDependents(config.identityProviders, kind, name, dependents);
    addDependents(config.services, kind, name, dependents);
    addDependents(config.policies, kind, name, dependents);
    addDependents(config.routes, kind, name, dependents);
    return dependents;
}

} // namespace gateway::model
