#include "tests/gui/pages_console.h"
#include "ui/pages/routes_import.h"
#include "ui/widgets/buttons.h"
#include "ui/widgets/drawer.h"
#include "ui/widgets/toast.h"

#include <QClipboard>
#include <QComboBox>
#include <QFile>
#include <QGuiApplication>
#include <QLabel>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QTableView>
#include <QTest>

using namespace gateway;

class PagesTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init() { m_console = std::make_unique<PagesConsole>(); }
    void cleanup() { m_console.reset(); }

    void createsARouteByKeyboard();
    void editsARouteAndPublishesTheDifference();
    void letsTheAnswersOfARouteStaySilentForLong();
    void clonesDisablesDeletesAndBringsBackARoute();
    void saysABadPathAtItsFieldAndPublishesNothing();
    void requiresAKeyThroughAPolicy();
    void requiresRolesOfTheCallers();
    void testsARequestOnTheSavedRoutes();
    void keepsWhatWasTypedWhenSomebodyElsePublishes();
    void asksBeforeUnsavedChangesAreDropped();
    void filtersTheRoutes();
    void showsANewKeyOnceAndForgetsIt();
    void revokesAKeyAfterNamingIt();
    void lowersATier();
    void addsAListener();
    void importsAFileOrSaysWhatIsWrongInIt();
    void tellsWhoChangedWhat();
    void looksGoodInLightAndDark();

private:
    void selectRow(const char* table, const QString& text);
    void shoot(const QString& name);

    std::unique_ptr<PagesConsole> m_console;
};

void PagesTest::selectRow(const char* name, const QString& text) {
    auto* table = m_console->find<QTableView>(name);
    const QAbstractItemModel& model = *table->model();
    for (int row = 0; row < model.rowCount(); ++row) {
        for (int column = 0; column < model.columnCount(); ++column) {
            if (model.index(row, column).data().toString() == text && !table->isColumnHidden(column)) {
                table->scrollTo(model.index(row, column));
                QTest::mouseClick(table->viewport(), Qt::LeftButton, Qt::NoModifier,
                                  table->visualRect(model.index(row, 0)).center());
                return;
            }
        }
    }
    QFAIL(qPrintable(QStringLiteral("No row with %1").arg(text)));
}

void PagesTest::createsARouteByKeyboard() {
    m_console->window().openPage(QStringLiteral("routes"));
    const auto before = m_console->revision();
    m_console->press(Qt::Key_N, Qt::ControlModifier);
    QCOMPARE(QApplication::focusWidget(), m_console->find("route.name"));
    QTest::keyClicks(QApplication::focusWidget(), QStringLiteral("returns"));
    m_console->type("route.path", QStringLiteral("/v1/returns/{id}"));
    m_console->click("route.methods.POST");
    m_console->click("route.tabs.action");
    auto* service = m_console->find<QComboBox>("route.service");
    service->setFocus();
    QTest::keyClicks(service, QStringLiteral("orders"));
    m_console->press(Qt::Key_S, Qt::ControlModifier);
    QTRY_VERIFY(m_console->config().routes.find("returns") != nullptr);
    const model::Route& route = *m_console->config().routes.find("returns");
    QCOMPARE(route.match.path, std::string("/v1/returns/{id}"));
    QCOMPARE(route.match.methods, std::vector<std::string>{"POST"});
    QCOMPARE(route.service, std::string("orders"));
    QCOMPARE(m_console->revision(), before + 1);
    QCOMPARE(m_console->service().current()->revision.author, std::string("bob"));
    QTRY_COMPARE(m_console->text("routes.drawer.title"), QStringLiteral("Edit route"));
}

