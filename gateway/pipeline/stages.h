#pragma once

#include "gateway/auth/key_table.h"
#include "gateway/http/challenge_table.h"
#include "gateway/metrics/cells.h"
#include "gateway/pipeline/request_context.h"

#include <span>

namespace gateway::auth {
class IdentityClient;
class IdentitySigner;
class PeerDelays;
class PeerGuard;
class Revocations;
} // namespace gateway::auth
namespace gateway::limits {
class CallerBuckets;
}

namespace gateway::pipeline {

struct StageMemory;

enum class Verdict {
    Continue, ///< on to the next stage
    Reply,    ///< RequestContext::reply says what to answer
    Pending,  ///< RequestContext::wait says what to wait for; then the stage is asked again
};

/// What stages may use beside the context. One a worker. All but the first three may be null.
struct StageTools {
    const Clock& clock;
    const auth::KeyTable& keys;
    metrics::WorkerCells& cells;
    const http::ChallengeTable* challenges = nullptr; ///< null: no certificates are asked for
    auth::IdentityClient* identity = nullptr;         ///< whom providers are asked through
    const auth::Revocations* revocations = nullptr;
    auth::PeerGuard* guard = nullptr;             ///< who failed too often lately
    const auth::IdentitySigner* signer = nullptr; ///< of what upstreams learn about callers
    limits::CallerBuckets* callers = nullptr;     ///< of callers who are no consumer
    auth::PeerDelays* delays = nullptr; ///< the worker's own answers that wait; null without `guard`
    StageMemory* memory = nullptr;      ///< the worker's own; null only before there is a FlowHandler
};

struct Stage {
    const char* name;
    Verdict (*run)(RequestContext& context, const StageTools& tools);
};

/// The order of the pipeline.
[[nodiscard]] std::span<const Stage> stages();

Verdict answerChallenge(RequestContext& context, const StageTools& tools);
Verdict findRoute(RequestContext& context, const StageTools& tools);
Verdict redirect(RequestContext& context, const StageTools& tools);
Verdict authenticate(RequestContext& context, const StageTools& tools);
Verdict authorize(RequestContext& context, const StageTools& tools);
Verdict admit(RequestContext& context, const StageTools& tools);

/// Goes on without the parameters of that name in the query, so that a key goes no further. Returns how many
/// there were; `value` is one of theirs.
std::size_t takeFromQuery(RequestContext& context, std::string_view name, std::string_view& value);

} // namespace gateway::pipeline
