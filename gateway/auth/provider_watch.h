#pragma once

#include "gateway/auth/http_fetch.h"
#include "gateway/auth/provider_board.h"
#include "gateway/auth/provider_metadata.h"
#include "gateway/base/clock.h"
#include "gateway/base/random.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace gateway::auth {

/// Keeps the keys and the metadata of one provider fresh. One thread: the client's.
class ProviderWatch : public std::enable_shared_from_this<ProviderWatch> {
public:
    struct Tools {
        const Clock& clock;
        HttpFetch& http;
        ProviderBoard& board;
        Random& random;
    };

    ProviderWatch(const Tools& tools, ProviderPlanPointer plan);

    /// Tells the board whose keys these are; those of settings and secrets are there when it returns. Control
    /// thread.
    static void announce(ProviderBoard& board, const ProviderPlan& plan, WallTime now);

    [[nodiscard]] std::uint64_t serial() const noexcept { return m_plan->serial; }
    /// Starts what is due.
    void tick();
    /// When there is something due again; nothing: never, or a fetch is under way.
    [[nodiscard]] std::optional<Monotonic> due() const;
    /// Asks now, whatever the plan. While it is doing so already, what a token wants is asked for afterwards,
    /// unless other keys came.
    void start(bool isWanted);

    /// Where to introspect; empty: not known.
    [[nodiscard]] std::string introspectionEndpoint() const;
    /// True: the endpoint may become known soon, a fetch is under way.
    [[nodiscard]] bool learnEndpoint();

private:
    void discover(std::size_t which);
    void readDocument(std::size_t which, const Result<FetchAnswer>& answer);
    void tryNext(std::size_t which, const std::string& reason, bool isMissing);
    void fetchKeys();
    void readKeys(const Result<FetchAnswer>& answer);
    void succeed(std::optional<std::chrono::seconds> maxAge);
    void failWith(const std::string& reason);
    void end();
    [[nodiscard]] FetchRequest requestFor(const std::string& url) const;
    [[nodiscard]] Monotonic::duration shortened(Monotonic::duration time, double atMostBy);

    Tools m_tools;
    ProviderPlanPointer m_plan;
    bool m_isFetching = false;
    bool m_isWantedAgain = false;   ///< a token asked for keys while a fetch was under way
    std::uint64_t m_generation = 0; ///< of the keys when the fetch began
    std::optional<Monotonic> m_due;
    Monotonic m_wantedFrom{};
    unsigned m_failures = 0; ///< in a row
    std::optional<ProviderMetadata> m_metadata;
    Monotonic m_metadataFrom{};
    std::vector<std::string> m_documents; ///< where metadata may be
    std::string m_reason;                 ///< why the documents so far were none
};

} // namespace gateway::auth
