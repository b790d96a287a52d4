#include "gateway/service/control_access.h"

#include "gateway/model/scalars.h"
#include "gateway/service/control_json.h"

#include <array>
#include <utility>

namespace gateway::service {

using auth::ProviderReport;
using auth::TokenCheck;
using auth::TokenFault;
using nlohmann::json;

namespace {

constexpr std::array verdicts{
    std::pair{TokenCheck::Verdict::Passed, "passed"},
    std::pair{TokenCheck::Verdict::Failed, "failed"},
    std::pair{TokenCheck::Verdict::Skipped, "skipped"},
};

std::vector<std::string> textsOf(const json& object, const char* name) {
    std::vector<std::string> texts;
    for (const json& item : listOf(object, name)) {
        if (item.is_string()) {
            texts.push_back(item.get<std::string>());
        }
    }
    return texts;
}

std::optional<WallTime> timeOf(const json& object, const char* name) {
    return model::parseTime(textOf(object, name));
}

void putTime(json& object, const char* name, const std::optional<WallTime>& time) {
    if (time) {
        object[name] = model::formatTime(*time);
    }
}

/// Laid out text as the JSON that it is; null where it is empty.
json parsed(const std::string& text) {
    return text.empty() ? json() : json::parse(text, nullptr, false);
}

std::string laidOut(const json& object, const char* name) {
    const auto at = object.find(name);
    return at == object.end() || at->is_null() ? std::string()
                                               : at->dump(2, ' ', false, json::error_handler_t::replace);
}

TokenFault faultNamed(const std::string& name) {
    for (int i = 0; i <= static_cast<int>(TokenFault::NoConsumer); ++i) {
        const auto fault = static_cast<TokenFault>(i);
        if (auth::tokenFaultName(fault) == name) {
            return fault;
        }
    }
    return TokenFault::Malformed; // of a newer version: refused, in any case
}

ProviderReport providerOf(const json& object) {
    ProviderReport report;
    report.id = model::IdentityProviderId{numberOf(object, "id")};
    report.name = textOf(object, "name");
    report.keysFrom = textOf(object, "keys_from");
    for (const json& key : listOf(object, "keys")) {
        if (key.is_object()) {
            report.keys.emplace_back(textOf(key, "id"), textOf(key, "kind"));
        }
    }
    report.keysLeftOut = numberOf(object, "keys_left_out");
    report.fetchedAt = timeOf(object, "fetched_at");
    report.triedAt = timeOf(object, "tried_at");
    report.isAsking = flagOf(object, "asking");
    report.problem = textOf(object, "problem");
    report.introspections = numberOf(object, "introspections");
    report.introspectionFailures = numberOf(object, "introspection_failures");
    report.introspectionProblem = textOf(object, "introspection_problem");
    return report;
}

/// The error that an answer tells, if it tells one.
Result<json> goodAnswer(const QByteArray& line) {
    json object = fromLine(line);
    if (const auto status = statusFromJson(object); !status) {
        return fail(status.error());
    }
    return object;
}

} // namespace

const char* verdictName(TokenCheck::Verdict verdict) {
    return nameIn(verdicts, verdict);
}

QByteArray writeInspection(const TokenQuery& query) {
    json object{{"do", "inspect"}, {"token", query.token}};
    if (!query.provider.empty()) {
        object["provider"] = query.provider;
    }
    if (query.at != WallTime{}) {
        object["at"] = model::formatTime(query.at);
    }
    if (!query.certificateFingerprint.empty()) {
        object["certificate"] = query.certificateFingerprint;
    }
    return toLine(object);
}

TokenQuery readInspection(const QByteArray& line) {
    const json object = fromLine(line);
    return {.token = textOf(object, "token"),
            .provider = textOf(object, "provider"),
            .at = timeOf(object, "at").value_or(WallTime{}),
            .certificateFingerprint = textOf(object, "certificate")};
}

json toJson(const TokenReport& report) {
    json object{{"kind", report.kind},
                {"good", report.fault == TokenFault::None},
                {"fault", auth::tokenFaultName(report.fault)},
                {"verdict", report.verdict},
                {"provider", report.provider},
                {"header", parsed(report.header)},
                {"claims", parsed(report.claims)},
                {"checks", json::array()},
                {"consumer", report.consumer},
                {"tier", report.tier},
                {"scopes", report.scopes},
                {"roles", report.roles}};
    for (const TokenCheck& check : report.checks) {
        object["checks"].push_back(
            {{"name", check.name}, {"verdict", verdictName(check.verdict)}, {"detail", check.detail}});
    }
    putTime(object, "expires", report.expires);
    return object;
}

QByteArray writeReport(const TokenReport& report) {
    return toLine({{"ok", true}, {"report", toJson(report)}});
}

Result<TokenReport> readReport(const QByteArray& line) {
    const auto answer = goodAnswer(line);
    if (!answer) {
        return fail(answer.error());
    }
    const json object = answer->value("report", json::object());
    TokenReport report;
    report.kind = textOf(object, "kind");
    report.provider = textOf(object, "provider");
    report.header = laidOut(object, "header");
    report.claims = laidOut(object, "claims");
    report.fault = faultNamed(textOf(object, "fault"));
    report.verdict = textOf(object, "verdict");
    for (const json& item : listOf(object, "checks")) {
        if (item.is_object()) {
            TokenCheck& check = report.checks.emplace_back();
            check.name = textOf(item, "name");
            check.detail = textOf(item, "detail");
            takeName(check.verdict, verdicts, textOf(item, "verdict"));
        }
    }
    report.consumer = textOf(object, "consumer");
    report.tier = textOf(object, "tier");
    report.scopes = textsOf(object, "scopes");
    report.roles = textsOf(object, "roles");
    report.expires = timeOf(object, "expires");
    return report;
}

json toJson(const ProviderReport& report) {
    json object{{"id", report.id.value},
                {"name", report.name},
                {"keys_from", report.keysFrom},
                {"keys", json::array()},
                {"keys_left_out", report.keysLeftOut},
                {"asking", report.isAsking},
                {"problem", report.problem},
                {"introspections", report.introspections},
                {"introspection_failures", report.introspectionFailures},
                {"introspection_problem", report.introspectionProblem}};
    for (const auto& [id, kind] : report.keys) {
        object["keys"].push_back({{"id", id}, {"kind", kind}});
    }
    putTime(object, "fetched_at", report.fetchedAt);
    putTime(object, "tried_at", report.triedAt);
    return object;
}

QByteArray writeProviders(const std::vector<ProviderReport>& reports) {
    json object{{"ok", true}, {"providers", json::array()}};
    for (const ProviderReport& report : reports) {
        object["providers"].push_back(toJson(report));
    }
    return toLine(object);
}

Result<std::vector<ProviderReport>> readProviders(const QByteArray& line) {
    const auto answer = goodAnswer(line);
    if (!answer) {
        return fail(answer.error());
    }
    std::vector<ProviderReport> reports;
    for (const json& item : listOf(*answer, "providers")) {
        if (item.is_object()) {
            reports.push_back(providerOf(item));
        }
    }
    return reports;
}

} // namespace gateway::service
