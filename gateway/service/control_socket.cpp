#include "gateway/service/control_socket.h"

#include "gateway/service/control_access.h"

#include <QCoreApplication>
#include <QFileInfo>
#include <QLocalSocket>
#include <QPointer>
#include <QTimer>

namespace gateway::service {

namespace {

const QString deadlineName = QStringLiteral("deadline");

} // namespace

ControlSocket::ControlSocket(GatewayService& service, const Clock& clock, std::string program)
    : m_service(service)
    , m_clock(clock)
    , m_program(std::move(program)) {
    m_server.setSocketOptions(QLocalServer::UserAccessOption);
    m_server.setMaxPendingConnections(clientsMax);
    connect(&m_server, &QLocalServer::newConnection, this, &ControlSocket::greet);
    connect(&m_service, &GatewayService::metrics, this, [this](const metrics::MetricsFrame& frame) {
        m_interval = std::chrono::duration_cast<std::chrono::milliseconds>(frame.interval);
        m_services = frame.services;
    });
    connect(&m_service, &GatewayService::statusChanged, this, [this](const GatewayStatus& status) {
        if (status.state == GatewayState::Stopped || status.state == GatewayState::Failed) {
            m_interval = {};
            m_services.clear();
        }
    });
}

ControlSocket::~ControlSocket() = default;

/// The lock makes the rest free of races: who holds it may remove the socket that a crashed process left.
Result<void> ControlSocket::takeLock(const QString& databasePath) {
    if (!QFileInfo(QFileInfo(databasePath).path()).isDir()) {
        return fail(ErrorKind::Environment, "db-no-folder",
                    "The folder of the database " + databasePath.toStdString() +
                        " does not exist. Create it, or choose another place for the database.");
    }
    auto lock = std::make_unique<QLockFile>(databasePath + QStringLiteral(".lock"));
    lock->setStaleLockTime(0); // held for as long as the program runs; only a dead holder makes it stale
    if (lock->tryLock(0)) {
        m_lock = std::move(lock);
        return {};
    }
    if (lock->error() != QLockFile::LockFailedError) {
        return fail(ErrorKind::Environment, "db-read-only",
                    "The folder of the database " + databasePath.toStdString() +
                        " cannot be written. Give your user the right to, or choose another place.");
    }
    qint64 pid = 0;
    QString host;
    QString program;
    const bool isKnown = lock->getLockInfo(&pid, &host, &program);
    return fail(ErrorKind::Conflict, "already-running",
                "The database " + databasePath.toStdString() + " is in use by another Gatehouse" +
                    (isKnown ? " (" + program.toStdString() + ", process " + std::to_string(pid) + ")"
                             : std::string()) +
                    ". Use that one, or quit it first.");
}

Result<void> ControlSocket::listen(const std::string& databasePath) {
    if (auto locked = takeLock(canonicalDatabasePath(databasePath)); !locked) {
        return locked;
    }
    const QString name = controlSocketName(databasePath);
    QLocalServer::removeServer(name);
    if (!m_server.listen(name)) {
        m_lock.reset();
        return fail(ErrorKind::Environment, "no-control-socket",
                    "Other programs cannot be told apart from this one: the socket " + name.toStdString() +
                        " cannot be made (" + m_server.errorString().toStdString() + ").");
    }
    return {};
}

void ControlSocket::greet() {
    while (QLocalSocket* client = m_server.nextPendingConnection()) {
        connect(client, &QLocalSocket::disconnected, client, &QObject::deleteLater);
        connect(client, &QObject::destroyed, this, [this] { --m_clients; });
        ++m_clients;
        if (m_clients > clientsMax) {
            client->abort();
            client->deleteLater();
            continue;
        }
        client->setReadBufferSize(controlLineBytesMax);
        connect(client, &QLocalSocket::readyRead, this, [this, client] { read(client); });
        auto* deadline = new QTimer(client);
        deadline->setObjectName(deadlineName);
        connect(deadline, &QTimer::timeout, client, [client] { client->abort(); });
        deadline->start(clientTimeout);
        read(client); // what came before anyone listened for it
    }
}

void ControlSocket::read(QLocalSocket* client) {
    if (!client->canReadLine()) {
        if (client->bytesAvailable() >= controlLineBytesMax) {
            client->abort();
        }
        return;
    }
    const QByteArray line = client->readLine(controlLineBytesMax);
    const auto command = readCommand(line);
    // One question a connection. The answer may take as long as whom it is about.
    disconnect(client, &QLocalSocket::readyRead, this, nullptr);
    client->findChild<QTimer*>(deadlineName)->start(answerTimeout);
    if (!command) {
        client->write(writeAnswer(command.error()));
        client->disconnectFromServer();
        return;
    }
    obey(client, *command, line);
}

/// Once the service has done it; `write` makes the line of what came.
template<class T, class Write>
void ControlSocket::answerLater(QLocalSocket* client, const Reply<T>& reply, Write write) {
    Reply<T>(reply).then(this, [write, client = QPointer(client)](const tl::expected<T, Rejection>& done) {
        if (!client) {
            return;
        }
        client->write(done ? write(*done) : writeAnswer(done.error().error));
        client->disconnectFromServer();
    });
}

void ControlSocket::obey(QLocalSocket* client, ControlCommand command, const QByteArray& line) {
    switch (command) {
    case ControlCommand::Show:
        Q_EMIT showRequested();
        [[fallthrough]];
    case ControlCommand::Status:
        client->write(writeAnswer(describe(m_service.status())));
        client->disconnectFromServer();
        return;
    case ControlCommand::State:
        client->write(writeState(describeState()));
        client->disconnectFromServer();
        return;
    case ControlCommand::Renew:
        answerLater(client, m_service.renewCertificate(readCommandName(line)),
                    [this](bool) { return writeAnswer(describe(m_service.status())); });
        return;
    case ControlCommand::Inspect:
        answerLater(client, m_service.inspectToken(readInspection(line)), writeReport);
        return;
    case ControlCommand::Providers:
        answerLater(client, m_service.providers(), writeProviders);
        return;
    case ControlCommand::RefreshProvider:
        answerLater(client, m_service.refreshProvider(readCommandName(line)),
                    [this](bool) { return writeAnswer(describe(m_service.status())); });
        return;
    case ControlCommand::Changed:
        answerLater(client, m_service.reload(),
                    [this](const GatewayStatus& status) { return writeAnswer(describe(status)); });
        return;
    }
}

ControlState ControlSocket::describeState() const {
    return {.status = describe(m_service.status()), .interval = m_interval, .services = m_services};
}

ControlStatus ControlSocket::describe(const GatewayStatus& status) const {
    ControlStatus described;
    described.program = m_program;
    described.pid = QCoreApplication::applicationPid();
    described.state = status.state;
    described.message = status.message;
    described.addresses = status.addresses;
    described.savedRevision = status.savedRevision;
    described.liveRevision = status.liveRevision;
    described.workers = status.workers;
    if (status.runningSince) {
        described.uptime =
            std::chrono::duration_cast<std::chrono::seconds>(m_clock.wallTime() - *status.runningSince);
    }
    return described;
}

} // namespace gateway::service
