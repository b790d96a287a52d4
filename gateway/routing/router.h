#pragma once

#include "gateway/http/head.h"
#include "gateway/model/config.h"

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace gateway::routing {

struct RouteIndex;

/// What a match took out of a path. Views into the path; names into the Router.
struct Captures {
    static constexpr std::size_t countMax = 16;
    struct Item {
        std::string_view name;
        std::string_view value;
    };
    std::array<Item, countMax> items{};
    std::size_t count = 0;
    std::string_view rest; ///< what a prefix match left over, "" or "/a/b"
};

enum class MatchStatus { Found, NotFound, MethodNotAllowed };

struct MatchResult {
    MatchStatus status = MatchStatus::NotFound;
    std::uint32_t route = 0; ///< slot of the route, when Found: see Router::routeAt
};

/// Finds the route of a request. Immutable, and cheap to copy; any number of threads may match at once;
/// match() neither locks nor allocates (RE2 may, for its own cache, while it tries a regular expression).
/// Cost does not grow with the number of routes that cannot match (flat within 2x from 50 to 100,000): hosts
/// by hash, paths by a radix tree, regular expressions by priority order in their own list per host. A router
/// that is made from another one by update() shares with it all that did not change.
///
/// Order: priority (higher first); host exact, then `*.` longest suffix, then any; path Exact, Template (more
/// literal segments first, literals before captures from the left), Prefix (longest first), Regex; number of
/// header and query conditions (more first); methods named before any. Of regular expressions the longer is
/// tried first, and at last the name of the route decides between them. Routes that differ in none of these
/// and can match the same request are an Overlap problem in model::validate, so no tie is left.
class Router {
public:
    struct Update;

    Router();

    /// From the enabled routes of a valid config. Each route has its position in Config::routes as its slot.
    [[nodiscard]] static Router build(const model::Config& config);

    /// The router of another config, at the cost of what differs. A route that is not touched keeps its slot.
    /// Routers that were made from one another are updated by one thread.
    [[nodiscard]] Update update(const model::Config& config) const;

    [[nodiscard]] MatchResult find(const http::RequestHead& head) const;
    /// Of a route that find() gave for this path. Apart, since only a rewrite wants it.
    void capture(std::uint32_t slot, std::string_view path, Captures& captures) const;
    /// Both.
    [[nodiscard]] MatchResult match(const http::RequestHead& head, Captures& captures) const;

    /// After MethodNotAllowed: the methods that would do, "GET, HEAD, POST", for the Allow field.
    [[nodiscard]] std::string allowedMethods(const http::RequestHead& head) const;

    /// Slots are below this number; some may not be in use.
    [[nodiscard]] std::size_t slotCount() const noexcept;
    /// Null where the slot is not in use.
    [[nodiscard]] const model::Route* routeAt(std::uint32_t slot) const noexcept;

    /// Pages of memory that this one does not share with `other`: what an update costs, independent of the
    /// clock.
    [[nodiscard]] std::size_t pagesNotIn(const Router& other) const;

private:
    explicit Router(RouteIndex index);

    std::shared_ptr<const RouteIndex> m_index;
};

struct Router::Update {
    Router router;
    bool isBuiltAnew = false;         ///< all slots may hold another route
    std::vector<std::uint32_t> slots; ///< otherwise those whose route is new or changed
};

/// A compiled Route::rewrite. Immutable; any number of threads may apply it.
class PathRewrite {
public:
    [[nodiscard]] static PathRewrite compile(std::string_view rewrite);
    [[nodiscard]] bool isIdentity() const noexcept { return m_parts.empty(); }
    /// Appends the path to ask for.
    void apply(std::string& out, const Captures& captures) const;

private:
    struct Part {
        std::string literal;
        std::string capture; ///< appended after the literal; "*" is the rest
    };
    std::vector<Part> m_parts;
};

} // namespace gateway::routing
