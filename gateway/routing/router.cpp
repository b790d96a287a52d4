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

/// Visits what matches host and path. `offer` gets the first candidate of each chain; what cannot be better
/// than `limit()` is left out.
template<class Offer>
class Search {
public:
    Search(const RouteIndex& index, std::string_view path, Offer& offer)
        : m_index(index)
        , m_path(path)
        , m_pathHash(index.hasExact ? hashText(path) : 0)
        , m_offer(offer) {}

    void run(std::string_view requestHost) {
        const HostName name(requestHost);
        const std::string_view host = name.text();
        if (m_index.hasExact && m_index.anyHost != none) {
            // Needed soon, and the way there leads through memory that takes as long to come.
            m_index.exactPaths.prefetch(m_index.anyHost, m_pathHash);
        }
        if (!host.empty()) {
            visit(m_index.hostNames.find(m_index.texts, ExactHost, host));
        }
        // The longest suffix first: what it finds often rules the shorter ones out.
        for (std::size_t dot = host.find('.', 1); m_index.hasWildcards && dot != std::string_view::npos;
             dot = host.find('.', dot + 1)) {
            visit(m_index.hostNames.find(m_index.texts, WildcardHost, host.substr(dot + 1)));
        }
        visit(m_index.anyHost);
    }

private:
    void visit(std::uint32_t number) {
        if (number == none) {
            return;
        }
        const HostEntry& host = m_index.hosts[number];
        if (host.best > m_offer.limit()) {
            return;
        }
        if (host.hasExact) {
            const std::uint32_t first = m_index.exactPaths.find(
                m_index.texts, number, m_path, m_pathHash, [&](std::uint32_t probable) {
                    if (probable != RouteIndex::empty) {
                        __builtin_prefetch(&m_index.candidates[probable]);
                    }
                });
            if (first != none && first != RouteIndex::empty) {
                m_offer(first, m_path);
            }
        }
        if (host.root != none) {
            descend(host.root, SegmentReader(m_path));
        }
        if (host.regexes != none) {
            m_offer(host.regexes, m_path);
        }
    }

    void descend(std::uint32_t number, SegmentReader reader) {
        while (number != none) {
            const Node& node = m_index.nodes[number];
            if (node.best > m_offer.limit()) {
                return;
            }
            if (node.prefixes != none) {
                m_offer(node.prefixes, m_path);
            }
            const auto segment = reader.next();
            if (!segment) {
                if (node.ends != none) {
                    m_offer(node.ends, m_path);
                }
                return;
            }
            const std::uint32_t capture = segment->empty() ? none : node.capture;
            const std::uint32_t literal = literalOf(number, node, *segment);
            if (literal != none && capture != none) {
                descend(literal, reader);
            }
            number = literal != none && capture == none ? literal : capture;
        }
    }

    [[nodiscard]] std::uint32_t literalOf(std::uint32_t number, const Node& node,
                                          std::string_view segment) const {
        if (node.hasLiterals) {
            return m_index.literals.find(
                m_index.texts, number, segment, hashText(segment),
                [&](std::uint32_t probable) { __builtin_prefetch(&m_index.nodes[probable]); });
        }
        const bool isOnly = node.literal != none && m_index.texts.at(node.literalText) == segment;
        return isOnly ? node.literal : none;
    }

    const RouteIndex& m_index;
    std::string_view m_path;
    std::uint64_t m_pathHash;
    Offer& m_offer;
};

bool matchesRegex(const CompiledRoute& rule, std::string_view path) {
    return !rule.regex || rule.regex->Match(piece(path), 0, path.size(), re2::RE2::ANCHOR_BOTH, nullptr, 0);
}

/// Keeps the best candidate that admits the request.
class BestMatch {
public:
    BestMatch(const RouteIndex& index, const http::RequestHead& head)
        : m_index(index)
        , m_head(head)
        , m_mask(MethodSet::maskOf(head.method)) {}

    [[nodiscard]] Best limit() const noexcept { return m_limit; }
    [[nodiscard]] const Candidate* best() const noexcept { return m_best; }
    [[nodiscard]] bool isMethodWrong() const noexcept { return m_isMethodWrong; }

    void operator()(std::uint32_t first, std::string_view path) {
        for (std::uint32_t at = first; at != none;) {
            const Candidate& candidate = m_index.candidates[at];
            if (m_best != nullptr &&
                !comesBefore(candidate.key, *candidate.compiled, m_best->key, *m_best->compiled)) {
                return;
            }
            if (admits(candidate, path)) {
                m_best = &candidate;
                m_limit = candidate.key.high;
                return;
            }
            at = candidate.next;
        }
    }

private:
    bool admits(const Candidate& candidate, std::string_view path) {
        bool isMethodRight = (candidate.methods & m_mask) != 0;
        if (candidate.isPlain) {
            m_isMethodWrong = m_isMethodWrong || !isMethodRight;
            return isMethodRight;
        }
        const CompiledRoute& rule = *candidate.compiled;
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
    const Candidate* m_best = nullptr;
    Best m_limit = nothing;
    bool m_isMethodWrong = false;
};

/// Collects the methods of all candidates that match but for the method.
class MethodUnion {
public:
    MethodUnion(const RouteIndex& index, const http::RequestHead& head)
        : m_index(index)
        , m_head(head) {}

