#include "tests/gui/pages_console.h"

#include "gateway/crypto/private_key.h"
#include "ui/widgets/toast.h"

#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QTableView>
#include <QTest>

using namespace gateway;

/// Listeners under Settings: what is spoken where, and whose word is believed.
class ListenersPageTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init();
    void cleanup() { m_console.reset(); }

    void switchesTlsOnWithACertificate();
    void leadsToTheCertificatesWhereThereIsNone();
    void asksClientsForCertificates();
    void keepsTheOrderInWhichCertificatesWereChosen();
    void choosesTheProtocols();
    void believesTrustedProxiesAlone();
    void redirectsToHttpsByAPolicyOfItsOwn();
    void setsTheLimitsThatTheModelAllows();
    void clonesAListenerAndAsksBeforeTheLastOneGoes();
    void tellsItsHistory();

private:
    [[nodiscard]] const model::Listener& saved(const char* name = "public");
    void open(const char* tab);
    void save();
    void addCertificate(const std::string& name, model::Certificate::Use use);

    std::unique_ptr<PagesConsole> m_console;
};

void ListenersPageTest::init() {
    m_console = std::make_unique<PagesConsole>();
    m_console->window().openPage(QStringLiteral("settings"));
}

const model::Listener& ListenersPageTest::saved(const char* name) {
    return *m_console->config().listeners.find(name);
}

void ListenersPageTest::open(const char* tab) {
    m_console->window().openPage(QStringLiteral("settings"), QStringLiteral("public"));
    m_console->click(tab);
}

void ListenersPageTest::save() {
    const auto before = m_console->revision();
    m_console->press(Qt::Key_S, Qt::ControlModifier);
    auto* toast = m_console->window().findChild<ui::Toast*>();
    QTRY_VERIFY(toast->text().endsWith(QStringLiteral("revision %1").arg(before + 1)));
}

void ListenersPageTest::addCertificate(const std::string& name, model::Certificate::Use use) {
    if (use == model::Certificate::Use::Identity) {
        service::SelfSignedRequest request;
        request.name = name;
        request.subject = {name, {}, {name + ".example"}};
        request.author = "anna";
        auto made = m_console->service().generateSelfSigned(std::move(request));
        made.waitForFinished();
        QVERIFY(made.result());
    } else {
        model::Certificate authority;
        authority.name = name;
        authority.use = use;
        authority.chain = *crypto::selfSigned(*crypto::PrivateKey::generate(crypto::KeyKind::EcdsaP256),
                                              {name, {}, {name}}, 30);
        m_console->publish({model::Put{authority}}, "anna", "Trust an authority");
    }
    QCoreApplication::processEvents();
}

void ListenersPageTest::switchesTlsOnWithACertificate() {
    addCertificate("shop", model::Certificate::Use::Identity);
    open("listener.tabs.tls");
    m_console->click("listener.tls");
    QTRY_VERIFY(m_console->text("listener.certificatesError").contains(QStringLiteral("at least one")));
    m_console->click("listener.certificates.shop");
    m_console->click("listener.tlsMinimum.1.3");
    m_console->click("listener.hsts");
    save();
    QVERIFY(saved().tls.has_value());
    QCOMPARE(saved().tls->certificates, std::vector<std::string>{"shop"});
    QVERIFY(saved().tls->onlyTls13);
    QCOMPARE(saved().policies, std::vector<std::string>{"hsts"});
    QVERIFY(m_console->config().policies.find("hsts")->hsts.has_value());
    auto* table = m_console->find<QTableView>("listeners.table");
    QCOMPARE(table->model()->index(0, 1).data().toString(), QStringLiteral("https://127.0.0.1:8080"));
}

void ListenersPageTest::leadsToTheCertificatesWhereThereIsNone() {
    open("listener.tabs.tls");
    m_console->click("listener.tls");
    m_console->answerNextBox(QStringLiteral("Discard changes"));
    m_console->click("listener.openCertificates");
    QTRY_VERIFY(m_console->find("certificates.emptyNew")->isVisible());
}

void ListenersPageTest::asksClientsForCertificates() {
    addCertificate("shop", model::Certificate::Use::Identity);
    addCertificate("partners", model::Certificate::Use::Authority);
    open("listener.tabs.tls");
    m_console->click("listener.tls");
    m_console->click("listener.certificates.shop");
    m_console->click("listener.clientCertificates.required");
    QTRY_VERIFY(m_console->text("listener.clientAuthorityError").contains(QStringLiteral("authority")));
    m_console->find<QComboBox>("listener.clientAuthority")->setFocus();
    m_console->press(Qt::Key_Down);
    save();
    QCOMPARE(saved().tls->clientCertificates, model::Listener::ClientCertificates::Required);
    QCOMPARE(saved().tls->clientAuthority, std::string("partners"));
}

