#include "tests/support/node_peer.h"

#include <QFileInfo>
#include <QJsonDocument>

namespace support {

namespace {

QProcessEnvironment peerEnvironment() {
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert(QStringLiteral("NODE_PATH"), QStringLiteral(GATEHOUSE_PEERS_FOLDER));
    return environment;
}

} // namespace

NodePeer::NodePeer(const QString& script, const QStringList& arguments)
    : m_process(QStringLiteral("node"),
                QStringList{QStringLiteral(GATEHOUSE_PEER_SCRIPTS) + QLatin1Char('/') + script} + arguments,
                peerEnvironment()) {}

bool NodePeer::arePackagesThere() {
    return QFileInfo::exists(QStringLiteral(GATEHOUSE_PEERS_FOLDER));
}

QJsonObject NodePeer::waitFor(const QString& member) {
    const QByteArray quoted = '"' + member.toUtf8() + "\":";
    return QJsonDocument::fromJson(m_process.waitForLine(quoted)).object();
}

std::vector<QJsonObject> NodePeer::waitForEnd() {
    std::vector<QJsonObject> objects;
    const ProcessResult result = m_process.waitForEnd();
    for (const QByteArray& line : result.out.split('\n')) {
        if (!line.isEmpty()) {
            objects.push_back(QJsonDocument::fromJson(line).object());
        }
    }
    if (result.exitCode != 0) {
        objects.push_back({{QStringLiteral("check"), QStringLiteral("the peer itself")},
                           {QStringLiteral("ok"), false},
                           {QStringLiteral("why"), QString::fromUtf8(result.err)}});
    }
    return objects;
}

} // namespace support
