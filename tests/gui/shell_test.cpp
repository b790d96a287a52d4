#include "tests/gui/shell_fixture.h"
#include "ui/charts/time_chart.h"
#include "ui/first_run.h"
#include "ui/models/table_text.h"
#include "ui/page.h"
#include "ui/widgets/click_frame.h"

#include <QApplication>
#include <QClipboard>
#include <QDialog>
#include <QFile>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QPushButton>
#include <QScrollArea>
#include <QScrollBar>
#include <QSignalSpy>
#include <QTableView>
#include <QTcpServer>
#include <QTest>
#include <QToolButton>

using gateway::service::GatewayState;
using shell::Console;

class ShellTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aNewStoreIsWelcomed();
    void theDemoIsStartedFromTheWelcome();
    void aDemoThatFailsLeavesTheChoiceOpen();
    void anEmptyStartPublishesOneListener();
    void aFileWithProblemsIsRefusedWithItsLines();
    void aFileWithoutProblemsIsPublished();
    void beforeAnyTrafficTheDashboardSaysWhatToDo();
    void trafficMovesTheDashboard();
    void theConnectionsCardCountsWhatIsOpen();
    void theDashboardFitsEveryWidth_data();
    void theDashboardFitsEveryWidth();
    void aPausedDashboardHoldsStill();
    void aClickOnATopRouteOpensIt();
    void aServiceInTroubleIsSaidOnTheDashboardAndOneClickAway();
    void thePaletteGoesToARouteByItsPath();
    void escapeClosesThePalette();
    void unsavedChangesKeepThePage();
    void keysReachPagesAndTheirNewItem();
    void theThemeIsRemembered();
    void aPortInUseIsSaidInTheBanner();
    void closingWhileRunningAsksAndDrains();
    void closingWhileStoppedQuits();
};

void ShellTest::aNewStoreIsWelcomed() {
    Console console;
    QVERIFY(console.find<QWidget>("firstRun")->isVisible());
    console.shoot(QStringLiteral("first-run-light"), {1440, 900});
    console.theme().setMode(ui::ThemeMode::Dark);
    console.shoot(QStringLiteral("first-run-dark"), {1440, 900});
}

void ShellTest::theDemoIsStartedFromTheWelcome() {
    Console console;
    QTest::mouseClick(console.find<QPushButton>("firstRun.demo"), Qt::LeftButton);
    QCOMPARE(console.demosStarted(), 1);
    QVERIFY(!console.find<QPushButton>("firstRun.empty")->isEnabled());
}

void ShellTest::aDemoThatFailsLeavesTheChoiceOpen() {
    Console console;
    QTest::mouseClick(console.find<QPushButton>("firstRun.demo"), Qt::LeftButton);
    console.window().showProblem(QStringLiteral("The demo could not start"), QStringLiteral("No free port."));
    QVERIFY(console.find<QLabel>("banner.text")->text().contains(QStringLiteral("No free port.")));
    QVERIFY(console.find<QLabel>("firstRun.busy")->text().isEmpty());
    QTest::mouseClick(console.find<QPushButton>("firstRun.demo"), Qt::LeftButton);
    QCOMPARE(console.demosStarted(), 2);
}

void ShellTest::anEmptyStartPublishesOneListener() {
    Console console;
    QTest::mouseClick(console.find<QPushButton>("firstRun.empty"), Qt::LeftButton);
    QTRY_VERIFY(console.find<QWidget>("firstRun")->isHidden());
    const auto current = console.service().current();
    QCOMPARE(current->revision.number, 1U);
    QCOMPARE(current->config.listeners.size(), 1U);
    QCOMPARE(current->config.listeners[0].port, 8080);
    QCOMPARE(current->revision.author, std::string("anna"));
}

