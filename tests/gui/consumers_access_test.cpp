#include "tests/gui/pages_console.h"

#include "ui/models/consumer_table_models.h"
#include "ui/models/key_table_model.h"

#include <QComboBox>
#include <QDialog>
#include <QFile>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QPushButton>
#include <QTableView>
#include <QTest>

using namespace gateway;

/// What a consumer is, may and did: identities, own limits, keys, effective access, revocation.
class ConsumersAccessTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init() { m_console = std::make_unique<PagesConsole>(); }
    void cleanup() { m_console.reset(); }

    void makesAnAgentThatMayCallSomeRoutes();
    void knowsAConsumerByAnIdentity();
    void issuesAKeyWithScopesAndAddresses();
    void rotatesAKeyAndShowsTheNewOneOnce();
    void changesWhatAKeyMayDo();
    void tellsWhatAConsumerMayCall();
    void revokesAConsumerAndGivesItBack();
    void revokesATokenAndLiftsIt();
    void looksGoodInLightAndDark();

private:
    void open(const char* name) {
        m_console->window().openPage(QStringLiteral("consumers"), QLatin1String(name));
    }
    void addKey(const char* consumer, const char* name);
    void selectKey(const QString& name);
    void chooseFromMore(const char* id);
    void save() { m_console->press(Qt::Key_S, Qt::ControlModifier); }
    [[nodiscard]] const model::Consumer& consumer(const char* name) {
        return *m_console->config().consumers.find(name);
    }
    [[nodiscard]] QString state(const QString& consumer);
    void shoot(const QString& name);

    std::unique_ptr<PagesConsole> m_console;
};

void ConsumersAccessTest::addKey(const char* name, const char* key) {
    service::KeyRequest request;
    request.consumer = consumer(name).id;
    request.name = key;
    request.scopes = {"orders:read"};
    request.author = "anna";
    auto issued = m_console->service().createKey(request);
    issued.waitForFinished();
    QVERIFY(issued.result());
}

void ConsumersAccessTest::selectKey(const QString& name) {
    auto* table = m_console->window().findChild<QTableView*>(QStringLiteral("keys.table"));
    const auto row = [&] {
        for (int i = 0; i < table->model()->rowCount(); ++i) {
            if (table->model()->index(i, ui::KeyTableModel::Name).data().toString() == name) {
                return i;
            }
        }
        return -1;
    };
    QTRY_VERIFY(row() >= 0);
    table->selectRow(row());
}

void ConsumersAccessTest::chooseFromMore(const char* id) {
    m_console->click("keys.more");
    auto* menu = m_console->window().findChild<QMenu*>(QStringLiteral("keys.menu"));
    QTRY_VERIFY(menu->isVisible());
    auto* action = menu->findChild<QAction*>(QStringLiteral("keys.menu.") + QLatin1String(id));
    QVERIFY(action->isEnabled());
    menu->setActiveAction(action);
    QTest::keyClick(menu, Qt::Key_Return);
}

QString ConsumersAccessTest::state(const QString& name) {
    const auto* table = m_console->window().findChild<QTableView*>(QStringLiteral("consumers.table"));
    for (int row = 0; row < table->model()->rowCount(); ++row) {
        if (table->model()->index(row, ui::ConsumerTableModel::Name).data().toString() == name) {
            return table->model()->index(row, ui::ConsumerTableModel::State).data().toString();
        }
    }
    return {};
}

void ConsumersAccessTest::shoot(const QString& name) {
    QCoreApplication::processEvents();
    QVERIFY(m_console->window().grab().save(name + QStringLiteral(".png")));
}

void ConsumersAccessTest::makesAnAgentThatMayCallSomeRoutes() {
    m_console->window().openPage(QStringLiteral("consumers"));
    m_console->click("consumers.new");
    m_console->type("consumer.name", QStringLiteral("support-agent"));
    auto* tier = m_console->find<QComboBox>("consumer.tier");
    tier->setCurrentIndex(tier->findData(QStringLiteral("free")));
    m_console->click("consumer.kind.agent");
    m_console->type("consumer.owner", QStringLiteral("support@shop.example"));
    m_console->click("consumer.routes.orders");
    m_console->click("consumer.routes.catalog");
    m_console->click("consumer.tabs.limits");
    m_console->click("consumer.ownRate");
    m_console->type("consumer.requests", QStringLiteral("5"));
    m_console->type("consumer.burst", QStringLiteral("10"));
    QVERIFY(m_console->text("consumer.limitSentence").startsWith(QStringLiteral("10 at once")));
    save();
    QTRY_VERIFY(m_console->config().consumers.find("support-agent") != nullptr);
    const model::Consumer& agent = consumer("support-agent");
    QCOMPARE(agent.kind, model::ConsumerKind::Agent);
    QCOMPARE(agent.owner, std::string("support@shop.example"));
    QCOMPARE(agent.routes.size(), std::size_t(2));
    QVERIFY(agent.rate == (model::OwnRate{5, std::chrono::seconds(1), 10}));
    m_console->press(Qt::Key_Escape);
    m_console->click("consumers.details.calls");
    QTRY_VERIFY(m_console->text("calls.empty").startsWith(QStringLiteral("No calls yet")));
}

