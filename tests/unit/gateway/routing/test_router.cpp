#include "routing_support.h"

#include <QtTest/QtTest>

using gateway::http::RequestHead;
using gateway::model::Config;
using gateway::model::Route;
using gateway::routing::Captures;
using gateway::routing::MatchResult;
using gateway::routing::MatchStatus;
using gateway::routing::Router;
using routing_test::config;
using routing_test::request;
using routing_test::route;

namespace {

using Fields = std::vector<std::pair<std::string_view, std::string_view>>;

/// A router and the config it was made of, asked for names.
class Fixture {
public:
    explicit Fixture(std::vector<Route> routes)
        : m_config(config(std::move(routes)))
        , m_router(Router::build(m_config)) {}

    /// The name of the route, "404", or "405" and the methods that would do.
    [[nodiscard]] QString find(const RequestHead& head) {
        const MatchResult result = m_router.match(head, m_captures);
        switch (result.status) {
        case MatchStatus::Found:
            return QString::fromStdString(m_config.routes[result.route].name);
        case MatchStatus::NotFound:
            return QStringLiteral("404");
        case MatchStatus::MethodNotAllowed:
            return QStringLiteral("405 ") + QString::fromStdString(m_router.allowedMethods(head));
        }
        return {};
    }
    [[nodiscard]] QString get(std::string_view path, std::string_view host = "api.example.com") {
        return find(request("GET", host, path));
    }
    [[nodiscard]] QString captures() const {
        QString text;
        for (std::size_t i = 0; i < m_captures.count; ++i) {
            text += QString::fromStdString(std::string(m_captures.items[i].name)) + QLatin1Char('=') +
                    QString::fromStdString(std::string(m_captures.items[i].value)) + QLatin1Char(' ');
        }
        return text + QLatin1Char('|') + QString::fromStdString(std::string(m_captures.rest));
    }

private:
    Config m_config;
    Router m_router;
    Captures m_captures;
};

QString s(const char* text) {
    return QString::fromLatin1(text);
}

Route withHeader(Route made, std::string name, std::string value) {
    made.match.headers.push_back({std::move(name), std::move(value)});
    return made;
}

Route withQuery(Route made, std::string name, std::string value) {
    made.match.query.push_back({std::move(name), std::move(value)});
    return made;
}

} // namespace

class RouterTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void aRouterWithoutRoutesFindsNothing();
    void anExactPathMatchesItselfAlone();
    void aTemplateTakesOneWholeSegment();
    void aPrefixMatchesItselfAndEverythingBelow();
    void aPrefixMayHoldCaptures();
    void thePrefixOfEverythingMatchesEveryPath();
    void aRegularExpressionMatchesTheWholePathAndNamesItsGroups();
    void aGroupThatTookNoPartIsEmpty();
    void exactComesBeforeTemplateBeforePrefixBeforeRegularExpression();
    void templatesWithMoreLiteralsComeFirstThenLiteralsFromTheLeft();
    void longerPrefixesComeFirst();
    void longerExpressionsComeFirstThenNames();
    void priorityGoesBeforeEverything();
    void priorityGoesBeforeTheHost();
    void hostsAreComparedInAnyCaseAndWithoutAFinalDot();
    void anExactHostComesBeforeAWildcardBeforeAnyHost();
    void aWildcardNeedsOneOrMoreLabels();
    void theLongestWildcardSuffixWins();
    void aLessSpecificHostIsAskedWhenTheExactOneHasNoSuchPath();
    void aHostThatIsTooLongOrMissingGetsTheRoutesOfAnyHost();
    void getAdmitsHead();
    void optionsIsAMethodLikeAnyOther();
    void unknownMethodsAreComparedAsTheyAre();
    void namedMethodsComeBeforeAny();
    void aWrongMethodIsNotAllowedAndTheRightOnesAreListed();
    void aWrongMethodFallsBackToALessSpecificRouteThatAdmitsIt();
    void aConditionThatFailsIsNotFoundRatherThanNotAllowed();
    void backtracksFromALiteralBranchThatLeadsNowhere();
    void headerConditionsAskForNameInAnyCaseAndExactValue();
    void aStarAsksForPresenceAlone();
    void oneOfSeveralLinesOfAHeaderIsEnough();
    void queryConditionsAreComparedDecoded_data();
    void queryConditionsAreComparedDecoded();
    void moreConditionsComeFirst();
    void disabledRoutesAreLeftOut();
    void theAsteriskFormMatchesNothing();
    void takesAsManyCapturesAsARouteMayHave();
    void capturesOfAFormerMatchAreForgotten();
    void aMovedRouterKeepsMatching();
};

