#include "tests/gui/pages_console.h"
#include "ui/models/service_table_models.h"
#include "ui/widgets/pill.h"
#include "ui/widgets/table_delegates.h"
#include "ui/widgets/toast.h"

#include <QAbstractButton>
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

/// The Services page while traffic passes: how targets stand, and taking one of them out.
class ServicesLiveTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init();
    void cleanup() { m_console.reset(); }

    void showsHowTargetsStand();
    void showsTheBreakerAndWhatItRefuses();
    void forgetsWhatItSawWhenTheGatewayStops();
    void drainsATargetAndPutsItBack();
    void asksBeforeTheLastTargetIsDrained();
    void drainingKeepsWhatIsBeingTyped();
    void aRefusedDrainTakesOverNothingOfOthers();
    void aDrainTakesOverNothingThatIsOffered();
    void looksGoodInLightAndDark();

private:
    [[nodiscard]] const model::Service& saved(const char* name = "orders");
    void open(const char* name = "orders");
    void publishAsAnna(const model::Service& service);
    [[nodiscard]] model::Service annasChange();
    [[nodiscard]] QString cell(const char* table, int row, int column, int role = Qt::DisplayRole);
    [[nodiscard]] QString fieldText(const char* name);
    void selectTarget(int row);
    void sendTroubledFrame();
    void shoot(const QString& name);

    std::unique_ptr<PagesConsole> m_console;
};

void ServicesLiveTest::init() {
    m_console = std::make_unique<PagesConsole>();
    m_console->window().openPage(QStringLiteral("services"));
}

const model::Service& ServicesLiveTest::saved(const char* name) {
    return *m_console->config().services.find(name);
}

void ServicesLiveTest::open(const char* name) {
    m_console->window().openPage(QStringLiteral("services"), QLatin1String(name));
}

void ServicesLiveTest::publishAsAnna(const model::Service& service) {
    m_console->publish({model::Put{service}}, "anna", "Change a service");
    QCoreApplication::processEvents(); // the page hears of it before it is asked for the service
}

QString ServicesLiveTest::cell(const char* table, int row, int column, int role) {
    return m_console->find<QTableView>(table)->model()->index(row, column).data(role).toString();
}

model::Service ServicesLiveTest::annasChange() {
    model::Service service = saved();
    service.timeouts.connect = milliseconds(250);
    return service;
}

/// Of a field on whichever tab.
QString ServicesLiveTest::fieldText(const char* name) {
    const auto* edit = m_console->window().findChild<QLineEdit*>(QLatin1String(name));
    return edit != nullptr ? edit->text() : QString();
}

void ServicesLiveTest::selectTarget(int row) {
    auto* table = m_console->find<QTableView>("targets.table");
    QTest::mouseClick(table->viewport(), Qt::LeftButton, Qt::NoModifier,
                      table->visualRect(table->model()->index(row, 0)).center());
}

/// `orders` with one target ejected and one unhealthy, `inventory` with an open breaker, `shipping` with one
/// that drains.
void ServicesLiveTest::sendTroubledFrame() {
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

void ServicesLiveTest::showsHowTargetsStand() {
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

void ServicesLiveTest::showsTheBreakerAndWhatItRefuses() {
    sendTroubledFrame();
    open("inventory");
    QTRY_COMPARE(
        m_console->text("targets.summary"),
        QStringLiteral("Breaker open · 12.0 retries/s · 5.0/s over the retry budget · 40.0/s refused by "
                       "the breaker"));
}

void ServicesLiveTest::forgetsWhatItSawWhenTheGatewayStops() {
    sendTroubledFrame();
    QTRY_VERIFY(cell("services.table", 0, ui::ServiceTableModel::State) != u"No data");
    Q_EMIT m_console->service().statusChanged(service::GatewayStatus{});
    QTRY_COMPARE(cell("services.table", 0, ui::ServiceTableModel::State), QStringLiteral("No data"));
    QCOMPARE(cell("targets.table", 0, ui::TargetTableModel::State), QStringLiteral("No data"));
}

void ServicesLiveTest::drainsATargetAndPutsItBack() {
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

void ServicesLiveTest::asksBeforeTheLastTargetIsDrained() {
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

void ServicesLiveTest::drainingKeepsWhatIsBeingTyped() {
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

void ServicesLiveTest::aRefusedDrainTakesOverNothingOfOthers() {
    open("orders");
    m_console->type("service.targets.1.1", QStringLiteral("5"));
    selectTarget(0);
    // The page does not know of it yet when it asks for the drain.
    m_console->publish({model::Put{annasChange()}}, "anna", "Change a service");
    m_console->click("targets.drain");
    auto* toast = m_console->window().findChild<ui::Toast*>();
    QTRY_VERIFY(toast->text().startsWith(QStringLiteral("Not saved")));
    QVERIFY(!saved().targets[0].drain);
    QVERIFY(m_console->text("services.drawer.problem").startsWith(QStringLiteral("anna changed")));
    QCOMPARE(fieldText("service.connect"), QStringLiteral("5s"));
    QCOMPARE(fieldText("service.targets.1.1"), QStringLiteral("5"));
    m_console->click("services.reload");
    QTRY_COMPARE(fieldText("service.connect"), QStringLiteral("250ms"));
    QCOMPARE(fieldText("service.targets.1.1"), QStringLiteral("5"));

    // Nor does a refusal speak for what comes later.
    model::Service service = saved();
    service.timeouts.connect = milliseconds(300);
    publishAsAnna(service);
    QTRY_VERIFY(m_console->find("services.reload")->isVisible());
    QCOMPARE(fieldText("service.connect"), QStringLiteral("250ms"));
}

void ServicesLiveTest::aDrainTakesOverNothingThatIsOffered() {
    open("orders");
    m_console->type("service.targets.1.1", QStringLiteral("5"));
    publishAsAnna(annasChange());
    selectTarget(0);
    QTRY_VERIFY(m_console->find("services.reload")->isVisible());
    m_console->click("targets.drain");
    auto* toast = m_console->window().findChild<ui::Toast*>();
    QTRY_COMPARE(toast->text(), QStringLiteral("127.0.0.1:9001 of orders gets no new requests"));
    QVERIFY(saved().targets[0].drain);
    QCOMPARE(fieldText("service.connect"), QStringLiteral("5s"));
    m_console->click("services.reload");
    QTRY_COMPARE(fieldText("service.connect"), QStringLiteral("250ms"));
    m_console->click("services.drawer.save");
    QTRY_COMPARE(saved().targets[1].weight, 5U);
    QVERIFY(saved().targets[0].drain);
    QCOMPARE(saved().timeouts.connect, milliseconds(250));
}

void ServicesLiveTest::shoot(const QString& name) {
    QTest::qWait(50); // lets hover and layout settle for the picture; nothing depends on it
    QVERIFY(m_console->window().grab().save(name + QStringLiteral(".png")));
}

void ServicesLiveTest::looksGoodInLightAndDark() {
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

QTEST_MAIN(ServicesLiveTest)
#include "services_live_test.moc"
