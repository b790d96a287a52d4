#include "gateway/model/validate.h"

#include "gateway/model/path_pattern.h"
#include "model_samples.h"

#include <QtTest>
#include <array>
#include <random>
#include <set>

using namespace gateway::model;

class OverlapTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void comparesPairs_data();
    void comparesPairs();
    void namesBothRoutesAndARequest_data();
    void namesBothRoutesAndARequest();
    void agreesWithBruteForce();
    void findsTheOneOverlapAmongAHundredThousand();
    void copesWithAHundredThousandRoutesOnOnePath();
};

namespace {

struct Request {
    std::string host;
    std::string path;
    std::string method;
    std::string header; ///< of X; empty: absent
    std::string other;  ///< of Y
    std::string query;  ///< of q
};

// Rank of a match as a list of numbers, higher first; written out plainly to compare the fast way with.
using Rank = std::vector<long>;

std::vector<std::string> segmentsOf(const std::string& path) {
    std::vector<std::string> segments;
    std::size_t at = 1;
    while (true) {
        const std::size_t slash = path.find('/', at);
        segments.push_back(path.substr(at, slash - at));
        if (slash == std::string::npos) {
            return segments;
        }
        at = slash + 1;
    }
}

std::optional<Rank> rankHost(const Match& match, const std::string& host) {
    if (match.hosts.empty()) {
        return Rank{0, 0};
    }
    std::optional<Rank> best;
    for (const std::string& pattern : match.hosts) {
        std::optional<Rank> rank;
        if (pattern == host) {
            rank = Rank{2, 0};
        } else if (pattern[0] == '*' && host.size() > pattern.size() - 1 &&
                   host.ends_with(pattern.substr(1))) {
            rank = Rank{1, static_cast<long>(pattern.size())};
        }
        if (rank && (!best || *rank > *best)) {
            best = rank;
        }
    }
    return best;
}

std::optional<Rank> rankPath(const std::string& pattern, const std::string& path) {
    const PathKind kind = pathKind(pattern);
    if (kind == PathKind::Exact) {
        return pattern == path ? std::optional(Rank{4}) : std::nullopt;
    }
    const bool prefix = kind == PathKind::Prefix;
    const std::string fixed = prefix ? pattern.substr(0, pattern.size() - 2) : pattern;
    const auto wanted = fixed.empty() ? std::vector<std::string>() : segmentsOf(fixed);
    const auto given = segmentsOf(path);
    if (given.size() < wanted.size() || (!prefix && given.size() > wanted.size())) {
        return std::nullopt;
    }
    Rank shape;
    long literals = 0;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        const bool capture = wanted[i][0] == '{';
        if (capture ? given[i].empty() : wanted[i] != given[i]) {
            return std::nullopt;
        }
        literals += capture ? 0 : 1;
        shape.push_back(capture ? 0 : 1);
    }
    Rank rank{prefix ? 2 : 3, prefix ? static_cast<long>(wanted.size()) : 0, literals};
    rank.insert(rank.end(), shape.begin(), shape.end());
    return rank;
}

bool holds(const std::vector<NameValue>& conditions, const Request& request) {
    for (const NameValue& condition : conditions) {
        const std::string& value = condition.name == "q"                            ? request.query
                                   : condition.name == "X" || condition.name == "x" ? request.header
                                                                                    : request.other;
        if (value.empty() || (condition.value != "*" && condition.value != value)) {
            return false;
        }
    }
    return true;
}

std::optional<Rank> rankOf(const Route& route, const Request& request) {
    const Match& match = route.match;
    const auto host = rankHost(match, request.host);
    const auto path = rankPath(match.path, request.path);
    const bool method = match.methods.empty() ||
                        std::any_of(match.methods.begin(), match.methods.end(), [&](const auto& one) {
                            return one == request.method || (one == "GET" && request.method == "HEAD");
                        });
    if (!host || !path || !method || !holds(match.headers, request) || !holds(match.query, request)) {
        return std::nullopt;
    }
    Rank rank{route.priority};
    rank.insert(rank.end(), host->begin(), host->end());
    rank.insert(rank.end(), path->begin(), path->end());
    rank.push_back(static_cast<long>(match.headers.size() + match.query.size()));
    rank.push_back(match.methods.empty() ? 0 : 1);
    return rank;
}

