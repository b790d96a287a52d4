#include "gateway/service/control_socket.h"

#include <QDeadlineTimer>
#include <QLocalSocket>

namespace gateway::service {

namespace {

Result<ControlStatus> ask(const std::string& databasePath, ControlCommand command,
                          std::chrono::milliseconds timeout) {
    const QDeadlineTimer deadline(timeout);
    const auto leftMs = [&deadline] { return static_cast<int>(deadline.remainingTime()); };
    QLocalSocket socket;
    socket.setReadBufferSize(controlLineBytesMax);
    socket.connectToServer(controlSocketName(databasePath));
    if (!socket.waitForConnected(leftMs())) {
        return fail(ErrorKind::Environment, "not-running",
                    "No gateway runs on the database " + databasePath + ".");
    }
    socket.write(writeCommand(command));
    while (!socket.canReadLine() && socket.bytesAvailable() < controlLineBytesMax &&
           socket.waitForReadyRead(leftMs())) {
    }
    if (!socket.canReadLine()) {
        return fail(ErrorKind::Environment, "no-answer",
                    "The program that has the database " + databasePath +
                        " open did not answer in time. Look whether it hangs.");
    }
    return readAnswer(socket.readLine(controlLineBytesMax));
}

} // namespace

Result<ControlStatus> nudge(const std::string& databasePath, std::chrono::milliseconds timeout) {
    return ask(databasePath, ControlCommand::Changed, timeout);
}

Result<ControlStatus> queryStatus(const std::string& databasePath, std::chrono::milliseconds timeout) {
    return ask(databasePath, ControlCommand::Status, timeout);
}

Result<ControlStatus> requestShow(const std::string& databasePath, std::chrono::milliseconds timeout) {
    return ask(databasePath, ControlCommand::Show, timeout);
}

} // namespace gateway::service
