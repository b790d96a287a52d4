#include "tests/gui/pages_console.h"

#include "gateway/crypto/certificate.h"
#include "gateway/crypto/private_key.h"
#include "ui/models/certificate_table_model.h"
#include "ui/widgets/banner.h"
#include "ui/widgets/toast.h"

#include <QClipboard>
#include <QComboBox>
#include <QDropEvent>
#include <QFile>
#include <QFileDialog>
#include <QGuiApplication>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QMimeData>
#include <QPlainTextEdit>
#include <QProcess>
#include <QTableView>
#include <QTest>
#include <QTimer>
#include <QUrl>

using namespace gateway;

namespace {

struct Made {
    std::string chain;
    std::string key;
};

Made selfSignedFor(const std::string& host, int days = 365) {
    const crypto::PrivateKey key = *crypto::PrivateKey::generate(crypto::KeyKind::EcdsaP256);
    return {*crypto::selfSigned(key, {host, {}, {host}}, days), key.toPem()};
}

} // namespace

/// Certificates: brought, made, asked for, shown, warned of and let go.
class CertificatesPageTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init();
    void cleanup() { m_console.reset(); }

    void anEmptyPageTeachesWhatBelongsHere();
    void makesASelfSignedCertificateByKeyboard();
    void importsCertificateAndKeyAsPastedText();
    void saysAtTheKeyThatItBelongsToAnotherCertificate();
    void takesFilesThatAreDroppedOnThePage();
    void importsAPkcs12FileWithItsPassphrase();
    void exportsTheChainWithoutAKey();
    void makesARequestAndImportsWhatWasSigned();
    void asksAcmeForACertificate();
    void tellsHowACertificateRenewsAndAsksForItAtOnce();
    void trustsAnAuthority();
    void showsWhoUsesACertificateAndLeadsThere();
    void keepsACertificateThatIsInUse();
    void warnsOfACertificateThatEndsSoon();
    void copiesTheFingerprint();
    void looksGoodInLightAndDark();

private:
    [[nodiscard]] const model::Certificate* saved(const char* name);
    void chooseFromMenu(const char* id);
    void importPasted(const QString& name, const Made& made);
    void bringIn(const char* name, const Made& made);
    void fill(const char* name, const std::string& text);
    void dropOnThePage(const QStringList& fileNames);
    [[nodiscard]] QString cell(const QString& name, int column);
    void shoot(const QString& name);

    std::unique_ptr<PagesConsole> m_console;
};

void CertificatesPageTest::init() {
    m_console = std::make_unique<PagesConsole>();
    m_console->window().openPage(QStringLiteral("certificates"));
}

const model::Certificate* CertificatesPageTest::saved(const char* name) {
    return m_console->config().certificates.find(name);
}

/// By the keys that a person would press: Ctrl+N, then down to the entry.
void CertificatesPageTest::chooseFromMenu(const char* id) {
    m_console->press(Qt::Key_N, Qt::ControlModifier);
    auto* menu = m_console->window().findChild<QMenu*>(QStringLiteral("certificates.menu"));
    QTRY_VERIFY(menu->isVisible());
    const QString wanted = QStringLiteral("certificates.menu.") + QLatin1String(id);
    for (int i = 0; i < menu->actions().size() && menu->activeAction()->objectName() != wanted; ++i) {
        QTest::keyClick(menu, Qt::Key_Down);
    }
    QCOMPARE(menu->activeAction()->objectName(), wanted);
    QTest::keyClick(menu, Qt::Key_Return);
}

void CertificatesPageTest::fill(const char* name, const std::string& text) {
    m_console->click(name);
    QGuiApplication::clipboard()->setText(QString::fromStdString(text));
    m_console->press(Qt::Key_A, Qt::ControlModifier);
    m_console->press(Qt::Key_V, Qt::ControlModifier);
}

void CertificatesPageTest::importPasted(const QString& name, const Made& made) {
    chooseFromMenu("import"); // also beside an open drawer
    m_console->type("certificateImport.name", name);
    fill("certificateImport.chain", made.chain);
    fill("certificateImport.key", made.key);
    m_console->click("certificateImport.submit");
}