std::vector<Request> smallUniverse() {
    std::vector<Request> requests;
    for (const char* host : {"a.x", "b.x", "c.a.x", "z"}) {
        for (const char* path : {"/", "/a", "/b", "/a/", "/a/a", "/a/b", "/b/a", "/b/b", "/c/c", "/a/b/c"}) {
            for (const char* method : {"GET", "HEAD", "POST"}) {
                for (const char* header : {"", "1", "2"}) {
                    for (const char* other : {"", "1"}) {
                        for (const char* query : {"", "1", "2"}) {
                            requests.push_back({host, path, method, header, other, query});
                        }
                    }
                }
            }
        }
    }
    return requests;
}

using Pair = std::pair<std::string, std::string>;

std::set<Pair> bruteForce(const Config& config, const std::vector<Request>& requests) {
    std::set<Pair> pairs;
    for (const Request& request : requests) {
        std::map<Rank, std::vector<std::string>> ranks;
        for (const Route& route : config.routes) {
            const auto rank = route.enabled ? rankOf(route, request) : std::nullopt;
            if (rank) {
                for (const std::string& other : ranks[*rank]) {
                    pairs.emplace(other, route.name);
                }
                ranks[*rank].push_back(route.name);
            }
        }
    }
    return pairs;
}

std::set<Pair> foundPairs(const Problems& problems) {
    std::set<Pair> pairs;
    for (const Problem& problem : problems) {
        if (problem.kind == Problem::Kind::Overlap) {
            const QStringList parts = QString::fromStdString(problem.message).split(QLatin1Char('"'));
            pairs.emplace(parts[1].toStdString(), parts[3].toStdString());
        }
    }
    return pairs;
}

class Dice {
public:
    explicit Dice(unsigned seed)
        : m_engine(seed) {}
    [[nodiscard]] bool oneIn(unsigned n) { return m_engine() % n == 0; }
    template<std::size_t N>
    [[nodiscard]] std::string pick(const std::array<const char*, N>& from) {
        return from[m_engine() % N];
    }

private:
    std::mt19937 m_engine;
};

Route randomRoute(std::string name, Dice& dice) {
    Route route = makeRoute(std::move(name),
                            dice.pick(std::array{"/a", "/a/", "/{x}", "/a/{x}", "/{y}/b", "/{x}/{y}", "/a/b",
                                                 "/a/*", "/{z}/*", "/*", "/{x}/b/*", "/{q}/{r}/*"}));
    route.enabled = !dice.oneIn(8);
    route.priority = dice.oneIn(6) ? 1 : 0;
    const auto add = [&](std::vector<std::string>& list, std::string value) {
        if (std::find(list.begin(), list.end(), value) == list.end()) {
            list.push_back(std::move(value));
        }
    };
    while (dice.oneIn(3)) {
        add(route.match.hosts, dice.pick(std::array{"a.x", "b.x", "*.x", "*.a.x"}));
    }
    while (dice.oneIn(2)) {
        add(route.match.methods, dice.pick(std::array{"GET", "HEAD", "POST"}));
    }
    if (dice.oneIn(2)) {
        route.match.headers.push_back({dice.oneIn(2) ? "X" : "x", dice.pick(std::array{"1", "2", "*"})});
    }
    if (dice.oneIn(4)) {
        route.match.headers.push_back({"Y", dice.pick(std::array{"1", "*"})});
    }
    if (dice.oneIn(3)) {
        route.match.query.push_back({"q", dice.pick(std::array{"1", "2", "*"})});
    }
    return route;
}

} // namespace

