#pragma once

#include "gateway/model/config.h"
#include "gateway/routing/conditions.h"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <re2/re2.h>
#include <string>
#include <string_view>
#include <vector>

namespace gateway::routing {

/// What is asked of a request beyond host and path, and what its captures are called. Immutable; shared by
/// all routers that have the route.
struct CompiledRoute {
    struct Capture {
        std::size_t segment = 0; ///< position in the path, or number of the group
        std::string name;
    };

    std::shared_ptr<const model::Route> route;
    MethodSet methods;
    Conditions conditions;
    std::unique_ptr<const re2::RE2> regex;
    std::vector<Capture> captures;
    std::size_t segments = 0; ///< of a template or prefix
    model::PathKind kind = model::PathKind::Exact;

    /// Null where the route's path is no pattern.
    [[nodiscard]] static std::shared_ptr<const CompiledRoute> of(std::shared_ptr<const model::Route> route);
};

enum HostScope : std::uint32_t { ExactHost, WildcardHost, AnyHost };

/// A host that routes name, in lower case.
struct HostPattern {
    HostScope scope = AnyHost;
    std::string name; ///< a wildcard's without "*."

    [[nodiscard]] static HostPattern of(std::string_view text);
};

/// A place in the documented order of all routes; less is more specific. Two numbers say nearly all of it;
/// where they are equal, see comesBefore().
struct SortKey {
    std::uint64_t high = std::numeric_limits<std::uint64_t>::max();
    std::uint64_t low = std::numeric_limits<std::uint64_t>::max();

    [[nodiscard]] static SortKey of(const CompiledRoute& route, const HostPattern& host);
};

/// Whether `a` is asked before `b`, where both match the same host and path.
[[nodiscard]] bool comesBefore(const SortKey& keyA, const CompiledRoute& a, const SortKey& keyB,
                               const CompiledRoute& b) noexcept;

} // namespace gateway::routing
