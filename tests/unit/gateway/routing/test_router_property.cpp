#include "routing_support.h"

#include <QtTest/QtTest>
#include <algorithm>
#include <map>
#include <optional>
#include <random>
#include <regex>
#include <set>
#include <tuple>

using gateway::http::RequestHead;
using gateway::model::Config;
using gateway::model::NameValue;
using gateway::model::Route;
using gateway::routing::Captures;
using gateway::routing::MatchResult;
using gateway::routing::MatchStatus;
using gateway::routing::Router;
using routing_test::request;
using routing_test::route;

namespace {

using Strings = std::vector<std::string>;

// The documented order told a second time, as plainly as it can be: every route is asked, the best one wins.

Strings split(const std::string& path) {
    Strings segments;
    std::size_t from = 1;
    while (from <= path.size()) {
        const std::size_t to = std::min(path.find('/', from), path.size());
        segments.push_back(path.substr(from, to - from));
        from = to + 1;
    }
    return segments;
}

bool isCapture(const std::string& segment) {
    return segment.starts_with('{');
}

bool matchesSegments(const Strings& pattern, const Strings& path) {
    for (std::size_t at = 0; at < pattern.size(); ++at) {
        const bool fits = isCapture(pattern[at]) ? !path[at].empty() : pattern[at] == path[at];
        if (!fits) {
            return false;
        }
    }
    return true;
}

/// Less is better. Kind; what the kind counts; then the shape from the left, literals as 0.
using PathRank = std::tuple<int, long, long, std::vector<int>>;

std::optional<PathRank> rankOfPath(const std::string& pattern, const std::string& path) {
    if (pattern.starts_with('~')) {
        const std::regex expression(pattern.substr(1));
        return std::regex_match(path, expression)
                   ? std::optional(PathRank{3, -static_cast<long>(pattern.size()), 0, {}})
                   : std::nullopt;
    }
    const bool isPrefix = pattern.ends_with("/*");
    const Strings wanted = isPrefix ? split(pattern.substr(0, pattern.size() - 2)) : split(pattern);
    const Strings given = split(path);
    if (isPrefix ? wanted.size() > given.size() : wanted.size() != given.size()) {
        return std::nullopt;
    }
    if (!matchesSegments(wanted, given)) {
        return std::nullopt;
    }
    std::vector<int> shape;
    for (const std::string& segment : wanted) {
        shape.push_back(isCapture(segment) ? 1 : 0);
    }
    const long literals = std::count(shape.begin(), shape.end(), 0);
    if (isPrefix) {
        return PathRank{2, -static_cast<long>(wanted.size()), -literals, shape};
    }
    const bool isExact = literals == static_cast<long>(shape.size());
    return isExact ? PathRank{0, 0, 0, {}} : PathRank{1, -literals, 0, shape};
}

/// Exact, then the longest wildcard, then any.
std::optional<std::pair<int, long>> rankOfHost(const Strings& patterns, const std::string& host) {
    if (patterns.empty()) {
        return std::pair{2, 0L};
    }
    std::optional<std::pair<int, long>> best;
    for (const std::string& pattern : patterns) {
        std::optional<std::pair<int, long>> rank;
        if (pattern == host) {
            rank = {0, 0L};
        } else if (pattern.starts_with("*.") && host.ends_with(pattern.substr(1)) &&
                   host.size() >= pattern.size()) {
            rank = {1, -static_cast<long>(pattern.size())};
        }
        if (rank && (!best || *rank < *best)) {
            best = rank;
        }
    }
    return best;
}

bool admits(const Strings& methods, const std::string& method) {
    const auto has = [&](const char* name) {
        return std::find(methods.begin(), methods.end(), name) != methods.end();
    };
    return methods.empty() || has(method.c_str()) || (method == "HEAD" && has("GET"));
}

bool hold(const std::vector<NameValue>& conditions, const std::map<std::string, std::string>& given) {
    return std::all_of(conditions.begin(), conditions.end(), [&](const NameValue& condition) {
        const auto found = given.find(condition.name);
        return found != given.end() && (condition.value == "*" || condition.value == found->second);
    });
}

struct Asked {
    std::string method;
    std::string host;
    std::string path;
    std::map<std::string, std::string> headers;
    std::map<std::string, std::string> query;
};

struct Expected {
    MatchStatus status = MatchStatus::NotFound;
    std::size_t route = 0;
    std::set<std::string> methods;
};

Expected bruteForce(const Config& config, const Asked& asked) {
    using Rank = std::tuple<std::int32_t, std::pair<int, long>, PathRank, long, bool, std::size_t>;
    std::optional<Rank> best;
    Expected expected;
    for (std::size_t at = 0; at < config.routes.size(); ++at) {
        const Route& candidate = config.routes[at];
        const auto host = rankOfHost(candidate.match.hosts, asked.host);
        const auto path = rankOfPath(candidate.match.path, asked.path);
        if (!candidate.enabled || !host || !path || !hold(candidate.match.headers, asked.headers) ||
            !hold(candidate.match.query, asked.query)) {
            continue;
        }
        if (!admits(candidate.match.methods, asked.method)) {
            expected.methods.insert(candidate.match.methods.begin(), candidate.match.methods.end());
            continue;
        }
        const auto conditions =
            static_cast<long>(candidate.match.headers.size() + candidate.match.query.size());
        const Rank rank{-candidate.priority, *host, *path, -conditions, candidate.match.methods.empty(), at};
        if (!best || rank < *best) {
            best = rank;
        }
    }
    if (best) {
        return {MatchStatus::Found, std::get<std::size_t>(*best), {}};
    }
    if (expected.methods.contains("GET")) {
        expected.methods.insert("HEAD");
    }
    expected.status = expected.methods.empty() ? MatchStatus::NotFound : MatchStatus::MethodNotAllowed;
    return expected;
}

/// Few words, so that patterns and requests meet often.
class Dice {
public:
    explicit Dice(std::uint64_t seed)
        : m_random(seed) {}

