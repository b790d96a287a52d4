#include "ui/curl_line.h"
#include "ui/number_text.h"
#include "ui/palette_search.h"
#include "ui/status_text.h"

#include <QTest>

using namespace std::chrono_literals;
using gateway::model::Config;
using gateway::model::Route;
using gateway::service::GatewayState;
using gateway::service::GatewayStatus;

namespace {

Route routeOf(const std::string& name, const std::string& path, std::vector<std::string> methods = {}) {
    Route route;
    route.name = name;
    route.match.path = path;
    route.match.methods = std::move(methods);
    return route;
}

GatewayStatus running() {
    GatewayStatus status;
    status.state = GatewayState::Running;
    status.addresses = {"127.0.0.1:8080"};
    status.savedRevision = 12;
    status.liveRevision = 12;
    return status;
}

} // namespace

class ShellTextTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void numbersHaveThreeOrFourDigits();
    void aChangeThatRoundsToNothingHasNoSign();
    void uptimeGrowsFromSecondsToDays();
    void theCardSaysWhatIsSavedAndWhatIsLive();
    void aStoppedGatewayListensNowhere();
    void theBannerSaysWhyTheGatewayFailed();
    void theBannerSaysWhyTheLiveRevisionIsBehind();
    void aRevisionOnItsWayIsNoNews();
    void theCurlLineReachesTheFirstRouteWithGet();
    void theCurlLineAsksForAKeyWhereTheRouteDoes();
    void theCurlLineSpeaksHttpsWhereTheListenerDoes();
    void theCurlLineQuotesWhatAShellWouldRead();
    void theCurlLineOfAnEmptyConfigAsksForTheRoot();
    void aWordThatBeginsWithTheQueryComesFirst();
    void routesAreFoundByPathAndByNameInAnyCase();
    void everyKindOfItemIsFoundAndOpensItsPage();
};

