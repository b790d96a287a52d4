// The program as a person uses it: its real window, gateway, database and sockets. What is tested is done
// with the mouse and the keyboard, and looked up where a person would look; only the first configuration is
// written directly.
#include "app/console/session.h"
#include "tests/support/raw_client.h"
#include "tests/support/scripted_upstream.h"
#include "ui/widgets/pill.h"

#include <QAbstractButton>
#include <QAbstractItemView>
#include <QApplication>
#include <QClipboard>
#include <QLabel>
#include <QLineEdit>
#include <QMessageBox>
#include <QRegularExpression>
#include <QSignalSpy>
#include <QTableView>
#include <QTemporaryDir>
#include <QTest>
#include <QTimer>

using namespace gateway;
using support::RawClient;
using support::ScriptedUpstream;

namespace {

constexpr int frames = 15'000; ///< how long some metrics frames may take on a busy machine, in milliseconds

model::Route makeRoute(const char* name, const char* path, const char* service, bool keyed) {
    model::Route route;
    route.name = name;
    route.match.path = path;
    route.service = service;
    if (keyed) {
        route.policies = {"key"};
    }
    return route;
}

model::Service makeService(const char* name, const ScriptedUpstream& upstream) {
    model::Service service;
    service.name = name;
    service.targets = {{"127.0.0.1", upstream.port(), 1}};
    return service;
}

/// One listener on a port that the system chooses, two services, an open route and one that wants a key.
model::ConfigChange firstConfig(const ScriptedUpstream& alpha, const ScriptedUpstream& bravo) {
    model::Listener listener;
    listener.name = "public";
    model::Tier tier;
    tier.name = "pro";
    tier.requests = 50;
    tier.period = std::chrono::seconds(1);
    tier.burst = 100;
    model::Consumer consumer;
    consumer.name = "acme";
    consumer.tier = "pro";
    model::ConfigChange change;
    change.author = "anna";
    change.message = "A beginning";
    change.edits = {model::Put{listener},
                    model::Put{tier},
                    model::Put{consumer},
                    model::Put{makeService("alpha", alpha)},
                    model::Put{makeService("bravo", bravo)},
                    model::Put{model::Policy{{}, "key", gateway::model::byApiKey()}},
                    model::Put{makeRoute("open", "/v1/open", "alpha", false)},
                    model::Put{makeRoute("keyed", "/v1/keyed", "alpha", true)}};
    return change;
}

/// Everything that stands on the screen or in what a screen reader would say of it.
QStringList everyText() {
    QStringList texts;
    for (const QWidget* widget : QApplication::allWidgets()) {
        texts << widget->toolTip() << widget->accessibleName() << widget->accessibleDescription();
        if (const auto* label = qobject_cast<const QLabel*>(widget)) {
            texts << label->text();
        } else if (const auto* edit = qobject_cast<const QLineEdit*>(widget)) {
            texts << edit->text();
        } else if (const auto* button = qobject_cast<const QAbstractButton*>(widget)) {
            texts << button->text();
        } else if (const auto* view = qobject_cast<const QAbstractItemView*>(widget); view && view->model()) {
            const QAbstractItemModel& model = *view->model();
            for (int row = 0; row < model.rowCount(); ++row) {
                for (int column = 0; column < model.columnCount(); ++column) {
                    texts << model.index(row, column).data().toString()
                          << model.index(row, column).data(Qt::ToolTipRole).toString();
                }
            }
        }
    }
    return texts;
}

} // namespace

class ConsoleEndToEndTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void init() { QTest::failOnWarning(QRegularExpression(QStringLiteral("Negative sizes"))); }
    void theRailStartsTheGateway();
    void anEditedRouteServesTheNextRequest();
    void aNewKeyIsShownOnceAndOpensTheRoute();
    void aRevokedKeyIsRefusedAtOnce();
    void aLoweredTierShowsOnTheDashboard();
    void everyPageFitsLightAndDark();
    void closingAsksAndDrains();
    void cleanupTestCase();

