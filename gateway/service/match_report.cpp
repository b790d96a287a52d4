#include "gateway/service/match_report.h"

#include "gateway/http/parser.h"
#include "gateway/http/writer.h"
#include "gateway/model/effective_policy.h"
#include "gateway/service/policy_text.h"

#include <algorithm>

namespace gateway::service {

namespace {

/// What a client would send. Who tries a path out need not name a host.
std::string requestText(const MatchQuery& query, const std::string& method) {
    std::string text = method + " " + query.target + " HTTP/1.1\r\n";
    const bool namesHost = std::any_of(query.headers.begin(), query.headers.end(), [](const auto& header) {
        return http::equalsIgnoreCase(header.name, "host");
    });
    if (!namesHost) {
        text += "Host: " + (query.host.empty() ? "localhost" : query.host) + "\r\n";
    }
    for (const model::NameValue& header : query.headers) {
        text += header.name + ": " + header.value + "\r\n";
    }
    return text + "\r\n";
}

std::optional<http::Refusal> parse(const std::string& text, http::RequestHead& head) {
    http::HeadScanner scanner;
    if (scanner.scan(text) != http::HeadScanner::Result::Complete || scanner.headSize() != text.size()) {
        return http::Refusal{400, "malformed-request", "a line break or a control character is in it"};
    }
    return http::parseRequestHead(text, http::HeadLimits{}, head);
}

std::vector<std::string> splitMethods(std::string_view list) {
    std::vector<std::string> methods;
    while (!list.empty()) {
        const auto comma = list.find(',');
        std::string_view method = list.substr(0, comma);
        while (method.starts_with(' ')) {
            method.remove_prefix(1);
        }
        if (!method.empty()) {
            methods.emplace_back(method);
        }
        list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
    }
    return methods;
}

std::string joined(const std::vector<std::string>& parts, std::string_view between) {
    std::string text;
    for (const std::string& part : parts) {
        text.append(text.empty() ? "" : between).append(part);
    }
    return text;
}

/// What a route asks of callers, by all the policies that hold for it.
struct Demands {
    bool authenticates = false; ///< on some listener
    std::string sentences;      ///< each with a space before it
};

/// Empty: nothing.
std::string demandsText(const model::EffectivePolicy& effective) {
    std::vector<std::string> asked;
    std::vector<std::string> needed;
    for (const model::AttachedPolicy& item : effective.holding()) {
        if (item.policy->authenticate) {
            asked.push_back(textOf(*item.policy->authenticate));
        }
        if (item.policy->authorize && !item.policy->authorize->isEmpty()) {
            needed.push_back(textOf(*item.policy->authorize));
        }
    }
    if (effective.own != nullptr) {
        needed.push_back(textOf(*effective.own));
    }
    std::string text;
    if (!asked.empty()) {
        text = asked.size() == 1 && asked.front() == "API key" ? "an API key" : joined(asked, "; and ");
    }
    if (!needed.empty()) {
        text += (text.empty() ? "" : ", with ") + joined(needed, "; ");
    }
    return text;
}

Demands demandsOf(const model::Config& config, const model::Route& route) {
    Demands demands;
    const model::PolicyPlaces places(config);
    std::vector<std::pair<std::string, std::vector<std::string>>> texts; ///< with names of listeners
    const auto add = [&](const model::Listener* listener) {
        const model::EffectivePolicy effective = places.of(route, listener);
        demands.authenticates = demands.authenticates || effective.authenticates();
        std::string text = demandsText(effective);
        auto at = std::find_if(texts.begin(), texts.end(),
                               [&text](const auto& known) { return known.first == text; });
        at = at != texts.end() ? at : texts.insert(at, {std::move(text), {}});
        if (listener != nullptr) {
            at->second.push_back(listener->name);
        }
    };
    for (const model::Listener& listener : config.listeners) {
        add(&listener);
    }
    if (config.listeners.empty()) {
        add(nullptr);
    }
    for (const auto& [text, listeners] : texts) {
        const std::string where = texts.size() > 1 ? " on listener " + enumerate(listeners) : std::string();
        if (!text.empty()) {
            demands.sentences += " Callers" + where + " need " + text + ".";
        } else if (texts.size() > 1) {
            demands.sentences += " Callers" + where + " need nothing.";
        }
    }
    return demands;
}

void describeFound(MatchReport& report, const model::Route& route, const model::Config& config,
                   const http::RequestHead& head, const routing::Captures& captures) {
    report.route = route.name;
    report.service = route.service;
    const Demands demands = demandsOf(config, route);
    report.authenticates = demands.authenticates;
    const auto rewrite = routing::PathRewrite::compile(route.rewrite);
    if (rewrite.isIdentity()) {
        report.upstreamPath = head.path;
    } else {
        rewrite.apply(report.upstreamPath, captures);
    }
    report.explanation = "Matches route " + route.name + ": ";
    for (std::size_t i = 0; i < captures.count; ++i) {
        const auto& [name, value] = captures.items[i];
        report.captures.push_back({std::string(name), std::string(value)});
        report.explanation.append(name).append(" = ").append(value).append(", ");
    }
    report.explanation += "forwarded to " + route.service + " as " + report.upstreamPath;
    if (head.hasQuery) {
        report.explanation.append("?").append(head.query);
    }
    report.explanation += '.' + demands.sentences;
}

void describeOtherMethods(MatchReport& report, const routing::Router& router, const MatchQuery& query,
                          const http::RequestHead& head) {
    report.status = 405;
    report.allowedMethods = splitMethods(router.allowedMethods(head));
    const std::string only = " only with " + joined(report.allowedMethods, ", ") + ".";
    report.explanation = "No route: the path matches, but" + only;
    if (report.allowedMethods.empty()) {
        return;
    }
    // The route is best named by asking as a client that knows better.
    const std::string text = requestText(query, report.allowedMethods.front());
    http::RequestHead retried;
    if (parse(text, retried)) {
        return;
    }
    routing::Captures captures;
    const routing::MatchResult result = router.match(retried, captures);
    if (result.status == routing::MatchStatus::Found) {
        report.explanation =
            "No route: the path matches " + router.routeAt(result.route)->name + ", but" + only;
    }
}

} // namespace

MatchReport reportMatch(const routing::Router& router, const model::Config& config, const MatchQuery& query) {
    MatchReport report;
    const std::string text = requestText(query, query.method);
    http::RequestHead head;
    if (const auto refusal = parse(text, head)) {
        report.status = refusal->status;
        report.explanation = std::string("The request is refused: ") + refusal->detail;
        if (!report.explanation.ends_with('.')) {
            report.explanation += '.';
        }
        return report;
    }
    routing::Captures captures;
    const routing::MatchResult result = router.match(head, captures);
    switch (result.status) {
    case routing::MatchStatus::Found:
        describeFound(report, *router.routeAt(result.route), config, head, captures);
        break;
    case routing::MatchStatus::MethodNotAllowed:
        describeOtherMethods(report, router, query, head);
        break;
    case routing::MatchStatus::NotFound:
        report.status = 404;
        report.explanation = "No route matches " + std::string(head.methodText) + " " +
                             std::string(head.path) + " on host " + std::string(head.host) + ".";
        break;
    }
    return report;
}

} // namespace gateway::service
