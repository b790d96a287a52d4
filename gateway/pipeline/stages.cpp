#include "gateway/pipeline/stages.h"

#include "gateway/http/writer.h"
#include "gateway/limits/caller_buckets.h"

namespace gateway::pipeline {
Verdict findRoute(RequestContext& context, const StageTools& tools) {
    const Tables& tables = **context.tables;
    const routing::MatchResult match = tables.router.find(*context.head);
    switch (match.status) {
    case routing::MatchStatus::Found:
        context.route = &tables.routes[match.route];
        context.routeSlot = match.route;
        context.service = &tables.serviceOf(*context.route);
        context.collectPolicies();
        return Verdict::Continue;
    case routing::MatchStatus::NotFound:
        if (redirect(context, tools) == Verdict::Reply) {
            return Verdict::Reply;
        }
        context.reply.set(404, "no-route", "No route matches this request.");
        return Verdict::Reply;
    case routing::MatchStatus::MethodNotAllowed:
        if (redirect(context, tools) == Verdict::Reply) {
            return Verdict::Reply;
        }
        context.reply.set(405, "method-not-allowed", "The route does not take this method.");
        context.reply.extraFields.append("Allow: ")
            .append(tables.router.allowedMethods(*context.head))
            .append("\r\n");
        return Verdict::Reply;
    }
    return Verdict::Continue;
}

Verdict admit(RequestContext& context, const StageTools& tools) {
    const Caller& caller = context.caller;
    if (caller.tier == nullptr || (caller.bucket == nullptr && caller.bucketKey == 0)) {
        return Verdict::Continue;
    }
    const limits::Decision decision =
        caller.bucket != nullptr ? caller.bucket->admit(caller.rate, context.start)
                                 : tools.callers->admit(caller.bucketKey, caller.rate, context.start);
    limits::writeRateLimitFields(context.limitFields, decision, caller.rate, caller.tier->name);
    tools.cells.tiers.at(caller.tier->index).requests.add();
    if (caller.consumer != nullptr) {
        tools.cells.consumers.at(caller.consumer->index).requests.add();
    }
    if (decision.admitted) {
        return Verdict::Continue;
    }
    context.rateLimited = true;
    tools.cells.tiers.at(caller.tier->index).rateLimited.add();
    if (caller.consumer != nullptr) {
        tools.cells.consumers.at(caller.consumer->index).rateLimited.add();
    }
    context.reply.set(429, "rate-limited", "The caller's tier allows no more requests now.");
    return Verdict::Reply;
}

} // namespace gateway::pipeline
