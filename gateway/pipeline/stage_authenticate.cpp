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

void refuseForFailures(RequestContext& context, const StageTools& tools, std::chrono::milliseconds time) {
    tools.cells.access.slowedOff.add();
    context.reply.extraFields = "Retry-After: ";
    context.reply.extraFields.append(std::to_string(std::chrono::ceil<std::chrono::seconds>(time).count()))
        .append("\r\n");
    context.reply.set(429, "too-many-failures", "Too many credentials from this address were not valid.");
}

/// Whoever fails again and again has to wait for its answer, and gets another one where too many wait.
Verdict slowDown(RequestContext& context, const StageTools& tools) {
    const auto address = tools.delays != nullptr ? context.clientBytes() : std::nullopt;
    if (!address) {
        return Verdict::Reply;
    }
    const auth::Slowdown slowdown = tools.delays->fail(*address, tools.clock.now());
    switch (slowdown.kind) {
    case auth::Slowdown::Kind::None:
        break;
    case auth::Slowdown::Kind::Refuse:
        refuseForFailures(context, tools, slowdown.time);
        break;
    case auth::Slowdown::Kind::Delay:
        if (!context.wait) {
            context.wait = std::make_unique<Wait>();
        }
        context.wait->what = Wait::For::Delay;
        context.wait->slowdown = slowdown;
        tools.cells.access.slowed.add();
        return Verdict::Pending;
    }
    return Verdict::Reply;
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
            if (authentication.isCutOff()) {
                refuseForFailures(context, tools, std::chrono::seconds(1));
                return Verdict::Reply;
            }
            setRefusal(context, authentication, *policy->authenticate, state);
            return state == State::Bad ? slowDown(context, tools) : Verdict::Reply;
        }
    }
    authentication.finish();
    return Verdict::Continue;
}

} // namespace gateway::pipeline
