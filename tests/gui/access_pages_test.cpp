#include "tests/gui/pages_console.h"

#include "ui/models/policy_table_model.h"
#include "ui/models/provider_table_model.h"
#include "ui/widgets/toast.h"

#include <QComboBox>
#include <QDialog>
#include <QLabel>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QTableView>
#include <QTest>

using namespace gateway;

namespace {

const char* const keySet =
    R"({"keys":[{"kty":"EC","crv":"P-256","kid":"2026","alg":"ES256","use":"sig",)"
    R"("x":"ylked0SK6uuPNKqWDqKeF87vpHfcOWrWOCqNPegCZd4","y":"Jau9PgYeEzgDVJxZKR2XNYuBs7UttwrQicclNjEAxdU"}]})";
/// Of that issuer, with a signature that nobody made.
const char* const forged =
    "eyJhbGciOiJFUzI1NiIsImtpZCI6IjIwMjYiLCJ0eXAiOiJKV1QifQ."
    "eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUuY29tIiwic3ViIjoiYW5uYSIsImV4cCI6NDEwMjQ0NDgwMH0."
    "AAAA";

model::IdentityProvider corp() {
    model::IdentityProvider provider;
    provider.name = "corp";
    provider.issuer = "https://id.example.com";
    provider.audience = {"shop-api"};
    provider.algorithms = {"ES256"};
    provider.jwks = keySet;
    provider.tier = "free";
    return provider;
}

} // namespace

/// Identity providers, pasted tokens, policies, and who may call a route.
class AccessPagesTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init() { m_console = std::make_unique<PagesConsole>(); }
    void cleanup() { m_console.reset(); }

    void addsAProviderWhoseKeysAreInTheSettings();
    void storesAClientSecretAndKeepsItsNameOnly();
    void tellsWhatIsWrongWithAPastedTokenAndForgetsIt();
    void keepsAProviderThatIsInUse();
    void buildsAPolicyOfSeveralWays();
    void checksARuleAsItIsTyped();
    void tellsServicesWhoCalls();
    void tellsWhoMayCallARoute();
    void waivesAPolicyThatHoldsEverywhere();
    void looksGoodInLightAndDark();

private:
    void open(const char* page, const char* name = "") {
        m_console->window().openPage(QLatin1String(page), QLatin1String(name));
    }
    void publishCorp();
    void typeRule(const char* name, const QString& text);
    void choose(const char* combo, const QString& id);
    void save() { m_console->press(Qt::Key_S, Qt::ControlModifier); }
    [[nodiscard]] const model::Policy* policy(const char* name) {
        return m_console->config().policies.find(name);
    }
    void shoot(const QString& name);
    void shootDialog(const char* dialog, const QString& name);

    std::unique_ptr<PagesConsole> m_console;
};

void AccessPagesTest::publishCorp() {
    m_console->publish({model::Put{corp()}}, "anna", "Tokens of corp");
}

void AccessPagesTest::typeRule(const char* name, const QString& text) {
    auto* edit = m_console->find<QPlainTextEdit>(name);
    m_console->type(name, text);
    QCOMPARE(edit->toPlainText(), text);
}

void AccessPagesTest::choose(const char* combo, const QString& id) {
    auto* box = m_console->find<QComboBox>(combo);
    const int at = box->findData(id);
    QVERIFY2(at >= 0, qPrintable(id));
    box->setCurrentIndex(at);
}

void AccessPagesTest::shoot(const QString& name) {
    QCoreApplication::processEvents();
    QVERIFY(m_console->window().grab().save(name + QStringLiteral(".png")));
}

void AccessPagesTest::shootDialog(const char* dialog, const QString& name) {
    QCoreApplication::processEvents();
    QVERIFY(m_console->find<QDialog>(dialog)->grab().save(name + QStringLiteral(".png")));
}