void ConsumersAccessTest::knowsAConsumerByAnIdentity() {
    open("acme");
    m_console->click("consumer.tabs.identities");
    m_console->click("consumer.identities.add");
    save();
    QTRY_VERIFY(!m_console->text("consumer.identitiesError").isEmpty());
    auto* kind = m_console->find<QComboBox>("consumer.identities.0.kind");
    kind->setCurrentIndex(kind->findData(QStringLiteral("certificate-name")));
    m_console->type("consumer.identities.0.value", QStringLiteral("acme.example"));
    save();
    QTRY_COMPARE(consumer("acme").identities.size(), std::size_t(1));
    QVERIFY(consumer("acme").identities.front() ==
            (model::ConsumerIdentity{model::ConsumerIdentity::Kind::CertificateName, "acme.example"}));
}

void ConsumersAccessTest::issuesAKeyWithScopesAndAddresses() {
    open("acme");
    m_console->press(Qt::Key_Escape);
    m_console->click("keys.issueFirst");
    m_console->type("issueKey.name", QStringLiteral("ci"));
    m_console->type("issueKey.scopes", QStringLiteral("orders:read, orders:create"));
    m_console->type("issueKey.addresses", QStringLiteral("10.0.0.0/33"));
    m_console->click("issueKey.issue");
    QTRY_VERIFY(!m_console->text("issueKey.addressesError").isEmpty());
    m_console->type("issueKey.addresses", QStringLiteral("10.0.0.0/8"));
    m_console->click("issueKey.issue");
    QTRY_COMPARE(m_console->keysOf("acme").size(), std::size_t(1));
    QCOMPARE(m_console->keysOf("acme").front().addresses, std::vector<std::string>{"10.0.0.0/8"});
    QCOMPARE(m_console->keysOf("acme").front().scopes.size(), std::size_t(2));
    QTRY_VERIFY(m_console->window().findChild<QPushButton*>(QStringLiteral("issueKey.done"))->isVisible());
    m_console->click("issueKey.done");
}

void ConsumersAccessTest::rotatesAKeyAndShowsTheNewOneOnce() {
    addKey("acme", "ci");
    open("acme");
    m_console->press(Qt::Key_Escape);
    selectKey(QStringLiteral("ci"));
    chooseFromMore("rotate");
    m_console->type("rotateKey.overlap", QStringLiteral("2"));
    m_console->click("rotateKey.rotate");
    QVERIFY(!m_console->text("rotateKey.overlapError").isEmpty());
    m_console->type("rotateKey.overlap", QStringLiteral("2h"));
    m_console->click("rotateKey.rotate");
    QTRY_VERIFY(m_console->window().findChild<QLineEdit*>(QStringLiteral("rotateKey.secret"))->isVisible());
    auto* secret = m_console->find<QLineEdit>("rotateKey.secret");
    QVERIFY(secret->text().startsWith(QStringLiteral("gh_")));
    m_console->click("rotateKey.done");
    QVERIFY(secret->text().isEmpty());
    const auto keys = m_console->keysOf("acme");
    QCOMPARE(keys.size(), std::size_t(2));
    for (const model::ApiKey& key : keys) {
        QCOMPARE(key.scopes, std::vector<std::string>{"orders:read"});
        QCOMPARE(key.expires.has_value(), key.name == "ci");
    }
}

void ConsumersAccessTest::changesWhatAKeyMayDo() {
    addKey("acme", "ci");
    open("acme");
    m_console->press(Qt::Key_Escape);
    selectKey(QStringLiteral("ci"));
    chooseFromMore("change");
    m_console->type("changeKey.scopes", QStringLiteral("orders:read, stock:read"));
    m_console->type("changeKey.expires", QStringLiteral("soon"));
    m_console->click("changeKey.submit");
    QVERIFY(!m_console->text("changeKey.expiresError").isEmpty());
    m_console->type("changeKey.expires", QStringLiteral("2099-01-31"));
    m_console->click("changeKey.submit");
    QTRY_COMPARE(m_console->keysOf("acme").front().scopes.size(), std::size_t(2));
    QVERIFY(m_console->keysOf("acme").front().expires.has_value());
}

