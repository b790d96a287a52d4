#include "gateway/routing/route_index.h"

#include "gateway/model/path_pattern.h"

#include <algorithm>
#include <compare>
#include <utility>

namespace gateway::routing {
namespace {

struct Host {
    RouteIndex::HostScope scope = RouteIndex::AnyHost;
    std::string name;
};

Host toHost(std::string_view pattern) {
    Host host{RouteIndex::ExactHost, std::string(pattern)};
    if (pattern.starts_with("*.")) {
        host.scope = RouteIndex::WildcardHost;
        host.name.erase(0, 2);
    }
    std::transform(host.name.begin(), host.name.end(), host.name.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; });
    return host;
}

/// A route as it is while the order is made.
struct Draft {
    std::uint32_t route = 0;
    std::uint32_t rule = 0;
    std::int32_t priority = 0;
    std::size_t conditions = 0;
    bool admitsAllMethods = false;
    std::string_view path;
    model::PathPattern pattern;
};

/// A Draft on one of its hosts.
struct Placed {
    const Draft* draft = nullptr;
    Host host;
};

std::strong_ordering compareHosts(const Host& a, const Host& b) {
    return a.scope != b.scope ? a.scope <=> b.scope : b.name.size() <=> a.name.size();
}

using Segments = std::vector<model::PathPattern::Segment>;

std::ptrdiff_t countLiterals(const Segments& segments) {
    return std::count_if(segments.begin(), segments.end(),
                         [](const auto& segment) { return !segment.capture; });
}

/// Of patterns that match the same path; less is more specific.
std::strong_ordering comparePaths(const Draft& a, const Draft& b) {
    if (a.pattern.kind != b.pattern.kind) {
        return a.pattern.kind <=> b.pattern.kind;
    }
    if (a.pattern.kind == model::PathKind::Exact) {
        // Two of them that match the same path are the same.
        return std::strong_ordering::equal;
    }
    if (a.pattern.kind == model::PathKind::Regex) {
        return b.path.size() <=> a.path.size();
    }
    const Segments& x = a.pattern.segments;
    const Segments& y = b.pattern.segments;
    if (x.size() != y.size()) {
        return y.size() <=> x.size();
    }
    if (const auto order = countLiterals(y) <=> countLiterals(x); std::is_neq(order)) {
        return order;
    }
    return std::lexicographical_compare_three_way(
        x.begin(), x.end(), y.begin(), y.end(),
        [](const auto& left, const auto& right) { return left.capture <=> right.capture; });
}

/// The documented order; names of routes decide at last, which only regular expressions need.
bool comesBefore(const Placed& a, const Placed& b) {
    const Draft& x = *a.draft;
    const Draft& y = *b.draft;
    if (x.priority != y.priority) {
        return x.priority > y.priority;
    }
    if (const auto order = compareHosts(a.host, b.host); std::is_neq(order)) {
        return std::is_lt(order);
    }
    if (const auto order = comparePaths(x, y); std::is_neq(order)) {
        return std::is_lt(order);
    }
    if (x.conditions != y.conditions) {
        return x.conditions > y.conditions;
    }
    if (x.admitsAllMethods != y.admitsAllMethods) {
        return y.admitsAllMethods;
    }
    return x.route < y.route;
}

class Builder {
public:
    RouteIndex build(const model::Config& config) {
        m_index.nodes.emplace_back(); // node 0 stands for "none"
        for (std::size_t route = 0; route < config.routes.size(); ++route) {
            if (config.routes[route].enabled) {
                draft(config.routes[route], static_cast<std::uint32_t>(route));
            }
        }
        place(config);
        return std::move(m_index);
    }

private:
    void draft(const model::Route& route, std::uint32_t position) {
        auto parsed = model::parsePathPattern(route.match.path);
        if (!parsed) {
            return; // not from a valid config; nothing matches it
        }
        Rule rule{MethodSet(route.match.methods), Conditions(route.match), nullptr, {}, 0, parsed->kind};
        switch (parsed->kind) {
        case model::PathKind::Exact:
            break;
        case model::PathKind::Prefix:
            rule.prefixSegments = parsed->segments.size();
            nameSegments(rule, parsed->segments);
            break;
        case model::PathKind::Template:
            nameSegments(rule, parsed->segments);
            break;
        case model::PathKind::Regex:
            compileRegex(rule, std::string_view(route.match.path).substr(1));
            break;
        }
        m_drafts.push_back({position, static_cast<std::uint32_t>(m_index.rules.size()), route.priority,
                            rule.conditions.count(), rule.methods.admitsAll(), route.match.path,
                            std::move(*parsed)});
        m_index.rules.push_back(std::move(rule));
    }

    static void nameSegments(Rule& rule, const Segments& segments) {
        for (std::size_t at = 0; at < segments.size(); ++at) {
            if (segments[at].capture) {
                rule.captures.push_back({at, segments[at].text});
            }
        }
    }

