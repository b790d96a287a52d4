#include "gateway/pipeline/request_facts.h"

#include "gateway/http/characters.h"
#include "gateway/pipeline/stage_memory.h"

#include <algorithm>
#include <iterator>

namespace gateway::pipeline {
namespace {

using model::Subject;

std::string_view kindName(model::ConsumerKind kind) noexcept {
    switch (kind) {
    case model::ConsumerKind::App:
        break;
    case model::ConsumerKind::User:
        return "user";
    case model::ConsumerKind::Agent:
        return "agent";
    }
    return "app";
}

std::optional<std::string_view> unlessEmpty(std::string_view text) {
    return text.empty() ? std::nullopt : std::optional<std::string_view>(text);
}

/// As routes compare: "%" without two digits is itself.
void appendDecoded(std::string& out, std::string_view encoded, bool plusIsSpace) {
    for (std::size_t i = 0; i < encoded.size(); ++i) {
        const char c = encoded[i];
        if (c == '%' && i + 2 < encoded.size() && http::hexValue(encoded[i + 1]) >= 0 &&
            http::hexValue(encoded[i + 2]) >= 0) {
            constexpr int base = 16;
            out.push_back(
                static_cast<char>(http::hexValue(encoded[i + 1]) * base + http::hexValue(encoded[i + 2])));
            i += 2;
        } else {
            out.push_back(c == '+' && plusIsSpace ? ' ' : c);
        }
    }
}

bool appendTo(std::string& out, bool isFirst, const std::vector<std::string>& items) {
    for (const std::string& item : items) {
        out.append(isFirst ? "" : " ").append(item);
        isFirst = false;
    }
    return isFirst;
}

} // namespace

std::optional<std::string_view> RequestFacts::consumerText(Subject subject, std::string_view name) const {
    const ConsumerPlan* consumer = m_context.caller.consumer;
    if (subject == Subject::ConsumerTier) {
        const TierPlan* tier = m_context.caller.tier;
        return tier != nullptr ? std::optional<std::string_view>(tier->name) : std::nullopt;
    }
    if (consumer == nullptr) {
        return std::nullopt;
    }
    if (subject == Subject::ConsumerName) {
        return consumer->name;
    }
    if (subject == Subject::ConsumerKind) {
        return kindName(consumer->settings->kind);
    }
    if (subject == Subject::ConsumerOwner) {
        return unlessEmpty(consumer->settings->owner);
    }
    const auto& attributes = consumer->settings->attributes;
    const auto at = std::find_if(attributes.begin(), attributes.end(),
                                 [&](const auto& attribute) { return attribute.first == name; });
    return at != attributes.end() ? std::optional<std::string_view>(at->second) : std::nullopt;
}

/// A field that is there twice says nothing: which of the two would the service believe?
std::optional<std::string_view> RequestFacts::field(std::string_view name) const {
    std::optional<std::string_view> value;
    for (const http::Field& field : m_context.head->fields) {
        if (http::sameIgnoringCase(field.name, name)) {
            if (value) {
                return std::nullopt;
            }
            value = field.value;
        }
    }
    return value;
}

/// Likewise.
std::optional<std::string_view> RequestFacts::queryParameter(std::string_view name) const {
    std::optional<std::string_view> found;
    std::string_view rest = m_context.head->query;
    std::string key;
    while (!rest.empty()) {
        const std::size_t end = std::min(rest.find('&'), rest.size());
        const std::string_view item = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        const std::size_t equals = std::min(item.find('='), item.size());
        key.clear();
        appendDecoded(key, item.substr(0, equals), true);
        if (key != name) {
            continue;
        }
        if (found) {
            return std::nullopt;
        }
        found = item.substr(std::min(equals + 1, item.size()));
    }
    if (!found || found->find_first_of("%+") == std::string_view::npos) {
        return found;
    }
    appendDecoded(m_decoded.emplace_front(), *found, true);
    return m_decoded.front();
}

std::optional<std::string_view> RequestFacts::pathParameter(std::string_view name) const {
    routing::Captures& captures = m_tools.memory->captures;
    if (!m_hasCaptures) {
        const Tables& tables = **m_context.tables;
        tables.router.capture(m_context.routeSlot, m_context.head->path, captures);
        m_hasCaptures = true;
    }
    const auto end = captures.items.begin() + static_cast<std::ptrdiff_t>(captures.count);
    const auto at =
        std::find_if(captures.items.begin(), end, [&](const auto& item) { return item.name == name; });
    if (at == end) {
        return std::nullopt;
    }
    if (at->value.find('%') == std::string_view::npos) {
        return at->value;
    }
    appendDecoded(m_decoded.emplace_front(), at->value, false);
    return m_decoded.front();
}

std::optional<std::string_view> RequestFacts::text(Subject subject, std::string_view name) const {
    const http::RequestHead& head = *m_context.head;
    switch (subject) {
    case Subject::ConsumerName:
    case Subject::ConsumerKind:
    case Subject::ConsumerTier:
    case Subject::ConsumerOwner:
    case Subject::ConsumerAttribute:
        return consumerText(subject, name);
    case Subject::CallerMethod:
        return unlessEmpty(methodName(m_context.caller.by));
    case Subject::RequestMethod:
        return head.methodText;
    case Subject::RequestPath:
        return head.path;
    case Subject::RequestHost: {
        std::string& host = m_decoded.emplace_front();
        std::transform(head.host.begin(), head.host.end(), std::back_inserter(host), http::lowered);
        return unlessEmpty(host);
    }
    case Subject::RequestAddress:
        return m_context.client.substr(0, m_context.client.find('%')); // without a zone
    case Subject::RequestHeader:
        return field(name);
    case Subject::RequestQuery:
        return queryParameter(name);
    case Subject::PathParameter:
        return pathParameter(name);
    case Subject::TimeWeekday:
        return m_tools.memory->time.at(m_context.wallStart).weekday;
    case Subject::ConsumerRoles:
    case Subject::CallerScopes:
    case Subject::Claim:
    case Subject::RequestSecure:
    case Subject::TimeHour:
    case Subject::TimeMinute:
        break;
    }
    return std::nullopt;
}

std::optional<double> RequestFacts::number(Subject subject) const {
    const LocalTime::Parts& time = m_tools.memory->time.at(m_context.wallStart);
    if (subject == Subject::TimeHour) {
        return time.hour;
    }
    return subject == Subject::TimeMinute ? std::optional<double>(time.minute) : std::nullopt;
}

std::optional<bool> RequestFacts::boolean(Subject subject) const {
    return subject == Subject::RequestSecure ? std::optional<bool>(m_context.isSecure) : std::nullopt;
}

bool RequestFacts::contains(Subject list, std::string_view item, bool& found) const {
    const Caller& caller = m_context.caller;
    if (list == Subject::ConsumerRoles) {
        found = caller.hasRole(item);
        return caller.consumer != nullptr || caller.token;
    }
    if (list == Subject::CallerScopes) {
        found = caller.hasScope(item);
        return caller.grants != nullptr || caller.token;
    }
    return false;
}

bool RequestFacts::appendList(Subject list, std::string& out) const {
    const Caller& caller = m_context.caller;
    static const std::vector<std::string> none;
    const bool isRoles = list == Subject::ConsumerRoles;
    if (!isRoles && list != Subject::CallerScopes) {
        return false;
    }
    const bool hasFirst = isRoles ? caller.consumer != nullptr : caller.grants != nullptr;
    const auto& first = !hasFirst ? none : (isRoles ? caller.consumer->roles : caller.grants->scopes);
    const auto& second = !caller.token ? none : (isRoles ? caller.token->roles : caller.token->scopes);
    bool isFirst = appendTo(out, true, first);
    for (const std::string& item : second) {
        if (!std::binary_search(first.begin(), first.end(), item)) {
            out.append(isFirst ? "" : " ").append(item);
            isFirst = false;
        }
    }
    return hasFirst || caller.token;
}

const nlohmann::json* RequestFacts::claims() const {
    return m_context.caller.token ? &m_context.caller.token->claims : nullptr;
}

} // namespace gateway::pipeline
