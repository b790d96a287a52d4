#include "tests/integration/calm_support.h"

#include <QtTest>
#include <atomic>
#include <set>

using namespace gateway;
using namespace std::chrono_literals;
using metrics::TargetCondition;
using support::RawClient;
using support::ScriptedUpstream;
using support::UpstreamConnection;
using support::WireRequest;

namespace {

/// Answers checks as told, and everything else with its name.
class CheckedUpstream {
public:
    explicit CheckedUpstream(std::string name) {
        m_upstream.setHandler(
            [this, name = std::move(name)](WireRequest& request, UpstreamConnection& connection) {
                if (request.target() != "/healthz") {
                    connection.send(support::okResponse(name));
                    return;
                }
                ++checks;
                check(connection);
            });
    }

    [[nodiscard]] std::uint16_t port() const { return m_upstream.port(); }
    [[nodiscard]] std::vector<WireRequest> requests() const { return m_upstream.requests(); }

    enum class Health { Good, Redirects, Says503, Closes, Nonsense, Silent };
    std::atomic<Health> health{Health::Good};
    std::atomic<int> checks{0};

private:
    void check(UpstreamConnection& connection) const {
        switch (health.load()) {
        case Health::Good:
            connection.send("HTTP/1.1 103 Early\r\n\r\n" + calm::answer(200, "fine"));
            break;
        case Health::Redirects:
            connection.send(calm::answer(302));
            break;
        case Health::Says503:
            connection.send(calm::answer(503, "down"));
            break;
        case Health::Closes:
            connection.close();
            break;
        case Health::Nonsense:
            connection.send("+OK ready\r\n\r\n");
            break;
        case Health::Silent:
            connection.stayTillPeerCloses();
            break;
        }
    }

    ScriptedUpstream m_upstream; ///< last: its threads use the rest
};
using Health = CheckedUpstream::Health;

void checkOften(model::Service& service) {
    service.health.emplace();
    service.health->path = "/healthz";
    service.health->interval = 300ms;
    service.health->timeout = 300ms; // a machine that is busy elsewhere must not look like an ill target
    service.health->unhealthyAfter = 3;
    service.health->healthyAfter = 2;
}

std::set<std::string> whoAnswers(TestGateway& gateway, int requests) {
    std::set<std::string> names;
    for (int i = 0; i < requests; ++i) {
        names.insert(RawClient::get(gateway.port(), "/open/a").body);
    }
    return names;
}

using Names = std::set<std::string>;

} // namespace

Q_DECLARE_METATYPE(CheckedUpstream::Health)

/// Active and passive checks of targets.
class CalmHealthTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void leavesATargetAloneWhileItsChecksFail_data();
    void leavesATargetAloneWhileItsChecksFail();
    void findsOutThatNobodyListens();
    void asksTheTargetByItsName();
    void keepsWhatItKnowsOverASnapshot();
    void trustsATargetThatIsNotCheckedAnyMore();
    void asksAllWhenTooFewAreLeft();
    void ejectsATargetThatFailsRequestAfterRequest();
};

void CalmHealthTest::leavesATargetAloneWhileItsChecksFail_data() {
    QTest::addColumn<Health>("health");
    QTest::addColumn<QByteArray>("detail");
    QTest::newRow("an error") << Health::Says503 << QByteArray("GET /healthz: the answer was 503.");
    QTest::newRow("an early end") << Health::Closes
                                  << QByteArray("GET /healthz: the connection broke before an answer came.");
    QTest::newRow("nonsense") << Health::Nonsense << QByteArray("GET /healthz: the answer is not HTTP.");
    QTest::newRow("silence") << Health::Silent << QByteArray("GET /healthz: there was no answer in time.");
}

void CalmHealthTest::leavesATargetAloneWhileItsChecksFail() {
    QFETCH(Health, health);
    QFETCH(QByteArray, detail);
    CheckedUpstream first("first");
    CheckedUpstream second("second");
    first.health = health;
    second.health = Health::Redirects;
    TestGateway gateway(2);
    QVERIFY2(gateway.publish(calm::config({first.port(), second.port()}, checkOften)),
             gateway.error().c_str());
    calm::Feed feed(gateway);
    QVERIFY(calm::eventually([&] { return feed.look().targets[0].condition == TargetCondition::Unhealthy; }));
    QCOMPARE(feed.look().targets[0].conditionDetail, detail.toStdString());
    QVERIFY(first.checks >= 2);
    QVERIFY(calm::eventually([&] { return second.checks >= 2; }));
    QCOMPARE(feed.look().targets[1].condition, TargetCondition::Available);
    QVERIFY(!feed.look().panicking);
    QCOMPARE(whoAnswers(gateway, 8), (Names{"second"}));

    first.health = Health::Good;
    QVERIFY(calm::eventually([&] { return feed.look().targets[0].condition == TargetCondition::Available; }));
    QCOMPARE(feed.look().targets[0].conditionDetail, std::string());
    QCOMPARE(whoAnswers(gateway, 8), (Names{"first", "second"}));
}

void CalmHealthTest::findsOutThatNobodyListens() {
    CheckedUpstream second("second");
    TestGateway gateway(1);
    QVERIFY2(gateway.publish(calm::config({support::unusedPort(), second.port()}, checkOften)),
             gateway.error().c_str());
    calm::Feed feed(gateway);
    QVERIFY(calm::eventually([&] { return feed.look().targets[0].condition == TargetCondition::Unhealthy; }));
    QCOMPARE(feed.look().targets[0].conditionDetail,
             std::string("GET /healthz: no connection could be made."));
    const std::uint64_t retries = feed.look().retries;
    QCOMPARE(whoAnswers(gateway, 8), (Names{"second"}));
    QCOMPARE(feed.look().retries, retries);
}

