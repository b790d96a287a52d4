#pragma once

#include "gateway/model/config.h"

#include <array>
#include <functional>
#include <set>
#include <string>
#include <type_traits>
#include <vector>

namespace gateway::model {

// Who leans on whom: the one place that knows in which fields entities name others.

template<class T>
constexpr EntityKind kindOf = std::is_same_v<T, Certificate>        ? EntityKind::Certificate
                              : std::is_same_v<T, Listener>         ? EntityKind::Listener
                              : std::is_same_v<T, Tier>             ? EntityKind::Tier
                              : std::is_same_v<T, Consumer>         ? EntityKind::Consumer
                              : std::is_same_v<T, IdentityProvider> ? EntityKind::IdentityProvider
                              : std::is_same_v<T, Service>          ? EntityKind::Service
                              : std::is_same_v<T, Policy>           ? EntityKind::Policy
                                                                    : EntityKind::Route;

/// Whether entities of the one kind have fields that name entities of the other.
[[nodiscard]] constexpr bool canName(EntityKind who, EntityKind whom) {
    switch (who) {
    case EntityKind::Certificate:
        return whom == EntityKind::Certificate;
    case EntityKind::Service:
    case EntityKind::Listener:
        return whom == EntityKind::Certificate || whom == EntityKind::Policy;
    case EntityKind::Consumer:
        return whom == EntityKind::Tier || whom == EntityKind::IdentityProvider || whom == EntityKind::Route;
    case EntityKind::IdentityProvider:
        return whom == EntityKind::Certificate || whom == EntityKind::Tier;
    case EntityKind::Policy:
        return whom == EntityKind::IdentityProvider || whom == EntityKind::Tier;
    case EntityKind::Route:
        return whom == EntityKind::Service || whom == EntityKind::Policy;
    case EntityKind::Tier:
        break;
    }
    return false;
}

/// Calls `visit(kind, name)` for each field of the entity that names another one; the name can be changed
/// where the entity can. An empty name names nothing.
template<class Entity, class Visit>
void visitReferences(Entity& entity, const Visit& visit) {
    using T = std::remove_const_t<Entity>;
    const auto visitAll = [&](EntityKind kind, auto& names) {
        for (auto& name : names) {
            visit(kind, name);
        }
    };
    if constexpr (std::is_same_v<T, Certificate>) {
        if (entity.acme) {
            visit(EntityKind::Certificate, entity.acme->directoryAuthority);
        }
    } else if constexpr (std::is_same_v<T, Listener>) {
        if (entity.tls) {
            visitAll(EntityKind::Certificate, entity.tls->certificates);
            visit(EntityKind::Certificate, entity.tls->clientAuthority);
        }
        visitAll(EntityKind::Policy, entity.policies);
    } else if constexpr (std::is_same_v<T, Consumer>) {
        visit(EntityKind::Tier, entity.tier);
        for (auto& identity : entity.identities) {
            visit(EntityKind::IdentityProvider, identity.provider);
        }
        visitAll(EntityKind::Route, entity.routes);
    } else if constexpr (std::is_same_v<T, IdentityProvider>) {
        visit(EntityKind::Certificate, entity.authority);
        visit(EntityKind::Tier, entity.tier);
    } else if constexpr (std::is_same_v<T, Policy>) {
        if (entity.authenticate) {
            for (auto& way : entity.authenticate->anyOf) {
                for (auto& credential : way) {
                    visit(EntityKind::IdentityProvider, credential.provider);
                }
            }
            visit(EntityKind::Tier, entity.authenticate->anonymousTier);
        }
    } else if constexpr (std::is_same_v<T, Service>) {
        if (entity.tls) {
            visit(EntityKind::Certificate, entity.tls->authority);
            visit(EntityKind::Certificate, entity.tls->certificate);
        }
        visitAll(EntityKind::Policy, entity.policies);
    } else if constexpr (std::is_same_v<T, Route>) {
        visit(EntityKind::Service, entity.service);
        visitAll(EntityKind::Policy, entity.policies);
        visitAll(EntityKind::Policy, entity.waives);
    }
}

/// What does not mean what it meant before: whoever names it has to be looked at again, although it did not
/// change itself. So have all whom it reaches without being named: policies that hold everywhere or for a
/// listener reach every route.
class ChangedNames {
public:
    /// Names whose entity went, is another one, or changed in what those who name it go by: what a
    /// certificate is for, whether a provider has introspection, which policies a service brings, and all of
    /// a policy. A name that is new cannot have been named before.
    [[nodiscard]] static ChangedNames between(const Config& before, const Config& after);

    /// False: no entity of this kind needs to be asked.
    template<class T>
    [[nodiscard]] bool canConcern() const {
        if (concernsAll<T>()) {
            return true;
        }
        for (const EntityKind kind : kinds) {
            if (canName(kindOf<T>, kind) && !of(kind).empty()) {
                return true;
            }
        }
        return false;
    }

    template<class T>
    [[nodiscard]] bool concern(const T& entity) const {
        bool found = concernsAll<T>();
        visitReferences(entity, [&](EntityKind kind, const std::string& name) {
            found = found || of(kind).contains(name);
        });
        return found;
    }

private:
    using Names = std::set<std::string, std::less<>>;

    /// Those that somebody can name.
    static constexpr std::array kinds{EntityKind::Certificate,      EntityKind::Tier,   EntityKind::Service,
                                      EntityKind::IdentityProvider, EntityKind::Policy, EntityKind::Route};

    template<class T>
    [[nodiscard]] bool concernsAll() const {
        return std::is_same_v<T, Route> ? m_allRoutes : std::is_same_v<T, Policy> && m_allPolicies;
    }

    template<class T>
    void add(const Collection<T>& before, const Collection<T>& after);
    void addServicesOf(const Config& after);
    void addReach(const Config& before, const Config& after);
    [[nodiscard]] const Names& of(EntityKind kind) const { return m_names[static_cast<std::size_t>(kind)]; }

    std::array<Names, 8> m_names; ///< by kind
    bool m_allRoutes =
        false; ///< a policy that holds everywhere or for a listener is another one, or a tier went
    bool m_allPolicies =
        false; ///< listeners ask for other certificates or look for keys elsewhere, or a tier went
};

struct EntityName {
    EntityKind kind = EntityKind::Route;
    std::string name;
    bool operator==(const EntityName&) const = default;
};

/// Who names this entity: by kind in the order of the file, and by name.
[[nodiscard]] std::vector<EntityName> dependentsOf(const Config& config, EntityKind kind,
                                                   std::string_view name);

} // namespace gateway::model
