#include "gateway/service/control_access.h"
#include "gateway/service/control_socket.h"

#include <QDeadlineTimer>
#include <QLocalSocket>

namespace gateway::service {

namespace {

/// The answer's line.
Result<QByteArray> ask(const std::string& databasePath, const QByteArray& command,
                       std::chrono::milliseconds timeout, qint64 bytesMax = controlLineBytesMax) {
    const QDeadlineTimer deadline(timeout);
    const auto leftMs = [&deadline] { return static_cast<int>(deadline.remainingTime()); };
    QLocalSocket socket;
    socket.setReadBufferSize(bytesMax);
    socket.connectToServer(controlSocketName(databasePath));
    if (!socket.waitForConnected(leftMs())) {
        return fail(ErrorKind::Environment, "not-running",
                    "No gateway runs on the database " + databasePath + ".");
    }
    socket.write(command);
    while (!socket.canReadLine() && socket.bytesAvailable() < bytesMax && socket.waitForReadyRead(leftMs())) {
    }
    if (!socket.canReadLine()) {
        return fail(ErrorKind::Environment, "no-answer",
                    "The program that has the database " + databasePath +
                        " open did not answer in time. Look whether it hangs.");
    }
    return socket.readLine(bytesMax);
}

Result<ControlStatus> askStatus(const std::string& databasePath, ControlCommand command,
                                std::chrono::milliseconds timeout) {
    const auto line = ask(databasePath, writeCommand(command), timeout);
    return line ? readAnswer(*line) : fail(line.error());
}

} // namespace

Result<ControlStatus> nudge(const std::string& databasePath, std::chrono::milliseconds timeout) {
    return askStatus(databasePath, ControlCommand::Changed, timeout);
}

Result<ControlStatus> queryStatus(const std::string& databasePath, std::chrono::milliseconds timeout) {
    return askStatus(databasePath, ControlCommand::Status, timeout);
}

Result<ControlState> queryState(const std::string& databasePath, std::chrono::milliseconds timeout) {
    const auto line = ask(databasePath, writeCommand(ControlCommand::State), timeout, controlStateBytesMax);
    return line ? readState(*line) : fail(line.error());
}

Result<ControlStatus> requestRenewal(const std::string& databasePath, const std::string& certificate,
                                     std::chrono::milliseconds timeout) {
    const auto line = ask(databasePath, writeCommand(ControlCommand::Renew, certificate), timeout);
    return line ? readAnswer(*line) : fail(line.error());
}

Result<TokenReport> queryToken(const std::string& databasePath, const TokenQuery& query,
                               std::chrono::milliseconds timeout) {
    const auto line = ask(databasePath, writeInspection(query), timeout, controlStateBytesMax);
    return line ? readReport(*line) : fail(line.error());
}

Result<std::vector<auth::ProviderReport>> queryProviders(const std::string& databasePath,
                                                         std::chrono::milliseconds timeout) {
    const auto line =
        ask(databasePath, writeCommand(ControlCommand::Providers), timeout, controlStateBytesMax);
    return line ? readProviders(*line) : fail(line.error());
}

Result<ControlStatus> requestKeys(const std::string& databasePath, const std::string& provider,
                                  std::chrono::milliseconds timeout) {
    const auto line = ask(databasePath, writeCommand(ControlCommand::RefreshProvider, provider), timeout);
    return line ? readAnswer(*line) : fail(line.error());
}

Result<ControlStatus> requestShow(const std::string& databasePath, std::chrono::milliseconds timeout) {
    return askStatus(databasePath, ControlCommand::Show, timeout);
}

} // namespace gateway::service