void AccessPagesTest::addsAProviderWhoseKeysAreInTheSettings() {
    open("providers");
    QVERIFY(m_console->find("providers.emptyNew")->isEnabled());
    shoot(QStringLiteral("providers-empty"));
    m_console->click("providers.emptyNew");
    m_console->type("provider.name", QStringLiteral("corp"));
    m_console->type("provider.issuer", QStringLiteral("https://id.example.com"));
    choose("provider.keysFrom", QStringLiteral("settings"));
    save();
    QTRY_VERIFY(m_console->text("provider.jwksError").contains(QStringLiteral("key set")));
    m_console->find<QPlainTextEdit>("provider.jwks")->setPlainText(QString::fromLatin1(keySet));
    m_console->click("provider.tabs.mapping");
    choose("provider.tier", QStringLiteral("free"));
    save();
    QTRY_VERIFY(m_console->config().identityProviders.find("corp") != nullptr);
    const auto& saved = *m_console->config().identityProviders.find("corp");
    QCOMPARE(saved.jwks, std::string(keySet));
    QCOMPARE(saved.tier, std::string("free"));
    QVERIFY(saved.jwksUrl.empty());
    QTRY_COMPARE(m_console->text("providerKeys.0"), QStringLiteral("2026"));
    QVERIFY(m_console->text("providerKeys.facts").startsWith(QStringLiteral("From the settings")));
}

void AccessPagesTest::storesAClientSecretAndKeepsItsNameOnly() {
    publishCorp();
    open("providers", "corp");
    m_console->click("provider.tabs.introspection");
    m_console->click("provider.introspection");
    m_console->type("provider.endpoint", QStringLiteral("https://id.example.com/introspect"));
    m_console->type("provider.clientId", QStringLiteral("gatehouse"));
    m_console->click("provider.clientSecret.store");
    QCOMPARE(m_console->find<QLineEdit>("storeSecret.name")->text(), QStringLiteral("corp-client"));
    m_console->type("storeSecret.value", QStringLiteral("s3cret-and-long"));
    m_console->click("storeSecret.submit");
    QTRY_COMPARE(m_console->find<QLineEdit>("provider.clientSecret.reference")->text(),
                 QStringLiteral("${secret:corp-client}"));
    save();
    QTRY_VERIFY(m_console->config().identityProviders.find("corp")->introspection.has_value());
    QCOMPARE(m_console->config().identityProviders.find("corp")->introspection->clientSecret,
             std::string("${secret:corp-client}"));
    for (const QLineEdit* edit : m_console->window().findChildren<QLineEdit*>()) {
        QVERIFY(!edit->text().contains(QStringLiteral("s3cret")));
    }
}

void AccessPagesTest::tellsWhatIsWrongWithAPastedTokenAndForgetsIt() {
    publishCorp();
    open("providers");
    m_console->click("providers.inspect");
    m_console->click("inspector.inspect");
    QCOMPARE(m_console->text("inspector.problem"), QStringLiteral("Paste a token first"));
    auto* token = m_console->find<QPlainTextEdit>("inspector.token");
    token->setPlainText(QString::fromLatin1(forged));
    m_console->click("inspector.inspect");
    QTRY_VERIFY(!m_console->text("inspector.verdict").isEmpty());
    QCOMPARE(m_console->find("inspector.pill")->accessibleName(), QStringLiteral("Refused"));
    QVERIFY(
        m_console->find<QPlainTextEdit>("inspector.claims")->toPlainText().contains(QStringLiteral("anna")));
    bool saysSignature = false;
    for (const QWidget* check : m_console->find("inspector")->findChildren<QWidget*>()) {
        saysSignature =
            saysSignature || (check->objectName().startsWith(QStringLiteral("inspector.check.")) &&
                              check->accessibleName().contains(QStringLiteral("ignature")) &&
                              check->accessibleName().contains(QStringLiteral("Failed")));
    }
    QVERIFY(saysSignature);
    shootDialog("inspector", QStringLiteral("inspector"));
    m_console->click("inspector.close");
    m_console->click("providers.inspect");
    QVERIFY(m_console->find<QPlainTextEdit>("inspector.token")->toPlainText().isEmpty());
    m_console->press(Qt::Key_Escape);
}

