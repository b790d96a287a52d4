#pragma once

#include "gateway/model/route.h"

#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

namespace gateway::model {

constexpr std::size_t capturesMax = 16; ///< of one route; what a match can carry
constexpr std::size_t pathBytesMax = 2048;

/// A route's path, taken apart.
struct PathPattern {
    struct Segment {
        std::string text; ///< the literal, or the capture's name
        bool capture = false;
        bool operator==(const Segment&) const = default;
    };

    PathKind kind = PathKind::Exact;
    std::vector<Segment> segments;     ///< without the final `*` of a Prefix; none for a Regex
    std::vector<std::string> captures; ///< names, of a Regex too

    /// The same for two patterns if and only if they are of equal rank and can match the same path (as far as
    /// one can know of regular expressions: where their text is the same).
    [[nodiscard]] std::string signature(std::string_view path) const;
    /// A path that matches; empty for a Regex.
    [[nodiscard]] std::string example() const;
};

[[nodiscard]] PathKind pathKind(std::string_view path);

/// Takes a path apart, or says in a sentence what is wrong with it.
[[nodiscard]] tl::expected<PathPattern, std::string> parsePathPattern(std::string_view path);

/// What is wrong with a rewrite of a route with this pattern, in a sentence; empty: nothing.
[[nodiscard]] std::string rewriteProblem(std::string_view rewrite, const PathPattern& pattern);

} // namespace gateway::model