    [[nodiscard]] static Best limit() noexcept { return nothing; }
    [[nodiscard]] const MethodSet& methods() const noexcept { return m_methods; }

    void operator()(std::uint32_t first, std::string_view path) {
        for (std::uint32_t at = first; at != none; at = m_index.candidates[at].next) {
            const CompiledRoute& rule = *m_index.candidates[at].compiled;
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

void captureGroups(const CompiledRoute& rule, std::string_view path, Captures& captures) {
    std::array<re2::StringPiece, Captures::countMax + 1> groups;
    const auto count = std::min(groups.size(), rule.captures.empty() ? 0 : rule.captures.back().segment + 1);
    if (count == 0 || !rule.regex->Match(piece(path), 0, path.size(), re2::RE2::ANCHOR_BOTH, groups.data(),
                                         static_cast<int>(count))) {
        return;
    }
    for (const CompiledRoute::Capture& capture : rule.captures) {
        if (capture.segment < count) {
            const re2::StringPiece& group = groups[capture.segment];
            addCapture(captures, capture.name, std::string_view(group.data(), group.size()));
        }
    }
}

/// Done once for the winner, so that the search need not carry captures through its detours.
void captureSegments(const CompiledRoute& rule, std::string_view path, Captures& captures) {
    SegmentReader reader(path);
    std::size_t at = 0;
    for (const CompiledRoute::Capture& wanted : rule.captures) {
        std::string_view segment;
        for (; at <= wanted.segment; ++at) {
            segment = reader.next().value_or(std::string_view());
        }
        addCapture(captures, wanted.name, segment);
    }
    if (rule.kind == model::PathKind::Prefix) {
        for (; at < rule.segments; ++at) {
            (void)reader.next();
        }
        captures.rest = reader.rest();
    }
}

} // namespace

Router::Router()
    : m_index(std::make_shared<const RouteIndex>()) {}

Router::Router(RouteIndex index)
    : m_index(std::make_shared<const RouteIndex>(std::move(index))) {}

Router Router::build(const model::Config& config) {
    return Router(RouteIndex::build(config.routes));
}

Router::Update Router::update(const model::Config& config) const {
    RouteIndex::Update update = m_index->update(config.routes);
    return {Router(std::move(update.index)), update.isBuiltAnew, std::move(update.slots)};
}

MatchResult Router::find(const http::RequestHead& head) const {
    if (!head.path.starts_with('/')) {
        return {};
    }
    BestMatch match(*m_index, head);
    Search(*m_index, head.path, match).run(head.host);
    if (const Candidate* winner = match.best()) {
        return {MatchStatus::Found, winner->slot};
    }
    return {match.isMethodWrong() ? MatchStatus::MethodNotAllowed : MatchStatus::NotFound, 0};
}

void Router::capture(std::uint32_t slot, std::string_view path, Captures& captures) const {
    captures.count = 0;
    captures.rest = {};
    const CompiledRoute& route = *m_index->routes[slot];
    switch (route.kind) {
    case model::PathKind::Exact:
        break;
    case model::PathKind::Regex:
        captureGroups(route, path, captures);
        break;
    case model::PathKind::Template:
    case model::PathKind::Prefix:
        captureSegments(route, path, captures);
        break;
    }
}

MatchResult Router::match(const http::RequestHead& head, Captures& captures) const {
    captures.count = 0;
    captures.rest = {};
    const MatchResult result = find(head);
    if (result.status == MatchStatus::Found) {
        capture(result.route, head.path, captures);
    }
    return result;
}

std::string Router::allowedMethods(const http::RequestHead& head) const {
    if (!head.path.starts_with('/')) {
        return {};
    }
    MethodUnion methods(*m_index, head);
    Search(*m_index, head.path, methods).run(head.host);
    return methods.methods().toText();
}

std::size_t Router::slotCount() const noexcept {
    return m_index->routes.size();
}

const model::Route* Router::routeAt(std::uint32_t slot) const noexcept {
    const auto& compiled = m_index->routes[slot];
    return compiled ? compiled->route.get() : nullptr;
}

std::size_t Router::pagesNotIn(const Router& other) const {
    return m_index->pagesNotIn(*other.m_index);
}

} // namespace gateway::routing
