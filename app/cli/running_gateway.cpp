#include "app/cli/running_gateway.h"

#include "gateway/service/control_socket.h"

namespace app::cli {

using gateway::ErrorKind;
using gateway::fail;
using gateway::Result;
using gateway::service::ControlStatus;
using gateway::service::GatewayState;

Result<Uptake> announce(const std::string& databaseFile, gateway::model::RevisionNumber revision) {
    const Result<ControlStatus> status = gateway::service::nudge(databaseFile);
    if (!status) {
        if (status.error().code == "not-running") {
            return Uptake::NotRunning;
        }
        return fail(status.error());
    }
    if (status->state != GatewayState::Running) {
        return Uptake::Idle;
    }
    if (status->liveRevision < revision) {
        return fail(ErrorKind::Environment, "not-live",
                    "it is still on revision " + std::to_string(status->liveRevision) +
                        (status->message.empty() ? std::string() : ": " + status->message));
    }
    return Uptake::Live;
}

ExitCode announceKeys(const std::string& databaseFile) {
    if (const Result<Uptake> uptake = announce(databaseFile, 0); !uptake) {
        reportError("the change is saved, but the running gateway could not take it up: " +
                    uptake.error().message);
        return ExitCode::Environment;
    }
    return ExitCode::Ok;
}

} // namespace app::cli