void ShellTest::aFileWithProblemsIsRefusedWithItsLines() {
    Console console;
    QFile file(console.filePath(QStringLiteral("bad.yaml")));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("listeners:\n  - name: public\n    adress: 127.0.0.1:8080\n");
    file.close();
    auto* welcome = console.find<ui::FirstRun>("firstRun");
    welcome->importFile(file.fileName());
    auto* problems = console.find<QListWidget>("firstRun.problems");
    QVERIFY(problems->isVisible());
    QCOMPARE(problems->findItems(QStringLiteral("Line 3 · "), Qt::MatchStartsWith).size(), 1);
    QCOMPARE(console.service().current()->revision.number, 0U);
    console.shoot(QStringLiteral("import-problems-light"), {1440, 900});
}

void ShellTest::aFileWithoutProblemsIsPublished() {
    Console console;
    QFile file(console.filePath(QStringLiteral("good.yaml")));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("listeners:\n  - name: public\n    address: 127.0.0.1:8080\n");
    file.close();
    console.find<ui::FirstRun>("firstRun")->importFile(file.fileName());
    QTRY_VERIFY(console.find<QWidget>("firstRun")->isHidden());
    QCOMPARE(console.service().current()->revision.message, std::string("Import of good.yaml"));
}

void ShellTest::beforeAnyTrafficTheDashboardSaysWhatToDo() {
    Console console;
    QVERIFY(console.publishShop());
    QVERIFY(console.find<QPushButton>("dashboard.start")->isVisible());
    QTest::mouseClick(console.find<QPushButton>("dashboard.start"), Qt::LeftButton);
    auto* curl = console.find<QLabel>("dashboard.curl");
    QTRY_VERIFY(curl->isVisible());
    const QString address = QString::fromStdString(console.service().status().addresses.front());
    QVERIFY(curl->text().contains(QStringLiteral("http://%1/").arg(address)));
    console.shoot(QStringLiteral("waiting-light"), {1440, 900});
    QTest::mouseClick(console.find<QToolButton>("dashboard.copyCurl"), Qt::LeftButton);
    QCOMPARE(QGuiApplication::clipboard()->text(), curl->text());
}

void ShellTest::trafficMovesTheDashboard() {
    Console console;
    QVERIFY(console.publishShop());
    console.feed(600);
    auto* chart = console.find<ui::TimeChart>("chart.traffic");
    console.shoot(QStringLiteral("dashboard-light"), {1440, 900});
    QVERIFY(chart->isVisible());
    QCOMPARE(chart->top(), 1600.0);
    QVERIFY(console.find<QLabel>("kpi.requests.value")->text().toInt() > 600);
    auto* routes = console.find<QTableView>("dashboard.topRoutes");
    QCOMPARE(routes->model()->rowCount(), 6);
    QCOMPARE(routes->model()->index(0, 0).data().toString(), QStringLiteral("/v1/catalog/{id}"));
    console.shoot(QStringLiteral("dashboard-tall-light"), {1440, 1180});
    console.theme().setMode(ui::ThemeMode::Dark);
    console.shoot(QStringLiteral("dashboard-dark"), {1440, 900});
    auto* latency = console.find<ui::TimeChart>("chart.latency");
    QTest::mouseMove(latency, latency->rect().center());
    console.shoot(QStringLiteral("dashboard-tall-dark"), {1440, 1180});
}

