#include "cli_fixture.h"
#include "tests/support/test_certificates.h"
#include "tests/support/tls_client.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTcpServer>
#include <QtTest>
#include <memory>

using support::TestAuthority;
using support::TestCertificate;

/// Certificates by gatehousectl, beside a gateway that runs and without one.
class CliCertTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init() { m_cli = std::make_unique<CliFixture>(); }
    void cleanup() { m_cli.reset(); }

    void aGeneratedCertificateIsListedWithItsKey();
    void anImportedCertificateIsShownWithItsChain();
    void aKeyOfAnotherCertificateIsRefused();
    void anEncryptedKeyWantsItsPassphrase();
    void aSigningRequestIsAnsweredWithoutItsKey();
    void anAuthorityIsImportedWithoutAKey();
    void aCertificateThatIsUsedIsNotRemoved();
    void aRunningGatewayShowsWhatIsImportedAtOnce();
    void aFileBringsItsPrivateKeys();
    void aLostMasterKeyIsNamedAndImportingHelps();
    void aKeyFileThatOthersMayReadIsRefused();
    void anotherKeyFileCanBeNamed();
    void noPrivateKeyIsInAnyFileOrOutput();

private:
    /// A database with a listener on a free port, which shows the certificate "shop".
    void makeDatabase(bool withTls = false);
    [[nodiscard]] support::ProcessResult cert(const QStringList& arguments) const {
        return m_cli->runOn(m_cli->db(), QStringList{QStringLiteral("cert")} + arguments);
    }
    [[nodiscard]] support::ProcessResult cert(const char* arguments) const {
        return cert(CliFixture::words(arguments));
    }
    [[nodiscard]] support::ProcessResult import(const TestCertificate& certificate) const;
    [[nodiscard]] QJsonObject shown(const char* name) const;

    std::unique_ptr<CliFixture> m_cli;
    std::uint16_t m_port = 0;
    QByteArray m_configuration;
};

namespace {

std::uint16_t freePort() {
    QTcpServer server;
    return server.listen(QHostAddress::LocalHost) ? server.serverPort() : std::uint16_t{0};
}

/// The middle of a key's base64, which is in no other file by chance.
QByteArray coreOf(const std::string& pem) {
    const QList<QByteArray> lines = QByteArray::fromStdString(pem).split('\n');
    return lines.value(1).left(40);
}

/// The bytes of a key, of which the last 32 are secret.
QByteArray bytesOf(const std::string& pem) {
    QByteArray base64;
    for (const QByteArray& line : QByteArray::fromStdString(pem).split('\n')) {
        base64 += line.startsWith('-') ? QByteArray() : line;
    }
    return QByteArray::fromBase64(base64);
}

} // namespace

void CliCertTest::makeDatabase(bool withTls) {
    m_port = freePort();
    m_configuration =
        "listeners:\n  - name: main\n    address: 127.0.0.1:" + QByteArray::number(m_port) + '\n';
    if (withTls) {
        m_configuration += "    tls: { certificates: [shop] }\n";
    }
    const auto applied =
        m_cli->runOn(m_cli->db(), {QStringLiteral("apply"),
                                   m_cli->write("start.yaml", withTls ? "routes: []\n" : m_configuration)});
    QVERIFY2(applied.exitCode == CliFixture::exitOk, applied.err.constData());
}

support::ProcessResult CliCertTest::import(const TestCertificate& certificate) const {
    return cert({QStringLiteral("import"), QStringLiteral("shop"), QStringLiteral("--chain"),
                 m_cli->write("chain.pem", QByteArray::fromStdString(certificate.chain)),
                 QStringLiteral("--key"),
                 m_cli->write("key.pem", QByteArray::fromStdString(certificate.key))});
}

QJsonObject CliCertTest::shown(const char* name) const {
    const auto result = cert({QStringLiteral("show"), QString::fromLatin1(name), QStringLiteral("--json")});
    return QJsonDocument::fromJson(result.out).object();
}

