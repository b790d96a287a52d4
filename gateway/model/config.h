#pragma once

#include "gateway/base/clock.h"
#include "gateway/model/certificate.h"
#include "gateway/model/collection.h"
#include "gateway/model/consumer.h"
#include "gateway/model/identity_provider.h"
#include "gateway/model/listener.h"
#include "gateway/model/policy.h"
#include "gateway/model/route.h"
#include "gateway/model/service.h"
#include "gateway/model/tier.h"

#include <string>
#include <variant>
#include <vector>

namespace gateway::model {

/// What people edit. Cheap to copy.
struct Config {
    Collection<Certificate> certificates;
    Collection<Listener> listeners;
    Collection<Tier> tiers;
    Collection<Consumer> consumers;
    Collection<IdentityProvider> identityProviders;
    Collection<Service> services;
    Collection<Policy> policies;
    Collection<Route> routes;

    bool operator==(const Config&) const = default;
};

enum class EntityKind { Certificate, Listener, Tier, Consumer, IdentityProvider, Service, Policy, Route };

/// The word for a kind: "listener", "tier", ... and its plural as in the file: "listeners", ...
[[nodiscard]] const char* kindName(EntityKind kind);
[[nodiscard]] const char* kindPlural(EntityKind kind);

/// Adds an entity (id 0) or replaces the one with its id; a new name is a rename.
struct Put {
    std::variant<Certificate, Listener, Tier, Consumer, IdentityProvider, Service, Policy, Route> entity;
    bool operator==(const Put&) const = default;
};

struct Remove {
    EntityKind kind = EntityKind::Route;
    std::uint64_t id = 0;
    bool operator==(const Remove&) const = default;
};

using Edit = std::variant<Put, Remove>;

/// Edits that are published together or not at all.
struct ConfigChange {
    RevisionNumber base = 0; ///< the revision that the author saw; a stale one is refused
    std::string author;
    std::string message;
    std::vector<Edit> edits;
};

/// A published Config.
struct Revision {
    RevisionNumber number = 0; ///< 1, 2, 3...; 0: nothing was ever published
    std::string author;
    std::string message;
    WallTime time{};
    std::string contentHash; ///< hex SHA-256 over the content; equal content, equal hash
};

} // namespace gateway::model
