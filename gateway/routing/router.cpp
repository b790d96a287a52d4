#include "gateway/routing/router.h"

#include "gateway/routing/route_index.h"
#include "gateway/routing/segment_reader.h"

#include <algorithm>
#include <array>

namespace gateway::routing {
namespace {

/// Names of hosts are shorter (RFC 1035, 2.3.4); a longer one can only be on a route for any host.
constexpr std::size_t hostLengthMax = 255;

/// A host in lower case, without the dot that may end a full name.
class HostName {
public:
    explicit HostName(std::string_view host) {
        if (host.ends_with('.')) {
            host.remove_suffix(1);
        }
        if (host.size() > m_text.size()) {
            return;
        }
        std::transform(host.begin(), host.end(), m_text.begin(),
                       [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; });
        m_size = host.size();
    }
    [[nodiscard]] std::string_view text() const noexcept { return {m_text.data(), m_size}; }

private:
    std::array<char, hostLengthMax> m_text; // NOLINT: filled as far as it is read
    std::size_t m_size = 0;
};

re2::StringPiece piece(std::string_view text) {
    return {text.data(), text.size()};
}

/// Visits what matches host and path. `offer` gets the first candidate of each chain; what lies beyond
/// `limit()` is left out.
template<class Offer>
class Search {
public:
    Search(const RouteIndex& index, std::string_view path, Offer& offer)
        : m_index(index)
        , m_path(path)
        , m_offer(offer) {}

    void run(std::string_view requestHost) {
        const HostName name(requestHost);
        const std::string_view host = name.text();
        if (!host.empty()) {
            visit(RouteIndex::ExactHost, host);
        }
        // The longest suffix first: what it finds often rules the shorter ones out.
        for (std::size_t dot = host.find('.', 1); m_index.hasWildcards && dot != std::string_view::npos;
             dot = host.find('.', dot + 1)) {
            visit(RouteIndex::WildcardHost, host.substr(dot + 1));
        }
        visit(RouteIndex::AnyHost, {});
    }

private:
    void visit(RouteIndex::HostScope scope, std::string_view name) {
        const auto number = m_index.hostNames.find(scope, name);
        if (!number) {
            return;
        }
        const HostEntry& host = m_index.hosts[*number];
        if (host.best >= m_offer.limit()) {
            return;
        }
        if (host.hasExact) {
            if (const auto first = m_index.exactPaths.find(*number, m_path)) {
                m_offer(*first, m_path);
            }
        }
        if (host.root != 0) {
            descend(host.root, SegmentReader(m_path));
        }
        if (host.regexes != noRank) {
            m_offer(host.regexes, m_path);
        }
    }

    void descend(std::uint32_t number, SegmentReader reader) {
        while (number != 0) {
            const Node& node = m_index.nodes[number];
            if (node.best >= m_offer.limit()) {
                return;
            }
            m_offer(node.prefixes, m_path);
            const auto segment = reader.next();
            if (!segment) {
                m_offer(node.ends, m_path);
                return;
            }
            const std::uint32_t capture = segment->empty() ? 0 : node.capture;
            std::uint32_t literal = 0;
            if (node.hasLiterals) {
                literal = m_index.literals.find(number, *segment).value_or(0);
            }
            if (literal != 0 && capture != 0) {
                descend(literal, reader);
            }
            number = literal != 0 && capture == 0 ? literal : capture;
        }
    }

    const RouteIndex& m_index;
    std::string_view m_path;
    Offer& m_offer;
};

bool matchesRegex(const Rule& rule, std::string_view path) {
    return !rule.regex || rule.regex->Match(piece(path), 0, path.size(), re2::RE2::ANCHOR_BOTH, nullptr, 0);
}

/// Keeps the best candidate that admits the request.
class BestMatch {
public:
    BestMatch(const RouteIndex& index, const http::RequestHead& head)
        : m_index(index)
        , m_head(head)
        , m_mask(MethodSet::maskOf(head.method)) {}

    [[nodiscard]] Rank limit() const noexcept { return m_best; }
    [[nodiscard]] bool isMethodWrong() const noexcept { return m_best == noRank && m_isMethodWrong; }

    void operator()(Rank rank, std::string_view path) {
        while (rank < m_best) {
            const Candidate& candidate = m_index.candidates[rank];
            if (admits(candidate, path)) {
                m_best = rank;
                return;
            }
            rank = candidate.next;
        }
    }

private:
    bool admits(const Candidate& candidate, std::string_view path) {
        bool isMethodRight = (candidate.methods & m_mask) != 0;
        if (candidate.isPlain) {
            m_isMethodWrong = m_isMethodWrong || !isMethodRight;
            return isMethodRight;
        }
        const Rule& rule = m_index.rules[candidate.rule];
        isMethodRight = isMethodRight && rule.methods.admits(m_head.method, m_head.methodText);
        if (!isMethodRight && m_isMethodWrong) {
            return false;
        }
        if (!rule.conditions.hold(m_head) || !matchesRegex(rule, path)) {
            return false;
        }
        m_isMethodWrong = m_isMethodWrong || !isMethodRight;
        return isMethodRight;
    }

