#include "app/cli/service_text.h"

#include "app/cli/text_table.h"
#include "gateway/model/codec.h"
#include "gateway/model/scalars.h"
#include "gateway/model/service_words.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <nlohmann/json.hpp>

namespace app::cli {

using gateway::metrics::ServiceTraffic;
using gateway::metrics::TargetCondition;
using gateway::metrics::TargetTraffic;
using gateway::model::Balance;
using gateway::model::formatDuration;
using gateway::model::HashOn;
using gateway::model::Retries;
using gateway::model::Service;
using gateway::model::Target;
using gateway::service::ControlState;

namespace {

const ServiceTraffic* liveOf(const ControlState* live, const Service& service) {
    if (live == nullptr) {
        return nullptr;
    }
    const auto at = std::find_if(live->services.begin(), live->services.end(),
                                 [&](const ServiceTraffic& each) { return each.service == service.id; });
    return at != live->services.end() ? &*at : nullptr;
}

const TargetTraffic* liveOf(const ServiceTraffic* live, const std::string& address) {
    if (live == nullptr) {
        return nullptr;
    }
    const auto at = std::find_if(live->targets.begin(), live->targets.end(),
                                 [&](const TargetTraffic& each) { return each.address == address; });
    return at != live->targets.end() ? &*at : nullptr;
}

std::string rateText(std::uint64_t count, std::chrono::milliseconds interval) {
    const double seconds = std::max(0.001, std::chrono::duration<double>(interval).count());
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.1f", static_cast<double>(count) / seconds);
    return text.data();
}

std::string hashText(const HashOn& hashOn) {
    switch (hashOn.source) {
    case HashOn::Source::Address:
        return "the client's address";
    case HashOn::Source::Consumer:
        return "the consumer";
    case HashOn::Source::Header:
        return "the header " + hashOn.name;
    case HashOn::Source::Cookie:
        return "the cookie " + hashOn.name;
    }
    return {};
}

std::string balanceText(const Service& service) {
    std::string text(gateway::model::balanceWord(service.balance));
    if (service.balance == Balance::ConsistentHash) {
        text += " on " + hashText(service.hashOn);
    }
    if (service.slowStart.count() > 0) {
        text += ", slow start " + formatDuration(service.slowStart);
    }
    if (service.concurrency > 0) {
        text += ", at most " + std::to_string(service.concurrency) + " requests at a time";
    }
    return text;
}

std::string retriesText(const Retries& retries) {
    std::string causes;
    for (const std::string& reason : gateway::model::retryReasons(retries)) {
        causes += (causes.empty() ? "" : ", ") + reason;
    }
    if (retries.attempts == 0 || causes.empty()) {
        return "none";
    }
    return std::to_string(retries.attempts) + " on " + causes + "; budget " +
           std::to_string(retries.budgetPercent) + "%";
}

std::string timeoutsText(const Service::Timeouts& timeouts) {
    std::string text = "connect " + formatDuration(timeouts.connect) + ", response " +
                       formatDuration(timeouts.response) + ", idle " + formatDuration(timeouts.idle);
    if (timeouts.attempt.count() > 0) {
        text += ", attempt " + formatDuration(timeouts.attempt);
    }
    if (timeouts.request.count() > 0) {
        text += ", request " + formatDuration(timeouts.request);
    }
    return text;
}

std::string breakerText(const Service& service, const ServiceTraffic* live) {
    const auto& breaker = *service.breaker;
    std::string text = "at " + std::to_string(breaker.errorRatioPercent) + "% errors of " +
                       std::to_string(breaker.samples) + " requests, open " + formatDuration(breaker.open) +
                       ", recover " + formatDuration(breaker.recover);
    if (live != nullptr) {
        text += std::string("; now ") + gateway::service::conditionName(live->breaker);
    }
    return text;
}

std::string conditionText(const Target& target, const TargetTraffic* live) {
    if (live == nullptr) {
        return target.drain ? "drained" : "-";
    }
    std::string text = gateway::service::conditionName(live->condition);
    if (live->condition == TargetCondition::Ejected && live->ejectedFor) {
        text += ' ' + std::to_string(live->ejectedFor->count()) + 's';
    }
    if (live->condition == TargetCondition::Draining && live->requestsActive == 0) {
        text = "drained";
    }
    return text;
}

std::string targetTable(const Service& service, const ServiceTraffic* live,
                        std::chrono::milliseconds interval) {
    std::vector<TableRow> rows{{"TARGET", "WEIGHT", "CONDITION", "REQ/S", "ERRORS/S", "IN FLIGHT", "OPEN"}};
    std::vector<std::string> details{{}};
    for (const Target& target : service.targets) {
        const std::string address = addressOf(target);
        const TargetTraffic* traffic = liveOf(live, address);
        TableRow row{address, std::to_string(target.weight), conditionText(target, traffic), "-", "-", "-",
                     "-"};
        if (traffic != nullptr) {
            row[3] = rateText(traffic->requests, interval);
            row[4] = rateText(traffic->failures, interval);
            row[5] = std::to_string(traffic->requestsActive);
            row[6] = std::to_string(traffic->connectionsOpen);
        }
        rows.push_back(std::move(row));
        details.push_back(traffic != nullptr ? traffic->conditionDetail : std::string());
    }
    const std::vector<std::string> lines = alignColumns(rows);
    std::string text;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        text += "  " + lines[i] + '\n';
        if (!details[i].empty()) {
            text += "    " + details[i] + '\n';
        }
    }
    return text;
}

std::string trafficLine(const ServiceTraffic& live, std::chrono::milliseconds interval) {
    std::string text = rateText(live.counts.requests, interval) + " req/s, " +
                       rateText(live.failures, interval) + " errors/s, " + rateText(live.retries, interval) +
                       " retries/s";
    if (live.retriesDenied > 0) {
        text += ", " + rateText(live.retriesDenied, interval) + "/s over the retry budget";
    }
    if (live.brokenOff > 0) {
        text += ", " + rateText(live.brokenOff, interval) + "/s refused by the breaker";
    }
    if (live.overLimit > 0) {
        text += ", " + rateText(live.overLimit, interval) + "/s over the concurrency limit";
    }
    return live.panicking ? text + "; too few targets are healthy, so that all are asked" : text;
}

std::string serviceBlock(const Service& service, const ServiceTraffic* live,
                         std::chrono::milliseconds interval) {
    std::string text = service.name + '\n';
    const auto add = [&text](const char* name, const std::string& value) {
        constexpr std::size_t width = 10;
        const std::string title = name;
        text += "  " + title + std::string(width - title.size(), ' ') + value + '\n';
    };
    if (live != nullptr) {
        add("traffic", trafficLine(*live, interval));
    }
    add("balance", balanceText(service));
    if (service.health) {
        add("health", "GET " + service.health->path + " every " + formatDuration(service.health->interval) +
                          ", timeout " + formatDuration(service.health->timeout) + ", unhealthy after " +
                          std::to_string(service.health->unhealthyAfter) + ", healthy after " +
                          std::to_string(service.health->healthyAfter));
    }
    if (service.outlier) {
        add("outlier", "after " + std::to_string(service.outlier->consecutiveErrors) +
                           " errors in a row for " + formatDuration(service.outlier->eject) + ", at most " +
                           std::to_string(service.outlier->atMostPercent) + "% of the targets");
    }
    if (service.breaker) {
        add("breaker", breakerText(service, live));
    }
    add("retries", retriesText(service.retries));
    add("timeouts", timeoutsText(service.timeouts));
    return text + targetTable(service, live, interval);
}

nlohmann::json targetJson(const Target& target, const TargetTraffic* live) {
    nlohmann::json json{{"address", addressOf(target)}, {"weight", target.weight}, {"drain", target.drain}};
    if (live != nullptr) {
        json["condition"] = gateway::service::conditionName(live->condition);
        json["requests"] = live->requests;
        json["failures"] = live->failures;
        json["in_flight"] = live->requestsActive;
        json["connections"] = live->connectionsOpen;
        if (!live->conditionDetail.empty()) {
            json["detail"] = live->conditionDetail;
        }
        if (live->ejectedFor) {
            json["ejected_for_seconds"] = live->ejectedFor->count();
        }
    }
    return json;
}

nlohmann::json serviceJson(const Service& service, const ServiceTraffic* live) {
    nlohmann::json json{{"name", service.name}, {"targets", nlohmann::json::array()}};
    json["settings"] = nlohmann::json::parse(gateway::model::toJson({service}), nullptr, false);
    if (live != nullptr) {
        json["breaker"] = gateway::service::conditionName(live->breaker);
        json["panicking"] = live->panicking;
        json["requests"] = live->counts.requests;
        json["failures"] = live->failures;
        json["p99_ms"] = live->counts.p99Ms;
        json["retries"] = live->retries;
        json["retries_denied"] = live->retriesDenied;
        json["refused_by_breaker"] = live->brokenOff;
        json["over_concurrency"] = live->overLimit;
    }
    for (const Target& target : service.targets) {
        json["targets"].push_back(targetJson(target, liveOf(live, addressOf(target))));
    }
    return json;
}

} // namespace

std::string servicesAsText(const std::vector<Service>& services, const ControlState* live) {
    const std::chrono::milliseconds interval = live != nullptr ? live->interval : std::chrono::seconds(1);
    std::string text;
    for (const Service& service : services) {
        text += (text.empty() ? "" : "\n") + serviceBlock(service, liveOf(live, service), interval);
    }
    return text;
}

std::string servicesAsJson(const std::vector<Service>& services, bool isRunning, const ControlState* live) {
    nlohmann::json json{{"running", isRunning}, {"services", nlohmann::json::array()}};
    if (live != nullptr) {
        json["interval_ms"] = live->interval.count();
    }
    for (const Service& service : services) {
        json["services"].push_back(serviceJson(service, liveOf(live, service)));
    }
    return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + '\n';
}

} // namespace app::cli
