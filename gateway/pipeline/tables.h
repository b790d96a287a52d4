#pragma once

#include "gateway/http/head.h"
#include "gateway/limits/rate_limiter.h"
#include "gateway/model/config.h"
#include "gateway/routing/router.h"
#include "gateway/upstream/service_plan.h"

#include <boost/intrusive_ptr.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace gateway::pipeline {

struct TierPlan {
    model::TierId id;
    std::string name;
    limits::Rate rate;
    std::uint32_t index = 0;
};

struct ConsumerPlan {
    model::ConsumerId id;
    std::string name;
    const TierPlan* tier = nullptr;
    limits::Bucket* bucket = nullptr; ///< lives as long as the engine
    std::vector<std::string> roles;   ///< sorted
    std::uint32_t index = 0;
};

struct RoutePlan {
    model::RouteId id;
    std::string name;
    const upstream::ServicePlan* service = nullptr;
    routing::PathRewrite rewrite;
    std::vector<std::string> roles; ///< the caller needs one of them; empty: none
    bool authenticates = false;
    std::uint32_t index = 0;
};

/// A Config, resolved and indexed for the pipeline. Immutable.
struct Tables {
    routing::Router router;
    std::vector<RoutePlan> routes; ///< in the order of Config::routes
    std::vector<std::unique_ptr<const upstream::ServicePlan>> services;
    std::vector<std::unique_ptr<const TierPlan>> tiers;
    std::unordered_map<model::ConsumerId, ConsumerPlan> consumers;
    std::vector<model::Listener> listeners;

    [[nodiscard]] const ConsumerPlan* consumer(model::ConsumerId id) const {
        const auto at = consumers.find(id);
        return at != consumers.end() ? &at->second : nullptr;
    }
};

/// A worker's own count of who still uses a snapshot's tables: requests finish on the one they started with,
/// and holding it must not touch memory that other workers touch, too.
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
