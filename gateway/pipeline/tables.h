#pragma once

#include "gateway/auth/provider_plan.h"
#include "gateway/auth/replay_memory.h"
#include "gateway/base/paged_vector.h"
#include "gateway/http/field_names.h"
#include "gateway/http/head.h"
#include "gateway/limits/rate_limiter.h"
#include "gateway/model/config.h"
#include "gateway/net/network.h"
#include "gateway/net/tls.h"
#include "gateway/pipeline/access_plan.h"
#include "gateway/pipeline/identity_index.h"
#include "gateway/routing/router.h"
#include "gateway/upstream/service_plan.h"

#include <boost/intrusive_ptr.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gateway::pipeline {

struct TierPlan {
    model::TierId id;
    std::string name;
    limits::Rate rate;
    std::uint32_t index = 0;
};

// Plans that are unchanged are shared by the snapshots of many revisions. So they name each other by number
// and not by address: what they name may be another one in the next snapshot.

struct ConsumerPlan {
    model::ConsumerId id;
    std::string name;
    std::uint32_t tier = 0;           ///< TierPlan::index
    limits::Bucket* bucket = nullptr; ///< lives as long as the engine
    std::vector<std::string> roles;   ///< sorted
    std::uint32_t index = 0;
    bool isAgent = false;                              ///< its calls are recorded
    std::optional<limits::Rate> rate{};                ///< of its own, in place of its tier's
    std::vector<std::string> routes{};                 ///< sorted; those that it may call; empty: all
    std::shared_ptr<const model::Consumer> settings{}; ///< kind, owner, attributes, identities
};

struct RoutePlan {
    model::RouteId id;
    std::string name;
    std::uint32_t service = 0; ///< ServicePlan::index
    routing::PathRewrite rewrite;
    std::vector<PolicyPlanPointer> policies;          ///< its own, in its order
    std::vector<model::PolicyId> waives;              ///< that others bring and that do not hold here; sorted
    std::shared_ptr<const AuthorizePlan> authorize{}; ///< of its own; null: nothing
    bool stream = false;                              ///< as of model::Route
    std::uint32_t index = 0;
};

/// A listener with what its settings name, looked up.
struct ListenerPlan {
    model::Listener settings;
    std::vector<net::Network> trustedProxies;
    std::shared_ptr<const net::TlsServer> tls; ///< null: in the clear
    std::vector<PolicyPlanPointer> policies;   ///< for all that comes in here
};

/// The consumers by id: an open-addressing table whose copies share what they did not change.
class ConsumerTable {
public:
    [[nodiscard]] const ConsumerPlan* find(model::ConsumerId id) const noexcept;
    /// Adds the plan, in place of the one with its id.
    void put(ConsumerPlan plan);
    void erase(model::ConsumerId id);
    /// To be called once the changes are done.
    void seal() noexcept;
    [[nodiscard]] std::size_t pagesNotIn(const ConsumerTable& other) const noexcept {
        return m_slots.pagesNotIn(other.m_slots) + m_plans.pagesNotIn(other.m_plans);
    }

private:
    static constexpr std::uint32_t gone = 0xFFFFFFFFU;
    struct Slot {
        model::ConsumerId id; ///< 0: free
        std::uint32_t plan = gone;
    };

    [[nodiscard]] std::size_t locate(model::ConsumerId id) const noexcept;
    void growWhenHalfFull();

    PagedVector<Slot, 256> m_slots;
    PagedVector<ConsumerPlan, 256> m_plans;
    std::vector<std::uint32_t> m_freePlans;
    std::size_t m_taken = 0; ///< slots, also of consumers that went
};

/// A Config, resolved and indexed for the pipeline. Immutable. A copy shares what it does not change.
struct Tables {
    routing::Router router;
    PagedVector<RoutePlan, 32> routes; ///< by the router's slots
    std::vector<std::shared_ptr<const upstream::ServicePlan>> services;
    std::vector<std::shared_ptr<const TierPlan>> tiers;
    std::vector<const upstream::ServicePlan*> servicesByIndex; ///< null where there is none
    std::vector<const TierPlan*> tiersByIndex;
    ConsumerTable consumers;
    IdentityIndex identities;                  ///< of consumers
    model::Collection<model::Consumer> byName; ///< the consumers again, for tokens that name one
    std::vector<auth::ProviderPlanPointer> providers;
    std::vector<auth::ProviderPlanPointer> providersByIndex; ///< null where there is none
    std::shared_ptr<auth::ReplayMemory> proofs; ///< of DPoP, that were seen; null: there are no providers
    std::vector<PolicyPlanPointer> everywhere;  ///< that hold for all routes
    std::vector<std::vector<PolicyPlanPointer>> servicePolicies; ///< by ServicePlan::index
    std::vector<std::shared_ptr<const ListenerPlan>> listeners;
    /// By which services are told about callers, and clients tell nothing; null: there are none.
    std::shared_ptr<const http::FieldNames> identityNames;
    std::uint64_t serial = 0; ///< no two tables of a process have the same

    [[nodiscard]] const ConsumerPlan* consumer(model::ConsumerId id) const { return consumers.find(id); }
    /// Null: it is gone, although a connection of it is still there.
    [[nodiscard]] const ListenerPlan* listener(model::ListenerId id) const noexcept {
        for (const auto& plan : listeners) {
            if (plan->settings.id == id) {
                return plan.get();
            }
        }
        return nullptr;
    }
    [[nodiscard]] const upstream::ServicePlan& serviceOf(const RoutePlan& route) const {
        return *servicesByIndex[route.service];
    }
    [[nodiscard]] const TierPlan& tierOf(const ConsumerPlan& consumer) const {
        return *tiersByIndex[consumer.tier];
    }
    /// Null: it is gone.
    [[nodiscard]] const TierPlan* tier(std::uint32_t index) const noexcept {
        return index < tiersByIndex.size() ? tiersByIndex[index] : nullptr;
    }
    [[nodiscard]] const TierPlan* tier(std::string_view name) const noexcept;
    [[nodiscard]] const auth::ProviderPlan* provider(std::uint32_t index) const noexcept {
        return index < providersByIndex.size() ? providersByIndex[index].get() : nullptr;
    }
    [[nodiscard]] const auth::ProviderPlan* provider(model::IdentityProviderId id) const noexcept;
    [[nodiscard]] const ConsumerPlan* consumerNamed(std::string_view name) const;
    /// Whose identity it is; null: nobody's. `provider` as of IdentityIndex::hashOf.
    [[nodiscard]] const ConsumerPlan* consumerBy(model::ConsumerIdentity::Kind kind,
                                                 std::string_view provider, std::string_view value) const;
};

/// A worker's own count of who still uses a snapshot's tables: requests finish on the one they started with,
/// and holding it must not touch memory that other workers touch, too. The engine holds the tables longer
/// than any worker, so that a worker never takes them down.
class TablesHold {
public:
    explicit TablesHold(std::shared_ptr<const Tables> tables)
        : m_tables(std::move(tables)) {}

    [[nodiscard]] const Tables& operator*() const noexcept { return *m_tables; }
    [[nodiscard]] const Tables* operator->() const noexcept { return m_tables.get(); }

private:
    friend void intrusive_ptr_add_ref(TablesHold* hold) noexcept { ++hold->m_references; }
    friend void intrusive_ptr_release(TablesHold* hold) noexcept {
        if (--hold->m_references == 0) {
            delete hold;
        }
    }

    std::shared_ptr<const Tables> m_tables;
    unsigned m_references = 0;
};
using TablesPointer = boost::intrusive_ptr<TablesHold>;

} // namespace gateway::pipeline