/// The same, until the page has said so and shows it.
void CertificatesPageTest::bringIn(const char* name, const Made& made) {
    importPasted(QLatin1String(name), made);
    QTRY_VERIFY(m_console->window().findChild<ui::Toast*>()->text().endsWith(QLatin1String(name)));
    QTRY_COMPARE(m_console->window().findChild<QLineEdit*>(QStringLiteral("certificate.name"))->text(),
                 QLatin1String(name));
}

void CertificatesPageTest::dropOnThePage(const QStringList& fileNames) {
    QList<QUrl> urls;
    for (const QString& fileName : fileNames) {
        urls.push_back(QUrl::fromLocalFile(fileName));
    }
    QMimeData files;
    files.setUrls(urls);
    QWidget* page = m_console->find("certificates");
    QDragEnterEvent enter(page->rect().center(), Qt::CopyAction, &files, Qt::LeftButton, Qt::NoModifier);
    QCoreApplication::sendEvent(page, &enter);
    QVERIFY(enter.isAccepted());
    QDropEvent drop(page->rect().center(), Qt::CopyAction, &files, Qt::LeftButton, Qt::NoModifier);
    QCoreApplication::sendEvent(page, &drop);
}

QString CertificatesPageTest::cell(const QString& name, int column) {
    const auto* table = m_console->window().findChild<QTableView*>(QStringLiteral("certificates.table"));
    const QAbstractItemModel& model = *table->model();
    for (int row = 0; row < model.rowCount(); ++row) {
        if (model.index(row, 0).data().toString() == name) {
            return model.index(row, column).data().toString();
        }
    }
    return {};
}

void CertificatesPageTest::shoot(const QString& name) {
    QCoreApplication::processEvents();
    QVERIFY(m_console->window().grab().save(name + QStringLiteral(".png")));
}

void CertificatesPageTest::anEmptyPageTeachesWhatBelongsHere() {
    QVERIFY(m_console->find("certificates.emptyNew")->isEnabled());
    shoot(QStringLiteral("certificates-empty"));
    m_console->click("certificates.emptyNew");
    auto* menu = m_console->window().findChild<QMenu*>(QStringLiteral("certificates.menu"));
    QTRY_VERIFY(menu->isVisible());
    QTest::keyClick(menu, Qt::Key_Escape);
    QVERIFY(!menu->isVisible());
}

void CertificatesPageTest::makesASelfSignedCertificateByKeyboard() {
    chooseFromMenu("selfSigned");
    m_console->type("certificateSubject.name", QStringLiteral("shop"));
    m_console->press(Qt::Key_Return);
    QVERIFY(m_console->text("certificateSubject.namesError").contains(QStringLiteral("hosts")));
    m_console->type("certificateSubject.names", QStringLiteral("shop.example, 127.0.0.1, bad host!"));
    m_console->press(Qt::Key_Return);
    QTRY_VERIFY(m_console->text("certificateSubject.namesError").contains(QStringLiteral("host name")));
    m_console->type("certificateSubject.names", QStringLiteral("shop.example, *.shop.example, 127.0.0.1"));
    m_console->type("certificateSubject.days", QStringLiteral("90"));
    m_console->press(Qt::Key_Return);
    QTRY_VERIFY(saved("shop") != nullptr);
    const auto chain = crypto::readCertificates(saved("shop")->chain);
    QVERIFY(chain);
    QVERIFY(crypto::coversHost(chain->front(), "www.shop.example"));
    QTRY_COMPARE(cell(QStringLiteral("shop"), ui::CertificateTableModel::PrivateKey),
                 QStringLiteral("Stored"));
    QCOMPARE(cell(QStringLiteral("shop"), ui::CertificateTableModel::Issuer), QStringLiteral("itself"));
    // It is opened at once, so that one sees what was made.
    QTRY_COMPARE(m_console->text("certificates.drawer.title"), QStringLiteral("Edit certificate"));
    QVERIFY(m_console->text("certificate.keyText").contains(QStringLiteral("encrypted")));
}

