#include "gateway/routing/route_index.h"

#include "gateway/model/path_pattern.h"
#include "gateway/routing/segment_reader.h"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace gateway::routing {
namespace {

using RoutePointer = std::shared_ptr<const model::Route>;

/// Names of hosts are shorter (RFC 1035, 2.3.4), and so no request has a longer one.
constexpr std::size_t hostLengthMax = 255;

std::vector<HostPattern> hostsOf(const model::Route& route) {
    std::vector<HostPattern> hosts;
    if (route.match.hosts.empty()) {
        hosts.emplace_back();
    }
    for (const std::string& text : route.match.hosts) {
        if (text.size() <= hostLengthMax) {
            hosts.push_back(HostPattern::of(text));
        }
    }
    return hosts;
}

/// The segments of a template or prefix: those with a brace are captures. The "/*" of a prefix is none.
SegmentReader segmentsOf(std::string_view path) {
    return SegmentReader(path.ends_with("/*") ? path.substr(0, path.size() - 2) : path);
}

bool isCapture(std::string_view segment) {
    return segment.starts_with('{');
}

/// A route on one of its hosts, while an index is built.
struct Placed {
    SortKey key;
    std::uint32_t slot = 0;
    std::uint32_t host = 0; ///< position among the hosts of the route
};

class Editor {
public:
    explicit Editor(RouteIndex& index)
        : m_index(index) {}

    void build(const model::Collection<model::Route>& routes) {
        m_index.config = routes;
        std::vector<Placed> order;
        for (std::uint32_t slot = 0; slot < routes.size(); ++slot) {
            const RoutePointer& route = routes.pointer(slot);
            const auto compiled = CompiledRoute::of(route);
            // What is disabled, or not from a valid config, has a slot and no request.
            m_index.routes.push_back(compiled);
            if (!compiled || !route->enabled) {
                continue;
            }
            const std::vector<HostPattern> hosts = hostsOf(*route);
            for (std::uint32_t host = 0; host < hosts.size(); ++host) {
                order.push_back({SortKey::of(*compiled, hosts[host]), slot, host});
            }
        }
        std::stable_sort(order.begin(), order.end(), [](const Placed& a, const Placed& b) {
            return a.key.high != b.key.high ? a.key.high < b.key.high : a.key.low < b.key.low;
        });
        // From the last one on: each goes to the front of its chain, however long that is.
        for (auto placed = order.rbegin(); placed != order.rend(); ++placed) {
            const CompiledRoute& compiled = *m_index.routes[placed->slot];
            place(placed->slot, compiled, hostsOf(*compiled.route)[placed->host], placed->key);
        }
        seal();
    }

    /// Gives the slot in which the route was.
    std::uint32_t remove(const model::Route& route) {
        std::uint32_t slot = none;
        if (!route.enabled) {
            return slot;
        }
        const model::PathKind kind = model::pathKind(route.match.path);
        for (const HostPattern& host : hostsOf(route)) {
            const std::uint32_t number = m_index.hostNames.find(m_index.texts, host.scope, host.name);
            if (std::uint32_t* head = headOf(number, kind, route.match.path)) {
                slot = unlink(*head, route, kind == model::PathKind::Exact ? RouteIndex::empty : none);
            }
        }
        if (slot != none) {
            m_index.routes.edit(slot) = nullptr;
        }
        return slot;
    }

    std::uint32_t add(const RoutePointer& route, std::uint32_t slot) {
        if (slot == none) {
            slot = static_cast<std::uint32_t>(m_index.routes.size());
            m_index.routes.push_back(nullptr);
        }
        const auto compiled = CompiledRoute::of(route);
        m_index.routes.edit(slot) = compiled;
        if (compiled && route->enabled) {
            for (const HostPattern& host : hostsOf(*route)) {
                place(slot, *compiled, host, SortKey::of(*compiled, host));
            }
        }
        return slot;
    }

