#include "gateway/model/dependents.h"

namespace gateway::model {
namespace {

bool meansTheSame(const Certificate& former, const Certificate& current) {
    return former.use == current.use;
}

bool meansTheSame(const Policy& former, const Policy& current) {
    return former == current;
}

template<class T>
bool meansTheSame(const T& /*former*/, const T& /*current*/) {
    return true;
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

ChangedNames ChangedNames::between(const Config& before, const Config& after) {
    ChangedNames changed;
    changed.add(before.certificates, after.certificates);
    changed.add(before.tiers, after.tiers);
    changed.add(before.services, after.services);
    changed.add(before.policies, after.policies);
    changed.add(before.identityProviders, after.identityProviders);
    changed.add(before.routes, after.routes);
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
