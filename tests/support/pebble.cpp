#include "tests/support/pebble.h"

#include "tests/support/socket_io.h"
#include "tests/support/tls_client.h"

#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>
#include <QStandardPaths>

namespace support {

namespace {

QString findProgram(const char* name) {
    return QStandardPaths::findExecutable(QString::fromLatin1(name));
}

QString endpoint(std::uint16_t port) {
    return QStringLiteral("127.0.0.1:%1").arg(port);
}

bool write(const QString& path, const QByteArray& text) {
    QFile file(path);
    return file.open(QIODevice::WriteOnly) && file.write(text) == text.size();
}

} // namespace

bool Pebble::isInstalled() {
    return !findProgram("pebble").isEmpty() && !findProgram("pebble-challtestsrv").isEmpty();
}

Pebble::Pebble(const Wishes& wishes)
    : m_port(unusedPort())
    , m_managementPort(unusedPort()) {
    const TestCertificate server =
        m_authority.issue(CertificateWishes{.names = {"127.0.0.1", "localhost"}, .commonName = "directory"});
    const QString certificate = m_folder.filePath(QStringLiteral("server.pem"));
    const QString key = m_folder.filePath(QStringLiteral("server.key"));
    const QString config = m_folder.filePath(QStringLiteral("pebble.json"));
    QJsonObject settings{{QStringLiteral("listenAddress"), endpoint(m_port)},
                         {QStringLiteral("managementListenAddress"), endpoint(m_managementPort)},
                         {QStringLiteral("certificate"), certificate},
                         {QStringLiteral("privateKey"), key},
                         {QStringLiteral("httpPort"), wishes.httpPort},
                         {QStringLiteral("tlsPort"), wishes.tlsPort},
                         {QStringLiteral("ocspResponderURL"), QString()},
                         {QStringLiteral("externalAccountBindingRequired"), false}};
    if (wishes.validitySeconds > 0) {
        settings.insert(QStringLiteral("certificateValidityPeriod"), wishes.validitySeconds);
    }
    const QByteArray text =
        QJsonDocument(QJsonObject{{QStringLiteral("pebble"), settings}}).toJson(QJsonDocument::Compact);
    if (!write(certificate, QByteArray::fromStdString(server.chain)) ||
        !write(key, QByteArray::fromStdString(server.key)) || !write(config, text)) {
        return;
    }

    const std::uint16_t namesPort = unusedPort();
    const QString off = QString();
    m_names = std::make_unique<TestProcess>(
        findProgram("pebble-challtestsrv"),
        QStringList{QStringLiteral("-http01"), off, QStringLiteral("-https01"), off,
                    QStringLiteral("-tlsalpn01"), off, QStringLiteral("-dns01"), endpoint(namesPort),
                    QStringLiteral("-management"), endpoint(unusedPort()), QStringLiteral("-defaultIPv6"),
                    off},
        QProcessEnvironment::systemEnvironment());
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert(QStringLiteral("PEBBLE_VA_NOSLEEP"), QStringLiteral("1"));
    environment.insert(QStringLiteral("PEBBLE_AUTHZREUSE"), QStringLiteral("0"));
    environment.insert(QStringLiteral("PEBBLE_WFE_NONCEREJECT"), QString::number(wishes.noncesRefused));
    m_pebble = std::make_unique<TestProcess>(
        findProgram("pebble"),
        QStringList{QStringLiteral("-config"), config, QStringLiteral("-dnsserver"), endpoint(namesPort)},
        environment);
    m_isReady = !m_names->waitForLine("Starting management server").isEmpty() &&
                !m_pebble->waitForLine("ACME directory available").isEmpty();
}

std::string Pebble::directoryUrl() const {
    return "https://127.0.0.1:" + std::to_string(m_port) + "/dir";
}

std::string Pebble::root() const {
    TlsClient client(m_managementPort, {.protocols = "http/1.1"});
    return client.get("/roots/0").body;
}

QByteArray Pebble::endAndTell() {
    m_pebble->signal(SIGTERM);
    return m_pebble->waitForEnd().out;
}

} // namespace support
