#include "gateway/service/control_protocol.h"

#include "gateway/base/digest.h"
#include "gateway/service/control_json.h"

#include <QDir>
#include <QFileInfo>
#include <array>
#include <utility>

#ifndef Q_OS_WIN
#include <unistd.h>
#endif

namespace gateway::service {

namespace {

constexpr std::array commands{
    std::pair{ControlCommand::Changed, "changed"},
    std::pair{ControlCommand::Status, "status"},
    std::pair{ControlCommand::Show, "show"},
    std::pair{ControlCommand::State, "state"},
    std::pair{ControlCommand::Renew, "renew"},
    std::pair{ControlCommand::Inspect, "inspect"},
    std::pair{ControlCommand::Providers, "providers"},
    std::pair{ControlCommand::RefreshProvider, "refresh-provider"},
};

constexpr std::array states{
    std::pair{GatewayState::Stopped, "stopped"}, std::pair{GatewayState::Starting, "starting"},
    std::pair{GatewayState::Running, "running"}, std::pair{GatewayState::Draining, "draining"},
    std::pair{GatewayState::Failed, "failed"},
};

std::string userId() {
#ifdef Q_OS_WIN
    return QDir::homePath().toStdString(); // pipes are named for the whole machine
#else
    return std::to_string(getuid());
#endif
}

} // namespace

const char* stateName(GatewayState state) {
    return nameIn(states, state);
}

QByteArray writeCommand(ControlCommand command, const std::string& name) {
    nlohmann::json json{{"do", nameIn(commands, command)}};
    if (!name.empty()) {
        json["name"] = name;
    }
    return toLine(json);
}

Result<ControlCommand> readCommand(const QByteArray& line) {
    ControlCommand command{};
    if (takeName(command, commands, textOf(fromLine(line), "do"))) {
        return command;
    }
    return fail(ErrorKind::Input, "unknown-command", "This program does not know that command.");
}

std::string readCommandName(const QByteArray& line) {
    return textOf(fromLine(line), "name");
}

nlohmann::json statusToJson(const ControlStatus& status) {
    return {{"ok", true},
            {"program", status.program},
            {"pid", static_cast<std::uint64_t>(status.pid)},
            {"state", stateName(status.state)},
            {"message", status.message},
            {"addresses", status.addresses},
            {"saved", status.savedRevision},
            {"live", status.liveRevision},
            {"uptime", static_cast<std::uint64_t>(status.uptime.count())},
            {"workers", status.workers}};
}

QByteArray writeAnswer(const ControlStatus& status) {
    return toLine(statusToJson(status));
}

QByteArray writeAnswer(const Error& error) {
    return toLine({{"ok", false}, {"code", error.code}, {"message", error.message}});
}

Result<ControlStatus> statusFromJson(const nlohmann::json& json) {
    const auto isOk = json.find("ok");
    if (isOk == json.end() || !isOk->is_boolean()) {
        return fail(ErrorKind::Environment, "no-answer",
                    "The program that has the database open gave no answer that makes sense.");
    }
    if (!isOk->get<bool>()) {
        return fail(ErrorKind::Environment, textOf(json, "code"), textOf(json, "message"));
    }
    ControlStatus status;
    status.program = textOf(json, "program");
    status.pid = static_cast<std::int64_t>(numberOf(json, "pid"));
    takeName(status.state, states, textOf(json, "state"));
    status.message = textOf(json, "message");
    for (const auto& address : listOf(json, "addresses")) {
        if (address.is_string()) {
            status.addresses.push_back(address.get<std::string>());
        }
    }
    status.savedRevision = numberOf(json, "saved");
    status.liveRevision = numberOf(json, "live");
    status.uptime = std::chrono::seconds(numberOf(json, "uptime"));
    status.workers = static_cast<unsigned>(numberOf(json, "workers"));
    return status;
}

Result<ControlStatus> readAnswer(const QByteArray& line) {
    return statusFromJson(fromLine(line));
}

QString canonicalDatabasePath(const std::string& databasePath) {
    const QFileInfo file(QString::fromStdString(databasePath));
    if (file.exists()) {
        return file.canonicalFilePath();
    }
    const QString folder = QFileInfo(file.absolutePath()).canonicalFilePath();
    return folder.isEmpty() ? file.absoluteFilePath() : folder + QLatin1Char('/') + file.fileName();
}

QString controlSocketName(const std::string& databasePath) {
    const std::string owner = canonicalDatabasePath(databasePath).toStdString() + '\n' + userId();
    constexpr int digits = 32; // paths of sockets are short: at most 107 bytes on Linux
    return QStringLiteral("gatehouse-") + QString::fromStdString(toHex(sha256(owner))).left(digits);
}

} // namespace gateway::service
