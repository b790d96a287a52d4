#pragma once

#include "gateway/routing/conditions.h"
#include "gateway/routing/router.h"
#include "gateway/routing/text_map.h"

#include <cstdint>
#include <memory>
#include <re2/re2.h>
#include <string>
#include <vector>

namespace gateway::routing {

/// A place in the order of all candidates: 0 is the most specific. It decides whenever several match.
using Rank = std::uint32_t;
constexpr Rank noRank = 0xFFFFFFFFU;

/// What is asked of a request beyond host and path, and what its captures are called.
struct Rule {
    struct Capture {
        std::size_t segment = 0; ///< position in the path, or number of the group
        std::string name;
    };
    MethodSet methods;
    Conditions conditions;
    std::unique_ptr<const re2::RE2> regex;
    std::vector<Capture> captures;
    std::size_t prefixSegments = 0;
    model::PathKind kind = model::PathKind::Exact;
};

/// A route on one of its hosts. Small: most requests read one of these and nothing else about a route.
struct Candidate {
    std::uint32_t route = 0; ///< position in Config::routes
    std::uint32_t rule = 0;
    Rank next = noRank; ///< the next, less specific one in the same place
    MethodSet::Mask methods = 0;
    bool isPlain = false; ///< the mask of methods is all that is asked
};

/// A point between segments in the tree of a host's templates and prefixes. Literal children are in
/// RouteIndex::literals, so that a node with 100,000 of them costs no more than one with two.
struct Node {
    Rank best = noRank; ///< the most specific candidate here and below
    Rank ends = noRank; ///< templates that end here
    Rank prefixes = noRank;
    std::uint32_t capture = 0; ///< the child for any non-empty segment; 0: none
    bool hasLiterals = false;
};

struct HostEntry {
    Rank best = noRank;
    std::uint32_t root = 0;
    Rank regexes = noRank;
    bool hasExact = false;
};

/// Everything a Router knows, in a few flat arrays.
struct RouteIndex {
    enum HostScope : std::uint32_t { ExactHost, WildcardHost, AnyHost };

    std::vector<Candidate> candidates; ///< by rank
    std::vector<Rule> rules;
    std::vector<HostEntry> hosts;
    std::vector<Node> nodes;
    TextMap hostNames;  ///< scope and name (a wildcard's without "*.") to host
    TextMap exactPaths; ///< host and path to the first candidate
    TextMap literals;   ///< node and segment to node
    bool hasWildcards = false;

    [[nodiscard]] static RouteIndex build(const model::Config& config);
};

} // namespace gateway::routing
