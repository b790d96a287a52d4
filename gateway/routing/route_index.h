#pragma once

#include "gateway/base/paged_vector.h"
#include "gateway/routing/compiled_route.h"
#include "gateway/routing/text_map.h"

#include <cstdint>
#include <limits>
#include <memory>
#include <vector>

namespace gateway::routing {

/// A route on one of its hosts. Small: most requests read one of these and nothing else about a route.
struct Candidate {
    SortKey key;
    const CompiledRoute* compiled = nullptr; ///< held by RouteIndex::routes
    std::uint32_t slot = 0;                  ///< in RouteIndex::routes
    std::uint32_t next = none;               ///< the next, less specific one in the same place
    MethodSet::Mask methods = 0;
    bool isPlain = false; ///< the mask of methods is all that is asked
};

/// The high part of a SortKey; what is below it cannot be found in a place.
using Best = std::uint64_t;
constexpr Best nothing = std::numeric_limits<Best>::max();

/// A point between segments in the tree of a host's templates and prefixes. A single literal child stands in
/// the node; of several each is in RouteIndex::literals, so that a node with 100,000 of them costs no more
/// than one with two.
struct Node {
    Best best = nothing;       ///< no candidate here or below is more specific
    std::uint32_t ends = none; ///< templates that end here
    std::uint32_t prefixes = none;
    std::uint32_t capture = none; ///< the child for any non-empty segment
    std::uint32_t literal = none; ///< the only literal child
    std::uint32_t literalText = 0;
    bool hasLiterals = false; ///< several
};
static_assert(sizeof(Node) == 32);

struct HostEntry {
    Best best = nothing;
    std::uint32_t root = none;
    std::uint32_t regexes = none;
    bool hasExact = false;
};

/// Everything a Router knows, in a few arrays whose copies share what they do not change.
struct RouteIndex {
    template<class T, std::size_t PageSize>
    using Pages = PagedVector<T, PageSize>;

    model::Collection<model::Route> config;                 ///< what this is the index of
    Pages<std::shared_ptr<const CompiledRoute>, 64> routes; ///< by slot; null: not in use
    Pages<Candidate, 64> candidates;
    Pages<HostEntry, 64> hosts;
    Pages<Node, 128> nodes;
    TextStore texts;
    TextMap hostNames;  ///< scope and name to host
    TextMap exactPaths; ///< host and path to the first candidate, `empty` where none is left
    TextMap literals;   ///< node and segment to node
    std::uint32_t anyHost = none;
    bool hasWildcards = false;
    bool hasExact = false;
    std::size_t abandoned = 0; ///< candidates that nothing leads to any more

    /// A place in exactPaths whose candidates are gone.
    static constexpr std::uint32_t empty = none - 1;

    [[nodiscard]] static RouteIndex build(const model::Collection<model::Route>& routes);

    struct Update;
    /// The index of other routes, at the cost of the difference. Now and then, when much was abandoned, it is
    /// built anew.
    [[nodiscard]] Update update(const model::Collection<model::Route>& routes) const;
    /// Pages that are not those of `other`.
    [[nodiscard]] std::size_t pagesNotIn(const RouteIndex& other) const;
};

struct RouteIndex::Update {
    RouteIndex index;
    bool isBuiltAnew = false;
    std::vector<std::uint32_t> slots; ///< of the routes that are new or changed, unless all are
};

} // namespace gateway::routing
