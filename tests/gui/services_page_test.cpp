#include "tests/gui/pages_console.h"
#include "ui/widgets/toast.h"

#include <QAbstractButton>
#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QTest>

using namespace gateway;
using std::chrono::milliseconds;

/// The editor of the Services page: every setting of a service.
class ServicesPageTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init();
    void cleanup() { m_console.reset(); }

    void editsTheTargets();
    void choosesHowRequestsAreShared();
    void switchesHealthChecksOnWithSensibleValues();
    void asksAGrpcServerWhetherItIsWell();
    void speaksTlsToItsTargets();
    void ejectsAndBreaksAsTold();
    void switchesASectionOffAgain();
    void editsTheRetries();
    void editsTheTimeouts();
    void saysAProblemAtItsFieldOnWhicheverTab();
    void everyFieldIsReachedByKeyboard();

private:
    [[nodiscard]] const model::Service& saved(const char* name = "orders");
    void open(const char* name = "orders");
    void save();
    void publishAsAnna(const model::Service& service);
    [[nodiscard]] QString sentence(const char* name) { return m_console->text(name); }
    [[nodiscard]] bool isVisible(const char* name);

    std::unique_ptr<PagesConsole> m_console;
};

void ServicesPageTest::init() {
    m_console = std::make_unique<PagesConsole>();
    m_console->window().openPage(QStringLiteral("services"));
}

const model::Service& ServicesPageTest::saved(const char* name) {
    return *m_console->config().services.find(name);
}

void ServicesPageTest::open(const char* name) {
    m_console->window().openPage(QStringLiteral("services"), QLatin1String(name));
}

void ServicesPageTest::save() {
    const auto before = m_console->revision();
    m_console->press(Qt::Key_S, Qt::ControlModifier);
    // The editor begins anew on what was published; what is typed before that would be lost.
    auto* toast = m_console->window().findChild<ui::Toast*>();
    QTRY_VERIFY(toast->text().endsWith(QStringLiteral("revision %1").arg(before + 1)));
    QCOMPARE(m_console->revision(), before + 1);
}

void ServicesPageTest::publishAsAnna(const model::Service& service) {
    m_console->publish({model::Put{service}}, "anna", "Change a service");
    QCoreApplication::processEvents(); // the page hears of it before it is asked for the service
}

bool ServicesPageTest::isVisible(const char* name) {
    const auto* widget = m_console->window().findChild<QWidget*>(QLatin1String(name));
    return widget != nullptr && widget->isVisible();
}

void ServicesPageTest::editsTheTargets() {
    open();
    m_console->click("service.targets.1.remove");
    m_console->click("service.targets.add");
    QTest::keyClicks(QApplication::focusWidget(), QStringLiteral("http://127.0.0.1:9555"));
    QTRY_VERIFY(m_console->text("service.targetsError").contains(QStringLiteral("scheme")));
    m_console->type("service.targets.1.0", QStringLiteral("127.0.0.1:9555"));
    m_console->type("service.targets.1.1", QStringLiteral("3"));
    m_console->find("service.targets.1.drain")->setFocus();
    m_console->press(Qt::Key_Space);
    save();
    const auto& targets = saved().targets;
    QCOMPARE(targets.size(), 2U);
    QCOMPARE(targets[1].port, std::uint16_t(9555));
    QCOMPARE(targets[1].weight, 3U);
    QVERIFY(targets[1].drain);
    QVERIFY(!targets[0].drain);
}

