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
    std::uint32_t route = 0; ///< position in Config::routes, when Found
};

/// Finds the route of a request. Immutable after build(); any number of threads may match at once; match()
/// neither locks nor allocates (RE2 may, for its own cache, while it tries a regular expression). Cost does
/// not grow with the number of routes that cannot match (flat within 2x from 50 to 100,000): hosts by hash,
/// paths by a radix tree, regular expressions by priority order in their own list per host.
///
/// Order: priority (higher first); host exact, then `*.` longest suffix, then any; path Exact, Template (more
/// literal segments first, literals before captures from the left), Prefix (longest first), Regex; number of
/// header and query conditions (more first); methods named before any. Of regular expressions the longer is
/// tried first, and at last the name of the route decides between them. Routes that differ in none of these
/// and can match the same request are an Overlap problem in model::validate, so no tie is left.
class Router {
public:
    Router();
    Router(Router&&) noexcept;
    Router& operator=(Router&&) noexcept;
    ~Router();

    /// From the enabled routes of a valid config.
    [[nodiscard]] static Router build(const model::Config& config);

    [[nodiscard]] MatchResult match(const http::RequestHead& head, Captures& captures) const;

    /// After MethodNotAllowed: the methods that would do, "GET, HEAD, POST", for the Allow field.
    [[nodiscard]] std::string allowedMethods(const http::RequestHead& head) const;

private:
    struct Index;
    std::unique_ptr<const Index> m_index;
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
