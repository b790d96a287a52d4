#include "db/entity_kinds.h"

namespace db {

using gateway::model::Collection;
using gateway::model::Config;
using gateway::model::EntityKind;
using gateway::model::Put;

namespace {

using Changes = std::map<EntityKey, std::optional<Put>>;

template<class T>
void collectChanges(EntityKind kind, const Collection<T>& before, const Collection<T>& after,
                    Changes& changes) {
    // try_emplace for what went: a rename comes as one name gone and one new, and the id says it is a change.
    Collection<T>::visitDifference(before, after, [&](const auto& former, const auto& current) {
        if (former && current && *former == *current) {
            return;
        }
        if (former) {
            changes.try_emplace({kind, former->id.value}, std::nullopt);
        }
        if (current) {
            changes[{kind, current->id.value}] = Put{*current};
        }
    });
}

} // namespace

Changes changedEntities(const Config& before, const Config& after) {
    Changes changes;
    collectChanges(EntityKind::Certificate, before.certificates, after.certificates, changes);
    collectChanges(EntityKind::Listener, before.listeners, after.listeners, changes);
    collectChanges(EntityKind::Tier, before.tiers, after.tiers, changes);
    collectChanges(EntityKind::Consumer, before.consumers, after.consumers, changes);
    collectChanges(EntityKind::IdentityProvider, before.identityProviders, after.identityProviders, changes);
    collectChanges(EntityKind::Service, before.services, after.services, changes);
    collectChanges(EntityKind::Policy, before.policies, after.policies, changes);
    collectChanges(EntityKind::Route, before.routes, after.routes, changes);
    return changes;
}

std::optional<EntityKind> kindFromName(std::string_view name) {
    for (const EntityKind kind :
         {EntityKind::Route, EntityKind::Certificate, EntityKind::Listener, EntityKind::Tier,
          EntityKind::Consumer, EntityKind::IdentityProvider, EntityKind::Service, EntityKind::Policy}) {
        if (name == gateway::model::kindName(kind)) {
            return kind;
        }
    }
    return std::nullopt;
}

const std::string& nameOf(const Put& put) {
    return std::visit([](const auto& entity) -> const std::string& { return entity.name; }, put.entity);
}

void ConfigBuilder::add(Put put) {
    struct Sort {
        ConfigBuilder& builder;
        void operator()(gateway::model::Certificate& item) {
            builder.m_certificates.push_back(std::move(item));
        }
        void operator()(gateway::model::Listener& item) { builder.m_listeners.push_back(std::move(item)); }
        void operator()(gateway::model::Tier& item) { builder.m_tiers.push_back(std::move(item)); }
        void operator()(gateway::model::Consumer& item) { builder.m_consumers.push_back(std::move(item)); }
        void operator()(gateway::model::IdentityProvider& item) {
            builder.m_identityProviders.push_back(std::move(item));
        }
        void operator()(gateway::model::Service& item) { builder.m_services.push_back(std::move(item)); }
        void operator()(gateway::model::Policy& item) { builder.m_policies.push_back(std::move(item)); }
        void operator()(gateway::model::Route& item) { builder.m_routes.push_back(std::move(item)); }
    };
    std::visit(Sort{*this}, put.entity);
}

Config ConfigBuilder::build() {
    Config config;
    config.certificates.assign(std::move(m_certificates));
    config.listeners.assign(std::move(m_listeners));
    config.tiers.assign(std::move(m_tiers));
    config.consumers.assign(std::move(m_consumers));
    config.identityProviders.assign(std::move(m_identityProviders));
    config.services.assign(std::move(m_services));
    config.policies.assign(std::move(m_policies));
    config.routes.assign(std::move(m_routes));
    return config;
}

} // namespace db