void PagesTest::editsARouteAndPublishesTheDifference() {
    m_console->window().openPage(QStringLiteral("routes"));
    selectRow("routes.table", QStringLiteral("/v1/shipments/{id}"));
    m_console->press(Qt::Key_Return);
    QCOMPARE(m_console->find<QLineEdit>("route.name")->text(), QStringLiteral("shipments"));
    m_console->click("route.tabs.action");
    m_console->type("route.rewrite", QStringLiteral("/api/{id}"));
    QVERIFY(m_console->text("route.rewriteError")
                .contains(QStringLiteral("/v1/shipments/42 asks shipping for /api/42")));
    m_console->click("routes.drawer.save");
    QTRY_COMPARE(m_console->config().routes.find("shipments")->rewrite, std::string("/api/{id}"));
    QCOMPARE(m_console->service().current()->revision.message,
             std::string("Change route shipments: rewrite"));
    QTRY_VERIFY(
        m_console->window().findChild<ui::Toast*>()->text().startsWith(QStringLiteral("Saved route")));
    m_console->press(Qt::Key_Escape);
    QVERIFY(!m_console->window().findChild<ui::Drawer*>(QStringLiteral("routes.drawer"))->isVisible());
}

void PagesTest::letsTheAnswersOfARouteStaySilentForLong() {
    m_console->window().openPage(QStringLiteral("routes"));
    selectRow("routes.table", QStringLiteral("/v1/shipments/{id}"));
    m_console->press(Qt::Key_Return);
    m_console->click("route.tabs.action");
    m_console->click("route.stream");
    m_console->click("routes.drawer.save");
    QTRY_VERIFY(m_console->config().routes.find("shipments")->stream);
    QTRY_VERIFY(
        m_console->window().findChild<ui::Toast*>()->text().startsWith(QStringLiteral("Saved route")));
    m_console->click("route.stream");
    m_console->click("routes.drawer.save");
    QTRY_VERIFY(!m_console->config().routes.find("shipments")->stream);
}

void PagesTest::clonesDisablesDeletesAndBringsBackARoute() {
    m_console->window().openPage(QStringLiteral("routes"));
    selectRow("routes.table", QStringLiteral("/v1/catalog/*"));
    m_console->press(Qt::Key_D, Qt::ControlModifier);
    QCOMPARE(m_console->find<QLineEdit>("route.name")->text(), QStringLiteral("catalog-copy"));
    // Until something differs, the copy overlaps with its original.
    QTRY_VERIFY(!m_console->text("routes.drawer.problem").isEmpty() ||
                m_console->text("route.pathError").contains(QStringLiteral("catalog")));
    m_console->type("route.path", QStringLiteral("/v2/catalog/*"));
    m_console->press(Qt::Key_S, Qt::ControlModifier);
    QTRY_VERIFY(m_console->config().routes.find("catalog-copy") != nullptr);
    QTRY_COMPARE(m_console->text("routes.drawer.title"), QStringLiteral("Edit route"));
    m_console->press(Qt::Key_Escape);

    QCOMPARE(QApplication::focusWidget(), m_console->find("routes.table"));
    m_console->press(Qt::Key_Space);
    QTRY_VERIFY(!m_console->config().routes.find("catalog-copy")->enabled);
    QTRY_VERIFY(m_console->window().findChild<ui::Toast*>()->text().contains(QStringLiteral("Disabled")));
    const model::Route before = *m_console->config().routes.find("catalog-copy");

    m_console->press(Qt::Key_Delete);
    QTRY_VERIFY(m_console->config().routes.find("catalog-copy") == nullptr);
    auto* toast = m_console->window().findChild<ui::Toast*>();
    QTRY_VERIFY(toast->isVisible() && toast->text().contains(QStringLiteral("Deleted")));
    QTest::mouseClick(toast->findChild<QPushButton*>(), Qt::LeftButton);
    QTRY_VERIFY(m_console->config().routes.find("catalog-copy") != nullptr);
    model::Route after = *m_console->config().routes.find("catalog-copy");
    after.id = before.id;
    QVERIFY(after == before);
}

void PagesTest::saysABadPathAtItsFieldAndPublishesNothing() {
    m_console->window().openPage(QStringLiteral("routes"));
    const auto before = m_console->revision();
    selectRow("routes.table", QStringLiteral("/v1/orders"));
    m_console->press(Qt::Key_Return);
    m_console->type("route.path", QStringLiteral("v1/{orders"));
    auto* error = m_console->window().findChild<QLabel*>(QStringLiteral("route.pathError"));
    QTRY_COMPARE(error->property("kind").toString(), QStringLiteral("error"));
    QVERIFY(!error->text().isEmpty());
    m_console->click("route.tabs.security");
    m_console->press(Qt::Key_S, Qt::ControlModifier);
    // The field is brought into sight.
    QTRY_COMPARE(QApplication::focusWidget(), m_console->find("route.path"));
    QCOMPARE(m_console->revision(), before);
    m_console->type("route.path", QStringLiteral("/v1/orders"));
    QTRY_VERIFY(error->property("kind").toString() != u"error");
}

