#pragma once

#include "gateway/auth/http_fetch.h"
#include "gateway/auth/identity_client.h"

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace gateway::auth {

/// The introspection calls (RFC 7662) of one provider: bounded, and one for all who ask about the same token
/// at the same time. One thread: the client's.
class IntrospectionQueue : public std::enable_shared_from_this<IntrospectionQueue> {
public:
    using Done = IdentityClient::Introspected;
    /// Told of each call that ended; an empty problem: it went well.
    using Counted = std::function<void(const std::string& problem)>;

    static constexpr std::size_t openMax = 64;
    static constexpr std::size_t queuedMax = 4'096;
    static constexpr std::size_t waitingMax = 4'096; ///< for the answer of one call

    IntrospectionQueue(HttpFetch& http, Counted counted);

    void add(const ProviderPlanPointer& plan, std::string token, Done done);

    /// Whether there is something that waits for its turn.
    [[nodiscard]] bool isWaiting() const noexcept { return !m_queue.empty(); }
    /// Ends what waited too long, starts what there is room for. True: the next one has no endpoint of its
    /// own in its settings, and `endpoint`, the one of the metadata, is empty.
    [[nodiscard]] bool pump(const std::string& endpoint);
    /// Ends everything that waits, since nobody knows whom to ask.
    void refuseWaiting(const std::string& why);

private:
    // Rules of another plan may name another endpoint or client, so that calls of two plans are never one.
    using Key = std::pair<std::uint64_t, std::string>; ///< the plan's serial, the token
    struct Call {
        ProviderPlanPointer plan;
        std::vector<Done> waiting;
        std::chrono::steady_clock::time_point deadline; ///< of the real time, as libcurl's limits are
    };
    using Calls = std::map<Key, Call>;

    void expire();
    void send(Calls::iterator call, const std::string& url);
    void answered(const Key& key, Result<FetchAnswer> answer);
    void finish(Calls::iterator call, Result<std::string> answer);

    HttpFetch& m_http;
    Counted m_counted;
    Calls m_calls;
    std::deque<Calls::iterator> m_queue; ///< those that are not open yet, oldest first
    std::size_t m_open = 0;
};

} // namespace gateway::auth
