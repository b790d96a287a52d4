#include "gateway/model/validator.h"

#include "gateway/model/dependents.h"
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
std::size_t checkItems(const Config& config, const Items<T>& items, Problems& problems) {
    for (const T* item : items) {
        checkEntity(config, *item, problems);
    }
    return items.size();
}

/// What changed, and what leans on something that did.
template<class T>
std::size_t checkChanged(const Config& config, const Collection<T>& before, const Collection<T>& after,
                         const ChangedNames& names, Problems& problems) {
    Items<T> items = changedItems(before, after);
    addDependents(after, names, items);
    return checkItems(config, items, problems);
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

Problems Validator::validate(const Config& config) {
    m_checked = 0;
    Problems problems;
    const ChangedNames names = ChangedNames::between(m_good, config);
    m_checked += checkChanged(config, m_good.certificates, config.certificates, names, problems);
    // Listeners are few, and each has to have an address of its own among all.
    if (names.canConcern<Listener>() || !(config.listeners == m_good.listeners)) {
        for (const Listener& listener : config.listeners) {
            checkEntity(config, listener, problems);
        }
        m_checked += config.listeners.size();
        checkAddressesDiffer(config, problems);
    }
    m_checked += checkChanged(config, m_good.tiers, config.tiers, names, problems);
    m_checked += checkChanged(config, m_good.consumers, config.consumers, names, problems);
    m_checked += checkChanged(config, m_good.identityProviders, config.identityProviders, names, problems);
    m_checked += checkChanged(config, m_good.services, config.services, names, problems);
    m_checked += checkChanged(config, m_good.policies, config.policies, names, problems);

    RouteChange change;
    checkRoutes(config, names, change, problems);
    checkOverlaps(change, problems);
    if (problems.empty()) {
        remember(config, change);
    }
    return problems;
}

void Validator::checkRoutes(const Config& config, const ChangedNames& names, RouteChange& change,
                            Problems& problems) {
    Items<Route> routes;
    Collection<Route>::visitDifference(
        m_good.routes, config.routes, [&](const auto& former, const auto& current) {
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
    addDependents(config.routes, names, routes);
    m_checked += checkItems(config, routes, problems);
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

void Validator::remember(const Config& config, const RouteChange& change) {
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
    m_good = config; // last: it held the routes that went
}

} // namespace gateway::model