void RouterTest::aRouterWithoutRoutesFindsNothing() {
    Captures captures;
    QCOMPARE(Router().match(request("GET", "x", "/"), captures).status, MatchStatus::NotFound);
    QCOMPARE(Fixture({}).get("/"), s("404"));
}

void RouterTest::anExactPathMatchesItselfAlone() {
    Fixture fixture({route("orders", "/v1/orders"), route("root", "/"), route("slash", "/v2/")});
    QCOMPARE(fixture.get("/v1/orders"), s("orders"));
    QCOMPARE(fixture.get("/"), s("root"));
    QCOMPARE(fixture.get("/v2/"), s("slash"));
    for (const char* other : {"/v1/orders/", "/v1/order", "/v1/ordersx", "/V1/orders", "//v1/orders",
                              "/v1//orders", "/v1", "/v2"}) {
        QCOMPARE(fixture.get(other), s("404"));
    }
}

void RouterTest::aTemplateTakesOneWholeSegment() {
    Fixture fixture({route("item", "/v1/orders/{id}/items/{item}"), route("slash", "/v1/{id}/")});
    QCOMPARE(fixture.get("/v1/orders/42/items/a%2Fb"), s("item"));
    QCOMPARE(fixture.captures(), s("id=42 item=a%2Fb |"));
    QCOMPARE(fixture.get("/v1/7/"), s("slash"));
    QCOMPARE(fixture.captures(), s("id=7 |"));
    for (const char* other : {"/v1/orders//items/3", "/v1/orders/42/items/", "/v1/orders/42/items",
                              "/v1/orders/42/items/3/", "/v1/orders/4/2/items/3", "/v1//", "/v1/7"}) {
        QCOMPARE(fixture.get(other), s("404"));
    }
}

void RouterTest::aPrefixMatchesItselfAndEverythingBelow() {
    Fixture fixture({route("catalog", "/v1/catalog/*")});
    const std::pair<const char*, const char*> cases[] = {
        {"/v1/catalog", "|"}, {"/v1/catalog/", "|/"}, {"/v1/catalog/a/b", "|/a/b"}, {"/v1/catalog//", "|//"}};
    for (const auto& [path, captures] : cases) {
        QCOMPARE(fixture.get(path), s("catalog"));
        QCOMPARE(fixture.captures(), s(captures));
    }
    for (const char* other : {"/v1/catalogue", "/v1", "/v1/", "/"}) {
        QCOMPARE(fixture.get(other), s("404"));
    }
}

void RouterTest::aPrefixMayHoldCaptures() {
    Fixture fixture({route("shop", "/{shop}/files/*")});
    QCOMPARE(fixture.get("/north/files/a/b"), s("shop"));
    QCOMPARE(fixture.captures(), s("shop=north |/a/b"));
    QCOMPARE(fixture.get("//files/a"), s("404"));
}

void RouterTest::thePrefixOfEverythingMatchesEveryPath() {
    Fixture fixture({route("all", "/*")});
    QCOMPARE(fixture.get("/"), s("all"));
    QCOMPARE(fixture.captures(), s("|/"));
    QCOMPARE(fixture.get("/a/b/"), s("all"));
    QCOMPARE(fixture.captures(), s("|/a/b/"));
}

void RouterTest::aRegularExpressionMatchesTheWholePathAndNamesItsGroups() {
    Fixture fixture(
        {route("x", R"(~^/v[12]/(x|y)/(?P<id>\d+)(?P<rest>.*)$)"), route("bare", "~/plain[0-9]")});
    QCOMPARE(fixture.get("/v2/x/17/tail"), s("x"));
    QCOMPARE(fixture.captures(), s("id=17 rest=/tail |"));
    QCOMPARE(fixture.get("/v3/x/17"), s("404"));
    QCOMPARE(fixture.get("/plain1"), s("bare"));
    // Unanchored expressions are matched against the whole path all the same.
    QCOMPARE(fixture.get("/plain12"), s("404"));
    QCOMPARE(fixture.get("/a/plain1"), s("404"));
}

