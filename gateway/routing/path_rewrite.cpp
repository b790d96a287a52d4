#include "gateway/routing/router.h"

#include <algorithm>

namespace gateway::routing {
namespace {

constexpr std::string_view restName = "*";

std::string_view valueOf(const Captures& captures, std::string_view name) {
    if (name == restName) {
        return captures.rest;
    }
    const auto* const end = captures.items.begin() + captures.count;
    const auto* const item = std::find_if(
        captures.items.begin(), end, [&](const Captures::Item& candidate) { return candidate.name == name; });
    return item != end ? item->value : std::string_view();
}

} // namespace

PathRewrite PathRewrite::compile(std::string_view rewrite) {
    PathRewrite compiled;
    const bool takesRest = rewrite.ends_with("/*");
    if (takesRest) {
        rewrite.remove_suffix(2);
    }
    while (!rewrite.empty()) {
        const std::size_t open = rewrite.find('{');
        const std::size_t close = rewrite.find('}', std::min(open, rewrite.size()));
        if (close == std::string_view::npos) {
            compiled.m_parts.push_back({std::string(rewrite), {}});
            break;
        }
        compiled.m_parts.push_back(
            {std::string(rewrite.substr(0, open)), std::string(rewrite.substr(open + 1, close - open - 1))});
        rewrite.remove_prefix(close + 1);
    }
    if (takesRest) {
        compiled.m_parts.push_back({{}, std::string(restName)});
    }
    return compiled;
}

void PathRewrite::apply(std::string& out, const Captures& captures) const {
    const std::size_t start = out.size();
    for (const Part& part : m_parts) {
        out.append(part.literal);
        if (!part.capture.empty()) {
            out.append(valueOf(captures, part.capture));
        }
    }
    // "/*" and nothing left over: the path of a request is never empty.
    if (out.size() == start && !m_parts.empty()) {
        out.push_back('/');
    }
}

} // namespace gateway::routing