void CertificatesPageTest::importsCertificateAndKeyAsPastedText() {
    const Made made = selfSignedFor("shop.example");
    m_console->click("certificates.import");
    m_console->click("certificateImport.submit");
    QVERIFY(m_console->text("certificateImport.nameError").contains(QStringLiteral("name")));
    QVERIFY(m_console->text("certificateImport.chainError").contains(QStringLiteral("paste")));
    m_console->press(Qt::Key_Escape);
    bringIn("shop", made);
    QCOMPARE(crypto::readCertificates(saved("shop")->chain)->front().fingerprint,
             crypto::readCertificates(made.chain)->front().fingerprint);
    QVERIFY(saved("shop")->chain.find("PRIVATE KEY") == std::string::npos);
    QTRY_COMPARE(cell(QStringLiteral("shop"), ui::CertificateTableModel::PrivateKey),
                 QStringLiteral("Stored"));
}

void CertificatesPageTest::saysAtTheKeyThatItBelongsToAnotherCertificate() {
    Made mixed = selfSignedFor("shop.example");
    mixed.key = selfSignedFor("other.example").key;
    importPasted(QStringLiteral("shop"), mixed);
    QTRY_VERIFY(m_console->text("certificateImport.keyError").contains(QStringLiteral("key")));
    QVERIFY(saved("shop") == nullptr);
}

void CertificatesPageTest::takesFilesThatAreDroppedOnThePage() {
    const Made made = selfSignedFor("files.example");
    QTemporaryDir folder;
    QStringList fileNames;
    for (const auto& [name, text] : {std::pair("site.crt", made.chain), std::pair("site.key", made.key)}) {
        QFile file(folder.filePath(QLatin1String(name)));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(QByteArray::fromStdString(text));
        fileNames.push_back(file.fileName());
    }
    dropOnThePage(fileNames);
    QTRY_COMPARE(m_console->find<QLineEdit>("certificateImport.name")->text(),
                 QStringLiteral("files.example"));
    m_console->click("certificateImport.submit");
    QTRY_VERIFY(saved("files.example") != nullptr);
}

void CertificatesPageTest::importsAPkcs12FileWithItsPassphrase() {
    const Made made = selfSignedFor("shop.example");
    const QTemporaryDir folder;
    for (const auto& [name, text] : {std::pair("leaf.pem", made.chain), std::pair("leaf.key", made.key)}) {
        QFile file(folder.filePath(QLatin1String(name)));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(QByteArray::fromStdString(text));
    }
    QProcess openssl;
    openssl.setWorkingDirectory(folder.path());
    openssl.start(
        QStringLiteral("openssl"),
        QStringLiteral("pkcs12 -export -inkey leaf.key -in leaf.pem -out shop.p12 -passout pass:secret")
            .split(u' '));
    QVERIFY(openssl.waitForFinished());
    QCOMPARE(openssl.exitCode(), 0);
    dropOnThePage({folder.filePath(QStringLiteral("shop.p12"))});
    QCOMPARE(m_console->find<QLineEdit>("certificateImport.name")->text(), QStringLiteral("shop"));
    m_console->click("certificateImport.submit");
    QTRY_VERIFY(m_console->text("certificateImport.passphraseError").contains(QStringLiteral("passphrase")));
    QVERIFY(saved("shop") == nullptr);
    m_console->type("certificateImport.passphrase", QStringLiteral("secret"));
    m_console->click("certificateImport.submit");
    QTRY_VERIFY(saved("shop") != nullptr);
    QCOMPARE(crypto::readCertificates(saved("shop")->chain)->front().fingerprint,
             crypto::readCertificates(made.chain)->front().fingerprint);
    QTRY_COMPARE(cell(QStringLiteral("shop"), ui::CertificateTableModel::PrivateKey),
                 QStringLiteral("Stored"));
}

