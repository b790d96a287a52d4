#include "gateway/model/validator.h"

#include "gateway/model/dependents.h"
#include "gateway/model/validate_access.h"
#include "gateway/model/validate_parts.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <unordered_set>
#include <vector>

namespace gateway::model {
namespace {

template<class T>
using Items = std::vector<const T*>; ///< in the order of their names

template<class T>
Items<T> changedItems(const Collection<T>& before, const Collection<T>& after) {
    Items<T> changed;
    Collection<T>::visitDifference(before, after, [&](const auto& /*former*/, const auto& current) {
        if (current) {
            changed.push_back(current.get());
        }
    });
    return changed;
}

/// Adds those that lean on something that changed. A pass over all of them, so only taken when something did.
template<class T>
void addDependents(const Collection<T>& all, const ChangedNames& names, Items<T>& items) {
    if (!names.canConcern<T>()) {
        return;
    }
    Items<T> dependents;
    for (const T& item : all) {
        if (names.concern(item)) {
            dependents.push_back(&item);
        }
    }
    Items<T> both;
    std::set_union(items.begin(), items.end(), dependents.begin(), dependents.end(), std::back_inserter(both),
                   [](const T* a, const T* b) { return a->name < b->name; });
    items = std::move(both);
}

template<class T>
std::size_t checkItems(const Surroundings& around, const Items<T>& items, Problems& problems) {
    for (const T* item : items) {
        checkEntity(around, *item, problems);
    }
    return items.size();
}

/// What changed, and what leans on something that did.
template<class T>
std::size_t checkChanged(const Surroundings& around, const Collection<T>& before, const Collection<T>& after,
                         const ChangedNames& names, Problems& problems) {
    Items<T> items = changedItems(before, after);
    addDependents(after, names, items);
    return checkItems(around, items, problems);
}

} // namespace

struct Validator::RouteChange {
    struct Placed {
        RankedRoute ranked;
        std::vector<std::uint64_t> places;
    };
    std::vector<Placed> added;             ///< enabled ones that are new or changed
    std::unordered_set<const Route*> gone; ///< as they were in the last good config
};

struct Validator::ConsumerChange {
    Items<Consumer> added;                    ///< that are new or changed
    std::unordered_set<const Consumer*> gone; ///< as they were in the last good config
};

Problems Validator::validate(const Config& config) {
    m_checked = 0;
    Problems problems;
    const Surroundings around(config);
    const ChangedNames names = ChangedNames::between(m_good, config);
    m_checked += checkChanged(around, m_good.certificates, config.certificates, names, problems);
    // Listeners are few, and each has to have an address of its own among all.
    if (names.canConcern<Listener>() || !(config.listeners == m_good.listeners)) {
        for (const Listener& listener : config.listeners) {
            checkEntity(around, listener, problems);
        }
        m_checked += config.listeners.size();
        checkAddressesDiffer(config, problems);
    }
    m_checked += checkChanged(around, m_good.tiers, config.tiers, names, problems);
    ConsumerChange consumers;
    checkConsumers(around, names, consumers, problems);
    checkIdentities(consumers, problems);
    m_checked += checkChanged(around, m_good.identityProviders, config.identityProviders, names, problems);
    m_checked += checkChanged(around, m_good.services, config.services, names, problems);
    m_checked += checkChanged(around, m_good.policies, config.policies, names, problems);

    RouteChange routes;
    checkRoutes(around, names, routes, problems);
    checkOverlaps(routes, problems);
    if (problems.empty()) {
        remember(consumers);
        remember(routes);
        m_good = config; // last: it held what went
    }
    return problems;
}

void Validator::checkConsumers(const Surroundings& around, const ChangedNames& names, ConsumerChange& change,
                               Problems& problems) {
    Collection<Consumer>::visitDifference(m_good.consumers, around.config.consumers,
                                          [&](const auto& former, const auto& current) {
                                              if (former) {
                                                  change.gone.insert(former.get());
                                              }
                                              if (current) {
                                                  change.added.push_back(current.get());
                                              }
                                          });
    Items<Consumer> items = change.added;
    addDependents(around.config.consumers, names, items);
    m_checked += checkItems(around, items, problems);
}

/// Two consumers that did not change had no identity in common before and have none now: only those of
/// changed ones are looked up. Of several owners the first by name has it, as when all are compared.
void Validator::checkIdentities(const ConsumerChange& change, Problems& problems) {
    struct Owner {
        const Consumer* consumer = nullptr;
        std::size_t index = 0;
    };
    std::unordered_map<std::string, std::vector<Owner>> owners;
    for (const Consumer* consumer : change.added) {
        for (std::size_t i = 0; i < consumer->identities.size(); ++i) {
            owners[identityKey(consumer->identities[i])].push_back({consumer, i});
        }
    }
    struct Repeated {
        Owner owner;
        const Consumer* first = nullptr;
    };
    std::vector<Repeated> repeated;
    for (auto& [key, all] : owners) {
        const auto known = m_identities.find(key);
        if (known != m_identities.end() && !change.gone.contains(known->second)) {
            const auto& identities = known->second->identities;
            const auto at =
                std::find_if(identities.begin(), identities.end(), [&](const ConsumerIdentity& identity) {
                    return identityKey(identity) == known->first;
                });
            const Owner owner{known->second, static_cast<std::size_t>(at - identities.begin())};
            all.insert(std::lower_bound(all.begin(), all.end(), owner,
                                        [](const Owner& a, const Owner& b) {
                                            return a.consumer->name < b.consumer->name;
                                        }),
                       owner);
            ++m_checked;
        }
        for (const Owner& owner : all) {
            if (owner.consumer != all.front().consumer) {
                repeated.push_back({owner, all.front().consumer});
            }
        }
    }
    std::sort(repeated.begin(), repeated.end(), [](const Repeated& a, const Repeated& b) {
        return std::pair(std::string_view(a.owner.consumer->name), a.owner.index) <
               std::pair(std::string_view(b.owner.consumer->name), b.owner.index);
    });
    for (const Repeated& item : repeated) {
        addSameIdentity(*item.owner.consumer, item.owner.index, *item.first, problems);
    }
}

void Validator::checkRoutes(const Surroundings& around, const ChangedNames& names, RouteChange& change,
                            Problems& problems) {
    Items<Route> routes;
    Collection<Route>::visitDifference(
        m_good.routes, around.config.routes, [&](const auto& former, const auto& current) {
            if (former) {
                change.gone.insert(former.get());
            }
            if (current) {
                routes.push_back(current.get());
                if (auto ranked = rankRoute(*current)) {
                    auto places = overlapPlaces(*ranked);
                    change.added.push_back({std::move(*ranked), std::move(places)});
                }
            }
        });
    addDependents(around.config.routes, names, routes);
    m_checked += checkItems(around, routes, problems);
}

/// Two routes that did not change did not overlap before and do not now: only those that share a place with a
/// changed one are compared. The outcome is that of comparing all, since a place is looked at as a whole.
void Validator::checkOverlaps(const RouteChange& change, Problems& problems) {
    std::unordered_set<const Route*> neighbours;
    std::vector<RankedRoute> ranked;
    for (const RouteChange::Placed& placed : change.added) {
        ranked.push_back(placed.ranked);
        for (const std::uint64_t place : placed.places) {
            const auto [first, last] = m_places.equal_range(place);
            for (auto at = first; at != last; ++at) {
                if (!change.gone.contains(at->second) && neighbours.insert(at->second).second) {
                    ranked.push_back(*rankRoute(*at->second));
                }
            }
        }
    }
    m_checked += neighbours.size();
    std::sort(ranked.begin(), ranked.end(),
              [](const RankedRoute& a, const RankedRoute& b) { return a.route->name < b.route->name; });
    Problems overlaps = findOverlaps(ranked);
    problems.insert(problems.end(), std::make_move_iterator(overlaps.begin()),
                    std::make_move_iterator(overlaps.end()));
}

void Validator::remember(const ConsumerChange& change) {
    for (const Consumer* consumer : change.gone) {
        for (const ConsumerIdentity& identity : consumer->identities) {
            m_identities.erase(identityKey(identity));
        }
    }
    for (const Consumer* consumer : change.added) {
        for (const ConsumerIdentity& identity : consumer->identities) {
            m_identities.emplace(identityKey(identity), consumer);
        }
    }
}

void Validator::remember(const RouteChange& change) {
    for (const Route* route : change.gone) {
        const auto ranked = rankRoute(*route);
        for (const std::uint64_t place : ranked ? overlapPlaces(*ranked) : std::vector<std::uint64_t>()) {
            const auto [first, last] = m_places.equal_range(place);
            const auto at =
                std::find_if(first, last, [&](const auto& entry) { return entry.second == route; });
            if (at != last) {
                m_places.erase(at);
            }
        }
    }
    for (const RouteChange::Placed& placed : change.added) {
        for (const std::uint64_t place : placed.places) {
            m_places.emplace(place, placed.ranked.route);
        }
    }
}

} // namespace gateway::model