void PagesTest::requiresAKeyThroughAPolicy() {
    m_console->window().openPage(QStringLiteral("routes"));
    selectRow("routes.table", QStringLiteral("/v1/catalog/*"));
    m_console->press(Qt::Key_Return);
    m_console->click("route.tabs.limits");
    QVERIFY(m_console->text("route.limits").contains(QStringLiteral("no tier limits")));
    m_console->click("route.tabs.security");
    m_console->click("route.requireKey");
    m_console->press(Qt::Key_S, Qt::ControlModifier);
    QTRY_COMPARE(m_console->config().routes.find("catalog")->policies, std::vector<std::string>{"key"});
}

void PagesTest::requiresRolesOfTheCallers() {
    m_console->window().openPage(QStringLiteral("routes"), QStringLiteral("catalog"));
    m_console->click("route.tabs.security");
    m_console->type("route.roles", QStringLiteral("partner, internal"));
    // Without a key nobody knows the caller, let alone the roles.
    auto* error = m_console->find<QLabel>("route.rolesError");
    QTRY_COMPARE(error->property("kind").toString(), QStringLiteral("error"));
    m_console->click("route.requireKey");
    QTRY_VERIFY(error->property("kind").toString() != u"error");
    shoot(QStringLiteral("route-security"));
    m_console->press(Qt::Key_S, Qt::ControlModifier);
    QTRY_COMPARE(m_console->config().routes.find("catalog")->authorize.roles,
                 (std::vector<std::string>{"partner", "internal"}));
}

void PagesTest::testsARequestOnTheSavedRoutes() {
    m_console->window().openPage(QStringLiteral("routes"), QStringLiteral("stock"));
    m_console->type("tester.target", QStringLiteral("/v1/stock/A1"));
    m_console->click("tester.match");
    QTRY_COMPARE(
        m_console->window().findChild<QLabel*>(QStringLiteral("tester.answer"))->text(),
        QStringLiteral("Matches this route, sku = A1, forwarded to inventory as /v1/stock/A1, with a "
                       "valid API key only"));
    m_console->type("tester.target", QStringLiteral("/nowhere"));
    m_console->press(Qt::Key_Return);
    QTRY_VERIFY(!m_console->text("tester.answer").startsWith(QStringLiteral("Matches")));
}

void PagesTest::keepsWhatWasTypedWhenSomebodyElsePublishes() {
    m_console->window().openPage(QStringLiteral("routes"), QStringLiteral("orders"));
    m_console->type("route.path", QStringLiteral("/v3/orders/{id}"));
    model::Route theirs = *m_console->config().routes.find("orders");
    theirs.priority = 7;
    m_console->publish({model::Put{theirs}}, "carol", "Orders first");
    QTRY_VERIFY(m_console->window().findChild<ui::Button*>(QStringLiteral("routes.reload"))->isVisible());
    QVERIFY(m_console->text("routes.drawer.problem").contains(QStringLiteral("carol")));
    m_console->click("routes.reload");
    QCOMPARE(m_console->find<QLineEdit>("route.path")->text(), QStringLiteral("/v3/orders/{id}"));
    QCOMPARE(m_console->find<QLineEdit>("route.priority")->text(), QStringLiteral("7"));
    m_console->press(Qt::Key_S, Qt::ControlModifier);
    QTRY_COMPARE(m_console->config().routes.find("orders")->match.path, std::string("/v3/orders/{id}"));
    QCOMPARE(m_console->config().routes.find("orders")->priority, 7);
}