void RouterTest::aGroupThatTookNoPartIsEmpty() {
    Fixture fixture({route("x", "~/a(?P<tail>/b)?")});
    QCOMPARE(fixture.get("/a"), s("x"));
    QCOMPARE(fixture.captures(), s("tail= |"));
}

void RouterTest::exactComesBeforeTemplateBeforePrefixBeforeRegularExpression() {
    std::vector<Route> routes{route("d-exact", "/v1/orders"), route("c-template", "/v1/{any}"),
                              route("b-prefix", "/v1/orders/*"), route("a-regex", "~/v1/orders")};
    for (const char* expected : {"d-exact", "c-template", "b-prefix", "a-regex", "404"}) {
        QCOMPARE(Fixture(routes).get("/v1/orders"), s(expected));
        routes.erase(routes.begin(), routes.begin() + (routes.empty() ? 0 : 1));
    }
}

void RouterTest::templatesWithMoreLiteralsComeFirstThenLiteralsFromTheLeft() {
    std::vector<Route> routes{route("1", "/a/b/{z}"),    route("2", "/a/{y}/c"),   route("3", "/{x}/b/c"),
                              route("4", "/a/{y}/{z}"),  route("5", "/{x}/b/{z}"), route("6", "/{x}/{y}/c"),
                              route("7", "/{x}/{y}/{z}")};
    for (const char* expected : {"1", "2", "3", "4", "5", "6", "7"}) {
        QCOMPARE(Fixture(routes).get("/a/b/c"), s(expected));
        routes.erase(routes.begin());
    }
}

void RouterTest::longerPrefixesComeFirst() {
    std::vector<Route> routes{route("1", "/a/b/{c}/*"), route("2", "/a/b/*"), route("3", "/a/{b}/*"),
                              route("4", "/{a}/b/*"),   route("5", "/a/*"),   route("6", "/*")};
    for (const char* expected : {"1", "2", "3", "4", "5", "6"}) {
        QCOMPARE(Fixture(routes).get("/a/b/c/d"), s(expected));
        routes.erase(routes.begin());
    }
}

void RouterTest::longerExpressionsComeFirstThenNames() {
    std::vector<Route> routes{route("z", "~/orders/[0-9]+"), route("a", "~/orders/.*"),
                              route("b", "~/[a-z]+/.*"), route("c", "~/orders/.+")};
    QCOMPARE(Fixture(routes).get("/orders/1"), s("z"));
    routes.erase(routes.begin());
    QCOMPARE(Fixture(routes).get("/orders/1"), s("a"));
}

void RouterTest::priorityGoesBeforeEverything() {
    Fixture fixture({route("exact", "/v1/orders"), route("regex", "~/v1/.*", {}, {}, 1),
                     route("low", "/v1/orders", {}, {}, -1)});
    QCOMPARE(fixture.get("/v1/orders"), s("regex"));
}

void RouterTest::priorityGoesBeforeTheHost() {
    Fixture fixture({route("exact-host", "/a", {}, {"api.example.com"}), route("any-host", "/*", {}, {}, 5),
                     route("wildcard", "/a", {}, {"*.example.com"}, 4)});
    QCOMPARE(fixture.get("/a"), s("any-host"));
}

void RouterTest::hostsAreComparedInAnyCaseAndWithoutAFinalDot() {
    Fixture fixture({route("api", "/", {}, {"API.example.com"}), route("wild", "/", {}, {"*.Shop.example"})});
    for (const char* host : {"api.example.com", "Api.EXAMPLE.com", "api.example.com."}) {
        QCOMPARE(fixture.get("/", host), s("api"));
    }
    QCOMPARE(fixture.get("/", "EU.shop.EXAMPLE"), s("wild"));
    QCOMPARE(fixture.get("/", "example.com"), s("404"));
}

void RouterTest::anExactHostComesBeforeAWildcardBeforeAnyHost() {
    std::vector<Route> routes{route("c", "/*", {}, {"api.example.com"}),
                              route("b", "/a", {}, {"*.example.com"}), route("a", "/a")};
    for (const char* expected : {"c", "b", "a"}) {
        QCOMPARE(Fixture(routes).get("/a"), s(expected));
        routes.erase(routes.begin());
    }
}

void RouterTest::aWildcardNeedsOneOrMoreLabels() {
    Fixture fixture({route("wild", "/", {}, {"*.example.com"})});
    QCOMPARE(fixture.get("/", "a.example.com"), s("wild"));
    QCOMPARE(fixture.get("/", "a.b.example.com"), s("wild"));
    for (const char* host : {"example.com", ".example.com", "aexample.com", "a.example.com.org"}) {
        QCOMPARE(fixture.get("/", host), s("404"));
    }
}

