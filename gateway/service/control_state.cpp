#include "gateway/service/control_state.h"

#include "gateway/service/control_json.h"

#include <algorithm>
#include <array>
#include <utility>

namespace gateway::service {

using metrics::BreakerCondition;
using metrics::ServiceTraffic;
using metrics::TargetCondition;
using metrics::TargetTraffic;

namespace {

constexpr std::array targetConditions{
    std::pair{TargetCondition::Available, "available"}, std::pair{TargetCondition::Warming, "warming"},
    std::pair{TargetCondition::Unhealthy, "unhealthy"}, std::pair{TargetCondition::Ejected, "ejected"},
    std::pair{TargetCondition::Draining, "draining"},
};

constexpr std::array breakerConditions{
    std::pair{BreakerCondition::Closed, "closed"},
    std::pair{BreakerCondition::Open, "open"},
    std::pair{BreakerCondition::Recovering, "recovering"},
};

nlohmann::json toJson(const TargetTraffic& target) {
    nlohmann::json json{{"address", target.address},       {"condition", conditionName(target.condition)},
                        {"active", target.requestsActive}, {"requests", target.requests},
                        {"failures", target.failures},     {"connections", target.connectionsOpen}};
    if (!target.conditionDetail.empty()) {
        json["detail"] = target.conditionDetail;
    }
    if (target.ejectedFor) {
        json["ejected_for"] =
            static_cast<std::uint64_t>(std::max<std::int64_t>(0, target.ejectedFor->count()));
    }
    return json;
}

nlohmann::json toJson(const ServiceTraffic& service) {
    nlohmann::json json{{"id", service.service.value},       {"breaker", conditionName(service.breaker)},
                        {"panicking", service.panicking},    {"requests", service.counts.requests},
                        {"failures", service.failures},      {"p99_ms", service.counts.p99Ms},
                        {"retries", service.retries},        {"retries_denied", service.retriesDenied},
                        {"broken_off", service.brokenOff},   {"over_limit", service.overLimit},
                        {"targets", nlohmann::json::array()}};
    for (const TargetTraffic& target : service.targets) {
        json["targets"].push_back(toJson(target));
    }
    return json;
}

TargetTraffic targetOf(const nlohmann::json& json) {
    TargetTraffic target;
    target.address = textOf(json, "address");
    takeName(target.condition, targetConditions, textOf(json, "condition"));
    target.conditionDetail = textOf(json, "detail");
    if (json.contains("ejected_for")) {
        target.ejectedFor = std::chrono::seconds(numberOf(json, "ejected_for"));
    }
    target.requestsActive = numberOf(json, "active");
    target.requests = numberOf(json, "requests");
    target.failures = numberOf(json, "failures");
    target.connectionsOpen = numberOf(json, "connections");
    return target;
}

ServiceTraffic serviceOf(const nlohmann::json& json) {
    ServiceTraffic service;
    service.service = model::ServiceId{numberOf(json, "id")};
    takeName(service.breaker, breakerConditions, textOf(json, "breaker"));
    service.panicking = flagOf(json, "panicking");
    service.counts.requests = numberOf(json, "requests");
    service.counts.p99Ms = realOf(json, "p99_ms");
    service.failures = numberOf(json, "failures");
    service.retries = numberOf(json, "retries");
    service.retriesDenied = numberOf(json, "retries_denied");
    service.brokenOff = numberOf(json, "broken_off");
    service.overLimit = numberOf(json, "over_limit");
    for (const nlohmann::json& target : listOf(json, "targets")) {
        if (target.is_object()) {
            service.targets.push_back(targetOf(target));
        }
    }
    return service;
}

} // namespace

const char* conditionName(TargetCondition condition) {
    return nameIn(targetConditions, condition);
}

const char* conditionName(BreakerCondition condition) {
    return nameIn(breakerConditions, condition);
}

QByteArray writeState(const ControlState& state) {
    nlohmann::json json = statusToJson(state.status);
    json["interval_ms"] = static_cast<std::uint64_t>(state.interval.count());
    json["services"] = nlohmann::json::array();
    for (const ServiceTraffic& service : state.services) {
        json["services"].push_back(toJson(service));
    }
    QByteArray line = toLine(json);
    if (line.size() > controlStateBytesMax) {
        return writeAnswer(Error{ErrorKind::Environment, "too-large",
                                 "There are more services and targets than can be told at once."});
    }
    return line;
}

Result<ControlState> readState(const QByteArray& line) {
    const nlohmann::json json = fromLine(line);
    auto status = statusFromJson(json);
    if (!status) {
        return fail(std::move(status.error()));
    }
    ControlState state;
    state.status = std::move(*status);
    state.interval = std::chrono::milliseconds(numberOf(json, "interval_ms"));
    for (const nlohmann::json& service : listOf(json, "services")) {
        if (service.is_object()) {
            state.services.push_back(serviceOf(service));
        }
    }
    return state;
}

} // namespace gateway::service