void PagesTest::asksBeforeUnsavedChangesAreDropped() {
    m_console->window().openPage(QStringLiteral("routes"), QStringLiteral("orders"));
    m_console->type("route.path", QStringLiteral("/v3/orders/{id}"));
    m_console->answerNextBox(QStringLiteral("Keep editing"));
    QVERIFY(!m_console->window().openPage(QStringLiteral("tiers")));
    QCOMPARE(m_console->find<QLineEdit>("route.path")->text(), QStringLiteral("/v3/orders/{id}"));
    m_console->answerNextBox(QStringLiteral("Discard changes"));
    QVERIFY(m_console->window().openPage(QStringLiteral("tiers")));
    QCOMPARE(m_console->config().routes.find("orders")->match.path, std::string("/v1/orders/{id}"));
}

void PagesTest::filtersTheRoutes() {
    m_console->window().openPage(QStringLiteral("routes"));
    m_console->find("routes.table")->setFocus();
    m_console->press(Qt::Key_F, Qt::ControlModifier);
    QTest::keyClicks(QApplication::focusWidget(), QStringLiteral("put STOCK"));
    QTRY_COMPARE(m_console->find<QTableView>("routes.table")->model()->rowCount(), 1);
    QVERIFY(m_console->text("routes.counts").startsWith(QStringLiteral("1 of 7 routes · filtered")));
    m_console->press(Qt::Key_Escape);
    QTRY_COMPARE(m_console->find<QTableView>("routes.table")->model()->rowCount(), 7);
    m_console->click("routes.chip.disabled");
    QCOMPARE(m_console->window().findChild<QTableView*>(QStringLiteral("routes.table"))->model()->rowCount(),
             0);
}

void PagesTest::showsANewKeyOnceAndForgetsIt() {
    m_console->window().openPage(QStringLiteral("consumers"));
    selectRow("consumers.table", QStringLiteral("acme"));
    m_console->click("keys.issueFirst");
    m_console->click("issueKey.issue");
    QVERIFY(!m_console->text("issueKey.nameError").isEmpty());
    m_console->type("issueKey.name", QStringLiteral("ci"));
    m_console->type("issueKey.scopes", QStringLiteral("orders:read"));
    m_console->click("issueKey.issue");
    QTRY_VERIFY(m_console->window().findChild<QLineEdit*>(QStringLiteral("issueKey.secret"))->isVisible());
    auto* secret = m_console->find<QLineEdit>("issueKey.secret");
    const QString key = secret->text();
    QVERIFY(key.size() > 20);
    m_console->click("issueKey.copy");
    QCOMPARE(QGuiApplication::clipboard()->text(), key);
    shoot(QStringLiteral("issue-key"));
    m_console->click("issueKey.done");
    QVERIFY(secret->text().isEmpty());
    QTRY_COMPARE(m_console->find<QTableView>("keys.table")->model()->rowCount(), 1);
    QCOMPARE(m_console->keysOf("acme").front().hash, sha256(key.toStdString()));
    // Nowhere in the console but by its prefix.
    for (const QLineEdit* edit : m_console->window().findChildren<QLineEdit*>()) {
        QVERIFY(!edit->text().contains(key));
    }
    for (const QLabel* label : m_console->window().findChildren<QLabel*>()) {
        QVERIFY(!label->text().contains(key));
    }
}

void PagesTest::revokesAKeyAfterNamingIt() {
    service::KeyRequest request;
    request.consumer = m_console->config().consumers.find("acme")->id;
    request.name = "old-ci";
    request.author = "anna";
    auto issued = m_console->service().createKey(request);
    issued.waitForFinished();
    QVERIFY(issued.result());
    m_console->window().openPage(QStringLiteral("consumers"), QStringLiteral("acme"));
    QTRY_COMPARE(
        m_console->window().findChild<QTableView*>(QStringLiteral("keys.table"))->model()->rowCount(), 1);
    selectRow("keys.table", QStringLiteral("old-ci"));
    m_console->click("keys.toggle");
    QTRY_COMPARE(m_console->keysOf("acme").front().state, model::KeyState::Disabled);
    QTRY_COMPARE(m_console->find<QPushButton>("keys.toggle")->text(), QStringLiteral("Enable"));
    m_console->answerNextBox(QStringLiteral("Revoke"));
    m_console->click("keys.revoke");
    QVERIFY(m_console->boxText().contains(QStringLiteral("old-ci")));
    QTRY_COMPARE(m_console->keysOf("acme").front().state, model::KeyState::Revoked);
    QTRY_VERIFY(!m_console->find<QPushButton>("keys.revoke")->isEnabled());
}

