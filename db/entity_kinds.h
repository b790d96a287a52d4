#pragma once

#include "gateway/model/config.h"

#include <map>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace db {

using EntityKey = std::pair<gateway::model::EntityKind, std::uint64_t>;

/// For each entity that differs between two configs: what it is afterwards, or nothing when it is gone. What
/// both share is not looked at.
[[nodiscard]] std::map<EntityKey, std::optional<gateway::model::Put>>
changedEntities(const gateway::model::Config& before, const gateway::model::Config& after);

[[nodiscard]] std::optional<gateway::model::EntityKind> kindFromName(std::string_view name);
[[nodiscard]] const std::string& nameOf(const gateway::model::Put& put);

/// Collects entities one by one and sorts them once.
class ConfigBuilder {
public:
    void add(gateway::model::Put put);
    [[nodiscard]] gateway::model::Config build();

private:
    std::vector<gateway::model::Certificate> m_certificates;
    std::vector<gateway::model::Listener> m_listeners;
    std::vector<gateway::model::Tier> m_tiers;
    std::vector<gateway::model::Consumer> m_consumers;
    std::vector<gateway::model::IdentityProvider> m_identityProviders;
    std::vector<gateway::model::Service> m_services;
    std::vector<gateway::model::Policy> m_policies;
    std::vector<gateway::model::Route> m_routes;
};

} // namespace db