void AccessPagesTest::keepsAProviderThatIsInUse() {
    publishCorp();
    model::Policy tokens{{}, "tokens", model::Authenticate{{{{model::Credential::Kind::Jwt, "corp"}}}}};
    m_console->publish({model::Put{tokens}}, "anna", "Tokens");
    open("providers", "corp");
    m_console->press(Qt::Key_Escape);
    m_console->press(Qt::Key_Delete);
    QVERIFY(m_console->config().identityProviders.find("corp") != nullptr);
    const auto* table = m_console->find<QTableView>("providers.table");
    QCOMPARE(table->model()->index(0, ui::ProviderTableModel::UsedBy).data().toString(),
             QStringLiteral("policy tokens"));
}

void AccessPagesTest::buildsAPolicyOfSeveralWays() {
    publishCorp();
    open("policies");
    m_console->click("policies.new");
    m_console->type("policy.name", QStringLiteral("key-or-token"));
    m_console->click("policy.ways.add"); // a JWT is what is not there yet
    m_console->click("policy.ways.1.and");
    m_console->click("policy.anonymous");
    choose("policy.anonymousTier", QStringLiteral("free"));
    save();
    QTRY_VERIFY(policy("key-or-token") != nullptr);
    const model::Authenticate wanted{
        {{model::Credential{}}, {{model::Credential::Kind::Jwt, "corp"}, model::Credential{}}}, true, "free"};
    QVERIFY(*policy("key-or-token")->authenticate == wanted);
    const auto* table = m_console->find<QTableView>("policies.table");
    QTRY_COMPARE(table->model()->rowCount(), 2);
    QTRY_VERIFY(m_console->window().findChild<ui::Toast*>()->text().startsWith(QStringLiteral("Saved")));
    m_console->click("policy.ways.1.1.remove");
    m_console->click("policy.ways.1.0.remove");
    save();
    QTRY_COMPARE(policy("key-or-token")->authenticate->anyOf.size(), std::size_t(1));
}

void AccessPagesTest::checksARuleAsItIsTyped() {
    open("policies", "key");
    m_console->click("policy.tabs.authorize");
    typeRule("policy.when.text", QStringLiteral("consumer.tier == 3"));
    QVERIFY(m_console->text("policy.when.verdict").startsWith(QStringLiteral("At column ")));
    QTRY_VERIFY(!m_console->text("policy.whenError").isEmpty());
    m_console->click("policy.when.helpToggle");
    QVERIFY(m_console->find<QLabel>("policy.when.help")->text().contains(QStringLiteral("claims.NAME")));
    typeRule("policy.when.text", QStringLiteral("consumer.tier == \"pro\""));
    QVERIFY(m_console->text("policy.when.verdict").startsWith(QStringLiteral("Understood")));
    m_console->type("policy.scopes", QStringLiteral("orders:read"));
    save();
    QTRY_VERIFY(policy("key")->authorize.has_value());
    QCOMPARE(policy("key")->authorize->when, std::string("consumer.tier == \"pro\""));
    QCOMPARE(policy("key")->authorize->scopes, std::vector<std::string>{"orders:read"});
}

void AccessPagesTest::tellsServicesWhoCalls() {
    open("policies", "key");
    m_console->click("policy.tabs.identity");
    m_console->click("policy.identity");
    m_console->click("policy.headers.add");
    m_console->type("policy.headers.0.0", QStringLiteral("X-User"));
    m_console->type("policy.headers.0.1", QStringLiteral("consumer.name"));
    m_console->click("policy.token");
    m_console->type("policy.tokenAudience", QStringLiteral("orders"));
    m_console->type("policy.tokenLifetime", QStringLiteral("30s"));
    save();
    QTRY_VERIFY(policy("key")->identity.has_value());
    QCOMPARE(policy("key")->identity->headers,
             (std::vector<model::IdentityHeader>{{"X-User", "consumer.name"}}));
    QCOMPARE(policy("key")->identity->token.front().lifetime, std::chrono::seconds(30));
}

