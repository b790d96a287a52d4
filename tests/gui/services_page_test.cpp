#include "tests/gui/pages_console.h"
#include "ui/editors/targets_editor.h"
#include "ui/models/service_table_models.h"
#include "ui/widgets/pill.h"
#include "ui/widgets/table_delegates.h"
#include "ui/widgets/toast.h"

#include <QAbstractButton>
#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QScrollArea>
#include <QTableView>
#include <QTest>

using namespace gateway;
using metrics::BreakerCondition;
using metrics::TargetCondition;
using std::chrono::milliseconds;

/// The Services page: every setting of a service, its targets live, and taking one of them out.
class ServicesPageTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init();
    void cleanup() { m_console.reset(); }

    void editsTheTargets();
    void choosesHowRequestsAreShared();
    void switchesHealthChecksOnWithSensibleValues();
    void ejectsAndBreaksAsTold();
    void switchesASectionOffAgain();
    void editsTheRetries();
    void editsTheTimeouts();
    void saysAProblemAtItsFieldOnWhicheverTab();
    void showsHowTargetsStand();
    void showsTheBreakerAndWhatItRefuses();
    void forgetsWhatItSawWhenTheGatewayStops();
    void drainsATargetAndPutsItBack();
    void asksBeforeTheLastTargetIsDrained();
    void drainingKeepsWhatIsBeingTyped();
    void everyFieldIsReachedByKeyboard();
    void looksGoodInLightAndDark();

private:
    [[nodiscard]] const model::Service& saved(const char* name = "orders");
    void open(const char* name = "orders");
    void save();
    void publishAsAnna(const model::Service& service);
    [[nodiscard]] QString sentence(const char* name) { return m_console->text(name); }
    [[nodiscard]] bool isVisible(const char* name);
    [[nodiscard]] QString cell(const char* table, int row, int column, int role = Qt::DisplayRole);
    void selectTarget(int row);
    void sendTroubledFrame();
    void shoot(const QString& name);

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

QString ServicesPageTest::cell(const char* table, int row, int column, int role) {
    return m_console->find<QTableView>(table)->model()->index(row, column).data(role).toString();
}

void ServicesPageTest::selectTarget(int row) {
    auto* table = m_console->find<QTableView>("targets.table");
    QTest::mouseClick(table->viewport(), Qt::LeftButton, Qt::NoModifier,
                      table->visualRect(table->model()->index(row, 0)).center());
}

