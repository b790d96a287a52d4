#include "app/cli/access_text.h"

#include "app/cli/text_table.h"
#include "gateway/model/scalars.h"
#include "gateway/service/control_access.h"
#include "gateway/service/effective_access.h"
#include "gateway/service/policy_text.h"

#include <algorithm>

namespace app::cli {

using gateway::auth::ProviderReport;
using gateway::service::AccessLine;
using gateway::service::PolicySource;
using gateway::service::RouteAccess;
using gateway::service::TokenReport;
using nlohmann::json;

namespace {

std::string joined(const std::vector<std::string>& texts, const char* between) {
    std::string text;
    for (const std::string& each : texts) {
        text.append(text.empty() ? "" : between).append(each);
    }
    return text;
}

std::string orDash(const std::string& text) {
    return text.empty() ? "-" : text;
}

std::string timeText(const std::optional<gateway::WallTime>& time) {
    return time ? gateway::model::formatTime(*time) : "-";
}

std::string laidOut(const json& value) {
    return value.dump(2, ' ', false, json::error_handler_t::replace) + '\n';
}

json toJson(const AccessLine& line) {
    json object{{"route", line.route},
                {"verdict", gateway::service::verdictName(line.verdict)},
                {"credential", line.credential},
                {"why", line.why}};
    if (!line.consumer.empty()) {
        object["consumer"] = line.consumer;
    }
    return object;
}

json toJson(const PolicySource& source) {
    return {
        {"rule", source.rule}, {"text", source.text}, {"source", source.source}, {"waived", source.isWaived}};
}

/// Whoever is no consumer is told by what it shows.
std::string callerText(const AccessLine& line) {
    if (!line.consumer.empty()) {
        return line.consumer;
    }
    return line.credential.empty() ? "(anonymous)" : "(" + line.credential + ")";
}

std::string indented(const std::string& text) {
    std::string out = "  ";
    for (const char c : text) {
        out += c;
        out += c == '\n' ? "  " : "";
    }
    return out + '\n';
}

} // namespace

std::string accessAsTable(const std::vector<AccessLine>& lines) {
    std::vector<TableRow> rows{{"ROUTE", "ACCESS", "WITH", "WHY"}};
    for (const AccessLine& line : lines) {
        rows.push_back({line.route, gateway::service::verdictName(line.verdict), orDash(line.credential),
                        joined(line.why, "; ")});
    }
    return tableText(rows);
}

std::string accessAsJson(const std::vector<AccessLine>& lines) {
    json list = json::array();
    for (const AccessLine& line : lines) {
        list.push_back(toJson(line));
    }
    return laidOut(list);
}

std::string callersAsText(const RouteAccess& access) {
    std::string text;
    if (access.policies.empty()) {
        text = "no policy holds for this route\n";
    } else {
        std::vector<TableRow> rows{{"RULE", "FROM", "ASKS FOR"}};
        for (const PolicySource& source : access.policies) {
            rows.push_back({source.rule + (source.isWaived ? " (waived)" : ""), source.source, source.text});
        }
        text = tableText(rows);
    }
    text += "\nof " + std::to_string(access.consumers) + " consumers " + std::to_string(access.allowed) +
            " may call, " + std::to_string(access.conditional) + " under conditions, " +
            std::to_string(access.denied) + " may not\n\n";
    std::vector<TableRow> rows{{"CALLER", "ACCESS", "WITH", "WHY"}};
    std::size_t consumers = 0;
    for (const AccessLine& line : access.lines) {
        consumers += line.consumer.empty() ? 0 : 1;
        rows.push_back({callerText(line), gateway::service::verdictName(line.verdict),
                        line.consumer.empty() ? "-" : orDash(line.credential), joined(line.why, "; ")});
    }
    text += tableText(rows);
    if (consumers < access.consumers) {
        text += "and " + std::to_string(access.consumers - consumers) + " more consumers; see --limit\n";
    }
    return text;
}

std::string callersAsJson(const RouteAccess& access) {
    json object{{"consumers", access.consumers},     {"allowed", access.allowed},
                {"conditional", access.conditional}, {"denied", access.denied},
                {"policies", json::array()},         {"callers", json::array()}};
    for (const PolicySource& source : access.policies) {
        object["policies"].push_back(toJson(source));
    }
    for (const AccessLine& line : access.lines) {
        object["callers"].push_back(toJson(line));
    }
    return laidOut(object);
}

std::string tokenAsText(const TokenReport& report) {
    std::string text = report.kind + (report.provider.empty() ? "" : " of " + report.provider) + "\n\n";
    if (!report.header.empty()) {
        text += "header\n" + indented(report.header);
    }
    if (!report.claims.empty()) {
        text += "claims\n" + indented(report.claims);
    }
    text += text.ends_with("\n\n") ? "" : "\n";
    std::vector<TableRow> rows{{"CHECK", "VERDICT", "FOUND"}};
    for (const gateway::auth::TokenCheck& check : report.checks) {
        rows.push_back({check.name, gateway::service::verdictName(check.verdict), check.detail});
    }
    text += tableText(rows) + '\n' + report.verdict + '\n';
    if (report.fault == gateway::auth::TokenFault::None) {
        const std::vector<TableRow> caller{{"consumer", orDash(report.consumer)},
                                           {"tier", orDash(report.tier)},
                                           {"scopes", orDash(joined(report.scopes, " "))},
                                           {"roles", orDash(joined(report.roles, " "))},
                                           {"expires", timeText(report.expires)}};
        text += tableText(caller);
    }
    return text;
}

std::string tokenAsJson(const TokenReport& report) {
    return laidOut(gateway::service::toJson(report));
}

std::string providersAsTable(const std::vector<ProviderReport>& reports) {
    std::vector<TableRow> rows{{"NAME", "KEYS", "FETCHED", "FROM", "PROBLEM"}};
    for (const ProviderReport& report : reports) {
        rows.push_back({report.name, std::to_string(report.keys.size()), timeText(report.fetchedAt),
                        orDash(report.keysFrom), orDash(report.problem)});
    }
    return tableText(rows);
}

std::string providerAsText(const ProviderReport& report) {
    std::vector<std::string> keys;
    for (const auto& [id, kind] : report.keys) {
        keys.push_back((id.empty() ? "(no id)" : id) + " (" + kind + ")");
    }
    std::vector<TableRow> rows{{"name", report.name},
                               {"keys from", orDash(report.keysFrom)},
                               {"keys", orDash(gateway::service::enumerate(keys, ", "))},
                               {"left out", std::to_string(report.keysLeftOut)},
                               {"fetched", timeText(report.fetchedAt)},
                               {"tried", timeText(report.triedAt) + (report.isAsking ? ", asking now" : "")},
                               {"problem", orDash(report.problem)}};
    if (report.introspections + report.introspectionFailures > 0) {
        rows.push_back({"introspections", std::to_string(report.introspections)});
        rows.push_back({"failed", std::to_string(report.introspectionFailures)});
        rows.push_back({"last problem", orDash(report.introspectionProblem)});
    }
    return tableText(rows);
}

std::string providersAsJson(const std::vector<ProviderReport>& reports) {
    json list = json::array();
    for (const ProviderReport& report : reports) {
        list.push_back(gateway::service::toJson(report));
    }
    return laidOut(list);
}

} // namespace app::cli