    void seal() {
        m_index.routes.seal();
        m_index.candidates.seal();
        m_index.hosts.seal();
        m_index.nodes.seal();
        m_index.hostNames.seal();
        m_index.exactPaths.seal();
        m_index.literals.seal();
    }

private:
    void place(std::uint32_t slot, const CompiledRoute& compiled, const HostPattern& host,
               const SortKey& key) {
        const std::string_view path = compiled.route->match.path;
        Candidate candidate;
        candidate.key = key;
        candidate.compiled = &compiled;
        candidate.slot = slot;
        candidate.methods = compiled.methods.mask();
        candidate.isPlain =
            compiled.methods.isMaskOnly() && compiled.conditions.count() == 0 && !compiled.regex;
        const auto added = static_cast<std::uint32_t>(m_index.candidates.size());
        const Best best = candidate.key.high;
        m_index.candidates.push_back(candidate);

        const std::uint32_t number = hostOf(host);
        HostEntry& entry = m_index.hosts.edit(number);
        entry.best = std::min(entry.best, best);
        switch (compiled.kind) {
        case model::PathKind::Exact: {
            entry.hasExact = true;
            m_index.hasExact = true;
            std::uint32_t& head = m_index.exactPaths.edit(m_index.texts, number, path, RouteIndex::empty);
            head = head == RouteIndex::empty ? none : head;
            insert(head, added);
            break;
        }
        case model::PathKind::Regex:
            insert(entry.regexes, added);
            break;
        case model::PathKind::Template:
            insert(m_index.nodes.edit(nodeOf(entry, path, best)).ends, added);
            break;
        case model::PathKind::Prefix:
            insert(m_index.nodes.edit(nodeOf(entry, path, best)).prefixes, added);
            break;
        }
    }

    /// Adds to the chain that starts at `head`, in the documented order.
    void insert(std::uint32_t& head, std::uint32_t added) {
        const Candidate& candidate = m_index.candidates[added];
        std::uint32_t before = none;
        std::uint32_t after = head;
        while (after != none) {
            const Candidate& other = m_index.candidates[after];
            if (!comesBefore(other.key, *other.compiled, candidate.key, *candidate.compiled)) {
                break;
            }
            before = after;
            after = other.next;
        }
        m_index.candidates.edit(added).next = after;
        (before == none ? head : m_index.candidates.edit(before).next) = added;
    }

    /// Takes the route's candidate out of the chain and gives its slot. `last` becomes the head of a chain
    /// that is empty now.
    std::uint32_t unlink(std::uint32_t& head, const model::Route& route, std::uint32_t last) {
        std::uint32_t before = none;
        for (std::uint32_t at = head; at != none && at != RouteIndex::empty;) {
            const Candidate candidate = m_index.candidates[at];
            if (candidate.compiled->route.get() == &route) {
                if (before != none) {
                    m_index.candidates.edit(before).next = candidate.next;
                } else {
                    head = candidate.next != none ? candidate.next : last;
                }
                ++m_index.abandoned;
                return candidate.slot;
            }
            before = at;
            at = candidate.next;
        }
        return none;
    }

    /// Where the chain starts of routes with this host and path.
    std::uint32_t* headOf(std::uint32_t host, model::PathKind kind, std::string_view path) {
        if (host == none) {
            return nullptr;
        }
        switch (kind) {
        case model::PathKind::Exact:
            if (m_index.exactPaths.find(m_index.texts, host, path) == none) {
                return nullptr;
            }
            return &m_index.exactPaths.edit(m_index.texts, host, path, RouteIndex::empty);
        case model::PathKind::Regex:
            return &m_index.hosts.edit(host).regexes;
        case model::PathKind::Template:
        case model::PathKind::Prefix:
            break;
        }
        std::uint32_t node = m_index.hosts[host].root;
        SegmentReader segments = segmentsOf(path);
        for (auto segment = segments.next(); segment && node != none; segment = segments.next()) {
            node = isCapture(*segment) ? m_index.nodes[node].capture : literalOf(node, *segment);
        }
        if (node == none) {
            return nullptr;
        }
        Node& found = m_index.nodes.edit(node);
        return kind == model::PathKind::Template ? &found.ends : &found.prefixes;
    }

    std::uint32_t hostOf(const HostPattern& host) {
        const auto fresh = static_cast<std::uint32_t>(m_index.hosts.size());
        const std::uint32_t known = m_index.hostNames.find(m_index.texts, host.scope, host.name);
        if (known != none) {
            return known;
        }
        m_index.hostNames.edit(m_index.texts, host.scope, host.name, fresh) = fresh;
        m_index.hosts.push_back(HostEntry());
        m_index.hasWildcards = m_index.hasWildcards || host.scope == WildcardHost;
        m_index.anyHost = host.scope == AnyHost ? fresh : m_index.anyHost;
        return fresh;
    }

