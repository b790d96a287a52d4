#include "gateway/service/match_report.h"

#include <QtTest>

using namespace gateway::model;
using namespace gateway::service;
using gateway::routing::Router;

namespace {

Route someRoute(const std::string& name, const std::string& path, std::vector<std::string> methods) {
    Route route;
    route.name = name;
    route.match.path = path;
    route.match.methods = std::move(methods);
    route.service = "orders";
    return route;
}

Config someConfig() {
    Config config;
    Service service;
    service.name = "orders";
    service.targets = {{.host = "127.0.0.1", .port = 9001, .weight = 1}};
    config.services.put(service);
    Policy policy;
    policy.name = "key";
    policy.authenticate = gateway::model::byApiKey();
    config.policies.put(policy);
    Route order = someRoute("order", "/v1/orders/{id}", {"GET"});
    order.rewrite = "/api/orders/{id}";
    order.policies = {"key"};
    config.routes.put(order);
    config.routes.put(someRoute("catalog", "/v1/catalog/*", {}));
    Route beta = someRoute("beta", "/v1/beta", {});
    beta.match.hosts = {"beta.example.com"};
    beta.match.headers = {{"X-Beta", "yes"}};
    config.routes.put(beta);
    return config;
}

MatchReport report(const MatchQuery& query) {
    const Config config = someConfig();
    return reportMatch(Router::build(config), config, query);
}

} // namespace

class MatchReportTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void aMatchSaysWhereTheRequestGoesAndWhatWasCaptured();
    void aRouteWithoutRewriteKeepsPathAndQuery();
    void whatCallersNeedIsToldByAllPoliciesThatHold();
    void whereListenersAskForDifferentThingsBothAreTold();
    void hostAndHeadersCount();
    void aWrongMethodNamesTheRouteAndItsMethods();
    void aPathThatNoRouteHasIs404();
    void aRequestThatCannotBeParsedIs400();
    void aLineBreakCannotSmuggleASecondRequestIn();
};

void MatchReportTest::aMatchSaysWhereTheRequestGoesAndWhatWasCaptured() {
    const MatchReport found =
        report({.method = "GET", .host = "shop.example.com", .target = "/v1/orders/8841", .headers = {}});
    QCOMPARE(found.route.value_or(""), std::string("order"));
    QCOMPARE(found.service, std::string("orders"));
    QCOMPARE(found.upstreamPath, std::string("/api/orders/8841"));
    QCOMPARE(found.captures.size(), std::size_t{1});
    QCOMPARE(found.captures.front().name, std::string("id"));
    QCOMPARE(found.captures.front().value, std::string("8841"));
    QVERIFY(found.authenticates);
    QCOMPARE(found.status, 0);
    QCOMPARE(found.explanation, std::string("Matches route order: id = 8841, forwarded to orders as "
                                            "/api/orders/8841. Callers need an API key."));
}

void MatchReportTest::aRouteWithoutRewriteKeepsPathAndQuery() {
    const MatchReport found =
        report({.method = "DELETE", .host = {}, .target = "/v1/catalog/a?b=c", .headers = {}});
    QCOMPARE(found.route.value_or(""), std::string("catalog"));
    QCOMPARE(found.upstreamPath, std::string("/v1/catalog/a"));
    QVERIFY(!found.authenticates);
    QCOMPARE(found.explanation,
             std::string("Matches route catalog: forwarded to orders as /v1/catalog/a?b=c."));
}

void MatchReportTest::whatCallersNeedIsToldByAllPoliciesThatHold() {
    Config config = someConfig();
    Policy everywhere;
    everywhere.name = "members";
    everywhere.everywhere = true;
    everywhere.authenticate =
        Authenticate{.anyOf = {{Credential{}}, {{.kind = Credential::Kind::Jwt, .provider = "corp"}}}};
    config.policies.put(everywhere);
    Route catalog = *config.routes.find("catalog");
    catalog.authorize.scopes = {"catalog.read"};
    config.routes.put(catalog);
    const auto explain = [&config] {
        return reportMatch(Router::build(config), config,
                           {.method = "GET", .host = {}, .target = "/v1/catalog", .headers = {}});
    };
    MatchReport found = explain();
    QVERIFY(found.authenticates);
    QCOMPARE(found.explanation,
             std::string("Matches route catalog: forwarded to orders as /v1/catalog. Callers need API key, "
                         "or JWT of corp, with scope catalog.read."));
    catalog.waives = {"members"};
    catalog.authorize = {};
    config.routes.put(catalog);
    found = explain();
    QVERIFY(!found.authenticates);
    QCOMPARE(found.explanation, std::string("Matches route catalog: forwarded to orders as /v1/catalog."));
}

void MatchReportTest::whereListenersAskForDifferentThingsBothAreTold() {
    Config config = someConfig();
    for (const char* name : {"inside", "public"}) {
        Listener listener;
        listener.name = name;
        if (name == std::string_view("public")) {
            listener.policies = {"key"};
        }
        config.listeners.put(listener);
    }
    const MatchReport found = reportMatch(
        Router::build(config), config, {.method = "GET", .host = {}, .target = "/v1/catalog", .headers = {}});
    QVERIFY(found.authenticates);
    QVERIFY2(found.explanation.ends_with(
                 ". Callers on listener inside need nothing. Callers on listener public need an API key."),
             found.explanation.c_str());
}

void MatchReportTest::hostAndHeadersCount() {
    MatchQuery query{.method = "GET", .host = "beta.example.com", .target = "/v1/beta", .headers = {}};
    QVERIFY(!report(query).route);
    query.headers = {{"x-beta", "yes"}};
    QCOMPARE(report(query).route.value_or(""), std::string("beta"));
    query.host = "example.com";
    QVERIFY(!report(query).route);
    query.headers.push_back({"Host", "beta.example.com"});
    QCOMPARE(report(query).route.value_or(""), std::string("beta"));
}

void MatchReportTest::aWrongMethodNamesTheRouteAndItsMethods() {
    const MatchReport refused =
        report({.method = "POST", .host = {}, .target = "/v1/orders/1", .headers = {}});
    QVERIFY(!refused.route);
    QCOMPARE(refused.status, 405);
    QVERIFY(std::find(refused.allowedMethods.begin(), refused.allowedMethods.end(), "GET") !=
            refused.allowedMethods.end());
    QVERIFY2(refused.explanation.starts_with("No route: the path matches order, but only with GET"),
             refused.explanation.c_str());
}

void MatchReportTest::aPathThatNoRouteHasIs404() {
    const MatchReport missing =
        report({.method = "GET", .host = "x.org", .target = "/nowhere", .headers = {}});
    QCOMPARE(missing.status, 404);
    QCOMPARE(missing.explanation, std::string("No route matches GET /nowhere on host x.org."));
}

void MatchReportTest::aRequestThatCannotBeParsedIs400() {
    const MatchReport refused = report({.method = "GET", .host = {}, .target = "no-slash", .headers = {}});
    QCOMPARE(refused.status, 400);
    QVERIFY(!refused.route);
    QVERIFY(refused.explanation.starts_with("The request is refused: "));
}

void MatchReportTest::aLineBreakCannotSmuggleASecondRequestIn() {
    const MatchReport refused = report({.method = "GET",
                                        .host = {},
                                        .target = "/v1/catalog/a",
                                        .headers = {{"X-A", "b\r\n\r\nGET /x HTTP/1.1"}}});
    QCOMPARE(refused.status, 400);
}

QTEST_APPLESS_MAIN(MatchReportTest)
#include "test_match_report.moc"
