#include "gateway/pipeline/authentication.h"
#include "gateway/pipeline/challenges.h"

/// Who calls.
namespace gateway::pipeline {
namespace {

using State = Authentication::State;

/// The refusal of an authentication that failed. Callers learn which kinds of credentials there are and
/// nothing else: who guesses keys or tokens sees one answer for all that is wrong with them. The log has it.
void setRefusal(RequestContext& context, const Authentication& authentication, const AuthenticatePlan& plan,
                State state) {
    Reply& reply = context.reply;
    const bool takesOnlyKeys = plan.takesKeys && !plan.takesTokens && !plan.takesCertificates;
    switch (state) {
    case State::Unavailable:
        reply.set(503, "identity-unavailable", "Whoever vouches for the caller's token does not answer.");
        return;
    case State::Nobody:
        reply.set(403, "no-consumer", "The credential is good, but nobody here is meant by it.");
        return;
    case State::Absent:
        if (takesOnlyKeys) {
            reply.set(401, "key-missing", "This route needs an API key.");
        } else {
            reply.set(401, "credential-missing", "This route needs to know who calls.");
        }
        break;
    case State::Bad:
    case State::Good:
    case State::Pending:
        if (takesOnlyKeys) {
            reply.set(401, "key-invalid", "The API key is not valid.");
        } else {
            reply.set(401, "token-invalid", "The credential is not valid.");
        }
        break;
    }
    appendChallenges(reply.extraFields, context, plan, authentication.tokenState() == State::Bad);
}

} // namespace

Verdict authenticate(RequestContext& context, const StageTools& tools) {
    context.caller.reset();
    // Also where nobody is asked who they are: a key must not travel on to the upstream.
    Authentication authentication(context, tools);
    for (const PolicyPlan* policy : context.policies) {
        if (!policy->authenticate) {
            continue;
        }
        const State state = authentication.satisfy(*policy->authenticate);
        if (state == State::Pending) {
            return Verdict::Pending;
        }
        if (state != State::Good) {
            context.caller.reset();
            setRefusal(context, authentication, *policy->authenticate, state);
            return Verdict::Reply;
        }
    }
    authentication.finish();
    return Verdict::Continue;
}

} // namespace gateway::pipeline
