#pragma once

#include "gateway/auth/provider_plan.h"
#include "gateway/auth/token.h"
#include "gateway/base/clock.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace gateway::auth {

/// How things stand with a provider, for people.
struct ProviderReport {
    model::IdentityProviderId id;
    std::string name;
    std::string keysFrom;                                  ///< URL, "settings" or "secret"
    std::vector<std::pair<std::string, std::string>> keys; ///< id and kind
    std::size_t keysLeftOut = 0;
    std::optional<WallTime> fetchedAt; ///< when keys last came
    std::optional<WallTime> triedAt;
    bool isAsking = false; ///< a try is under way
    std::string problem;   ///< of the last try that ended; empty: it went well
    std::uint64_t introspections = 0;
    std::uint64_t introspectionFailures = 0;
    std::string introspectionProblem; ///< of the last one; empty: it went well
};

/// Asks identity providers: metadata (RFC 8414, OpenID Connect Discovery), key sets and introspection
/// (RFC 7662). One thread of its own, on libcurl; workers never wait for it. Answers are bounded in size and
/// time; redirects are not followed; https only, http for loopback addresses.
class IdentityClient {
public:
    explicit IdentityClient(const Clock& clock);
    ~IdentityClient(); ///< calls that are open are dropped
    IdentityClient(const IdentityClient&) = delete;
    IdentityClient& operator=(const IdentityClient&) = delete;

    /// The state of a provider's keys, made with the first call and kept as long as the client. Control
    /// thread.
    [[nodiscard]] std::shared_ptr<ProviderKeys> keysOf(model::IdentityProviderId id);

    /// Those to be asked from now on; new and changed ones are asked at once. Keys that come from settings
    /// are set before it returns. Control thread.
    void setProviders(std::vector<ProviderPlanPointer> providers);

    /// A token names a key that the provider's set does not have: asked for again at most every 30 s, and
    /// after a failure not before its back-off is over. Any thread, returns at once.
    void wantKeys(model::IdentityProviderId id);
    /// True: a fetch is under way or allowed now, so that waiting for it may bring the key.
    [[nodiscard]] bool mayBringKeys(model::IdentityProviderId id) const;

    /// Asks about a token. Calls about the same token that are open at the same time are one. `done` comes on
    /// the client's thread, once: the body of a 200 answer, or an error. Any thread.
    using Introspected = std::function<void(Result<std::string> answer)>;
    void introspect(const ProviderPlanPointer& provider, std::string token, Introspected done);

    [[nodiscard]] std::vector<ProviderReport> reports() const; ///< any thread

    /// For tests and the console's "Fetch now": asks at once, whatever the plan.
    void refresh(model::IdentityProviderId id);

private:
    struct State;
    std::unique_ptr<State> m_state;
};

} // namespace gateway::auth