void RouterTest::theLongestWildcardSuffixWins() {
    Fixture fixture({route("a", "/*", {}, {"*.com"}), route("b", "/*", {}, {"*.eu.example.com"}),
                     route("c", "/*", {}, {"*.example.com"})});
    QCOMPARE(fixture.get("/", "x.eu.example.com"), s("b"));
    QCOMPARE(fixture.get("/", "eu.example.com"), s("c"));
    QCOMPARE(fixture.get("/", "example.com"), s("a"));
}

void RouterTest::aLessSpecificHostIsAskedWhenTheExactOneHasNoSuchPath() {
    Fixture fixture({route("exact", "/a", {}, {"api.example.com"}),
                     route("wild", "/b", {}, {"*.example.com"}), route("any", "/c")});
    QCOMPARE(fixture.get("/a"), s("exact"));
    QCOMPARE(fixture.get("/b"), s("wild"));
    QCOMPARE(fixture.get("/c"), s("any"));
}

void RouterTest::aHostThatIsTooLongOrMissingGetsTheRoutesOfAnyHost() {
    const std::string label(300, 'a');
    Fixture fixture({route("wild", "/", {}, {"*.example.com"}), route("any", "/*")});
    QCOMPARE(fixture.get("/", label + ".example.com"), s("any"));
    QCOMPARE(fixture.get("/", ""), s("any"));
    QCOMPARE(fixture.get("/", "."), s("any"));
    QCOMPARE(fixture.get("/", std::string(200, 'a') + ".example.com"), s("wild"));
}

void RouterTest::getAdmitsHead() {
    Fixture fixture({route("get", "/a", {"GET"}), route("post", "/b", {"POST"})});
    QCOMPARE(fixture.find(request("HEAD", "x", "/a")), s("get"));
    QCOMPARE(fixture.find(request("HEAD", "x", "/b")), s("405 POST"));
}

void RouterTest::optionsIsAMethodLikeAnyOther() {
    Fixture fixture({route("get", "/a", {"GET"}), route("any", "/b"), route("options", "/c", {"OPTIONS"})});
    QCOMPARE(fixture.find(request("OPTIONS", "x", "/a")), s("405 GET, HEAD"));
    QCOMPARE(fixture.find(request("OPTIONS", "x", "/b")), s("any"));
    QCOMPARE(fixture.find(request("OPTIONS", "x", "/c")), s("options"));
}

void RouterTest::unknownMethodsAreComparedAsTheyAre() {
    Fixture fixture({route("purge", "/a", {"PURGE"}), route("any", "/b")});
    QCOMPARE(fixture.find(request("PURGE", "x", "/a")), s("purge"));
    QCOMPARE(fixture.find(request("PURGE", "x", "/b")), s("any"));
    for (const char* other : {"purge", "PURGES", "LOCK", "GET"}) {
        QCOMPARE(fixture.find(request(other, "x", "/a")), s("405 PURGE"));
    }
}

void RouterTest::namedMethodsComeBeforeAny() {
    Fixture fixture({route("any", "/a"), route("named", "/a", {"GET"})});
    QCOMPARE(fixture.find(request("GET", "x", "/a")), s("named"));
    QCOMPARE(fixture.find(request("POST", "x", "/a")), s("any"));
}

void RouterTest::aWrongMethodIsNotAllowedAndTheRightOnesAreListed() {
    Fixture fixture({route("1", "/a/b", {"POST", "ZAP"}), route("2", "/a/{x}", {"GET"}),
                     route("3", "/a/*", {"POST", "DELETE"}, {"*.example.com"}), route("4", "~/a/.", {"BREW"}),
                     route("5", "/c", {"PUT"})});
    QCOMPARE(fixture.find(request("PATCH", "api.example.com", "/a/b")),
             s("405 GET, HEAD, POST, DELETE, BREW, ZAP"));
    QCOMPARE(fixture.find(request("PATCH", "api.example.com", "/a/c")),
             s("405 GET, HEAD, POST, DELETE, BREW"));
    QCOMPARE(fixture.find(request("PATCH", "api.example.org", "/a/cc")), s("405 GET, HEAD"));
}