    std::uint32_t nodeOf(HostEntry& host, std::string_view path, Best best) {
        if (host.root == none) {
            host.root = newNode(best);
        }
        std::uint32_t node = host.root;
        lower(node, best);
        SegmentReader segments = segmentsOf(path);
        while (const auto segment = segments.next()) {
            node = isCapture(*segment) ? captureChild(node, best) : literalChild(node, *segment, best);
            lower(node, best);
        }
        return node;
    }

    void lower(std::uint32_t node, Best best) {
        if (m_index.nodes[node].best > best) {
            m_index.nodes.edit(node).best = best;
        }
    }

    std::uint32_t captureChild(std::uint32_t node, Best best) {
        if (m_index.nodes[node].capture == none) {
            const std::uint32_t child = newNode(best);
            m_index.nodes.edit(node).capture = child;
        }
        return m_index.nodes[node].capture;
    }

    [[nodiscard]] std::uint32_t literalOf(std::uint32_t node, std::string_view text) const {
        const Node& parent = m_index.nodes[node];
        if (parent.hasLiterals) {
            return m_index.literals.find(m_index.texts, node, text);
        }
        const bool isOnly = parent.literal != none && m_index.texts.at(parent.literalText) == text;
        return isOnly ? parent.literal : none;
    }

    std::uint32_t literalChild(std::uint32_t node, std::string_view text, Best best) {
        if (const std::uint32_t known = literalOf(node, text); known != none) {
            return known;
        }
        const std::uint32_t child = newNode(best);
        Node& parent = m_index.nodes.edit(node);
        if (!parent.hasLiterals && parent.literal == none) {
            parent.literal = child;
            parent.literalText = m_index.texts.add(text);
            return child;
        }
        if (!parent.hasLiterals) {
            m_index.literals.add(node, m_index.texts.at(parent.literalText), parent.literalText,
                                 parent.literal);
            parent.literal = none;
            parent.hasLiterals = true;
        }
        m_index.literals.edit(m_index.texts, node, text, child) = child;
        return child;
    }

    std::uint32_t newNode(Best best) {
        Node node;
        node.best = best;
        m_index.nodes.push_back(node);
        return static_cast<std::uint32_t>(m_index.nodes.size() - 1);
    }

    RouteIndex& m_index;
};

} // namespace

RouteIndex RouteIndex::build(const model::Collection<model::Route>& routes) {
    RouteIndex index;
    Editor(index).build(routes);
    return index;
}

RouteIndex::Update RouteIndex::update(const model::Collection<model::Route>& changed) const {
    constexpr std::size_t abandonedMin = 10'000; // below, it is not worth the while
    Update update{*this, false, {}};
    Editor editor(update.index);
    // All that goes first, so that a slot and a place are free for what comes.
    std::vector<std::pair<RoutePointer, std::uint32_t>> added;
    model::Collection<model::Route>::visitDifference(
        config, changed, [&](const RoutePointer& former, const RoutePointer& current) {
            const std::uint32_t slot = former ? editor.remove(*former) : none;
            if (current) {
                added.emplace_back(current, slot);
            }
        });
    // A few more than there are: an edit of everything is a new index.
    if (update.index.abandoned > changed.size() + abandonedMin ||
        added.size() > changed.size() / 2 + abandonedMin) {
        return {build(changed), true, {}};
    }
    for (const auto& [route, slot] : added) {
        update.slots.push_back(editor.add(route, slot));
    }
    update.index.config = changed;
    editor.seal();
    return update;
}

std::size_t RouteIndex::pagesNotIn(const RouteIndex& other) const {
    return routes.pagesNotIn(other.routes) + candidates.pagesNotIn(other.candidates) +
           hosts.pagesNotIn(other.hosts) + nodes.pagesNotIn(other.nodes) +
           hostNames.pagesNotIn(other.hostNames) + exactPaths.pagesNotIn(other.exactPaths) +
           literals.pagesNotIn(other.literals);
}

} // namespace gateway::routing