void CertificatesPageTest::exportsTheChainWithoutAKey() {
    bringIn("shop", selfSignedFor("shop.example"));
    const QTemporaryDir folder;
    const QString fileName = folder.filePath(QStringLiteral("exported.pem"));
    QTimer chooser;
    connect(&chooser, &QTimer::timeout, &chooser, [&] {
        auto* dialog = qobject_cast<QFileDialog*>(QApplication::activeModalWidget());
        if (dialog != nullptr) {
            chooser.stop();
            auto* edit = dialog->findChild<QLineEdit*>(QStringLiteral("fileNameEdit"));
            edit->setText(fileName);
            QTest::keyClick(edit, Qt::Key_Return);
        }
    });
    chooser.start(10);
    m_console->click("certificates.export");
    QTRY_COMPARE(m_console->window().findChild<ui::Toast*>()->text(), QStringLiteral("Saved exported.pem"));
    QFile file(fileName);
    QVERIFY(file.open(QIODevice::ReadOnly));
    const QByteArray text = file.readAll();
    QCOMPARE(text.toStdString(), saved("shop")->chain);
    QVERIFY(!text.contains("PRIVATE KEY"));
}

void CertificatesPageTest::makesARequestAndImportsWhatWasSigned() {
    chooseFromMenu("request");
    m_console->type("certificateSubject.name", QStringLiteral("shop"));
    m_console->type("certificateSubject.names", QStringLiteral("shop.example"));
    m_console->press(Qt::Key_Return);
    QTRY_VERIFY(m_console->window().findChild<QPlainTextEdit*>(QStringLiteral("signingRequest.text")) !=
                nullptr);
    const QString request = m_console->find<QPlainTextEdit>("signingRequest.text")->toPlainText();
    QVERIFY(request.contains(QStringLiteral("BEGIN CERTIFICATE REQUEST")));
    m_console->click("signingRequest.copy");
    QCOMPARE(QGuiApplication::clipboard()->text(), request);
    m_console->click("signingRequest.import");
    QCOMPARE(m_console->find<QLineEdit>("certificateImport.name")->text(), QStringLiteral("shop"));
    // Somebody else's certificate is no answer to this request.
    fill("certificateImport.chain", selfSignedFor("shop.example").chain);
    m_console->click("certificateImport.submit");
    QTRY_VERIFY(!m_console->text("certificateImport.problem").isEmpty());
    QVERIFY(saved("shop") == nullptr);
    m_console->press(Qt::Key_Escape);
    // It waits on the page until it is signed, or forgotten.
    QTRY_VERIFY(
        m_console->window().findChild<QWidget*>(QStringLiteral("certificates.requests"))->isVisible());
    m_console->answerNextBox(QStringLiteral("Forget"));
    m_console->click("certificates.requests.shop.forget");
    QTRY_VERIFY(
        !m_console->window().findChild<QWidget*>(QStringLiteral("certificates.requests"))->isVisible());
}

void CertificatesPageTest::asksAcmeForACertificate() {
    chooseFromMenu("acme");
    m_console->type("certificateAcme.name", QStringLiteral("shop"));
    m_console->find<QComboBox>("certificateAcme.preset")->setFocus();
    m_console->press(Qt::Key_Down);
    m_console->type("certificateAcme.domains", QStringLiteral("*.shop.example"));
    m_console->press(Qt::Key_Return);
    QVERIFY(m_console->text("certificateAcme.domainsError").contains(QStringLiteral("dns-01")));
    m_console->type("certificateAcme.domains", QStringLiteral("shop.example www.shop.example"));
    m_console->type("certificateAcme.contact", QStringLiteral("ops@shop.example"));
    m_console->press(Qt::Key_Return);
    QTRY_VERIFY(saved("shop") != nullptr);
    QVERIFY(saved("shop")->acme->directory.find("staging") != std::string::npos);
    QCOMPARE(saved("shop")->acme->domains.size(), 2U);
    QTRY_COMPARE(cell(QStringLiteral("shop"), ui::CertificateTableModel::Expires),
                 QStringLiteral("waiting for ACME"));
}

