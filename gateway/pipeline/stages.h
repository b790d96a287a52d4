#pragma once

#include "gateway/auth/key_table.h"
#include "gateway/http/challenge_table.h"
#include "gateway/metrics/cells.h"
#include "gateway/pipeline/request_context.h"

#include <span>

namespace gateway::pipeline {

enum class Verdict {
    Continue, ///< on to the next stage
    Reply,    ///< RequestContext::reply says what to answer
};

/// What stages may use beside the context. One a worker.
struct StageTools {
    const Clock& clock;
    const auth::KeyTable& keys;
    metrics::WorkerCells& cells;
    const http::ChallengeTable* challenges = nullptr; ///< null: no certificates are asked for
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

/// Whether a caller, null: nobody known, has one of the roles that the route asks for.
[[nodiscard]] bool mayUse(const RoutePlan& route, const ConsumerPlan* consumer);

/// Goes on without the parameters of that name in the query, so that a key goes no further. Returns how many
/// there were; `value` is one of theirs.
std::size_t takeFromQuery(RequestContext& context, std::string_view name, std::string_view& value);

} // namespace gateway::pipeline