void ShellTest::theConnectionsCardCountsWhatIsOpen() {
    Console console;
    QVERIFY(console.publishShop());
    console.feed(120);
    gateway::metrics::MetricsFrame frame;
    frame.time = std::chrono::system_clock::now();
    frame.interval = std::chrono::seconds(1);
    frame.total.requests = 900;
    frame.connectionsOpen = 1'204;
    frame.connectionsRefused = 3;
    frame.streams = {
        .webSockets = 310, .eventStreams = 1, .grpcCalls = 24, .messagesIn = 120, .messagesOut = 480};
    frame.connections = {.http2 = 96,
                         .handshakesFull = 14,
                         .handshakesResumed = 42,
                         .handshakesFailed = 2,
                         .floodsCut = 1,
                         .proxyHeadersBad = 0};
    Q_EMIT console.service().metrics(frame);
    const auto said = [&console](const char* label) { return console.find<QLabel>(label)->text(); };
    QTRY_COMPARE(said("connections.open"), ui::countText(1'204));
    QCOMPARE(said("connections.open.detail"), QStringLiteral("96 of them HTTP/2"));
    QCOMPARE(said("connections.streams"), QStringLiteral("335"));
    QCOMPARE(said("connections.streams.detail"),
             QStringLiteral("310 WebSockets · 1 event stream · 24 gRPC calls"));
    QCOMPARE(said("connections.messages"), QStringLiteral("600 /s"));
    QCOMPARE(said("connections.messages.detail"), QStringLiteral("120 /s in · 480 /s out"));
    QVERIFY(said("connections.handshakes").startsWith(QStringLiteral("56")));
    QVERIFY(said("connections.refused.detail").startsWith(QStringLiteral("3 over the limit · 1 flood")));
    QCOMPARE(console.find<QLabel>("connections.refused.detail")->property("kind").toString(),
             QStringLiteral("warn"));
    console.window().resize(1440, 1400);
    auto* card = console.find<QWidget>("dashboard.connections");
    for (const auto mode : {ui::ThemeMode::Light, ui::ThemeMode::Dark}) {
        console.theme().setMode(mode);
        QCoreApplication::processEvents();
        QVERIFY(card->grab().save(mode == ui::ThemeMode::Dark ? QStringLiteral("connections-dark.png")
                                                              : QStringLiteral("connections-light.png")));
    }
}

void ShellTest::theDashboardFitsEveryWidth_data() {
    QTest::addColumn<int>("width");
    for (const int width : {900, 1000, 1100, 1280, 1600, 1920}) {
        QTest::addRow("%d", width) << width;
    }
}

void ShellTest::theDashboardFitsEveryWidth() {
    QFETCH(int, width);
    Console console;
    QVERIFY(console.publishShop());
    console.feed(120);
    console.shoot(QStringLiteral("dashboard-%1").arg(width), {width, 1400});
    auto* scroll = console.find<QScrollArea>("dashboard.scroll");
    // Nothing sticks out at the right, where no scroll bar would reach it.
    QVERIFY(scroll->widget()->width() <= scroll->viewport()->width());
    QVERIFY(scroll->widget()->minimumSizeHint().width() <= scroll->viewport()->width());
}

void ShellTest::aPausedDashboardHoldsStill() {
    Console console;
    QVERIFY(console.publishShop());
    console.feed(100);
    auto* value = console.find<QLabel>("kpi.requests.value");
    QTest::mouseClick(console.find<QPushButton>("dashboard.pause"), Qt::LeftButton);
    const QString before = value->text();
    gateway::metrics::MetricsFrame frame;
    frame.time = std::chrono::system_clock::now() + std::chrono::seconds(1);
    frame.interval = std::chrono::seconds(1);
    frame.total.requests = 9'000;
    Q_EMIT console.service().metrics(frame);
    QCOMPARE(value->text(), before);
    QTest::mouseClick(console.find<QPushButton>("dashboard.pause"), Qt::LeftButton);
    QVERIFY(value->text() != before);
}

void ShellTest::aClickOnATopRouteOpensIt() {
    Console console;
    QVERIFY(console.publishShop());
    console.feed(30);
    auto* routes = console.find<QTableView>("dashboard.topRoutes");
    routes->setCurrentIndex(routes->model()->index(2, 0));
    QTest::keyClick(routes, Qt::Key_Return);
    QCOMPARE(console.window().currentPageId(), QStringLiteral("routes"));
    QCOMPARE(console.notes()->revealed, QStringLiteral("create-order"));
}

void ShellTest::aServiceInTroubleIsSaidOnTheDashboardAndOneClickAway() {
    using namespace gateway::metrics;
    Console console;
    QVERIFY(console.publishShop());
    console.feed(30);
    MetricsFrame frame;
    frame.time = std::chrono::system_clock::now() + std::chrono::seconds(1);
    frame.interval = std::chrono::seconds(1);
    for (const auto& service : console.service().current()->config.services) {
        ServiceTraffic& traffic = frame.services.emplace_back();
        traffic.service = service.id;
        traffic.targets.resize(service.targets.size());
        if (service.name == "inventory") {
            traffic.breaker = BreakerCondition::Open;
        } else if (service.name == "orders") {
            traffic.targets[1].condition = TargetCondition::Ejected;
        } else if (service.name == "shipping") {
            for (TargetTraffic& target : traffic.targets) {
                target.condition = TargetCondition::Draining;
            }
        }
    }
    Q_EMIT console.service().metrics(frame);
    const auto tileOf = [&](const QString& service) -> ui::ClickFrame* {
        for (auto* tile : console.window().findChildren<ui::ClickFrame*>()) {
            if (tile->accessibleName().startsWith(service)) {
                return tile;
            }
        }
        return nullptr;
    };
    QVERIFY(tileOf(QStringLiteral("inventory: Breaker open")) != nullptr);
    QVERIFY(tileOf(QStringLiteral("shipping: Drained, 0/")) != nullptr);
    ui::ClickFrame* orders = tileOf(QStringLiteral("orders: 1 ejected, 1/2 targets"));
    QVERIFY(orders != nullptr);
    console.shoot(QStringLiteral("dashboard-trouble-light"), {1440, 1180});
    console.theme().setMode(ui::ThemeMode::Dark);
    console.shoot(QStringLiteral("dashboard-trouble-dark"), {1440, 1180});

    QSignalSpy asked(console.window().page(QStringLiteral("dashboard")), &ui::Page::pageRequested);
    QTest::mouseClick(orders, Qt::LeftButton);
    QCOMPARE(asked.last(), (QVariantList{QStringLiteral("services"), QStringLiteral("orders")}));
    QTest::keyClick(tileOf(QStringLiteral("inventory")), Qt::Key_Return);
    QCOMPARE(asked.last(), (QVariantList{QStringLiteral("services"), QStringLiteral("inventory")}));
    QTest::mouseClick(console.find<QPushButton>("dashboard.viewServices"), Qt::LeftButton);
    QCOMPARE(asked.last(), (QVariantList{QStringLiteral("services"), QString()}));
}

void ShellTest::thePaletteGoesToARouteByItsPath() {
    Console console;
    QVERIFY(console.publishShop());
    console.feed(300);
    console.window().activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(&console.window()));
    QTest::keyClick(&console.window(), Qt::Key_K, Qt::ControlModifier);
    auto* query = console.find<QLineEdit>("palette.query");
    QTRY_VERIFY(query->isVisible());
    QTest::keyClicks(query, QStringLiteral("order"));
    console.shoot(QStringLiteral("palette-light"), {1440, 900});
    console.theme().setMode(ui::ThemeMode::Dark);
    console.shoot(QStringLiteral("palette-dark"), {1440, 900});
    QTest::keyClick(query, Qt::Key_Down);
    QTest::keyClick(query, Qt::Key_Return);
    QVERIFY(!query->isVisible());
    QCOMPARE(console.window().currentPageId(), QStringLiteral("routes"));
    QCOMPARE(console.notes()->revealed, QStringLiteral("create-order"));
}

void ShellTest::escapeClosesThePalette() {
    Console console;
    QTest::mouseClick(console.find<QPushButton>("topbar.search"), Qt::LeftButton);
    auto* query = console.find<QLineEdit>("palette.query");
    QVERIFY(query->isVisible());
    QTest::keyClicks(query, QStringLiteral("no such thing"));
    QCOMPARE(console.find<QListWidget>("palette.list")->count(), 0);
    QTest::keyClick(query, Qt::Key_Escape);
    QVERIFY(!query->isVisible());
}

void ShellTest::unsavedChangesKeepThePage() {
    Console console;
    QVERIFY(console.window().openPage(QStringLiteral("routes")));
    console.notes()->unsaved = true;
    QTest::mouseClick(console.find<QToolButton>("nav.dashboard"), Qt::LeftButton);
    QCOMPARE(console.window().currentPageId(), QStringLiteral("routes"));
    QVERIFY(console.find<QToolButton>("nav.routes")->isChecked());
    QVERIFY(!console.find<QToolButton>("nav.dashboard")->isChecked());
    QVERIFY(!console.window().close());
    console.notes()->unsaved = false;
    QTest::mouseClick(console.find<QToolButton>("nav.dashboard"), Qt::LeftButton);
    QCOMPARE(console.window().currentPageId(), QStringLiteral("dashboard"));
}

void ShellTest::keysReachPagesAndTheirNewItem() {
    Console console;
    console.window().activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(&console.window()));
    QTest::keyClick(&console.window(), Qt::Key_2, Qt::ControlModifier);
    QCOMPARE(console.window().currentPageId(), QStringLiteral("routes"));
    QTest::keyClick(&console.window(), Qt::Key_N, Qt::ControlModifier);
    QCOMPARE(console.notes()->created, 1);
}