void OverlapTest::comparesPairs_data() {
    QTest::addColumn<QString>("first");
    QTest::addColumn<QString>("second");
    QTest::addColumn<bool>("overlap");
    const auto row = [](const char* first, const char* second, bool overlap) {
        QTest::addRow("%s | %s", first, second)
            << QString::fromLatin1(first) << QString::fromLatin1(second) << overlap;
    };
    row(R"({"path":"/a"})", R"({"path":"/a"})", true);
    row(R"({"path":"/a"})", R"({"path":"/b"})", false);
    row(R"({"path":"/a"})", R"({"path":"/a/"})", false);
    row(R"({"path":"/a"})", R"({"path":"/{x}"})", false);
    row(R"({"path":"/{x}"})", R"({"path":"/{y}"})", true);
    row(R"({"path":"/a/{x}"})", R"({"path":"/{x}/b"})", false); // literals before captures from the left
    row(R"({"path":"/a/*"})", R"({"path":"/a/*"})", true);
    row(R"({"path":"/a/*"})", R"({"path":"/a/b/*"})", false);
    row(R"({"path":"/{x}/*"})", R"({"path":"/{y}/*"})", true);
    row(R"({"path":"~/a"})", R"({"path":"~/a"})", true);
    row(R"({"path":"~/a"})", R"({"path":"~/[a]"})", false); // ordered by their text
    row(R"({"path":"/a","hosts":["x.y"]})", R"({"path":"/a"})", false);
    row(R"({"path":"/a","hosts":["x.y"]})", R"({"path":"/a","hosts":["*.y"]})", false);
    row(R"({"path":"/a","hosts":["x.y","*.y"]})", R"({"path":"/a","hosts":["*.y"]})", true);
    row(R"({"path":"/a","methods":["GET"]})", R"({"path":"/a","methods":["POST"]})", false);
    row(R"({"path":"/a","methods":["GET"]})", R"({"path":"/a","methods":["HEAD"]})", true);
    row(R"({"path":"/a","methods":["GET"]})", R"({"path":"/a"})", false);
    row(R"({"path":"/a","headers":{"X":"1"}})", R"({"path":"/a","headers":{"x":"1"}})", true);
    row(R"({"path":"/a","headers":{"X":"1"}})", R"({"path":"/a","headers":{"X":"2"}})", false);
    row(R"({"path":"/a","headers":{"X":"1"}})", R"({"path":"/a","headers":{"X":"*"}})", true);
    row(R"({"path":"/a","headers":{"X":"1"}})", R"({"path":"/a","headers":{"Y":"1"}})", true);
    row(R"({"path":"/a","headers":{"X":"1"}})", R"({"path":"/a","query":{"X":"2"}})", true);
    row(R"({"path":"/a","query":{"x":"1"}})", R"({"path":"/a","query":{"X":"1"}})", true);
    row(R"({"path":"/a","headers":{"X":"1"}})", R"({"path":"/a"})", false);
    row(R"({"path":"/a","headers":{"X":"1","Y":"1"}})", R"({"path":"/a","headers":{"X":"1","Z":"1"}})", true);
    row(R"({"path":"/a","headers":{"X":"1","Y":"1"}})", R"({"path":"/a","headers":{"X":"2","Z":"1"}})",
        false);
}

void OverlapTest::comparesPairs() {
    QFETCH(QString, first);
    QFETCH(QString, second);
    QFETCH(bool, overlap);
    Config config = smallConfig();
    config.routes.assign({});
    for (const auto& [name, match] : {std::pair{"a", first}, std::pair{"b", second}}) {
        const auto put = fromJson(EntityKind::Route, 0,
                                  QStringLiteral(R"({"name":"%1","match":%2,"action":{"service":"s"}})")
                                      .arg(QLatin1String(name), match)
                                      .toStdString());
        QVERIFY(put);
        const Route& route = std::get<Route>(put->entity);
        const Problems one = validateEntity(config, *put);
        QCOMPARE(!one.empty(), overlap && config.routes.size() == 1);
        config.routes.put(route);
    }
    QCOMPARE(listProblems(validate(config), false),
             overlap ? QStringLiteral("overlap routes[b].match\n") : QString());
}

void OverlapTest::namesBothRoutesAndARequest_data() {
    QTest::addColumn<QString>("match");
    QTest::addColumn<QString>("request");
    const auto row = [](const char* match, const char* request) {
        QTest::newRow(match) << QString::fromLatin1(match) << QString::fromLatin1(request);
    };
    row(R"({"path":"/v1/{id}","hosts":["api.example.com"],"methods":["GET"]})",
        "GET http://api.example.com/v1/x");
    row(R"({"path":"/v1/*","hosts":["www.x","*.x"]})", "GET http://www.x/v1/x");
    row(R"({"path":"/","hosts":["*.x","www.x"],"methods":["POST"]})", "POST http://www2.x/");
    row(R"({"path":"/a","headers":{"X-A":"*","X-B":"2"},"query":{"q":"1","r":"*"}})",
        "GET http://any.example/a?q=1&r=x with X-A: x and X-B: 2");
    row(R"({"path":"~/a+"})", "GET http://any.example with a path like ~/a+");
}

void OverlapTest::namesBothRoutesAndARequest() {
    QFETCH(QString, match);
    QFETCH(QString, request);
    Config config = smallConfig();
    config.routes.assign({});
    for (const char* name : {"one", "two"}) {
        const auto put = fromJson(EntityKind::Route, 0,
                                  QStringLiteral(R"({"name":"%1","match":%2,"action":{"service":"s"}})")
                                      .arg(QLatin1String(name), match)
                                      .toStdString());
        QVERIFY(put);
        config.routes.put(std::get<Route>(put->entity));
    }
    const Problems problems = validate(config);
    QCOMPARE(problems.size(), std::size_t{1});
    QCOMPARE(QString::fromStdString(problems[0].message),
             QStringLiteral(
                 "the routes \"one\" and \"two\" both match %1 and neither goes before the other; give one "
                 "a higher priority or a narrower match")
                 .arg(request));
}

void OverlapTest::agreesWithBruteForce() {
    const std::vector<Request> requests = smallUniverse();
    int overlapping = 0;
    int clean = 0;
    for (unsigned seed = 0; seed < 200; ++seed) {
        Dice dice(seed);
        Config config = smallConfig();
        config.routes.assign({});
        const std::size_t count = 2 + seed % 40;
        for (std::size_t i = 0; i < count; ++i) {
            config.routes.put(randomRoute("r" + std::to_string(i), dice));
        }
        // Take the later route of each pair away until nothing is found; then nothing may be left.
        while (true) {
            const auto truth = bruteForce(config, requests);
            const auto found = foundPairs(validate(config));
            for (const Pair& pair : found) {
                QVERIFY2(truth.count(pair) == 1, qPrintable(QStringLiteral("seed %1").arg(seed)));
            }
            if (found.empty()) {
                QVERIFY2(truth.empty(), qPrintable(QStringLiteral("seed %1").arg(seed)));
                ++clean;
                break;
            }
            ++overlapping;
            config.routes.erase(found.begin()->second);
        }
    }
    QVERIFY2(overlapping > 100, qPrintable(QString::number(overlapping)));
    QCOMPARE(clean, 200);
}

void OverlapTest::findsTheOneOverlapAmongAHundredThousand() {
    Config config = smallConfig();
    std::vector<Route> routes;
    for (int i = 0; i < 100'000; ++i) {
        const std::string number = std::to_string(i);
        routes.push_back(makeRoute("r" + number, i % 3 == 0   ? "/v" + number + "/{id}"
                                                 : i % 3 == 1 ? "/v" + number + "/*"
                                                              : "/v" + number));
        if (i % 2 == 0) {
            routes.back().match.hosts = {"h" + std::to_string(i % 100) + ".example.com"};
        }
    }
    config.routes.assign(routes);
    QCOMPARE(listProblems(validate(config), false), QString());
    Route extra = routes[60'000];
    extra.name = "extra";
    extra.match.path = "/v60000/{other}";
    config.routes.put(extra);
    QCOMPARE(listProblems(validate(config), false), QStringLiteral("overlap routes[r60000].match\n"));
}

void OverlapTest::copesWithAHundredThousandRoutesOnOnePath() {
    Config config = smallConfig();
    std::vector<Route> routes;
    for (int i = 0; i < 100'000; ++i) {
        const std::string number = std::to_string(i);
        routes.push_back(makeRoute("r" + number, "/a"));
        routes.back().match.headers = {{"X-Tenant", number}, {"X-Of-" + number, "*"}};
        routes.back().match.methods = {"GET"};
    }
    config.routes.assign(routes);
    QCOMPARE(listProblems(validate(config), false), QString());
    Route extra = routes[70'000];
    extra.name = "extra";
    extra.match.headers[1].name = "Y";
    extra.match.methods = {"HEAD"};
    config.routes.put(extra);
    QCOMPARE(listProblems(validate(config), false), QStringLiteral("overlap routes[r70000].match\n"));
}

QTEST_APPLESS_MAIN(OverlapTest)
#include "test_overlap.moc"