void RouterTest::aWrongMethodFallsBackToALessSpecificRouteThatAdmitsIt() {
    Fixture fixture({route("exact", "/a/b", {"POST"}), route("template", "/a/{x}", {"PUT"}),
                     route("prefix", "/a/*", {"PATCH"}), route("regex", "~/a/.*", {"DELETE"}),
                     route("any-host", "/*", {"LOCK"})});
    const std::pair<const char*, const char*> cases[] = {{"POST", "exact"},
                                                         {"PUT", "template"},
                                                         {"PATCH", "prefix"},
                                                         {"DELETE", "regex"},
                                                         {"LOCK", "any-host"}};
    for (const auto& [method, expected] : cases) {
        QCOMPARE(fixture.find(request(method, "x", "/a/b")), s(expected));
    }
}

void RouterTest::aConditionThatFailsIsNotFoundRatherThanNotAllowed() {
    Fixture fixture({withHeader(route("beta", "/a", {"GET"}), "X-Beta", "yes")});
    QCOMPARE(fixture.find(request("POST", "x", "/a")), s("404"));
    QCOMPARE(fixture.find(request("POST", "x", "/a", {}, {{"X-Beta", "yes"}})), s("405 GET, HEAD"));
    QCOMPARE(fixture.find(request("GET", "x", "/a")), s("404"));
}

void RouterTest::backtracksFromALiteralBranchThatLeadsNowhere() {
    Fixture fixture({route("1", "/a/b/c/d"), route("2", "/a/b/{x}/e"), route("3", "/a/{y}/c/f"),
                     route("4", "/{z}/b/c/g"), route("5", "/{z}/{y}/{x}/{w}/*")});
    QCOMPARE(fixture.get("/a/b/c/d"), s("1"));
    QCOMPARE(fixture.get("/a/b/c/e"), s("2"));
    QCOMPARE(fixture.get("/a/b/c/f"), s("3"));
    QCOMPARE(fixture.captures(), s("y=b |"));
    QCOMPARE(fixture.get("/a/b/c/g"), s("4"));
    QCOMPARE(fixture.captures(), s("z=a |"));
    QCOMPARE(fixture.get("/a/b/c/h/i"), s("5"));
    QCOMPARE(fixture.captures(), s("z=a y=b x=c w=h |/i"));
    QCOMPARE(fixture.get("/a/b/c"), s("404"));
}

void RouterTest::headerConditionsAskForNameInAnyCaseAndExactValue() {
    Fixture fixture({withHeader(route("beta", "/a"), "X-Beta", "yes")});
    QCOMPARE(fixture.find(request("GET", "x", "/a", {}, {{"x-BETA", "yes"}})), s("beta"));
    for (const Fields& fields : {Fields{}, Fields{{"X-Beta", "Yes"}}, Fields{{"X-Beta", ""}},
                                 Fields{{"X-Bet", "yes"}}, Fields{{"X-Beta", "yes,yes"}}}) {
        QCOMPARE(fixture.find(request("GET", "x", "/a", {}, fields)), s("404"));
    }
}

void RouterTest::aStarAsksForPresenceAlone() {
    Fixture fixture(
        {withHeader(route("header", "/a"), "X-Beta", "*"), withQuery(route("query", "/b"), "q", "*")});
    QCOMPARE(fixture.find(request("GET", "x", "/a", {}, {{"X-Beta", ""}})), s("header"));
    QCOMPARE(fixture.find(request("GET", "x", "/a", {}, {{"X-Other", "1"}})), s("404"));
    for (const char* query : {"q", "q=", "q=1", "p=1&q=2"}) {
        QCOMPARE(fixture.find(request("GET", "x", "/b", query)), s("query"));
    }
    for (const char* query : {"", "qq=1", "p=q"}) {
        QCOMPARE(fixture.find(request("GET", "x", "/b", query)), s("404"));
    }
}

void RouterTest::oneOfSeveralLinesOfAHeaderIsEnough() {
    Fixture fixture({withHeader(route("beta", "/a"), "X-Beta", "yes")});
    QCOMPARE(fixture.find(request("GET", "x", "/a", {}, {{"X-Beta", "no"}, {"X-Beta", "yes"}})), s("beta"));
}