    const RouteIndex& m_index;
    const http::RequestHead& m_head;
    MethodSet::Mask m_mask;
    Rank m_best = noRank;
    bool m_isMethodWrong = false;
};

/// Collects the methods of all candidates that match but for the method.
class MethodUnion {
public:
    MethodUnion(const RouteIndex& index, const http::RequestHead& head)
        : m_index(index)
        , m_head(head) {}

    [[nodiscard]] static Rank limit() noexcept { return noRank; }
    [[nodiscard]] const MethodSet& methods() const noexcept { return m_methods; }

    void operator()(Rank rank, std::string_view path) {
        for (; rank != noRank; rank = m_index.candidates[rank].next) {
            const Rule& rule = m_index.rules[m_index.candidates[rank].rule];
            if (rule.conditions.hold(m_head) && matchesRegex(rule, path)) {
                m_methods.add(rule.methods);
            }
        }
    }

private:
    const RouteIndex& m_index;
    const http::RequestHead& m_head;
    MethodSet m_methods;
};

void addCapture(Captures& captures, std::string_view name, std::string_view value) {
    if (captures.count < Captures::countMax) {
        captures.items[captures.count++] = {name, value};
    }
}

void captureGroups(const Rule& rule, std::string_view path, Captures& captures) {
    std::array<re2::StringPiece, Captures::countMax + 1> groups;
    const auto count = std::min(groups.size(), rule.captures.empty() ? 0 : rule.captures.back().segment + 1);
    if (count == 0 || !rule.regex->Match(piece(path), 0, path.size(), re2::RE2::ANCHOR_BOTH, groups.data(),
                                         static_cast<int>(count))) {
        return;
    }
    for (const Rule::Capture& capture : rule.captures) {
        if (capture.segment < count) {
            const re2::StringPiece& group = groups[capture.segment];
            addCapture(captures, capture.name, std::string_view(group.data(), group.size()));
        }
    }
}

/// Done once for the winner, so that the search need not carry captures through its detours.
void capture(const Rule& rule, std::string_view path, Captures& captures) {
    if (rule.kind == model::PathKind::Regex) {
        captureGroups(rule, path, captures);
        return;
    }
    SegmentReader reader(path);
    std::size_t at = 0;
    for (const Rule::Capture& wanted : rule.captures) {
        std::string_view segment;
        for (; at <= wanted.segment; ++at) {
            segment = reader.next().value_or(std::string_view());
        }
        addCapture(captures, wanted.name, segment);
    }
    if (rule.kind == model::PathKind::Prefix) {
        for (; at < rule.prefixSegments; ++at) {
            (void)reader.next();
        }
        captures.rest = reader.rest();
    }
}

} // namespace

struct Router::Index {
    RouteIndex routes;
};

Router::Router()
    : m_index(std::make_unique<const Index>()) {}
Router::Router(Router&&) noexcept = default;
Router& Router::operator=(Router&&) noexcept = default;
Router::~Router() = default;

Router Router::build(const model::Config& config) {
    Router router;
    router.m_index = std::make_unique<const Index>(Index{RouteIndex::build(config)});
    return router;
}

MatchResult Router::match(const http::RequestHead& head, Captures& captures) const {
    captures.count = 0;
    captures.rest = {};
    const RouteIndex& index = m_index->routes;
    if (!head.path.starts_with('/')) {
        return {};
    }
    BestMatch best(index, head);
    Search(index, head.path, best).run(head.host);
    if (best.limit() == noRank) {
        return {best.isMethodWrong() ? MatchStatus::MethodNotAllowed : MatchStatus::NotFound, 0};
    }
    const Candidate& winner = index.candidates[best.limit()];
    const Rule& rule = index.rules[winner.rule];
    if (rule.kind != model::PathKind::Exact) {
        capture(rule, head.path, captures);
    }
    return {MatchStatus::Found, winner.route};
}

std::string Router::allowedMethods(const http::RequestHead& head) const {
    if (!head.path.starts_with('/')) {
        return {};
    }
    MethodUnion methods(m_index->routes, head);
    Search(m_index->routes, head.path, methods).run(head.host);
    return methods.methods().toText();
}

} // namespace gateway::routing
