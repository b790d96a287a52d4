#include "gateway/pipeline/caller_hash.h"

#include "gateway/http/writer.h"
#include "gateway/upstream/balancer.h"

#include <algorithm>

namespace gateway::pipeline {
namespace {

std::string_view trimmed(std::string_view text) noexcept {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) {
        text.remove_prefix(1);
    }
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) {
        text.remove_suffix(1);
    }
    return text;
}

std::string_view unquoted(std::string_view text) noexcept {
    return text.size() >= 2 && text.front() == '"' && text.back() == '"' ? text.substr(1, text.size() - 2)
                                                                         : text;
}

} // namespace

std::string_view cookieValue(const http::RequestHead& head, std::string_view name) noexcept {
    for (const http::Field& field : head.fields) {
        if (!http::equalsIgnoreCase(field.name, "Cookie")) {
            continue;
        }
        std::string_view rest = field.value;
        while (!rest.empty()) {
            const std::size_t end = std::min(rest.find(';'), rest.size());
            const std::string_view pair = trimmed(rest.substr(0, end));
            rest.remove_prefix(std::min(end + 1, rest.size()));
            const std::size_t equals = pair.find('=');
            if (equals != std::string_view::npos && pair.substr(0, equals) == name) {
                return unquoted(pair.substr(equals + 1));
            }
        }
    }
    return {};
}

std::uint64_t callerHash(const model::HashOn& on, const http::RequestHead& head, std::string_view consumer,
                         std::string_view address) noexcept {
    std::string_view caller;
    switch (on.source) {
    case model::HashOn::Source::Address:
        break;
    case model::HashOn::Source::Consumer:
        caller = consumer;
        break;
    case model::HashOn::Source::Header:
        if (const http::Field* field = head.find(on.name)) {
            caller = field->value;
        }
        break;
    case model::HashOn::Source::Cookie:
        caller = cookieValue(head, on.name);
        break;
    }
    return upstream::stableHash(caller.empty() ? address : caller);
}

} // namespace gateway::pipeline