void ShellTextTest::numbersHaveThreeOrFourDigits() {
    QCOMPARE(ui::rateText(0), QStringLiteral("0"));
    QCOMPARE(ui::rateText(0.42), QStringLiteral("0.42"));
    QCOMPARE(ui::rateText(41), QStringLiteral("41.0"));
    QCOMPARE(ui::rateText(896.4), QStringLiteral("896"));
    QCOMPARE(ui::rateText(12'345), QStringLiteral("12.3k"));
    QCOMPARE(ui::latencyText(37.66), QStringLiteral("37.7 ms"));
    QCOMPARE(ui::latencyText(1'250), QStringLiteral("1.25 s"));
    QCOMPARE(ui::percentText(0), QStringLiteral("0 %"));
    QCOMPARE(ui::percentText(0.0056), QStringLiteral("0.56 %"));
}

void ShellTextTest::aChangeThatRoundsToNothingHasNoSign() {
    QCOMPARE(ui::signedText(-0.004, 2), QStringLiteral("0"));
    QCOMPARE(ui::signedText(4.2, 1), QStringLiteral("+4.2"));
    QCOMPARE(ui::signedText(-1.8, 1), QString(QChar(0x2212)) + QStringLiteral("1.8"));
}

void ShellTextTest::uptimeGrowsFromSecondsToDays() {
    QCOMPARE(ui::durationText(5s), QStringLiteral("5 s"));
    QCOMPARE(ui::durationText(12min), QStringLiteral("12 min"));
    QCOMPARE(ui::durationText(3h + 5min), QStringLiteral("3 h 05 min"));
    QCOMPARE(ui::durationText(102h + 12min), QStringLiteral("4 d 06:12"));
}

void ShellTextTest::theCardSaysWhatIsSavedAndWhatIsLive() {
    GatewayStatus status = running();
    QCOMPARE(ui::revisionText(status), QStringLiteral("Saved r12 · live r12"));
    QVERIFY(!ui::isBehind(status));
    status.liveRevision = 11;
    QVERIFY(ui::isBehind(status));
    status.addresses.emplace_back("127.0.0.1:8081");
    QVERIFY(ui::addressText(status, {}).startsWith(QStringLiteral("127.0.0.1:8080 +1")));
}

void ShellTextTest::aStoppedGatewayListensNowhere() {
    GatewayStatus status = running();
    status.state = GatewayState::Stopped;
    QCOMPARE(ui::addressText(status, {}), QStringLiteral("not listening"));
    QCOMPARE(ui::revisionText(status), QStringLiteral("Saved r12"));
    QVERIFY(!ui::isBehind(status));
}

void ShellTextTest::theBannerSaysWhyTheGatewayFailed() {
    GatewayStatus status = running();
    QVERIFY(!ui::bannerText(status));
    status.state = GatewayState::Failed;
    status.message = "Port 8080 is in use.";
    const auto banner = ui::bannerText(status);
    QVERIFY(banner && banner->isBad);
    QCOMPARE(banner->text, QStringLiteral("Port 8080 is in use."));
}

void ShellTextTest::theBannerSaysWhyTheLiveRevisionIsBehind() {
    GatewayStatus status = running();
    status.liveRevision = 11;
    status.message = "Port 9090 of listener admin is in use.";
    const auto banner = ui::bannerText(status);
    QVERIFY(banner && !banner->isBad);
    QVERIFY(banner->title.contains(QStringLiteral("11")));
    QVERIFY(banner->title.contains(QStringLiteral("12")));
}

void ShellTextTest::aRevisionOnItsWayIsNoNews() {
    GatewayStatus status = running();
    status.liveRevision = 11;
    QVERIFY(!ui::bannerText(status));
}

void ShellTextTest::theCurlLineReachesTheFirstRouteWithGet() {
    Config config;
    config.routes.put(routeOf("a-create", "/v1/orders", {"POST"}));
    Route get = routeOf("b-order", "/v1/orders/{id}", {"GET"});
    get.match.hosts = {"*.example.com", "api.example.com"};
    config.routes.put(get);
    QCOMPARE(ui::curlLine(config, "127.0.0.1:8080"),
             std::string("curl -i -H 'Host: api.example.com' 'http://127.0.0.1:8080/v1/orders/1'"));
}

void ShellTextTest::theCurlLineAsksForAKeyWhereTheRouteDoes() {
    Config config;
    gateway::model::Listener listener;
    listener.name = "public";
    listener.port = 8080;
    listener.keyHeader = "X-Shop-Key";
    config.listeners.put(listener);
    gateway::model::Policy policy;
    policy.name = "key";
    policy.authenticate = gateway::model::byApiKey();
    config.policies.put(policy);
    Route route = routeOf("catalog", "/v1/catalog/*");
    route.policies = {"key"};
    config.routes.put(route);
    QCOMPARE(ui::curlLine(config, "127.0.0.1:8080"),
             std::string("curl -i -H 'X-Shop-Key: YOUR-KEY' 'http://127.0.0.1:8080/v1/catalog'"));
}

void ShellTextTest::theCurlLineSpeaksHttpsWhereTheListenerDoes() {
    Config config;
    gateway::model::Listener listener;
    listener.name = "secure";
    listener.host = "::";
    listener.port = 8443;
    listener.tls.emplace();
    config.listeners.put(listener);
    QCOMPARE(ui::curlLine(config, "[::]:8443"), std::string("curl -i -g 'https://[::1]:8443/'"));
    Route route = routeOf("orders", "/v1/orders");
    route.match.hosts = {"api.example.com"};
    config.routes.put(route);
    QCOMPARE(ui::curlLine(config, "[::]:8443"),
             std::string("curl -i -g --connect-to 'api.example.com:8443:[::1]:8443' "
                         "'https://api.example.com:8443/v1/orders'"));
    QCOMPARE(ui::addressUrl(config, "[::]:8443"), QStringLiteral("https://[::]:8443"));
    QCOMPARE(ui::addressUrl(config, "127.0.0.1:1"), QStringLiteral("http://127.0.0.1:1"));
}

void ShellTextTest::theCurlLineQuotesWhatAShellWouldRead() {
    Config config;
    Route route = routeOf("odd", "/a");
    route.match.headers = {{"X-Odd", "it's; rm"}};
    config.routes.put(route);
    QCOMPARE(ui::curlLine(config, "127.0.0.1:1"),
             std::string("curl -i -H 'X-Odd: it'\\''s; rm' 'http://127.0.0.1:1/a'"));
}

void ShellTextTest::theCurlLineOfAnEmptyConfigAsksForTheRoot() {
    QCOMPARE(ui::curlLine({}, "127.0.0.1:1"), std::string("curl -i 'http://127.0.0.1:1/'"));
}

void ShellTextTest::aWordThatBeginsWithTheQueryComesFirst() {
    QCOMPARE(ui::matchRank("orders", "ord"), std::optional(0));
    QCOMPARE(ui::matchRank("/v1/orders", "ord"), std::optional(1));
    QCOMPARE(ui::matchRank("/v1/reorders/orders", "ORD"), std::optional(1));
    QCOMPARE(ui::matchRank("reorder", "ord"), std::optional(2));
    QVERIFY(!ui::matchRank("stock", "ord"));
    const std::vector<ui::PaletteEntry> entries{{QStringLiteral("Reorder"), {}, {}, {}},
                                                {QStringLiteral("Orders"), {}, {}, {}}};
    QCOMPARE(ui::searchEntries(entries, QStringLiteral("ord")).front().text, QStringLiteral("Orders"));
}

void ShellTextTest::routesAreFoundByPathAndByNameInAnyCase() {
    Config config;
    config.routes.put(routeOf("create-order", "/v1/o", {"POST"}));
    config.routes.put(routeOf("other", "/V1/ORDERS", {"GET", "PUT"}));
    config.routes.put(routeOf("stock", "/v1/stock"));
    const auto found = ui::searchConfig(config, QStringLiteral("order"), 10, {});
    QCOMPARE(found.size(), 2U);
    QCOMPARE(found[1].text, QStringLiteral("GET +1 /V1/ORDERS"));
    QCOMPARE(ui::searchConfig(config, QStringLiteral("order"), 1, {}).size(), 1U);
}

void ShellTextTest::everyKindOfItemIsFoundAndOpensItsPage() {
    Config config;
    config.routes.put(routeOf("acme-route", "/a"));
    gateway::model::Service service;
    service.name = "acme-service";
    config.services.put(service);
    gateway::model::Consumer consumer;
    consumer.name = "acme";
    config.consumers.put(consumer);
    QStringList opened;
    const auto found = ui::searchConfig(config, QStringLiteral("acme"), 10,
                                        [&opened](const QString& page, const QString& name) {
                                            opened.append(page + QLatin1Char(':') + name);
                                        });
    for (const ui::PaletteEntry& entry : found) {
        entry.run();
    }
    QCOMPARE(opened,
             QStringList({QStringLiteral("routes:acme-route"), QStringLiteral("services:acme-service"),
                          QStringLiteral("consumers:acme")}));
}

QTEST_GUILESS_MAIN(ShellTextTest)
#include "shell_text_test.moc"