void CertificatesPageTest::tellsHowACertificateRenewsAndAsksForItAtOnce() {
    const auto renewal = [this] {
        return m_console->window().findChild<QWidget*>(QStringLiteral("certificate.renewal"));
    };
    bringIn("shop", selfSignedFor("shop.example"));
    QVERIFY(!renewal()->isVisible());
    model::Certificate www;
    www.name = "www";
    // Nobody is asked: there is nothing that could prove the name.
    www.acme = model::Certificate::Acme{.directory = "https://127.0.0.1:1/directory",
                                        .directoryAuthority = {},
                                        .domains = {"www.shop.example"},
                                        .contact = {}};
    m_console->publish({model::Put{www}}, "anna", "www comes by itself");
    QTRY_COMPARE(cell(QStringLiteral("www"), ui::CertificateTableModel::Expires),
                 QStringLiteral("waiting for ACME"));
    m_console->window().openPage(QStringLiteral("certificates"), QStringLiteral("www"));
    QTRY_VERIFY(renewal()->isVisible());
    QTRY_VERIFY(m_console->text("certificate.renewalText").contains(QStringLiteral("gateway")));
    m_console->click("certificate.tabs.history");
    QVERIFY(!renewal()->isVisible());
    m_console->click("certificate.tabs.details");
    shoot(QStringLiteral("certificates-renewal-light"));
    m_console->click("certificate.renew");
    QTRY_COMPARE(m_console->window().findChild<ui::Toast*>()->text(),
                 QStringLiteral("Asked for another certificate www"));
}

void CertificatesPageTest::trustsAnAuthority() {
    chooseFromMenu("authority");
    m_console->type("certificateImport.name", QStringLiteral("partners"));
    fill("certificateImport.chain", selfSignedFor("ca.example").chain);
    m_console->click("certificateImport.submit");
    QTRY_VERIFY(saved("partners") != nullptr);
    QCOMPARE(saved("partners")->use, model::Certificate::Use::Authority);
}

void CertificatesPageTest::showsWhoUsesACertificateAndLeadsThere() {
    bringIn("shop", selfSignedFor("shop.example"));
    model::Listener listener = *m_console->config().listeners.find("public");
    listener.tls = model::Listener::Tls{.certificates = {"shop"}, .clientAuthority = {}};
    m_console->publish({model::Put{listener}}, "anna", "Speak https");
    QTRY_COMPARE(cell(QStringLiteral("shop"), ui::CertificateTableModel::UsedBy), QStringLiteral("public"));
    m_console->window().openPage(QStringLiteral("certificates"), QStringLiteral("shop"));
    m_console->click("certificate.tabs.uses");
    m_console->click("certificate.use.0");
    QTRY_COMPARE(m_console->text("listeners.drawer.title"), QStringLiteral("Edit listener"));
    QVERIFY(m_console->find("listener.name")->isVisible());
}

void CertificatesPageTest::keepsACertificateThatIsInUse() {
    bringIn("shop", selfSignedFor("shop.example"));
    model::Listener listener = *m_console->config().listeners.find("public");
    listener.tls = model::Listener::Tls{.certificates = {"shop"}, .clientAuthority = {}};
    m_console->publish({model::Put{listener}}, "anna", "Speak https");
    QTRY_COMPARE(cell(QStringLiteral("shop"), ui::CertificateTableModel::UsedBy), QStringLiteral("public"));
    auto* table = m_console->find<QTableView>("certificates.table");
    table->selectRow(0);
    table->setFocus();
    m_console->press(Qt::Key_Delete);
    QTRY_VERIFY(m_console->window().findChild<ui::Toast*>()->text().contains(
        QStringLiteral("in use by listener public")));
    listener.tls.reset();
    m_console->publish({model::Put{listener}}, "anna", "Speak http");
    QTRY_VERIFY(cell(QStringLiteral("shop"), ui::CertificateTableModel::UsedBy) != u"public");
    table->setFocus();
    m_console->answerNextBox(QStringLiteral("Delete"));
    m_console->press(Qt::Key_Delete);
    QTRY_VERIFY(saved("shop") == nullptr);
}