void ListenersPageTest::keepsTheOrderInWhichCertificatesWereChosen() {
    addCertificate("alpha", model::Certificate::Use::Identity);
    addCertificate("beta", model::Certificate::Use::Identity);
    open("listener.tabs.tls");
    m_console->click("listener.tls");
    m_console->click("listener.certificates.beta");
    m_console->click("listener.certificates.alpha");
    QVERIFY(m_console->text("listener.certificatesError").startsWith(QStringLiteral("beta is for clients")));
    save();
    QCOMPARE(saved().tls->certificates, (std::vector<std::string>{"beta", "alpha"}));
}

void ListenersPageTest::choosesTheProtocols() {
    open("listener.tabs.clients");
    m_console->click("listener.http2");
    m_console->find("listener.webSocket")->setFocus();
    m_console->press(Qt::Key_Space);
    save();
    QVERIFY(!saved().http2);
    QVERIFY(!saved().webSocket);
}

void ListenersPageTest::believesTrustedProxiesAlone() {
    open("listener.tabs.clients");
    m_console->click("listener.proxyProtocol");
    QTRY_VERIFY(m_console->text("listener.trustedProxiesError").contains(QStringLiteral("anybody")));
    m_console->type("listener.trustedProxies.other", QStringLiteral("10.0.0.1/8"));
    QTRY_VERIFY(m_console->text("listener.trustedProxiesError").contains(QStringLiteral("10.0.0.0/8")));
    m_console->type("listener.trustedProxies.other", QStringLiteral("10.0.0.0/8 2001:db8::/32"));
    save();
    QVERIFY(saved().proxyProtocol);
    QCOMPARE(saved().trustedProxies, (std::vector<std::string>{"10.0.0.0/8", "2001:db8::/32"}));
}

void ListenersPageTest::redirectsToHttpsByAPolicyOfItsOwn() {
    open("listener.tabs.tls");
    m_console->click("listener.redirect");
    save();
    QCOMPARE(saved().policies, std::vector<std::string>{"https-redirect"});
    QVERIFY(m_console->config().policies.find("https-redirect")->httpsRedirect.has_value());
    open("listener.tabs.tls");
    m_console->click("listener.redirect");
    save();
    QVERIFY(saved().policies.empty());
}

void ListenersPageTest::setsTheLimitsThatTheModelAllows() {
    open("listener.tabs.limits");
    m_console->type("listener.streams", QStringLiteral("0"));
    QTRY_COMPARE(m_console->text("listener.streamsError"), QStringLiteral("must be from 1 to 10000"));
    m_console->type("listener.streams", QStringLiteral("250"));
    m_console->type("listener.headBytes", QStringLiteral("8GiB"));
    QTRY_VERIFY(m_console->text("listener.headBytesError").contains(QStringLiteral("1MiB")));
    m_console->type("listener.headBytes", QStringLiteral("64KiB"));
    save();
    QCOMPARE(saved().limits.streamsMax, 250U);
    QCOMPARE(saved().limits.headBytesMax, 64U * 1024);
}

void ListenersPageTest::clonesAListenerAndAsksBeforeTheLastOneGoes() {
    auto* table = m_console->find<QTableView>("listeners.table");
    table->selectRow(0);
    table->setFocus();
    m_console->press(Qt::Key_D, Qt::ControlModifier);
    m_console->type("listener.port", QStringLiteral("8081"));
    save();
    QCOMPARE(saved("public-copy").port, std::uint16_t(8081));
    QTRY_COMPARE(m_console->text("listeners.drawer.title"), QStringLiteral("Edit listener"));
    m_console->press(Qt::Key_Escape);
    table->setFocus();
    m_console->press(Qt::Key_Delete);
    QTRY_COMPARE(m_console->config().listeners.size(), 1U);
    QTRY_COMPARE(table->model()->rowCount(), 1);
    m_console->press(Qt::Key_Home);
    m_console->answerNextBox(QStringLiteral("Keep"));
    m_console->press(Qt::Key_Delete);
    QVERIFY(m_console->boxText().contains(QStringLiteral("no listener left")));
    QCOMPARE(m_console->config().listeners.size(), 1U);
}

void ListenersPageTest::tellsItsHistory() {
    open("listener.tabs.history");
    QTRY_VERIFY(!m_console->find("listener.history")->findChildren<QLabel*>().isEmpty());
    const auto says = [this](const QString& text) {
        const auto labels = m_console->find("listener.history")->findChildren<QLabel*>();
        return std::any_of(labels.begin(), labels.end(),
                           [&](const QLabel* label) { return label->text().contains(text); });
    };
    QTRY_VERIFY(says(QStringLiteral("anna")));
}

QTEST_MAIN(ListenersPageTest)
#include "listeners_page_test.moc"
