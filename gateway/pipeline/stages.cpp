#include "gateway/pipeline/stages.h"

#include "gateway/http/writer.h"

#include <algorithm>

namespace gateway::pipeline {
namespace {

constexpr const char* challenge = "WWW-Authenticate: ApiKey realm=\"gatehouse\"\r\n";

Verdict refuseKey(RequestContext& context, auth::KeyVerdict verdict) {
    context.key.verdict = verdict;
    if (verdict == auth::KeyVerdict::Missing) {
        context.reply.set(401, "key-missing", "This route needs an API key.");
    } else {
        // One answer for unknown, disabled, revoked and expired: who guesses keys learns nothing. The log has
        // it.
        context.reply.set(401, "key-invalid", "The API key is not valid.");
    }
    context.reply.extraFields = challenge;
    return Verdict::Reply;
}

/// The credential that the request shows; false: more than one, which leaves open who calls.
bool takeKey(RequestContext& context, std::string_view& key) {
    bool found = false;
    for (const http::Field& field : context.head->fields) {
        if (http::equalsIgnoreCase(field.name, context.listener->keyHeader)) {
            if (found) {
                return false;
            }
            found = true;
            key = field.value;
            context.keyField = context.listener->keyHeader;
        }
    }
    if (context.listener->keyQuery.empty() || !context.head->hasQuery) {
        return true;
    }
    std::string_view inQuery;
    const std::size_t times = takeFromQuery(context, context.listener->keyQuery, inQuery);
    if (times > 1) {
        return false;
    }
    if (times == 1) {
        if (found) {
            return false;
        }
        key = inQuery;
    }
    return true;
}

} // namespace

void RequestContext::reset() {
    tables.reset();
    listener = nullptr;
    listenerPlan = nullptr;
    head = nullptr;
    peer = nullptr;
    client = {};
    if (origin != nullptr) {
        origin->clear();
    }
    isSecure = false;
    grpc = translate::GrpcWire::None;
    route = nullptr;
    service = nullptr;
    key = {};
    keyField = {};
    query.clear();
    queryChanged = false;
    consumer = nullptr;
    tier = nullptr;
    rateLimited = false;
    limitFields.clear();
    reply.status = 0;
    reply.code = "";
    reply.detail = "";
    reply.proxyStatus = "";
    reply.extraFields.clear();
    reply.body.clear();
    requestId.clear();
    logMethod.clear();
    logHost.clear();
    logPath.clear();
    status = 0;
    bytesIn = 0;
    bytesOut = 0;
}

Verdict findRoute(RequestContext& context, const StageTools& tools) {
    const Tables& tables = **context.tables;
    const routing::MatchResult match = tables.router.find(*context.head);
    switch (match.status) {
    case routing::MatchStatus::Found:
        context.route = &tables.routes[match.route];
        context.routeSlot = match.route;
        context.service = &tables.serviceOf(*context.route);
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

Verdict authenticate(RequestContext& context, const StageTools& tools) {
    // Taken out also on an open route: a key must not travel on to the upstream.
    std::string_view presented;
    const bool unique = takeKey(context, presented);
    if (!context.route->authenticates) {
        return Verdict::Continue;
    }
    if (!unique) {
        return refuseKey(context, auth::KeyVerdict::Malformed);
    }
    context.key = auth::checkKey(tools.keys, presented, context.wallStart);
    if (context.key.verdict != auth::KeyVerdict::Good) {
        return refuseKey(context, context.key.verdict);
    }
    const model::ConsumerId id{context.key.entry->consumer.load(std::memory_order_relaxed)};
    context.consumer = (*context.tables)->consumer(id);
    if (context.consumer == nullptr) {
        // The consumer was removed in this snapshot; its keys follow at once.
        return refuseKey(context, auth::KeyVerdict::Revoked);
    }
    context.tier = &(*context.tables)->tierOf(*context.consumer);
    return Verdict::Continue;
}

bool mayUse(const RoutePlan& route, const ConsumerPlan* consumer) {
    const auto& wanted = route.roles;
    return wanted.empty() || std::any_of(wanted.begin(), wanted.end(), [&](const std::string& role) {
               return consumer != nullptr &&
                      std::binary_search(consumer->roles.begin(), consumer->roles.end(), role);
           });
}

Verdict authorize(RequestContext& context, const StageTools&) {
    if (mayUse(*context.route, context.consumer)) {
        return Verdict::Continue;
    }
    context.reply.set(403, "role-missing", "The caller has none of the roles that this route asks for.");
    return Verdict::Reply;
}

Verdict admit(RequestContext& context, const StageTools& tools) {
    const ConsumerPlan* consumer = context.consumer;
    if (consumer == nullptr) {
        return Verdict::Continue;
    }
    const TierPlan& tier = *context.tier;
    const limits::Decision decision = consumer->bucket->admit(tier.rate, context.start);
    limits::writeRateLimitFields(context.limitFields, decision, tier.rate, tier.name);
    tools.cells.tiers.at(tier.index).requests.add();
    tools.cells.consumers.at(consumer->index).requests.add();
    if (decision.admitted) {
        return Verdict::Continue;
    }
    context.rateLimited = true;
    tools.cells.tiers.at(tier.index).rateLimited.add();
    tools.cells.consumers.at(consumer->index).rateLimited.add();
    context.reply.set(429, "rate-limited", "The caller's tier allows no more requests now.");
    return Verdict::Reply;
}

} // namespace gateway::pipeline