void CliCertTest::aGeneratedCertificateIsListedWithItsKey() {
    makeDatabase();
    const auto made = cert("generate local --names localhost,127.0.0.1 --days 90");
    QVERIFY2(made.exitCode == CliFixture::exitOk, made.err.constData());
    const auto listed = cert("list --json");
    const QJsonArray list = QJsonDocument::fromJson(listed.out).array();
    QCOMPARE(list.size(), 1);
    QCOMPARE(list[0].toObject()[QStringLiteral("state")].toString(), QStringLiteral("ok"));
    QVERIFY(list[0].toObject()[QStringLiteral("private_key")].toBool());
    QVERIFY(cert("list").out.contains("localhost, 127.0.0.1"));
}

void CliCertTest::anImportedCertificateIsShownWithItsChain() {
    makeDatabase();
    const TestAuthority authority;
    TestCertificate leaf = authority.issue("shop.example");
    leaf.chain += authority.pem();
    const auto imported = import(leaf);
    QVERIFY2(imported.exitCode == CliFixture::exitOk, imported.err.constData());
    const QJsonObject shop = shown("shop");
    QCOMPARE(shop[QStringLiteral("chain")].toArray().size(), 2);
    QVERIFY(shop[QStringLiteral("problems")].toArray().isEmpty());
    QVERIFY(cert("show shop").out.contains("private key  stored"));
    QCOMPARE(cert("show other").exitCode, CliFixture::exitConflict);
}

void CliCertTest::aKeyOfAnotherCertificateIsRefused() {
    makeDatabase();
    const TestAuthority authority;
    TestCertificate leaf = authority.issue("shop.example");
    leaf.key = authority.issue("other.example").key;
    const auto imported = import(leaf);
    QCOMPARE(imported.exitCode, CliFixture::exitInvalid);
    QVERIFY(imported.err.contains("does not belong"));
    QVERIFY(cert("list --json").out.trimmed() == "[]");
}

void CliCertTest::anEncryptedKeyWantsItsPassphrase() {
    makeDatabase();
    const TestAuthority authority;
    const TestCertificate leaf = authority.issue("shop.example");
    const QString plain = m_cli->write("plain.pem", QByteArray::fromStdString(leaf.key));
    const QString encrypted = m_cli->path("encrypted.pem");
    QProcess openssl;
    openssl.start(QStringLiteral("openssl"), {QStringLiteral("pkcs8"), QStringLiteral("-topk8"),
                                              QStringLiteral("-in"), plain, QStringLiteral("-out"), encrypted,
                                              QStringLiteral("-passout"), QStringLiteral("pass:secret")});
    QVERIFY(openssl.waitForFinished() && openssl.exitCode() == 0);
    const QStringList words{
        QStringLiteral("import"),  QStringLiteral("shop"),
        QStringLiteral("--chain"), m_cli->write("chain.pem", QByteArray::fromStdString(leaf.chain)),
        QStringLiteral("--key"),   encrypted};
    const auto without = cert(words);
    QCOMPARE(without.exitCode, CliFixture::exitInvalid);
    QVERIFY(without.err.contains("passphrase is missing"));
    const auto with =
        cert(words + QStringList{QStringLiteral("--passphrase-file"), m_cli->write("pass", "secret\n")});
    QVERIFY2(with.exitCode == CliFixture::exitOk, with.err.constData());
}

void CliCertTest::aSigningRequestIsAnsweredWithoutItsKey() {
    makeDatabase();
    const auto asked = cert("csr shop --names shop.example");
    QVERIFY(asked.out.startsWith("-----BEGIN CERTIFICATE REQUEST-----"));
    QCOMPARE(shown("shop")[QStringLiteral("state")].toString(), QStringLiteral("waiting"));

    // An authority signs it.
    const QString request = m_cli->write("shop.csr", asked.out);
    const QString signedFile = m_cli->path("signed.pem");
    const auto openssl = [](const QStringList& arguments) {
        QProcess process;
        process.start(QStringLiteral("openssl"), arguments);
        return process.waitForFinished() && process.exitCode() == 0;
    };
    QVERIFY(openssl({QStringLiteral("req"), QStringLiteral("-x509"), QStringLiteral("-newkey"),
                     QStringLiteral("rsa:2048"), QStringLiteral("-nodes"), QStringLiteral("-keyout"),
                     m_cli->path("ca.key"), QStringLiteral("-out"), m_cli->path("ca.pem"),
                     QStringLiteral("-subj"), QStringLiteral("/CN=CA")}));
    QVERIFY(openssl({QStringLiteral("x509"), QStringLiteral("-req"), QStringLiteral("-in"), request,
                     QStringLiteral("-CA"), m_cli->path("ca.pem"), QStringLiteral("-CAkey"),
                     m_cli->path("ca.key"), QStringLiteral("-copy_extensions"), QStringLiteral("copy"),
                     QStringLiteral("-out"), signedFile}));
    const auto imported =
        cert({QStringLiteral("import"), QStringLiteral("shop"), QStringLiteral("--chain"), signedFile});
    QVERIFY2(imported.exitCode == CliFixture::exitOk, imported.err.constData());
    const QJsonArray list = QJsonDocument::fromJson(cert("list --json").out).array();
    QCOMPARE(list.size(), 1);
    QCOMPARE(list[0].toObject()[QStringLiteral("state")].toString(), QStringLiteral("ok"));
}