void ServicesPageTest::choosesHowRequestsAreShared() {
    open();
    m_console->click("service.tabs.balance");
    QVERIFY(!isVisible("service.hashSource"));
    m_console->find<QComboBox>("service.balance")->setFocus();
    QTest::keyClicks(QApplication::focusWidget(), QStringLiteral("Consistent"));
    QVERIFY(isVisible("service.hashSource"));
    QVERIFY(!isVisible("service.hashName"));
    QVERIFY(sentence("service.balanceSentence").contains(QStringLiteral("from one client address")));
    m_console->find<QComboBox>("service.hashSource")->setFocus();
    QTest::keyClicks(QApplication::focusWidget(), QStringLiteral("Header"));
    m_console->type("service.hashName", QStringLiteral("X-Session"));
    QVERIFY(sentence("service.balanceSentence").contains(QStringLiteral("the same X-Session header")));
    m_console->type("service.slowStart", QStringLiteral("30s"));
    m_console->type("service.concurrency", QStringLiteral("100"));
    QCOMPARE(sentence("service.concurrencySentence"),
             QStringLiteral("More than 100 requests in flight: 503 at once."));
    save();
    QCOMPARE(saved().balance, model::Balance::ConsistentHash);
    QCOMPARE(saved().hashOn.source, model::HashOn::Source::Header);
    QCOMPARE(saved().hashOn.name, std::string("X-Session"));
    QCOMPARE(saved().slowStart, milliseconds(30'000));
    QCOMPARE(saved().concurrency, 100U);
}

void ServicesPageTest::switchesHealthChecksOnWithSensibleValues() {
    open();
    m_console->click("service.tabs.health");
    QVERIFY(!isVisible("service.healthPath"));
    m_console->click("service.health");
    QVERIFY(isVisible("service.healthPath"));
    QCOMPARE(sentence("service.healthSentence"),
             QStringLiteral(
                 "GET /healthz on each target every 3s. After 3 failed checks in a row a target gets no "
                 "requests, until one check is good."));
    save();
    QVERIFY(saved().health.has_value());
    QCOMPARE(saved().health->path, std::string("/healthz"));
    QCOMPARE(saved().health->interval, milliseconds(3'000));
    m_console->type("service.healthPath", QStringLiteral("/ready"));
    m_console->type("service.healthInterval", QStringLiteral("10s"));
    m_console->type("service.healthTimeout", QStringLiteral("2s"));
    m_console->type("service.unhealthyAfter", QStringLiteral("4"));
    m_console->type("service.healthyAfter", QStringLiteral("2"));
    save();
    model::HealthCheck wanted;
    wanted.path = "/ready";
    wanted.interval = milliseconds(10'000);
    wanted.timeout = milliseconds(2'000);
    wanted.unhealthyAfter = 4;
    wanted.healthyAfter = 2;
    QVERIFY(saved().health == wanted);
}

void ServicesPageTest::asksAGrpcServerWhetherItIsWell() {
    open();
    m_console->find<QComboBox>("service.protocol")->setFocus();
    QTest::keyClicks(QApplication::focusWidget(), QStringLiteral("gRPC"));
    m_console->click("service.tabs.health");
    m_console->click("service.health");
    QVERIFY(isVisible("service.healthPath"));
    QVERIFY(!isVisible("service.healthGrpcService"));
    m_console->find<QComboBox>("service.healthKind")->setFocus();
    QTest::keyClicks(QApplication::focusWidget(), QStringLiteral("gRPC"));
    QVERIFY(!isVisible("service.healthPath"));
    QVERIFY(isVisible("service.healthGrpcService"));
    m_console->type("service.healthGrpcService", QStringLiteral("shop.Orders"));
    QVERIFY(sentence("service.healthSentence").contains(QStringLiteral("shop.Orders")));
    save();
    QCOMPARE(saved().protocol, model::Protocol::Grpc);
    QVERIFY(saved().health->grpc);
    QCOMPARE(saved().health->grpcService, std::string("shop.Orders"));
    QCOMPARE(saved().health->path, std::string());
}

void ServicesPageTest::speaksTlsToItsTargets() {
    open();
    QVERIFY(!isVisible("service.tlsServerName"));
    m_console->click("service.tls");
    QVERIFY(isVisible("service.tlsServerName"));
    QVERIFY(isVisible("service.tlsAuthority"));
    m_console->type("service.tlsServerName", QStringLiteral("orders.internal"));
    save();
    QVERIFY(saved().tls.has_value());
    QVERIFY(saved().tls->verify);
    QCOMPARE(saved().tls->serverName, std::string("orders.internal"));
    // Whoever does not verify needs no authority, and is told what that means.
    m_console->click("service.tlsVerify");
    QVERIFY(!isVisible("service.tlsAuthority"));
    QCOMPARE(m_console->find<QLabel>("service.tlsSentence")->property("kind").toString(),
             QStringLiteral("warn"));
    save();
    QVERIFY(!saved().tls->verify);
    m_console->click("service.tls");
    QVERIFY(!isVisible("service.tlsServerName"));
    save();
    QVERIFY(!saved().tls.has_value());
}

void ServicesPageTest::ejectsAndBreaksAsTold() {
    open();
    m_console->click("service.tabs.health");
    m_console->click("service.outlier");
    QCOMPARE(
        sentence("service.outlierSentence"),
        QStringLiteral("After 5 errors in a row a target gets no requests for 30s, and longer each time it "
                       "happens again; at most 10 % of the targets at a time (here: 1)."));
    m_console->type("service.outlierErrors", QStringLiteral("7"));
    m_console->type("service.outlierEject", QStringLiteral("1m"));
    m_console->type("service.outlierPercent", QStringLiteral("50"));
    m_console->find("service.breaker")->setFocus();
    m_console->press(Qt::Key_Space);
    m_console->type("service.breakerRatio", QStringLiteral("25%"));
    m_console->type("service.breakerSamples", QStringLiteral("40"));
    m_console->type("service.breakerOpen", QStringLiteral("20s"));
    m_console->type("service.breakerRecover", QStringLiteral("5s"));
    QVERIFY(
        sentence("service.breakerSentence").startsWith(QStringLiteral("When 25 % of at least 40 requests")));
    save();
    model::Outlier outlier;
    outlier.consecutiveErrors = 7;
    outlier.eject = milliseconds(60'000);
    outlier.atMostPercent = 50;
    QVERIFY(saved().outlier == outlier);
    model::Breaker breaker;
    breaker.errorRatioPercent = 25;
    breaker.samples = 40;
    breaker.open = milliseconds(20'000);
    breaker.recover = milliseconds(5'000);
    QVERIFY(saved().breaker == breaker);
}

void ServicesPageTest::switchesASectionOffAgain() {
    model::Service service = saved();
    service.breaker.emplace();
    publishAsAnna(service);
    open();
    m_console->click("service.tabs.health");
    m_console->type("service.breakerOpen", QStringLiteral("nonsense"));
    m_console->click("service.breaker");
    QVERIFY(!isVisible("service.breakerOpen"));
    // What stands in a section that is off does not keep the rest from being saved.
    save();
    QVERIFY(!saved().breaker.has_value());
}

void ServicesPageTest::editsTheRetries() {
    open();
    m_console->click("service.tabs.retries");
    m_console->type("service.retryAttempts", QStringLiteral("3"));
    m_console->click("service.retryOn.refused-stream");
    m_console->find("service.retryOn.timeout")->setFocus();
    m_console->press(Qt::Key_Space);
    m_console->click("service.retryStatuses.502");
    m_console->type("service.retryStatuses.other", QStringLiteral("429"));
    m_console->press(Qt::Key_Return);
    QVERIFY(m_console->find<QAbstractButton>("service.retryStatuses.429")->isChecked());
    m_console->type("service.retryBudget", QStringLiteral("10%"));
    QVERIFY(sentence("service.retriesSentence")
                .startsWith(
                    QStringLiteral("Up to 3 further tries when no connection comes about, a try takes too "
                                   "long or the answer is 429, 502 or 503")));
    save();
    model::Retries wanted;
    wanted.attempts = 3;
    wanted.onRefusedStream = false;
    wanted.onTimeout = true;
    wanted.statuses = {429, 502, 503};
    wanted.budgetPercent = 10;
    QVERIFY(saved().retries == wanted);
    // Return is not needed.
    m_console->type("service.retryStatuses.other", QStringLiteral("507"));
    save();
    QVERIFY(saved().retries.statuses == (std::vector<std::uint16_t>{429, 502, 503, 507}));
    QVERIFY(m_console->find<QAbstractButton>("service.retryStatuses.507")->isChecked());
}

void ServicesPageTest::editsTheTimeouts() {
    open();
    m_console->click("service.tabs.timeouts");
    m_console->type("service.connect", QStringLiteral("250"));
    QTRY_VERIFY(m_console->text("service.connectError").contains(QStringLiteral("unit")));
    m_console->type("service.connect", QStringLiteral("250ms"));
    m_console->type("service.response", QStringLiteral("10s"));
    m_console->type("service.attempt", QStringLiteral("4s"));
    m_console->type("service.request", QStringLiteral("20s"));
    m_console->type("service.idle", QStringLiteral("30s"));
    QVERIFY(sentence("service.timeoutsSentence").contains(QStringLiteral("take 20s at most")));
    save();
    model::Service::Timeouts wanted;
    wanted.connect = milliseconds(250);
    wanted.response = milliseconds(10'000);
    wanted.idle = milliseconds(30'000);
    wanted.attempt = milliseconds(4'000);
    wanted.request = milliseconds(20'000);
    QVERIFY(saved().timeouts == wanted);
    m_console->type("service.attempt", QString());
    save();
    QCOMPARE(saved().timeouts.attempt, milliseconds(0));
}

void ServicesPageTest::saysAProblemAtItsFieldOnWhicheverTab() {
    open();
    const auto before = m_console->revision();
    m_console->click("service.tabs.health");
    m_console->click("service.health");
    m_console->type("service.healthPath", QStringLiteral("healthz")); // a path begins with a slash
    auto* error = m_console->window().findChild<QLabel*>(QStringLiteral("service.healthPathError"));
    QTRY_COMPARE(error->property("kind").toString(), QStringLiteral("error"));
    m_console->click("service.tabs.timeouts");
    m_console->press(Qt::Key_S, Qt::ControlModifier);
    QTRY_COMPARE(QApplication::focusWidget(), m_console->find("service.healthPath"));
    QCOMPARE(m_console->revision(), before);
    m_console->type("service.healthPath", QStringLiteral("/healthz"));
    QTRY_VERIFY(error->property("kind").toString() != u"error");
    m_console->type("service.unhealthyAfter", QStringLiteral("0"));
    QTRY_VERIFY(m_console->text("service.unhealthyAfterError").contains(QStringLiteral("from 1 to 100")));
}

void ServicesPageTest::everyFieldIsReachedByKeyboard() {
    open("orders");
    m_console->click("service.tabs.health");
    for (const char* section : {"service.health", "service.outlier", "service.breaker"}) {
        m_console->click(section);
    }
    QSet<QString> reached;
    m_console->find("service.health")->setFocus();
    for (int step = 0; step < 40; ++step) {
        reached.insert(QApplication::focusWidget()->objectName());
        m_console->press(Qt::Key_Tab);
    }
    for (const char* name :
         {"service.healthPath", "service.healthInterval", "service.healthTimeout", "service.unhealthyAfter",
          "service.healthyAfter", "service.outlier", "service.outlierErrors", "service.outlierEject",
          "service.outlierPercent", "service.breaker", "service.breakerRatio", "service.breakerSamples",
          "service.breakerOpen", "service.breakerRecover", "services.drawer.save"}) {
        QVERIFY2(reached.contains(QLatin1String(name)), name);
    }
}

QTEST_MAIN(ServicesPageTest)
#include "services_page_test.moc"