void CertificatesPageTest::warnsOfACertificateThatEndsSoon() {
    const Made young = selfSignedFor("young.example", 365);
    bringIn("young", young);
    QVERIFY(!m_console->window().findChild<QWidget*>(QStringLiteral("certificates.banner"))->isVisible());
    const auto info = crypto::readCertificates(young.chain)->front();
    const auto day = std::chrono::hours(24);
    QCOMPARE(ui::expiryLevel(info, info.notAfter - 200 * day), ui::ExpiryLevel::Fine);
    QCOMPARE(ui::expiryLevel(info, info.notAfter - 61 * day), ui::ExpiryLevel::Soon);
    QCOMPARE(ui::expiryLevel(info, info.notAfter - 3 * day), ui::ExpiryLevel::Urgent);
    QCOMPARE(ui::expiryLevel(info, info.notAfter + day), ui::ExpiryLevel::Expired);
    QCOMPARE(ui::expiryText(info, info.notAfter - 61 * day), QStringLiteral("in 61 days"));
    QCOMPARE(ui::expiryText(info, info.notAfter + 3 * day), QStringLiteral("expired 3 days ago"));
    const auto warnings = ui::expiryWarnings(m_console->config(), info.notAfter - 61 * day);
    QCOMPARE(warnings.size(), 1U);
    QVERIFY(warnings[0].sentence.contains(QStringLiteral("young ends in 61 days")));
}

void CertificatesPageTest::copiesTheFingerprint() {
    const Made made = selfSignedFor("shop.example");
    bringIn("shop", made);
    QTRY_COMPARE(cell(QStringLiteral("shop"), ui::CertificateTableModel::PrivateKey),
                 QStringLiteral("Stored"));
    QTRY_COMPARE(m_console->text("certificates.drawer.title"), QStringLiteral("Edit certificate"));
    const auto isShown = [this] {
        const auto* copy = m_console->window().findChild<QWidget*>(QStringLiteral("certificate.copy.0"));
        return copy != nullptr && copy->isVisible();
    };
    QTRY_VERIFY(isShown());
    m_console->click("certificate.copy.0");
    QCOMPARE(QGuiApplication::clipboard()->text().toStdString(),
             crypto::readCertificates(made.chain)->front().fingerprint);
}

void CertificatesPageTest::looksGoodInLightAndDark() {
    bringIn("shop", selfSignedFor("shop.example"));
    bringIn("partner-api", selfSignedFor("partners.shop.example", 5));
    model::Certificate authority;
    authority.name = "partners-ca";
    authority.use = model::Certificate::Use::Authority;
    authority.chain = selfSignedFor("root.partners.example").chain;
    model::Certificate renewed;
    renewed.name = "www";
    renewed.acme = model::Certificate::Acme{.directory = "https://acme-v02.api.letsencrypt.org/directory",
                                            .directoryAuthority = {},
                                            .domains = {"www.shop.example"},
                                            .contact = {}};
    model::Listener listener = *m_console->config().listeners.find("public");
    listener.tls = model::Listener::Tls{.certificates = {"shop", "partner-api"}, .clientAuthority = {}};
    m_console->publish({model::Put{authority}, model::Put{renewed}, model::Put{listener}}, "anna",
                       "More certificates");
    QTRY_COMPARE(cell(QStringLiteral("shop"), ui::CertificateTableModel::UsedBy), QStringLiteral("public"));
    for (const auto mode : {ui::ThemeMode::Light, ui::ThemeMode::Dark}) {
        m_console->theme().setMode(mode);
        const QString suffix = mode == ui::ThemeMode::Dark ? QStringLiteral("dark") : QStringLiteral("light");
        for (const int width : {1440, 1100}) {
            m_console->window().resize(width, 900);
            const QString size = QStringLiteral("%1-%2").arg(width).arg(suffix);
            m_console->window().openPage(QStringLiteral("certificates"), QStringLiteral("shop"));
            shoot(QStringLiteral("certificates-") + size);
            m_console->window().openPage(QStringLiteral("settings"), QStringLiteral("public"));
            m_console->click("listener.tabs.tls");
            shoot(QStringLiteral("listeners-") + size);
            m_console->click("listener.tabs.clients");
            shoot(QStringLiteral("listeners-clients-") + size);
        }
    }
    m_console->theme().setMode(ui::ThemeMode::Light);
    m_console->window().openPage(QStringLiteral("certificates"));
    chooseFromMenu("import");
    QWidget* dialog = m_console->find("certificateImport");
    QVERIFY(dialog->grab().save(QStringLiteral("certificates-import-light.png")));
    m_console->press(Qt::Key_Escape);
}

QTEST_MAIN(CertificatesPageTest)
#include "certificates_page_test.moc"