void CliCertTest::anAuthorityIsImportedWithoutAKey() {
    makeDatabase();
    const TestAuthority authority;
    const QString file = m_cli->write("ca.pem", QByteArray::fromStdString(authority.pem()));
    const auto imported = cert({QStringLiteral("import"), QStringLiteral("partners"),
                                QStringLiteral("--authority"), QStringLiteral("--chain"), file});
    QVERIFY2(imported.exitCode == CliFixture::exitOk, imported.err.constData());
    QCOMPARE(shown("partners")[QStringLiteral("use")].toString(), QStringLiteral("authority"));
    QVERIFY(!QFile::exists(m_cli->path("test.key"))); // nothing to be sealed yet
}

void CliCertTest::aCertificateThatIsUsedIsNotRemoved() {
    makeDatabase(true);
    QCOMPARE(cert("generate shop --names shop.example").exitCode, CliFixture::exitOk);
    const QString file = m_cli->path("export.yaml");
    QVERIFY(m_cli->runOn(m_cli->db(), {QStringLiteral("export"), QStringLiteral("-o"), file}).exitCode >= 0);
    const auto exported = m_cli->runOnDb("export");
    const QString both = m_cli->write("both.yaml", exported.out + m_configuration);
    const auto applied = m_cli->runOn(m_cli->db(), {QStringLiteral("apply"), both});
    QVERIFY2(applied.exitCode == CliFixture::exitOk, applied.err.constData());
    const auto removed = cert("remove shop");
    QCOMPARE(removed.exitCode, CliFixture::exitConflict);
    QVERIFY(removed.err.contains("listener main"));
}

void CliCertTest::aRunningGatewayShowsWhatIsImportedAtOnce() {
    makeDatabase(true);
    const TestAuthority authority;
    QCOMPARE(import(authority.issue("first.example")).exitCode, CliFixture::exitOk);
    const auto exported = m_cli->runOnDb("export");
    QCOMPARE(m_cli
                 ->runOn(m_cli->db(),
                         {QStringLiteral("apply"), m_cli->write("both.yaml", exported.out + m_configuration)})
                 .exitCode,
             CliFixture::exitOk);
    const auto gateway = m_cli->startOnDb("serve");
    QVERIFY(!gateway->waitForLine("listening on").isEmpty());

    QCOMPARE(import(authority.issue("second.example")).exitCode, CliFixture::exitOk);
    QProcess client;
    client.start(QStringLiteral("openssl"), {QStringLiteral("s_client"), QStringLiteral("-connect"),
                                             QStringLiteral("127.0.0.1:%1").arg(m_port)});
    client.closeWriteChannel();
    QVERIFY(client.waitForFinished());
    QVERIFY(client.readAllStandardOutput().contains("second.example"));
}

void CliCertTest::aFileBringsItsPrivateKeys() {
    const TestAuthority authority;
    const TestCertificate leaf = authority.issue("shop.example");
    QVERIFY(!m_cli->write("shop.pem", QByteArray::fromStdString(leaf.chain)).isEmpty());
    QVERIFY(!m_cli->write("shop-key.pem", QByteArray::fromStdString(leaf.key)).isEmpty());
    const QString file = m_cli->write("shop.yaml", "certificates:\n  - name: shop\n    chain_file: shop.pem\n"
                                                   "    key_file: shop-key.pem\n");
    const auto applied = m_cli->runOn(m_cli->db(), {QStringLiteral("apply"), file});
    QVERIFY2(applied.exitCode == CliFixture::exitOk, applied.err.constData());
    QCOMPARE(shown("shop")[QStringLiteral("state")].toString(), QStringLiteral("ok"));
}

