#include "app/cli/commands.h"
#include "app/cli/service_text.h"
#include "app/database.h"
#include "gateway/service/control_socket.h"

#include <iostream>

namespace app::cli {

using gateway::Result;
using gateway::model::Service;
using gateway::service::ControlState;
using gateway::service::GatewayState;

namespace {

struct Options {
    std::string service;
    std::string db;
    bool json = false;
};

Result<std::vector<Service>> loadServices(const Options& options) {
    const auto opened = openStores(options.db, db::OpenMode::Existing);
    if (!opened) {
        return gateway::fail(opened.error());
    }
    const auto stored = (*opened)->ports().config.load();
    if (!stored) {
        return gateway::fail(stored.error());
    }
    std::vector<Service> services;
    for (const Service& service : stored->config.services) {
        if (options.service.empty() || service.name == options.service) {
            services.push_back(service);
        }
    }
    if (services.empty() && !options.service.empty()) {
        return gateway::fail(gateway::ErrorKind::Conflict, "no-such-service",
                             "there is no service " + options.service + "; see `gatehousectl services`");
    }
    return services;
}

ExitCode showServices(const Options& options) {
    const auto services = loadServices(options);
    if (!services) {
        return reportError(services.error());
    }
    const Result<ControlState> state = gateway::service::queryState(options.db);
    if (!state && state.error().code != "not-running") {
        return reportError(state.error());
    }
    const bool isRunning = state && state->status.state == GatewayState::Running;
    const ControlState* live = isRunning && state->interval.count() > 0 ? &*state : nullptr;
    if (options.json) {
        std::cout << servicesAsJson(*services, isRunning, live);
    } else if (services->empty()) {
        std::cout << "no services\n";
    } else {
        std::cout << servicesAsText(*services, live);
    }
    return ExitCode::Ok;
}

} // namespace

void addServicesCommand(CLI::App& program, Action& action) {
    CLI::App* command = program.add_subcommand(
        "services", "List services and targets, and how they stand while a gateway runs");
    const auto options = std::make_shared<Options>();
    command->add_option("service", options->service, "Only this one")->type_name("SERVICE");
    command->add_flag("--json", options->json, "As JSON");
    addDatabaseOption(*command, options->db);
    command->footer(
        "Counts are of the last second. Without a running gateway the settings alone are shown.\n\n"
        "Examples:\n"
        "  gatehousectl services\n"
        "  gatehousectl services orders\n"
        "  gatehousectl services --json | jq '.services[] | select(.breaker == \"open\") | .name'");
    onRun(*command, action, options, showServices);
}

} // namespace app::cli