void AccessPagesTest::tellsWhoMayCallARoute() {
    model::Route route = *m_console->config().routes.find("orders");
    route.authorize.roles = {"internal"};
    m_console->publish({model::Put{route}}, "anna", "Orders are for us");
    open("routes", "orders");
    m_console->click("route.tabs.security");
    QTRY_VERIFY(m_console->text("route.holding").contains(QStringLiteral("role internal")));
    m_console->click("route.whoMayCall");
    const auto* callers = m_console->window().findChild<QTableView*>(QStringLiteral("routeAccess.table"));
    QTRY_VERIFY(callers->model()->rowCount() >= 5);
    QVERIFY(m_console->text("routeAccess.rule.0").contains(QStringLiteral("API key")));
    shootDialog("routeAccessDialog", QStringLiteral("route-access"));
    m_console->click("routeAccess.chip.2");
    QCOMPARE(callers->model()->rowCount(), 6); // partners all of them, and whoever shows nothing
    m_console->click("routeAccess.close");
}

void AccessPagesTest::waivesAPolicyThatHoldsEverywhere() {
    model::Policy everywhere = *policy("key");
    everywhere.everywhere = true;
    m_console->publish({model::Put{everywhere}}, "anna", "Keys for all");
    open("routes", "catalog");
    m_console->click("route.tabs.security");
    QTRY_VERIFY(m_console->text("route.holding").contains(QStringLiteral("everywhere")));
    m_console->click("route.waives.key");
    QTRY_VERIFY(m_console->text("route.holding").contains(QStringLiteral("waived here")));
    save();
    QTRY_COMPARE(m_console->config().routes.find("catalog")->waives, std::vector<std::string>{"key"});
}

void AccessPagesTest::looksGoodInLightAndDark() {
    publishCorp();
    auto stored = m_console->service().setSecret("partners", "s3cret", "anna");
    stored.waitForFinished();
    QVERIFY(stored.result());
    model::IdentityProvider partners;
    partners.name = "partners";
    partners.issuer = "http://127.0.0.1:9/realms/partners";
    partners.introspection = model::IdentityProvider::Introspection{};
    partners.introspection->clientId = "gatehouse";
    partners.introspection->clientSecret = "${secret:partners}";
    model::Policy both{
        {},
        "key-or-token",
        model::Authenticate{{{model::Credential{}}, {{model::Credential::Kind::Jwt, "corp"}}}}};
    both.authorize = model::Authorize{{"orders:read"}, {}, {}, {}, "consumer.tier != \"free\""};
    model::Policy secure{{}, "secure-browsers"};
    secure.hsts.emplace();
    m_console->publish({model::Put{partners}, model::Put{both}, model::Put{secure}}, "anna", "Who may call");
    for (const auto mode : {ui::ThemeMode::Light, ui::ThemeMode::Dark}) {
        m_console->theme().setMode(mode);
        const QString suffix = mode == ui::ThemeMode::Dark ? QStringLiteral("dark") : QStringLiteral("light");
        for (const int width : {1440, 1280}) {
            m_console->window().resize(width, 900);
            const QString size = QStringLiteral("-%1-%2").arg(width).arg(suffix);
            open("providers", "corp");
            for (const char* tab : {"keys", "rules", "mapping", "introspection"}) {
                m_console->click(qPrintable(QStringLiteral("provider.tabs.") + QLatin1String(tab)));
                shoot(QStringLiteral("providers-") + QLatin1String(tab) + size);
            }
            m_console->press(Qt::Key_Escape);
            shoot(QStringLiteral("providers") + size);
            open("policies", "key-or-token");
            for (const char* tab : {"callers", "authorize", "identity", "transport"}) {
                m_console->click(qPrintable(QStringLiteral("policy.tabs.") + QLatin1String(tab)));
                shoot(QStringLiteral("policies-") + QLatin1String(tab) + size);
            }
            m_console->press(Qt::Key_Escape);
            shoot(QStringLiteral("policies") + size);
            open("routes", "orders");
            m_console->click("route.tabs.security");
            shoot(QStringLiteral("routes-security") + size);
            m_console->press(Qt::Key_Escape);
            shoot(QStringLiteral("routes") + size);
        }
    }
    QCOMPARE(m_console->config().policies.size(), std::size_t(3));
}

QTEST_MAIN(AccessPagesTest)
#include "access_pages_test.moc"
