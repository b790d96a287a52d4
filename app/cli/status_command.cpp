#include "app/cli/commands.h"
#include "app/database.h"
#include "gateway/service/control_socket.h"

#include <iostream>
#include <nlohmann/json.hpp>

namespace app::cli {

using gateway::Result;
using gateway::model::RevisionNumber;
using gateway::service::ControlStatus;
using gateway::service::GatewayState;

namespace {

struct Options {
    std::string db;
    bool json = false;
};

std::string uptimeText(std::chrono::seconds uptime) {
    const auto seconds = uptime.count();
    constexpr std::int64_t minute = 60;
    constexpr std::int64_t hour = 60 * minute;
    constexpr std::int64_t day = 24 * hour;
    if (seconds >= day) {
        return std::to_string(seconds / day) + "d " + std::to_string(seconds % day / hour) + "h";
    }
    if (seconds >= hour) {
        return std::to_string(seconds / hour) + "h " + std::to_string(seconds % hour / minute) + "m";
    }
    if (seconds >= minute) {
        return std::to_string(seconds / minute) + "m " + std::to_string(seconds % minute) + "s";
    }
    return std::to_string(seconds) + "s";
}

/// Of a database that nobody serves.
Result<RevisionNumber> savedRevision(const std::string& databaseFile) {
    const auto opened = openStores(databaseFile, db::OpenMode::Existing);
    if (!opened) {
        return gateway::fail(opened.error());
    }
    const auto version = (*opened)->ports().config.version();
    if (!version) {
        return gateway::fail(version.error());
    }
    return version->revision;
}

void printJson(const nlohmann::json& json) {
    std::cout << json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << '\n';
}

ExitCode describeIdle(const Options& options) {
    const auto revision = savedRevision(options.db);
    if (!revision) {
        return reportError(revision.error());
    }
    if (options.json) {
        printJson({{"running", false}, {"state", "stopped"}, {"saved_revision", *revision}});
    } else {
        std::cout << "not running, saved revision " << *revision << '\n';
    }
    return ExitCode::Ok;
}

void describeRunning(const ControlStatus& status, bool asJson) {
    const bool runs = status.state == GatewayState::Running;
    if (asJson) {
        printJson({{"running", runs},
                   {"state", gateway::service::stateName(status.state)},
                   {"program", status.program},
                   {"pid", status.pid},
                   {"addresses", status.addresses},
                   {"saved_revision", status.savedRevision},
                   {"live_revision", status.liveRevision},
                   {"uptime_seconds", status.uptime.count()},
                   {"workers", status.workers},
                   {"message", status.message}});
        return;
    }
    std::cout << gateway::service::stateName(status.state) << " in " << status.program << " (process "
              << status.pid << ")\n";
    for (const std::string& address : status.addresses) {
        std::cout << "listening on " << address << '\n';
    }
    std::cout << "saved revision " << status.savedRevision;
    if (runs) {
        std::cout << ", live revision " << status.liveRevision << ", up " << uptimeText(status.uptime) << ", "
                  << status.workers << (status.workers == 1 ? " worker" : " workers");
    }
    std::cout << '\n';
    if (!status.message.empty()) {
        std::cout << status.message << '\n';
    }
}

ExitCode showStatus(const Options& options) {
    const Result<ControlStatus> status = gateway::service::queryStatus(options.db);
    if (status) {
        describeRunning(*status, options.json);
        return ExitCode::Ok;
    }
    return status.error().code == "not-running" ? describeIdle(options) : reportError(status.error());
}

} // namespace

void addStatusCommand(CLI::App& program, Action& action) {
    CLI::App* command = program.add_subcommand("status", "Whether a gateway runs on the database, and how");
    const auto options = std::make_shared<Options>();
    command->add_flag("--json", options->json, "As JSON");
    addDatabaseOption(*command, options->db);
    command->footer("The exit code is 0 whether it runs or not; ask the field `running` of --json.\n\n"
                    "Examples:\n"
                    "  gatehousectl status\n"
                    "  gatehousectl status --json | jq .live_revision");
    onRun(*command, action, options, showStatus);
}

} // namespace app::cli
