#pragma once

#include "gateway/base/result.h"
#include "gateway/service/gateway_service.h"

#include <QByteArray>
#include <QString>
#include <chrono>
#include <string>
#include <vector>

// What programs on one database say to each other: one JSON object on a line in, one out.
//   {"do":"changed"}  the database was changed: take it up, answer once the workers have it
//   {"do":"status"}   how the gateway stands
//   {"do":"show"}     the console raises its window
//   {"do":"state"}    how the gateway's services and targets stand: the fields of ControlState
//   {"do":"renew","name":"shop"}  the certificate of that name is asked for anew, as ACME can
// and about callers, see control_access.h: "inspect", "providers", "refresh-provider".
// The answer is {"ok":true, ...} with the fields of ControlStatus, or {"ok":false,"code":...,"message":...}.
namespace gateway::service {

/// Longest line, either way.
constexpr qint64 controlLineBytesMax = 64 * 1024;

enum class ControlCommand { Changed, Status, Show, State, Renew, Inspect, Providers, RefreshProvider };

/// How the program that has the database open stands.
struct ControlStatus {
    std::string program; ///< "gatehouse" or "gatehousectl"
    std::int64_t pid = 0;
    GatewayState state = GatewayState::Stopped;
    std::string message;
    std::vector<std::string> addresses;
    model::RevisionNumber savedRevision = 0;
    model::RevisionNumber liveRevision = 0;
    std::chrono::seconds uptime{0}; ///< of the gateway; 0 when it stands
    unsigned workers = 0;
};

[[nodiscard]] const char* stateName(GatewayState state); ///< "stopped", "starting", "running", ...

/// `name`: of what is meant, for commands that need one.
[[nodiscard]] QByteArray writeCommand(ControlCommand command, const std::string& name = {});
[[nodiscard]] Result<ControlCommand> readCommand(const QByteArray& line);
/// The name in a command; empty: there is none.
[[nodiscard]] std::string readCommandName(const QByteArray& line);
[[nodiscard]] QByteArray writeAnswer(const ControlStatus& status);
[[nodiscard]] QByteArray writeAnswer(const Error& error);
[[nodiscard]] Result<ControlStatus> readAnswer(const QByteArray& line);

/// The database's path without links and detours, also when the file is still to be made.
[[nodiscard]] QString canonicalDatabasePath(const std::string& databasePath);
/// The same for all programs of one user on one database, another one for everybody else.
[[nodiscard]] QString controlSocketName(const std::string& databasePath);

} // namespace gateway::service