private:
    template<class T = QWidget>
    [[nodiscard]] T* find(const char* name);
    void focusWindowOf(QWidget* widget);
    void click(const char* name);
    void type(const char* name, const QString& text); ///< in place of what stands there
    void press(Qt::Key key, Qt::KeyboardModifiers modifiers = Qt::NoModifier);
    void clickRow(const char* table, const QString& text);
    void answerNextBox(const QString& button);
    [[nodiscard]] QString textOf(const char* label);
    [[nodiscard]] QString stateOfKey(const QString& name);
    /// Issues a key for acme on the page of the consumers and gives back what went to the clipboard.
    [[nodiscard]] QString issueKey(const QString& name);
    [[nodiscard]] int get(const char* target, const QString& key = {});
    void shoot(const QString& name);

    QTemporaryDir m_folder;
    ScriptedUpstream m_alpha;
    ScriptedUpstream m_bravo;
    ui::Theme m_theme;
    std::unique_ptr<app::ServiceHost> m_host;
    std::unique_ptr<app::console::Session> m_session;
    ui::ConsoleWindow* m_window = nullptr;
    std::uint16_t m_port = 0;
    QString m_key;
};

void ConsoleEndToEndTest::initTestCase() {
    QTest::failOnWarning(QRegularExpression(QStringLiteral("Negative sizes")));
    // Nothing of the person who runs the tests is read or written.
    QSettings::setDefaultFormat(QSettings::IniFormat);
    QSettings::setPath(QSettings::IniFormat, QSettings::UserScope, m_folder.path());
    QApplication::setQuitOnLastWindowClosed(false);
    m_theme.apply(*qApp);
    m_host =
        std::make_unique<app::ServiceHost>(m_folder.filePath(QStringLiteral("gatehouse.db")).toStdString(),
                                           "gatehouse", service::ServiceOptions{});
    const Result<void> opened = m_host->open();
    QVERIFY2(opened, opened ? "" : opened.error().message.c_str());
    auto published = m_host->service().publish(firstConfig(m_alpha, m_bravo));
    published.waitForFinished();
    QVERIFY2(published.result(), published.result() ? "" : published.result().error().error.message.c_str());

    m_session = std::make_unique<app::console::Session>(*m_host, m_theme);
    m_theme.setMode(ui::ThemeMode::Light);
    m_session->start(false);
    for (QWidget* widget : QApplication::topLevelWidgets()) {
        if (auto* window = qobject_cast<ui::ConsoleWindow*>(widget)) {
            m_window = window;
        }
    }
    QVERIFY(m_window != nullptr);
    QVERIFY(QTest::qWaitForWindowExposed(m_window));
    m_window->resize(1440, 900);
}

void ConsoleEndToEndTest::cleanupTestCase() {
    m_session.reset();
    m_host.reset();
}

template<class T>
T* ConsoleEndToEndTest::find(const char* name) {
    for (const QWidget* top : QApplication::topLevelWidgets()) {
        for (T* widget : top->findChildren<T*>(QLatin1String(name))) {
            if (widget->isVisible()) {
                return widget;
            }
        }
    }
    qFatal("There is no visible widget %s", name);
}

/// A window manager would give a window that is clicked the keyboard; there may be none here.
void ConsoleEndToEndTest::focusWindowOf(QWidget* widget) {
    QWidget* window = widget->window();
    if (!window->isActiveWindow()) {
        QVERIFY(QTest::qWaitForWindowExposed(window));
        window->activateWindow();
        QVERIFY(QTest::qWaitForWindowActive(window));
    }
}

void ConsoleEndToEndTest::click(const char* name) {
    auto* widget = find(name);
    focusWindowOf(widget);
    QTest::mouseClick(widget, Qt::LeftButton);
}

void ConsoleEndToEndTest::type(const char* name, const QString& text) {
    click(name);
    press(Qt::Key_A, Qt::ControlModifier);
    press(Qt::Key_Delete);
    QTest::keyClicks(QApplication::focusWidget(), text);
}

void ConsoleEndToEndTest::press(Qt::Key key, Qt::KeyboardModifiers modifiers) {
    if (QApplication::activeWindow() == nullptr) {
        focusWindowOf(m_window);
    }
    QWidget* focus = QApplication::focusWidget();
    QTest::keyClick(focus != nullptr ? focus : m_window, key, modifiers);
}

void ConsoleEndToEndTest::clickRow(const char* name, const QString& text) {
    auto* table = find<QTableView>(name);
    focusWindowOf(table);
    const QAbstractItemModel& model = *table->model();
    for (int row = 0; row < model.rowCount(); ++row) {
        for (int column = 0; column < model.columnCount(); ++column) {
            const QModelIndex index = model.index(row, column);
            if (index.data().toString() == text && !table->isColumnHidden(column)) {
                table->scrollTo(index);
                QTest::mouseClick(table->viewport(), Qt::LeftButton, Qt::NoModifier,
                                  table->visualRect(index).center());
                return;
            }
        }
    }
    QFAIL(qPrintable(QStringLiteral("No row with %1").arg(text)));
}