/// `orders` with one target ejected and one unhealthy, `inventory` with an open breaker, `shipping` with one
/// that drains.
void ServicesPageTest::sendTroubledFrame() {
    metrics::MetricsFrame frame;
    frame.time = SystemClock().wallTime();
    frame.interval = std::chrono::seconds(1);
    for (const auto& service : m_console->config().services) {
        metrics::ServiceTraffic& traffic = frame.services.emplace_back();
        traffic.service = service.id;
        traffic.counts.requests = 400;
        traffic.counts.p99Ms = 48;
        for (const auto& target : service.targets) {
            metrics::TargetTraffic& each = traffic.targets.emplace_back();
            each.address = addressOf(target);
            each.requests = 200;
            each.requestsActive = 3;
            each.connectionsOpen = 8;
        }
        auto& first = traffic.targets.front();
        if (service.name == "orders") {
            first.condition = TargetCondition::Ejected;
            first.ejectedFor = std::chrono::seconds(24);
            traffic.targets[1].condition = TargetCondition::Unhealthy;
            traffic.targets[1].conditionDetail = "GET /healthz was answered with 503";
            traffic.panicking = true;
        } else if (service.name == "inventory") {
            traffic.breaker = BreakerCondition::Open;
            traffic.brokenOff = 40;
            traffic.retries = 12;
            traffic.retriesDenied = 5;
        } else {
            first.condition = TargetCondition::Draining;
            traffic.targets[1].condition = TargetCondition::Warming;
        }
    }
    Q_EMIT m_console->service().metrics(frame);
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

void ServicesPageTest::showsHowTargetsStand() {
    sendTroubledFrame();
    auto* services = m_console->find<QTableView>("services.table");
    QTRY_VERIFY(cell("services.table", 0, ui::ServiceTableModel::State) != u"No data");
    QHash<QString, int> rows;
    for (int row = 0; row < services->model()->rowCount(); ++row) {
        rows.insert(cell("services.table", row, ui::ServiceTableModel::Name), row);
    }
    const int orders = rows.value(QStringLiteral("orders"));
    QCOMPARE(cell("services.table", orders, ui::ServiceTableModel::State),
             QStringLiteral("Panic · 0/2 healthy"));
    QVERIFY(cell("services.table", orders, ui::ServiceTableModel::State, Qt::ToolTipRole)
                .contains(QStringLiteral("1 unhealthy, 1 ejected")));
    QCOMPARE(cell("services.table", rows.value(QStringLiteral("shipping")), ui::ServiceTableModel::State),
             QStringLiteral("1/1 healthy"));

    open("orders");
    QCOMPARE(cell("targets.table", 0, ui::TargetTableModel::State), QStringLiteral("Ejected · 24 s"));
    QCOMPARE(cell("targets.table", 0, ui::TargetTableModel::State, ui::ToneRole).toInt(),
             static_cast<int>(ui::Tone::Bad));
    QCOMPARE(cell("targets.table", 1, ui::TargetTableModel::State), QStringLiteral("Unhealthy"));
    QCOMPARE(cell("targets.table", 1, ui::TargetTableModel::Detail),
             QStringLiteral("GET /healthz was answered with 503"));
    QCOMPARE(cell("targets.table", 1, ui::TargetTableModel::Active), QStringLiteral("3"));
    QVERIFY(m_console->text("targets.summary").contains(QStringLiteral("Panic")));
    // The drawer says the same at each target.
    QCOMPARE(m_console->find<ui::Pill>("service.targets.0.state")->text(), QStringLiteral("Ejected · 24 s"));
    QCOMPARE(m_console->text("service.targets.1.detail"),
             QStringLiteral("GET /healthz was answered with 503"));

    m_console->press(Qt::Key_Escape);
    open("shipping");
    QCOMPARE(cell("targets.table", 0, ui::TargetTableModel::State), QStringLiteral("Draining · 3"));
    QCOMPARE(cell("targets.table", 1, ui::TargetTableModel::State), QStringLiteral("Warming up"));
}

void ServicesPageTest::showsTheBreakerAndWhatItRefuses() {
    sendTroubledFrame();
    open("inventory");
    QTRY_COMPARE(
        m_console->text("targets.summary"),
        QStringLiteral("Breaker open · 12.0 retries/s · 5.0/s over the retry budget · 40.0/s refused by "
                       "the breaker"));
}

void ServicesPageTest::forgetsWhatItSawWhenTheGatewayStops() {
    sendTroubledFrame();
    QTRY_VERIFY(cell("services.table", 0, ui::ServiceTableModel::State) != u"No data");
    Q_EMIT m_console->service().statusChanged(service::GatewayStatus{});
    QTRY_COMPARE(cell("services.table", 0, ui::ServiceTableModel::State), QStringLiteral("No data"));
    QCOMPARE(cell("targets.table", 0, ui::TargetTableModel::State), QStringLiteral("No data"));
}

void ServicesPageTest::drainsATargetAndPutsItBack() {
    open("orders");
    m_console->press(Qt::Key_Escape);
    auto* drain = m_console->find<QAbstractButton>("targets.drain");
    QVERIFY(!drain->isEnabled());
    selectTarget(0);
    QCOMPARE(drain->text(), QStringLiteral("Drain"));
    m_console->click("targets.drain");
    QTRY_VERIFY(saved().targets[0].drain);
    QCOMPARE(m_console->service().current()->revision.message, std::string("Drain 127.0.0.1:9001 of orders"));
    QTRY_COMPARE(drain->text(), QStringLiteral("Put back"));
    QCOMPARE(cell("targets.table", 0, ui::TargetTableModel::State), QStringLiteral("Drained"));
    auto* toast = m_console->window().findChild<ui::Toast*>();
    QTRY_COMPARE(toast->text(), QStringLiteral("127.0.0.1:9001 of orders gets no new requests"));
    QTest::mouseClick(toast->findChild<QPushButton*>(), Qt::LeftButton);
    QTRY_VERIFY(!saved().targets[0].drain);
    QCOMPARE(m_console->service().current()->revision.message,
             std::string("Put back 127.0.0.1:9001 of orders"));

    // By keyboard alone, once the page knows of the change that the service has published.
    QTRY_COMPARE(drain->text(), QStringLiteral("Drain"));
    m_console->find("targets.table")->setFocus();
    m_console->press(Qt::Key_Space);
    QTRY_VERIFY(saved().targets[0].drain);
    QTRY_COMPARE(drain->text(), QStringLiteral("Put back"));
    m_console->press(Qt::Key_Space);
    QTRY_VERIFY(!saved().targets[0].drain);
}

void ServicesPageTest::asksBeforeTheLastTargetIsDrained() {
    model::Service service = saved();
    service.targets[1].drain = true;
    publishAsAnna(service);
    open("orders");
    m_console->press(Qt::Key_Escape);
    const auto before = m_console->revision();
    selectTarget(0);
    m_console->answerNextBox(QStringLiteral("Keep"));
    m_console->click("targets.drain");
    QVERIFY(m_console->boxText().contains(QStringLiteral("127.0.0.1:9001 is the last target of orders")));
    QCOMPARE(m_console->revision(), before);
    m_console->answerNextBox(QStringLiteral("Drain"));
    m_console->click("targets.drain");
    QTRY_VERIFY(saved().targets[0].drain);
}

void ServicesPageTest::drainingKeepsWhatIsBeingTyped() {
    open("orders");
    m_console->type("service.targets.1.1", QStringLiteral("5"));
    selectTarget(0);
    m_console->click("targets.drain");
    QTRY_VERIFY(saved().targets[0].drain);
    QTRY_VERIFY(m_console->find<QAbstractButton>("service.targets.0.drain")->isChecked());
    QCOMPARE(m_console->find<QLineEdit>("service.targets.1.1")->text(), QStringLiteral("5"));
    m_console->click("services.drawer.save");
    QTRY_COMPARE(saved().targets[1].weight, 5U);
    QVERIFY(saved().targets[0].drain);
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

void ServicesPageTest::shoot(const QString& name) {
    QTest::qWait(50); // lets hover and layout settle for the picture; nothing depends on it
    QVERIFY(m_console->window().grab().save(name + QStringLiteral(".png")));
}

void ServicesPageTest::looksGoodInLightAndDark() {
    model::Service service = saved();
    service.health.emplace();
    service.health->path = "/healthz";
    service.outlier.emplace();
    service.breaker.emplace();
    service.balance = model::Balance::ConsistentHash;
    service.hashOn = {model::HashOn::Source::Header, "X-Session"};
    publishAsAnna(service);
    for (const ui::ThemeMode mode : {ui::ThemeMode::Light, ui::ThemeMode::Dark}) {
        m_console->theme().setMode(mode);
        const QString suffix =
            m_console->theme().isDark() ? QStringLiteral("-dark") : QStringLiteral("-light");
        sendTroubledFrame();
        open("orders");
        m_console->press(Qt::Key_Escape);
        selectTarget(0);
        shoot(QStringLiteral("services") + suffix);
        open("orders");
        for (const char* tab : {"targets", "balance", "health", "retries", "timeouts"}) {
            m_console->click((std::string("service.tabs.") + tab).c_str());
            sendTroubledFrame();
            shoot(QStringLiteral("services-") + QLatin1String(tab) + suffix);
            if (QLatin1String(tab) == u"health") {
                auto* body = m_console->find("service.breakerRecover");
                m_console->find<QScrollArea>("services.drawer.body")->ensureWidgetVisible(body, 0, 120);
                shoot(QStringLiteral("services-health2") + suffix);
            }
        }
        m_console->click("service.tabs.targets");
        m_console->press(Qt::Key_Escape);
        QVERIFY(QFile::exists(QStringLiteral("services-health") + suffix + QStringLiteral(".png")));
    }
}

QTEST_MAIN(ServicesPageTest)
#include "services_page_test.moc"