    static void compileRegex(Rule& rule, std::string_view expression) {
        re2::RE2::Options options;
        options.set_log_errors(false);
        // A normalised path is ASCII: bytes are all there is to see, and faster.
        options.set_encoding(re2::RE2::Options::EncodingLatin1);
        rule.regex =
            std::make_unique<const re2::RE2>(re2::StringPiece(expression.data(), expression.size()), options);
        for (const auto& [group, name] : rule.regex->CapturingGroupNames()) {
            rule.captures.push_back({static_cast<std::size_t>(group), name});
        }
    }

    void place(const model::Config& config) {
        std::vector<Placed> order;
        order.reserve(m_drafts.size());
        for (const Draft& draft : m_drafts) {
            const auto& hosts = config.routes[draft.route].match.hosts;
            if (hosts.empty()) {
                order.push_back({&draft, Host{}});
            }
            for (const std::string& host : hosts) {
                order.push_back({&draft, toHost(host)});
            }
        }
        std::sort(order.begin(), order.end(), comesBefore);
        m_tails.assign(order.size(), noRank);
        m_index.candidates.reserve(order.size());
        for (const Placed& placed : order) {
            add(placed);
        }
    }

    void add(const Placed& placed) {
        const Draft& draft = *placed.draft;
        const Rule& rule = m_index.rules[draft.rule];
        const auto rank = static_cast<Rank>(m_index.candidates.size());
        const bool isPlain = rule.methods.isMaskOnly() && rule.conditions.count() == 0 && !rule.regex;
        m_index.candidates.push_back({draft.route, draft.rule, noRank, rule.methods.mask(), isPlain});

        const std::uint32_t host = hostOf(placed.host);
        HostEntry& entry = m_index.hosts[host];
        entry.best = std::min(entry.best, rank);
        switch (draft.pattern.kind) {
        case model::PathKind::Exact: {
            entry.hasExact = true;
            Rank head = m_index.exactPaths.emplace(host, draft.path, rank);
            append(head, rank);
            break;
        }
        case model::PathKind::Regex:
            append(entry.regexes, rank);
            break;
        case model::PathKind::Template:
            append(m_index.nodes[nodeOf(host, draft.pattern.segments, rank)].ends, rank);
            break;
        case model::PathKind::Prefix:
            append(m_index.nodes[nodeOf(host, draft.pattern.segments, rank)].prefixes, rank);
            break;
        }
    }

    /// Adds to the chain that starts at `head`. Candidates come in the order of their ranks, so that each
    /// chain is in that order, too, and the first visitor of a node is its best.
    void append(Rank& head, Rank rank) {
        if (head == noRank) {
            head = rank;
        }
        if (m_tails[head] != noRank) {
            m_index.candidates[m_tails[head]].next = rank;
        }
        m_tails[head] = rank;
    }

    std::uint32_t hostOf(const Host& host) {
        const auto fresh = static_cast<std::uint32_t>(m_index.hosts.size());
        const std::uint32_t number = m_index.hostNames.emplace(host.scope, host.name, fresh);
        if (number == fresh) {
            m_index.hosts.emplace_back();
            m_index.hasWildcards = m_index.hasWildcards || host.scope == RouteIndex::WildcardHost;
        }
        return number;
    }

    std::uint32_t nodeOf(std::uint32_t host, const Segments& segments, Rank rank) {
        if (m_index.hosts[host].root == 0) {
            m_index.hosts[host].root = newNode(rank);
        }
        std::uint32_t node = m_index.hosts[host].root;
        for (const auto& segment : segments) {
            node = segment.capture ? captureChild(node, rank) : literalChild(node, segment.text, rank);
        }
        return node;
    }

    std::uint32_t captureChild(std::uint32_t node, Rank rank) {
        if (m_index.nodes[node].capture == 0) {
            const std::uint32_t child = newNode(rank);
            m_index.nodes[node].capture = child;
        }
        return m_index.nodes[node].capture;
    }

    std::uint32_t literalChild(std::uint32_t node, std::string_view text, Rank rank) {
        m_index.nodes[node].hasLiterals = true;
        const auto fresh = static_cast<std::uint32_t>(m_index.nodes.size());
        const std::uint32_t child = m_index.literals.emplace(node, text, fresh);
        return child == fresh ? newNode(rank) : child;
    }

    std::uint32_t newNode(Rank best) {
        m_index.nodes.emplace_back().best = best;
        return static_cast<std::uint32_t>(m_index.nodes.size() - 1);
    }

    RouteIndex m_index;
    std::vector<Draft> m_drafts;
    std::vector<Rank> m_tails; ///< by the first rank of a chain
};

} // namespace

RouteIndex RouteIndex::build(const model::Config& config) {
    return Builder().build(config);
}

} // namespace gateway::routing