void ConsoleEndToEndTest::answerNextBox(const QString& button) {
    auto* timer = new QTimer(m_window);
    connect(timer, &QTimer::timeout, timer, [timer, button] {
        const auto* box = qobject_cast<QMessageBox*>(QApplication::activeModalWidget());
        if (box == nullptr) {
            return;
        }
        for (QAbstractButton* each : box->buttons()) {
            if (each->text() == button) {
                timer->stop();
                timer->deleteLater();
                QTest::mouseClick(each, Qt::LeftButton);
                return;
            }
        }
    });
    timer->start(10);
}

QString ConsoleEndToEndTest::textOf(const char* label) {
    return find<QLabel>(label)->text();
}

QString ConsoleEndToEndTest::stateOfKey(const QString& name) {
    const QAbstractItemModel& model =
        *m_window->findChild<QTableView*>(QStringLiteral("keys.table"))->model();
    for (int row = 0; row < model.rowCount(); ++row) {
        QStringList cells;
        for (int column = 0; column < model.columnCount(); ++column) {
            cells << model.index(row, column).data().toString();
        }
        if (cells.contains(name)) {
            return cells.join(u'|');
        }
    }
    return {};
}

QString ConsoleEndToEndTest::issueKey(const QString& name) {
    click("nav.consumers");
    clickRow("consumers.table", QStringLiteral("acme"));
    const auto isVisible = [this](const char* id) {
        const auto* button = m_window->findChild<QWidget*>(QLatin1String(id));
        return button != nullptr && button->isVisible();
    };
    if (!QTest::qWaitFor([&] { return isVisible("keys.issue") || isVisible("keys.issueFirst"); })) {
        return {};
    }
    click(isVisible("keys.issue") ? "keys.issue" : "keys.issueFirst");
    type("issueKey.name", name);
    click("issueKey.issue");
    if (!QTest::qWaitFor([&] { return isVisible("issueKey.copy"); })) {
        return {};
    }
    const QString shown = find<QLineEdit>("issueKey.secret")->text();
    click("issueKey.copy");
    const QString copied = QApplication::clipboard()->text();
    click("issueKey.done");
    return copied == shown ? copied : QString();
}

int ConsoleEndToEndTest::get(const char* target, const QString& key) {
    const std::string fields = key.isEmpty() ? std::string() : "X-API-Key: " + key.toStdString() + "\r\n";
    return RawClient::get(m_port, target, fields).status;
}

void ConsoleEndToEndTest::shoot(const QString& name) {
    for (const auto& [mode, word] :
         {std::pair(ui::ThemeMode::Dark, "dark"), std::pair(ui::ThemeMode::Light, "light")}) {
        if (m_theme.isDark() != (mode == ui::ThemeMode::Dark)) {
            click("topbar.theme");
        }
        QCOMPARE(m_theme.isDark(), mode == ui::ThemeMode::Dark);
        // Layouts and the style settle in two rounds of events.
        QCoreApplication::processEvents();
        QCoreApplication::processEvents();
        QVERIFY(m_window->grab().save(QStringLiteral("%1-%2.png").arg(name, QLatin1String(word))));
    }
}

void ConsoleEndToEndTest::theRailStartsTheGateway() {
    QCOMPARE(textOf("gateway.revision"), QStringLiteral("Saved r1"));
    click("gateway.start");
    QTRY_COMPARE(find<ui::Pill>("gateway.state")->text(), QStringLiteral("Running"));
    QTRY_COMPARE(textOf("gateway.revision"), QStringLiteral("Saved r1 · live r1"));
    const QString address = find<QLabel>("gateway.address")->accessibleName();
    m_port = address.section(u':', 1).section(u' ', 0, 0).toUShort();
    QVERIFY2(m_port != 0, qPrintable(address));

    QCOMPARE(get("/v1/open"), 200);
    QCOMPARE(m_alpha.requests().size(), 1U);
    QCOMPARE(get("/v1/keyed"), 401);
    QCOMPARE(m_alpha.requests().size(), 1U);
}