void CliCertTest::aLostMasterKeyIsNamedAndImportingHelps() {
    makeDatabase();
    const TestAuthority authority;
    const TestCertificate leaf = authority.issue("shop.example");
    QCOMPARE(import(leaf).exitCode, CliFixture::exitOk);
    QVERIFY(QFile::remove(m_cli->path("test.key")));
    const auto listed = cert("list");
    QCOMPARE(listed.exitCode, CliFixture::exitOk);
    QVERIFY(listed.err.contains("test.key"));
    QVERIFY(listed.out.contains("no-key"));

    QCOMPARE(import(leaf).exitCode, CliFixture::exitOk);
    const auto again = cert("list");
    QVERIFY(again.out.contains("ok"));
    QVERIFY2(again.err.isEmpty(), again.err.constData());
}

void CliCertTest::aKeyFileThatOthersMayReadIsRefused() {
    makeDatabase();
    QCOMPARE(cert("generate shop --names shop.example").exitCode, CliFixture::exitOk);
    QVERIFY(QFile::setPermissions(m_cli->path("test.key"),
                                  QFile::ReadOwner | QFile::WriteOwner | QFile::ReadOther));
    const auto again = cert("generate shop --names shop.example");
    QCOMPARE(again.exitCode, CliFixture::exitEnvironment);
    QVERIFY(again.err.contains("chmod 600"));
}

void CliCertTest::anotherKeyFileCanBeNamed() {
    makeDatabase();
    const QString named = m_cli->path("elsewhere.key");
    qputenv("GATEHOUSE_KEY_FILE", named.toUtf8());
    const auto made = cert("generate shop --names shop.example");
    qunsetenv("GATEHOUSE_KEY_FILE");
    QVERIFY2(made.exitCode == CliFixture::exitOk, made.err.constData());
    QVERIFY(QFile::exists(named));
    QCOMPARE(QFile::permissions(named) & (QFile::ReadGroup | QFile::WriteGroup | QFile::ReadOther),
             QFile::Permissions());
    QVERIFY(!QFile::exists(m_cli->path("test.key")));
}

void CliCertTest::noPrivateKeyIsInAnyFileOrOutput() {
    makeDatabase(true);
    const TestAuthority authority;
    const TestCertificate leaf = authority.issue("shop.example");
    const auto imported = import(leaf);
    QCOMPARE(imported.exitCode, CliFixture::exitOk);
    const auto exported = m_cli->runOnDb("export");
    const QString file = m_cli->write("both.yaml", exported.out + m_configuration);
    QCOMPARE(m_cli->runOn(m_cli->db(), {QStringLiteral("apply"), file}).exitCode, CliFixture::exitOk);
    const auto gateway = m_cli->startOnDb("serve");
    QVERIFY(!gateway->waitForLine("listening on").isEmpty());

    QByteArray all = imported.out + imported.err + exported.out + gateway->errors() +
                     cert("list --json").out + cert("show shop").out + cert("show shop --json").out;
    for (const char* name : {"test.db", "test.db-wal", "test.db-shm", "both.yaml", "test.key"}) {
        QFile content(m_cli->path(name));
        QVERIFY2(content.open(QIODevice::ReadOnly) || name != std::string_view("test.db"), name);
        all += content.readAll();
    }
    const QByteArray der = bytesOf(leaf.key);
    QVERIFY(der.size() > 64);
    // Of an ECDSA key as PKCS#8, the secret number begins at byte 36; the end is its public half.
    constexpr int secretAt = 36;
    constexpr int secretBytes = 32;
    const QByteArray secret = der.mid(secretAt, secretBytes);
    QVERIFY(!all.contains(coreOf(leaf.key)));
    QVERIFY(!all.contains(secret));
    QVERIFY(!all.contains(secret.toBase64().left(40)));
    QVERIFY(!all.contains(secret.toHex()));
    QVERIFY(all.contains("shop.example"));
}

QTEST_GUILESS_MAIN(CliCertTest)
#include "cli_cert_test.moc"
