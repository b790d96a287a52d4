#pragma once

#include "gateway/model/config.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

// Which policies hold for a route: the one place that knows. What requests are decided by is compiled from
// it, and reports are made of it.
namespace gateway::model {

/// A policy, and what brings it to a route.
struct AttachedPolicy {
    enum class Place : std::uint8_t { Everywhere, Listener, Service, Route }; ///< from general to specific
    const Policy* policy = nullptr;                                           ///< never null
    Place place = Place::Route;
    const std::string* owner = nullptr; ///< name of the listener, service or route; null: everywhere
    bool isWaived = false;              ///< the route names it in `waives`
};

/// "policy key-or-token on listener public", "policy hsts, which holds everywhere".
[[nodiscard]] std::string textOf(const AttachedPolicy& attached);

/// All policies of a route, or of a place where there is no route. Points into the Config that it was made
/// of.
struct EffectivePolicy {
    /// From general to specific, at each place in the order of the list; everywhere in the order of names. A
    /// policy that several places bring is there several times. Waived ones are there, too.
    std::vector<AttachedPolicy> attached{};
    const Authorize* own = nullptr; ///< the route's own; null: it says nothing

    /// RESTRICTIONS ADD UP: what each of them asks for has to be there. Each policy once, at its most
    /// specific place; without those that are waived.
    [[nodiscard]] std::vector<AttachedPolicy> holding() const;
    /// Somebody asks who calls.
    [[nodiscard]] bool authenticates() const;

    /// SETTINGS come from the most specific place, there from the last that has it: `setting(&Policy::hsts)`.
    /// Null: nobody says it.
    template<class T>
    [[nodiscard]] const T* setting(std::optional<T> Policy::*member) const {
        const AttachedPolicy* from = settingSource(member);
        return from != nullptr ? &*(from->policy->*member) : nullptr;
    }
    /// Where that comes from.
    template<class T>
    [[nodiscard]] const AttachedPolicy* settingSource(std::optional<T> Policy::*member) const {
        for (auto at = attached.rbegin(); at != attached.rend(); ++at) {
            if (!at->isWaived && at->policy->*member) {
                return &*at;
            }
        }
        return nullptr;
    }
};

/// Finds the policies of one route after the other without going through all policies each time. Keeps a
/// reference to the Config.
class PolicyPlaces {
public:
    explicit PolicyPlaces(const Config& config);

    /// Without a listener: what holds whatever the listener. Names of policies that are not there are passed
    /// over. A route waives what others bring; what it names in `policies` itself holds.
    [[nodiscard]] EffectivePolicy of(const Route& route, const Listener* listener) const;
    /// For requests that match no route.
    [[nodiscard]] EffectivePolicy listenerOnly(const Listener& listener) const;

private:
    using Place = AttachedPolicy::Place;
    void attach(EffectivePolicy& effective, Place place, const std::vector<std::string>& names,
                const std::string& owner, const Route* route) const;
    void attachEverywhere(EffectivePolicy& effective, const Route* route) const;

    const Config& m_config;
    std::vector<const Policy*> m_everywhere;
};

/// The ways of a policy in the order in which requests try them, and each way's credentials likewise: what
/// costs least to look at comes first. Of the ways that a caller shows the first one counts.
[[nodiscard]] std::vector<std::vector<Credential>> waysInOrder(const Authenticate& authenticate);

/// For one route.
[[nodiscard]] EffectivePolicy effectivePolicy(const Config& config, const Route& route,
                                              const Listener* listener);

} // namespace gateway::model