    [[nodiscard]] bool oneIn(std::uint64_t n) { return m_random() % n == 0; }
    [[nodiscard]] std::size_t below(std::size_t n) { return m_random() % n; }
    [[nodiscard]] std::string pick(std::initializer_list<const char*> words) {
        return *(words.begin() + below(words.size()));
    }

private:
    std::mt19937_64 m_random;
};

std::string randomPattern(Dice& dice) {
    if (dice.oneIn(10)) {
        return dice.pick({"~/a/.*", "~/.*/b", "~/[ab]/[bc](/.*)?", "~/a", "~/(a|b)/b/.", "~.*"});
    }
    std::string pattern;
    for (std::size_t count = dice.below(5); count > 0; --count) {
        pattern += "/" + (dice.oneIn(3) ? "{n" + std::to_string(count) + "}" : dice.pick({"a", "b", "c"}));
    }
    if (dice.oneIn(3)) {
        return pattern + "/*";
    }
    return pattern.empty() || dice.oneIn(12) ? pattern + "/" : pattern;
}

Route randomRoute(Dice& dice, std::size_t number) {
    Route made = route("r" + std::to_string(number), randomPattern(dice));
    made.priority = dice.oneIn(4) ? static_cast<std::int32_t>(dice.below(5)) - 2 : 0;
    made.enabled = !dice.oneIn(15);
    while (dice.oneIn(2)) {
        made.match.hosts.push_back(
            dice.pick({"x.org", "a.x.org", "b.a.x.org", "*.x.org", "*.a.x.org", "*.org"}));
    }
    while (dice.oneIn(2)) {
        made.match.methods.push_back(dice.pick({"GET", "POST", "HEAD", "DELETE", "PURGE", "OPTIONS"}));
    }
    if (dice.oneIn(5)) {
        made.match.headers.push_back({dice.pick({"h", "i"}), dice.pick({"1", "2", "*"})});
    }
    if (dice.oneIn(5)) {
        made.match.query.push_back({dice.pick({"q", "p"}), dice.pick({"1", "2", "*"})});
    }
    return made;
}

Asked randomRequest(Dice& dice) {
    Asked asked;
    asked.method = dice.pick({"GET", "POST", "HEAD", "DELETE", "PURGE", "OPTIONS", "LOCK"});
    asked.host = dice.pick({"x.org", "a.x.org", "b.a.x.org", "c.b.a.x.org", "org", "y.com"});
    for (std::size_t count = dice.below(6); count > 0; --count) {
        asked.path += "/" + dice.pick({"a", "b", "c", "a", "b", "c", "d", ""});
    }
    asked.path += asked.path.empty() || dice.oneIn(8) ? "/" : "";
    for (const char* name : {"h", "i"}) {
        if (dice.oneIn(2)) {
            asked.headers[name] = dice.pick({"1", "2", "3"});
        }
    }
    for (const char* name : {"p", "q"}) {
        if (dice.oneIn(2)) {
            asked.query[name] = dice.pick({"1", "2", "3"});
        }
    }
    return asked;
}

/// What the captures have to spell when they are put back into the pattern.
std::string rebuilt(const Route& route, const Captures& captures) {
    const std::string& pattern = route.match.path;
    const bool isPrefix = pattern.ends_with("/*");
    std::string path;
    std::size_t next = 0;
    for (const std::string& segment : split(isPrefix ? pattern.substr(0, pattern.size() - 2) : pattern)) {
        path += "/";
        if (!isCapture(segment)) {
            path += segment;
        } else if (next < captures.count && "{" + std::string(captures.items[next].name) + "}" == segment) {
            path += captures.items[next++].value;
        }
    }
    return path + std::string(captures.rest);
}

} // namespace

class RouterPropertyTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void agreesWithAskingEveryRoute_data();
    void agreesWithAskingEveryRoute();
};

void RouterPropertyTest::agreesWithAskingEveryRoute_data() {
    QTest::addColumn<int>("routes");
    for (const int routes : {1, 3, 10, 40, 200}) {
        QTest::addRow("%d routes", routes) << routes;
    }
}

void RouterPropertyTest::agreesWithAskingEveryRoute() {
    QFETCH(const int, routes);
    Dice dice(static_cast<std::uint64_t>(routes));
    std::map<MatchStatus, int> seen;
    for (int round = 0; round < 4'000 / routes + 10; ++round) {
        std::vector<Route> made;
        for (int number = 0; number < routes; ++number) {
            made.push_back(randomRoute(dice, static_cast<std::size_t>(number)));
        }
        const Config config = routing_test::config(std::move(made));
        const Router router = Router::build(config);
        for (int i = 0; i < 60; ++i) {
            const Asked asked = randomRequest(dice);
            std::vector<std::pair<std::string_view, std::string_view>> fields(asked.headers.begin(),
                                                                              asked.headers.end());
            std::string query;
            for (const auto& [name, value] : asked.query) {
                query += (query.empty() ? "" : "&") + name + "=" + value;
            }
            const RequestHead head = request(asked.method, asked.host, asked.path, query, fields);

            Captures captures;
            const MatchResult result = router.match(head, captures);
            const Expected expected = bruteForce(config, asked);
            const std::string what = asked.method + " " + asked.host + asked.path + "?" + query;
            QVERIFY2(result.status == expected.status, what.c_str());
            ++seen[result.status];
            if (result.status == MatchStatus::Found) {
                const Route& found = config.routes[result.route];
                const Route& wanted = config.routes[expected.route];
                QVERIFY2(result.route == expected.route,
                         (what + ": " + found.match.path + ", expected " + wanted.match.path).c_str());
                QVERIFY2(found.match.path.starts_with('~') || rebuilt(found, captures) == asked.path,
                         (what + ": " + rebuilt(found, captures)).c_str());
            } else if (result.status == MatchStatus::MethodNotAllowed) {
                std::set<std::string> methods;
                const std::string text = router.allowedMethods(head);
                for (std::size_t from = 0; from < text.size();) {
                    const std::size_t to = std::min(text.find(", ", from), text.size());
                    methods.insert(text.substr(from, to - from));
                    from = to + 2;
                }
                QVERIFY2(methods == expected.methods, (what + ": " + text).c_str());
            }
        }
    }
    // Otherwise the dice have gone stale and the test asks nothing.
    QVERIFY(seen[MatchStatus::Found] > 50);
    QVERIFY(seen[MatchStatus::NotFound] > 50 || routes >= 200);
    QVERIFY(seen[MatchStatus::MethodNotAllowed] > 50 || routes >= 40);
}

QTEST_APPLESS_MAIN(RouterPropertyTest)
#include "test_router_property.moc"