void ShellTest::theThemeIsRemembered() {
    Console console;
    QTest::mouseClick(console.find<QToolButton>("topbar.theme"), Qt::LeftButton);
    QVERIFY(console.theme().isDark());
    QCOMPARE(console.settings().value(QStringLiteral("appearance/theme")).toString(), QStringLiteral("dark"));
}

void ShellTest::aPortInUseIsSaidInTheBanner() {
    QTcpServer other;
    QVERIFY(other.listen(QHostAddress::LocalHost));
    Console console;
    QVERIFY(console.publishShop(other.serverPort()));
    QTest::mouseClick(console.find<QPushButton>("gateway.start"), Qt::LeftButton);
    auto* text = console.find<QLabel>("banner.text");
    QTRY_VERIFY(text->isVisible());
    QVERIFY(text->text().contains(QString::number(other.serverPort())));
    console.feed(60);
    console.shoot(QStringLiteral("banner-light"), {1440, 900});
    QTest::mouseClick(console.find<QToolButton>("banner.close"), Qt::LeftButton);
    QVERIFY(!text->isVisible());
}

void ShellTest::closingWhileRunningAsksAndDrains() {
    Console console;
    QVERIFY(console.publishShop());
    QTest::mouseClick(console.find<QPushButton>("gateway.start"), Qt::LeftButton);
    QTRY_COMPARE(console.service().status().state, GatewayState::Running);
    QSignalSpy quit(&console.window(), &ui::ConsoleWindow::quitRequested);
    QVERIFY(!console.window().close());
    auto* dialog = console.find<QDialog>("closeDialog");
    QVERIFY(dialog != nullptr && dialog->isVisible());
    QCoreApplication::processEvents();
    dialog->grab().save(QStringLiteral("close-dialog-light.png"));
    QTest::mouseClick(console.find<QPushButton>("closeDialog.cancel"), Qt::LeftButton);
    QTRY_VERIFY(console.find<QDialog>("closeDialog") == nullptr);
    QVERIFY(console.window().isVisible());
    QCOMPARE(quit.count(), 0);

    QVERIFY(!console.window().close());
    QTest::mouseClick(console.find<QPushButton>("closeDialog.drain"), Qt::LeftButton);
    QTRY_COMPARE(quit.count(), 1);
    QCOMPARE(console.service().status().state, GatewayState::Stopped);
    QVERIFY(!console.window().isVisible());
}

void ShellTest::closingWhileStoppedQuits() {
    Console console;
    QSignalSpy quit(&console.window(), &ui::ConsoleWindow::quitRequested);
    console.window().close();
    QCOMPARE(quit.count(), 1);
    QVERIFY(!console.window().isVisible());
}

QTEST_MAIN(ShellTest)
#include "shell_test.moc"