void RouterTest::queryConditionsAreComparedDecoded_data() {
    QTest::addColumn<QByteArray>("query");
    QTest::addColumn<bool>("matches");
    QTest::newRow("plus as space") << QByteArray("my+name=a+b%26c") << true;
    QTest::newRow("percent") << QByteArray("my%20name=a%20b%26c") << true;
    QTest::newRow("lower case digits") << QByteArray("%6dy%20n%61me=%61+b%26%63") << true;
    QTest::newRow("among others") << QByteArray("x=1&&=&my+name=a+b%26c&y") << true;
    QTest::newRow("the second of its name") << QByteArray("my+name=no&my+name=a+b%26c") << true;
    QTest::newRow("an ampersand of its own") << QByteArray("my+name=a+b&c") << false;
    QTest::newRow("too short") << QByteArray("my+name=a+b") << false;
    QTest::newRow("too long") << QByteArray("my+name=a+b%26cc") << false;
    QTest::newRow("encoded twice") << QByteArray("my+name=a%2520b%26c") << false;
    QTest::newRow("an escaped plus") << QByteArray("my+name=a%2Bb%26c") << false;
    QTest::newRow("half an escape") << QByteArray("my+name=a+b%2") << false;
    QTest::newRow("other case") << QByteArray("My+name=a+b%26c") << false;
    QTest::newRow("nothing") << QByteArray() << false;
}

void RouterTest::queryConditionsAreComparedDecoded() {
    QFETCH(const QByteArray, query);
    QFETCH(const bool, matches);
    Fixture fixture({withQuery(route("q", "/a"), "my name", "a b&c")});
    const std::string text = query.toStdString();
    QCOMPARE(fixture.find(request("GET", "x", "/a", text)), matches ? s("q") : s("404"));
}

void RouterTest::moreConditionsComeFirst() {
    const auto both = withQuery(withHeader(route("both", "/a"), "X-Beta", "*"), "q", "1");
    Fixture fixture({route("none", "/a", {"GET"}), withHeader(route("one", "/a"), "X-Beta", "*"), both});
    QCOMPARE(fixture.find(request("GET", "x", "/a", "q=1", {{"X-Beta", "1"}})), s("both"));
    QCOMPARE(fixture.find(request("GET", "x", "/a", "q=2", {{"X-Beta", "1"}})), s("one"));
    QCOMPARE(fixture.find(request("GET", "x", "/a", "q=1")), s("none"));
}

void RouterTest::disabledRoutesAreLeftOut() {
    Route off = route("a", "/x");
    off.enabled = false;
    Fixture fixture({off, route("b", "/*")});
    QCOMPARE(fixture.get("/x"), s("b"));
}

void RouterTest::theAsteriskFormMatchesNothing() {
    Fixture fixture({route("all", "/*"), route("regex", "~.*")});
    QCOMPARE(fixture.find(request("OPTIONS", "x", "*")), s("404"));
    QCOMPARE(fixture.find(request("OPTIONS", "x", "")), s("404"));
}

void RouterTest::takesAsManyCapturesAsARouteMayHave() {
    std::string pattern;
    std::string path;
    for (std::size_t i = 0; i < Captures::countMax; ++i) {
        pattern += "/{c" + std::to_string(i) + "}";
        path += "/" + std::to_string(i);
    }
    const Router router = Router::build(config({route("deep", pattern + "/*")}));
    Captures captures;
    path += "/rest";
    QCOMPARE(router.match(request("GET", "x", path), captures).status, MatchStatus::Found);
    QCOMPARE(captures.count, std::size_t{Captures::countMax});
    for (std::size_t i = 0; i < Captures::countMax; ++i) {
        QVERIFY(captures.items[i].name == "c" + std::to_string(i));
        QVERIFY(captures.items[i].value == std::to_string(i));
    }
    QVERIFY(captures.rest == "/rest");
}

void RouterTest::capturesOfAFormerMatchAreForgotten() {
    Fixture fixture({route("prefix", "/{a}/*"), route("exact", "/exact")});
    QCOMPARE(fixture.get("/x/y"), s("prefix"));
    QCOMPARE(fixture.captures(), s("a=x |/y"));
    QCOMPARE(fixture.get("/exact"), s("exact"));
    QCOMPARE(fixture.captures(), s("|"));
}

void RouterTest::aMovedRouterKeepsMatching() {
    Router first = Router::build(config({route("a", "/a")}));
    Router second = std::move(first);
    Captures captures;
    QCOMPARE(second.match(request("GET", "x", "/a"), captures).status, MatchStatus::Found);
}

QTEST_APPLESS_MAIN(RouterTest)
#include "test_router.moc"