void PagesTest::lowersATier() {
    m_console->window().openPage(QStringLiteral("tiers"), QStringLiteral("free"));
    m_console->type("tier.requests", QStringLiteral("60"));
    m_console->type("tier.burst", QStringLiteral("two"));
    QTRY_COMPARE(m_console->text("tier.burstError"), QStringLiteral("Write a whole number"));
    m_console->type("tier.burst", QStringLiteral("2"));
    QCOMPARE(m_console->text("tier.sentence"), QStringLiteral("2 at once, then one every second"));
    m_console->press(Qt::Key_S, Qt::ControlModifier);
    QTRY_COMPARE(m_console->config().tiers.find("free")->burst, 2U);
    QCOMPARE(m_console->config().tiers.find("free")->requests, 60U);
}

void PagesTest::addsAListener() {
    m_console->window().openPage(QStringLiteral("settings"));
    m_console->click("listeners.new");
    m_console->type("listener.name", QStringLiteral("internal"));
    m_console->type("listener.port", QStringLiteral("99999"));
    QTRY_VERIFY(m_console->text("listener.portError").contains(QStringLiteral("65535")));
    m_console->type("listener.port", QStringLiteral("8081"));
    m_console->click("listener.tabs.limits");
    m_console->type("listener.connectionsPerPeer", QStringLiteral("64"));
    m_console->type("listener.bodyMinRate", QStringLiteral("fast"));
    QTRY_VERIFY(m_console->text("listener.bodyMinRateError").contains(QStringLiteral("1KiB/s")));
    m_console->type("listener.bodyMinRate", QString());
    m_console->type("listener.writeTimeout", QStringLiteral("12s"));
    m_console->press(Qt::Key_S, Qt::ControlModifier);
    QTRY_VERIFY(m_console->config().listeners.find("internal") != nullptr);
    const model::Listener& listener = *m_console->config().listeners.find("internal");
    QCOMPARE(listener.limits.connectionsPerPeer, 64U);
    QCOMPARE(listener.timeouts.bodyMinRate, std::uint64_t(0));
    QCOMPARE(listener.timeouts.write, std::chrono::milliseconds(12'000));
    m_console->click("settings.appearance.dark");
    QVERIFY(m_console->theme().isDark());
}

void PagesTest::importsAFileOrSaysWhatIsWrongInIt() {
    m_console->window().openPage(QStringLiteral("routes"));
    auto* import = m_console->window().findChild<ui::ConfigImport*>();
    QVERIFY(import != nullptr);
    const auto before = m_console->revision();
    const QString fileName = QStringLiteral("import.yaml");
    const auto write = [&](const char* text) {
        QFile file(fileName);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(text);
    };
    write("services:\n  - name: mail\n    targets: [127.0.0.1:9100]\nroutes:\n  - name: mail\n    match: { "
          "pth: /mail }\n");
    import->importFile(fileName);
    QTRY_VERIFY(m_console->window().findChild<QPlainTextEdit*>(QStringLiteral("import.problemList")) !=
                nullptr);
    QVERIFY(m_console->find<QPlainTextEdit>("import.problemList")
                ->toPlainText()
                .contains(QStringLiteral("Line 6")));
    m_console->click("import.close");
    QCOMPARE(m_console->revision(), before);

    write("services:\n  - name: mail\n    targets: [127.0.0.1:9100]\nroutes:\n  - name: mail\n"
          "    match: { path: /mail }\n    action: { service: mail }\n");
    import->importFile(fileName);
    QTRY_VERIFY(m_console->window().findChild<QWidget*>(QStringLiteral("import.publish")) != nullptr);
    m_console->click("import.publish");
    QTRY_VERIFY(m_console->config().routes.find("mail") != nullptr);
    QVERIFY(m_console->config().routes.find("orders") !=
            nullptr); // nothing was deleted without being asked for
}

void PagesTest::tellsWhoChangedWhat() {
    model::Route route = *m_console->config().routes.find("orders");
    route.match.path = "/v2/orders/{id}";
    m_console->publish({model::Put{route}}, "carol", "Orders move");
    m_console->window().openPage(QStringLiteral("changes"));
    QTRY_COMPARE(
        m_console->window().findChild<QTableView*>(QStringLiteral("changes.revisions"))->model()->rowCount(),
        2);
    QTRY_VERIFY(m_console->find<QTableView>("changes.audit")->model()->rowCount() > 2);
    selectRow("changes.revisions", QStringLiteral("Orders move"));
    QCOMPARE(m_console->find<QTableView>("changes.audit")->model()->rowCount(), 1);
    QStringList texts;
    for (const QLabel* label : m_console->find("changes.detail")->findChildren<QLabel*>()) {
        texts.push_back(label->text());
    }
    QVERIFY(texts.contains(QStringLiteral("Changed route orders")));
    QVERIFY(texts.contains(QStringLiteral("match.path: /v1/orders/{id} → /v2/orders/{id}")));
}

void PagesTest::shoot(const QString& name) {
    QTest::qWait(50); // lets hover and layout settle for the picture; nothing depends on it
    QVERIFY(m_console->window().grab().save(name + QStringLiteral(".png")));
    for (QWidget* top : QApplication::topLevelWidgets()) {
        if (top->isVisible() && top->windowType() == Qt::Dialog) {
            QVERIFY(top->grab().save(name + QStringLiteral("-dialog.png")));
        }
    }
}

void PagesTest::looksGoodInLightAndDark() {
    service::KeyRequest request;
    request.consumer = m_console->config().consumers.find("acme")->id;
    request.author = "anna";
    for (const char* name : {"ci", "staging"}) {
        request.name = name;
        request.scopes = {"orders:read", "orders:create"};
        m_console->service().createKey(request).waitForFinished();
    }
    model::Route stock = *m_console->config().routes.find("update-stock");
    stock.enabled = false;
    m_console->publish({model::Put{stock}}, "anna", "Disable route update-stock");
    const QStringList pages = {QStringLiteral("routes"),    QStringLiteral("services"),
                               QStringLiteral("consumers"), QStringLiteral("tiers"),
                               QStringLiteral("changes"),   QStringLiteral("settings")};
    const QMap<QString, QString> edited = {{QStringLiteral("routes"), QStringLiteral("orders")},
                                           {QStringLiteral("services"), QStringLiteral("shipping")},
                                           {QStringLiteral("consumers"), QStringLiteral("acme")},
                                           {QStringLiteral("tiers"), QStringLiteral("free")},
                                           {QStringLiteral("settings"), QStringLiteral("public")}};
    for (const ui::ThemeMode mode : {ui::ThemeMode::Light, ui::ThemeMode::Dark}) {
        m_console->theme().setMode(mode);
        const QString suffix =
            m_console->theme().isDark() ? QStringLiteral("-dark") : QStringLiteral("-light");
        for (const QString& page : pages) {
            QVERIFY(m_console->window().openPage(page));
            for (int second = 0; second < 10; ++second) {
                m_console->addTraffic(second);
            }
            if (page == u"changes") {
                auto* audit = m_console->window().findChild<QTableView*>(QStringLiteral("changes.audit"));
                QTRY_VERIFY(audit->isVisible() && audit->model()->rowCount() > 0);
                selectRow("changes.revisions", QStringLiteral("Disable route update-stock"));
            }
            shoot(page + suffix);
            if (edited.contains(page)) {
                QVERIFY(m_console->window().openPage(page, edited[page]));
                m_console->addTraffic(1);
                shoot(page + QStringLiteral("-drawer") + suffix);
                m_console->press(Qt::Key_Escape);
            }
        }
        QVERIFY(m_console->window().openPage(QStringLiteral("routes"), QStringLiteral("orders")));
        for (const char* tab : {"action", "security", "limits", "history"}) {
            m_console->click((std::string("route.tabs.") + tab).c_str());
            shoot(QStringLiteral("routes-") + QLatin1String(tab) + suffix);
        }
        m_console->press(Qt::Key_Escape);
        QVERIFY(QFile::exists(QStringLiteral("settings") + suffix + QStringLiteral(".png")));
    }
}

QTEST_MAIN(PagesTest)
#include "pages_test.moc"
