#pragma once

#include "gateway/auth/identity_client.h"

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace gateway::auth {

/// How things stand with the providers, as other threads than the client's see it. Thread-safe; the lock is
/// only ever held for a moment.
class ProviderBoard {
public:
    using Id = model::IdentityProviderId;

    [[nodiscard]] std::shared_ptr<ProviderKeys> keysOf(Id id);
    /// The provider is to be asked from now on: its report starts anew but for counters. Keys from elsewhere
    /// than `source` are forgotten, so that nobody is trusted by keys of a former issuer.
    void begin(const ProviderPlan& plan, const std::string& source, bool isFetched);
    /// Those of settings and secrets. An error is reported.
    void setKeys(const ProviderPlan& plan, const Result<std::shared_ptr<const KeySet>>& keys, WallTime now);
    /// Only these are reported from now on.
    void keepOnly(const std::vector<ProviderPlanPointer>& providers);

    // What comes of a plan that begin() has replaced meanwhile is ignored.
    /// A fetch began; the next one that a token may bring about is not before `wantedFrom`.
    void fetching(const ProviderPlan& plan, WallTime now, Monotonic wantedFrom);
    /// It came to an end.
    void fetched(const ProviderPlan& plan, Monotonic wantedFrom);
    void problem(const ProviderPlan& plan, const std::string& problem);
    /// Where keys come from, once metadata said it.
    void keysFrom(const ProviderPlan& plan, const std::string& url);

    /// True: the caller has to start a fetch, after the one that may be under way; the wish is noted, so that
    /// this is said once.
    [[nodiscard]] bool want(Id id, Monotonic now);
    [[nodiscard]] bool mayBringKeys(Id id, Monotonic now) const;

    void introspected(Id id, const std::string& problem);

    [[nodiscard]] std::vector<ProviderReport> reports() const;

private:
    struct Entry {
        std::shared_ptr<ProviderKeys> keys = std::make_shared<ProviderKeys>();
        ProviderReport report;
        std::uint64_t serial = 0; ///< of the plan that holds
        std::string source;       ///< where `keys` come from
        bool isListed = false;
        bool isFetched = false; ///< its keys are asked for; otherwise they are settings
        bool isFetching = false;
        bool isWanted = false;
        Monotonic wantedFrom{};
    };

    [[nodiscard]] Entry* entryOf(const ProviderPlan& plan);

    mutable std::mutex m_mutex;
    std::map<std::uint64_t, Entry> m_entries; ///< by the id's value
};

} // namespace gateway::auth