void ConsumersAccessTest::tellsWhatAConsumerMayCall() {
    addKey("acme", "ci");
    model::Route route = *m_console->config().routes.find("orders");
    route.authorize.roles = {"internal"};
    m_console->publish({model::Put{route}}, "anna", "Orders are for us");
    open("acme");
    m_console->press(Qt::Key_Escape);
    m_console->click("consumers.details.access");
    auto* table = m_console->window().findChild<QTableView*>(QStringLiteral("consumerAccess.table"));
    QTRY_COMPARE(table->model()->rowCount(), 7);
    m_console->click("consumerAccess.chip.2");
    QCOMPARE(table->model()->rowCount(), 1);
    table->selectRow(0);
    QVERIFY(m_console->text("consumerAccess.reasons").contains(QStringLiteral("internal")));
}

void ConsumersAccessTest::revokesAConsumerAndGivesItBack() {
    addKey("acme", "ci");
    open("acme");
    m_console->press(Qt::Key_Escape);
    m_console->answerNextBox(QStringLiteral("Keep"));
    m_console->click("consumers.revoke");
    QCOMPARE(state(QStringLiteral("acme")), QStringLiteral("Active"));
    m_console->answerNextBox(QStringLiteral("Revoke"));
    m_console->click("consumers.revoke");
    QTRY_COMPARE(state(QStringLiteral("acme")), QStringLiteral("Revoked"));
    QTRY_COMPARE(m_console->find<QPushButton>("consumers.revoke")->text(),
                 QStringLiteral("Lift the revocation"));
    m_console->click("consumers.revoke");
    QTRY_COMPARE(state(QStringLiteral("acme")), QStringLiteral("Active"));
}

void ConsumersAccessTest::revokesATokenAndLiftsIt() {
    m_console->window().openPage(QStringLiteral("consumers"));
    m_console->click("consumers.revocations");
    m_console->click("revocations.add");
    m_console->click("addRevocation.submit");
    QVERIFY(!m_console->text("addRevocation.valueError").isEmpty());
    m_console->type("addRevocation.value", QStringLiteral("8f3c2a"));
    m_console->type("addRevocation.reason", QStringLiteral("It was in a log"));
    m_console->click("addRevocation.submit");
    auto* table = m_console->window().findChild<QTableView*>(QStringLiteral("revocations.table"));
    QTRY_COMPARE(table->model()->rowCount(), 1);
    QCOMPARE(table->model()->index(0, 0).data().toString(), QStringLiteral("Token 8f3c2a"));
    QCoreApplication::processEvents();
    QVERIFY(m_console->find<QDialog>("revocations")->grab().save(QStringLiteral("revocations.png")));
    table->selectRow(0);
    m_console->click("revocations.lift");
    QTRY_COMPARE(table->model()->rowCount(), 0);
    m_console->click("revocations.close");
}

void ConsumersAccessTest::looksGoodInLightAndDark() {
    addKey("acme", "ci");
    addKey("acme", "web");
    model::Consumer agent = consumer("umbrella");
    agent.kind = model::ConsumerKind::Agent;
    agent.owner = "support@shop.example";
    agent.routes = {"orders"};
    m_console->publish({model::Put{agent}}, "anna", "An agent");
    for (const auto mode : {ui::ThemeMode::Light, ui::ThemeMode::Dark}) {
        m_console->theme().setMode(mode);
        const QString suffix = mode == ui::ThemeMode::Dark ? QStringLiteral("dark") : QStringLiteral("light");
        for (const int width : {1440, 1280}) {
            m_console->window().resize(width, 900);
            const QString size = QStringLiteral("-%1-%2").arg(width).arg(suffix);
            open("umbrella");
            for (const char* tab : {"identities", "limits", "general"}) {
                m_console->click(qPrintable(QStringLiteral("consumer.tabs.") + QLatin1String(tab)));
                shoot(QStringLiteral("consumers-") + QLatin1String(tab) + size);
            }
            m_console->press(Qt::Key_Escape);
            for (const char* tab : {"calls", "access", "keys"}) {
                m_console->click(qPrintable(QStringLiteral("consumers.details.") + QLatin1String(tab)));
                shoot(QStringLiteral("consumers-details-") + QLatin1String(tab) + size);
            }
            open("acme");
            m_console->press(Qt::Key_Escape);
            selectKey(QStringLiteral("ci"));
            shoot(QStringLiteral("consumers") + size);
        }
    }
    QCOMPARE(m_console->keysOf("acme").size(), std::size_t(2));
}

QTEST_MAIN(ConsumersAccessTest)
#include "consumers_access_test.moc"