void ConsoleEndToEndTest::anEditedRouteServesTheNextRequest() {
    click("nav.routes");
    clickRow("routes.table", QStringLiteral("/v1/open"));
    press(Qt::Key_Return);
    click("route.tabs.action");
    click("route.rewrite");
    press(Qt::Key_Backtab, Qt::ShiftModifier);
    QCOMPARE(QApplication::focusWidget()->objectName(), QStringLiteral("route.service"));
    QTest::keyClicks(QApplication::focusWidget(), QStringLiteral("bravo"));
    press(Qt::Key_S, Qt::ControlModifier);
    QTRY_COMPARE(textOf("gateway.revision"), QStringLiteral("Saved r2 · live r2"));

    QCOMPARE(get("/v1/open"), 200);
    QCOMPARE(m_bravo.requests().size(), 1U);
    QCOMPARE(m_bravo.requests().front().target(), std::string("/v1/open"));
    QCOMPARE(m_alpha.requests().size(), 1U);
    shoot(QStringLiteral("routes-drawer"));
    click("routes.drawer.close");
}

void ConsoleEndToEndTest::aNewKeyIsShownOnceAndOpensTheRoute() {
    m_key = issueKey(QStringLiteral("ci"));
    QVERIFY(m_key.size() > 20);
    QTRY_VERIFY(!stateOfKey(QStringLiteral("ci")).isEmpty());
    QCOMPARE(get("/v1/keyed", m_key), 200);
    QCOMPARE(get("/v1/keyed", m_key + u'x'), 401);
    for (const QString& text : everyText()) {
        QVERIFY2(!text.contains(m_key), qPrintable(text));
    }
}

void ConsoleEndToEndTest::aRevokedKeyIsRefusedAtOnce() {
    clickRow("keys.table", QStringLiteral("ci"));
    answerNextBox(QStringLiteral("Keep"));
    click("keys.revoke");
    QCOMPARE(get("/v1/keyed", m_key), 200);
    answerNextBox(QStringLiteral("Revoke"));
    click("keys.revoke");
    QTRY_VERIFY(stateOfKey(QStringLiteral("ci")).contains(QStringLiteral("Revoked"), Qt::CaseInsensitive));
    QCOMPARE(get("/v1/keyed", m_key), 401);
    shoot(QStringLiteral("consumers"));
}

void ConsoleEndToEndTest::aLoweredTierShowsOnTheDashboard() {
    const QString key = issueKey(QStringLiteral("batch"));
    QCOMPARE(get("/v1/keyed", key), 200);
    click("nav.tiers");
    clickRow("tiers.table", QStringLiteral("pro"));
    press(Qt::Key_Return);
    type("tier.requests", QStringLiteral("1"));
    click("tier.period.60");
    type("tier.burst", QStringLiteral("3"));
    QTRY_COMPARE(textOf("tier.sentence"), QStringLiteral("3 at once, then one every 60 s"));
    press(Qt::Key_S, Qt::ControlModifier);
    QTRY_COMPARE(textOf("gateway.revision"), QStringLiteral("Saved r3 · live r3"));
    shoot(QStringLiteral("tiers"));
    click("tiers.drawer.close");

    click("nav.dashboard");
    QCOMPARE(textOf("kpi.rateLimited.value").toDouble(), 0.0);
    int passed = 0;
    int limited = 0;
    for (int i = 0; i < 40; ++i) {
        const int status = get("/v1/keyed", key);
        passed += status == 200 ? 1 : 0;
        limited += status == 429 ? 1 : 0;
    }
    QCOMPARE(passed + limited, 40);
    QVERIFY2(passed <= 3, qPrintable(QString::number(passed)));
    QTRY_VERIFY_WITH_TIMEOUT(textOf("kpi.rateLimited.value").toDouble() > 0, frames);
    QVERIFY(textOf("kpi.requests.value").toDouble() > 0);
    shoot(QStringLiteral("dashboard"));
}

void ConsoleEndToEndTest::everyPageFitsLightAndDark() {
    for (const char* page : {"services", "changes", "settings"}) {
        click(qPrintable(QStringLiteral("nav.%1").arg(QLatin1String(page))));
        shoot(QLatin1String(page));
    }
}

void ConsoleEndToEndTest::closingAsksAndDrains() {
    const QSignalSpy quit(m_window, &ui::ConsoleWindow::quitRequested);
    focusWindowOf(m_window);
    press(Qt::Key_Q, Qt::ControlModifier);
    QTRY_VERIFY(m_window->findChild<QWidget*>(QStringLiteral("closeDialog")) != nullptr);
    QCOMPARE(get("/v1/open"), 200);
    click("closeDialog.drain");
    QTRY_COMPARE(quit.count(), 1);
    QVERIFY(!m_window->isVisible());
    QVERIFY(!RawClient(m_port).isConnected());
}

QTEST_MAIN(ConsoleEndToEndTest)
#include "console_e2e_test.moc"
