#pragma once

#include "gateway/model/problem.h"
#include "gateway/model/route.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace gateway::model {

/// An enabled route whose path was taken apart.
struct RankedRoute {
    const Route* route = nullptr;
    std::string path;    ///< PathPattern::signature
    std::string example; ///< PathPattern::example
};

/// Whether two routes are of equal rank (see routing::Router for the order) and can match the same request:
/// then the problem, told at the second one.
[[nodiscard]] std::optional<Problem> overlapOf(const RankedRoute& first, const RankedRoute& second);

/// Numbers of the places where a route can meet others: two that have none in common do not overlap.
[[nodiscard]] std::vector<std::uint64_t> overlapPlaces(const RankedRoute& ranked);

constexpr std::size_t overlapsMax = 1000;

/// Finds such pairs among many, told at the later one: none that do not overlap, and some pair wherever any
/// overlap; at most overlapsMax. Near linear: routes are only compared where host, path, number of conditions
/// and method agree already.
[[nodiscard]] Problems findOverlaps(const std::vector<RankedRoute>& routes);

} // namespace gateway::model