void CalmHealthTest::asksTheTargetByItsName() {
    CheckedUpstream upstream("only");
    TestGateway gateway(1);
    QVERIFY2(gateway.publish(calm::config({upstream.port()}, checkOften)), gateway.error().c_str());
    QVERIFY(calm::eventually([&] { return upstream.checks >= 1; }));
    const WireRequest check = upstream.requests().front();
    QCOMPARE(check.startLine, std::string("GET /healthz HTTP/1.1"));
    QCOMPARE(check.field("Host"), "127.0.0.1:" + std::to_string(upstream.port()));
    QCOMPARE(check.field("User-Agent"), std::string("gatehouse-health"));
}

void CalmHealthTest::keepsWhatItKnowsOverASnapshot() {
    CheckedUpstream first("first");
    CheckedUpstream second("second");
    first.health = Health::Says503;
    TestGateway gateway(1);
    QVERIFY2(gateway.publish(calm::config({first.port(), second.port()}, checkOften)),
             gateway.error().c_str());
    calm::Feed feed(gateway);
    QVERIFY(calm::eventually([&] { return feed.look().targets[0].condition == TargetCondition::Unhealthy; }));
    auto config = gateway.config();
    model::Route route = *config.routes.find("open");
    route.priority = 5;
    config.routes.put(route);
    QVERIFY2(gateway.publish(config), gateway.error().c_str());
    QCOMPARE(feed.look().targets[0].condition, TargetCondition::Unhealthy);
    QCOMPARE(whoAnswers(gateway, 4), (Names{"second"}));
    const int checks = first.checks;
    QVERIFY(calm::eventually([&] { return first.checks > checks; }));
}

void CalmHealthTest::trustsATargetThatIsNotCheckedAnyMore() {
    CheckedUpstream first("first");
    CheckedUpstream second("second");
    first.health = Health::Says503;
    TestGateway gateway(1);
    QVERIFY2(gateway.publish(calm::config({first.port(), second.port()}, checkOften)),
             gateway.error().c_str());
    calm::Feed feed(gateway);
    QVERIFY(calm::eventually([&] { return feed.look().targets[0].condition == TargetCondition::Unhealthy; }));
    auto config = gateway.config();
    model::Service service = *config.services.find("backend");
    service.health.reset();
    config.services.put(service);
    QVERIFY2(gateway.publish(config), gateway.error().c_str());
    QCOMPARE(feed.look().targets[0].condition, TargetCondition::Available);
    QCOMPARE(whoAnswers(gateway, 4), (Names{"first", "second"}));
}

void CalmHealthTest::asksAllWhenTooFewAreLeft() {
    CheckedUpstream first("first");
    CheckedUpstream second("second");
    CheckedUpstream third("third");
    first.health = Health::Says503;
    second.health = Health::Says503;
    TestGateway gateway(1);
    QVERIFY2(gateway.publish(calm::config({first.port(), second.port(), third.port()}, checkOften)),
             gateway.error().c_str());
    calm::Feed feed(gateway);
    QVERIFY(calm::eventually([&] {
        const auto& targets = feed.look().targets;
        return targets[0].condition == TargetCondition::Unhealthy &&
               targets[1].condition == TargetCondition::Unhealthy;
    }));
    QVERIFY(feed.look().panicking);
    QCOMPARE(whoAnswers(gateway, 9), (Names{"first", "second", "third"}));
    second.health = Health::Good;
    QVERIFY(calm::eventually([&] { return feed.look().targets[1].condition == TargetCondition::Available; }));
    QVERIFY(!feed.look().panicking);
    QCOMPARE(whoAnswers(gateway, 9), (Names{"second", "third"}));
}

void CalmHealthTest::ejectsATargetThatFailsRequestAfterRequest() {
    ScriptedUpstream first;
    std::atomic<bool> works{false};
    first.setHandler([&](WireRequest&, UpstreamConnection& connection) {
        connection.send(works ? support::okResponse("first") : calm::answer(500));
    });
    ScriptedUpstream second;
    second.answerWith(support::okResponse("second"));
    ManualClock clock;
    TestGateway gateway(clock, 1);
    QVERIFY2(gateway.publish(calm::config({first.port(), second.port()},
                                          [](auto& service) {
                                              service.outlier.emplace();
                                              service.outlier->consecutiveErrors = 3;
                                              service.outlier->eject = 10s;
                                          })),
             gateway.error().c_str());
    calm::Feed feed(gateway);
    for (int i = 0; i < 5; ++i) { // in turn, so the first gets three of them
        QCOMPARE(feed.look().targets[0].condition, TargetCondition::Available);
        QCOMPARE(RawClient::get(gateway.port(), "/open/a").status, i % 2 == 0 ? 500 : 200);
    }
    QCOMPARE(feed.look().targets[0].condition, TargetCondition::Ejected);
    QCOMPARE(feed.look().targets[0].ejectedFor.value_or(0s), std::chrono::seconds(10));
    QCOMPARE(whoAnswers(gateway, 6), (Names{"second"}));
    QCOMPARE(first.requests().size(), std::size_t{3});
    works = true;
    clock.advance(10s);
    QCOMPARE(feed.look().targets[0].condition, TargetCondition::Available);
    QVERIFY(!feed.look().targets[0].ejectedFor);
    QCOMPARE(whoAnswers(gateway, 6), (Names{"first", "second"}));
}

QTEST_GUILESS_MAIN(CalmHealthTest)
#include "calm_health_test.moc"
