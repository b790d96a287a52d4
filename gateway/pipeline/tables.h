#pragma once

#include "gateway/base/paged_vector.h"
#include "gateway/http/head.h"
#include "gateway/limits/rate_limiter.h"
#include "gateway/model/config.h"
#include "gateway/net/network.h"
#include "gateway/net/tls.h"
#include "gateway/routing/router.h"
#include "gateway/upstream/service_plan.h"

#include <boost/intrusive_ptr.hpp>
#include <cstdint>
#include <memory>
#include <string>
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
};

struct RoutePlan {
    model::RouteId id;
    std::string name;
    std::uint32_t service = 0; ///< ServicePlan::index
    routing::PathRewrite rewrite;
    std::vector<std::string> roles; ///< the caller needs one of them; empty: none
    bool authenticates = false;
    bool stream = false;                     ///< as of model::Route
    std::uint16_t redirectPort = 0;          ///< requests in the clear are sent there; 0: they are not
    std::shared_ptr<const std::string> hsts; ///< a whole line for answers over TLS; null: none
    std::uint32_t index = 0;
};

/// A listener with what its settings name, looked up.
struct ListenerPlan {
    model::Listener settings;
    std::vector<net::Network> trustedProxies;
    std::shared_ptr<const net::TlsServer> tls; ///< null: in the clear
    // For routes that say nothing else, and where there is no route.
    std::uint16_t redirectPort = 0;
    std::shared_ptr<const std::string> hsts;
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
    std::vector<std::shared_ptr<const ListenerPlan>> listeners;

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
