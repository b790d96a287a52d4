#include "app/cli/cert_options.h"
#include "app/cli/commands.h"
#include "app/database.h"
#include "gateway/service/control_socket.h"

#include <iostream>
#include <nlohmann/json.hpp>

namespace app::cli {

using gateway::ErrorKind;
using gateway::fail;
using gateway::Result;

namespace {

Result<void> checkThatItRenews(const CertTarget& options) {
    const auto opened = openStores(options.db, db::OpenMode::Existing);
    if (!opened) {
        return fail(opened.error());
    }
    const auto stored = (*opened)->ports().config.load();
    if (!stored) {
        return fail(stored.error());
    }
    const gateway::model::Certificate* certificate = stored->config.certificates.find(options.name);
    if (certificate == nullptr) {
        return fail(ErrorKind::Conflict, "no-such-certificate",
                    "there is no certificate called " + options.name + "; see `gatehousectl cert list`");
    }
    if (!certificate->acme) {
        return fail(ErrorKind::Input, "not-acme",
                    "the certificate " + options.name +
                        " does not come by ACME; bring its successor by `gatehousectl cert import " +
                        options.name + "`");
    }
    return {};
}

/// The gateway that runs does it, since the authority asks it for the proof.
ExitCode runRenew(const CertTarget& options) {
    if (const Result<void> renews = checkThatItRenews(options); !renews) {
        return reportError(renews.error());
    }
    const auto asked = gateway::service::requestRenewal(options.db, options.name);
    if (!asked) {
        const bool nobody = asked.error().code == "not-running";
        reportError(
            asked.error().message +
            (nobody ? " It is a running gateway that renews: start one by `gatehousectl serve`." : ""));
        return exitCodeFor(asked.error());
    }
    // A console may have the database open and its gateway stopped.
    const bool runs = asked->state == gateway::service::GatewayState::Running;
    if (options.json) {
        const nlohmann::json report{{"certificate", options.name}, {"done", "asked"}, {"running", runs}};
        std::cout << report.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << '\n';
    } else {
        std::cout << "certificate " << options.name << " is asked for anew"
                  << (runs ? std::string() : " once the gateway runs") << "; `gatehousectl cert show "
                  << options.name << "` tells how that goes\n";
    }
    return ExitCode::Ok;
}

} // namespace

void addCertRenewCommand(CLI::App& parent, Action& action) {
    CLI::App* command =
        parent.add_subcommand("renew", "Have the running gateway renew a certificate of ACME now");
    const auto options = std::make_shared<CertTarget>();
    command->add_option("name", options->name, "What the certificate is called")
        ->required()
        ->type_name("NAME");
    command->add_flag("--json", options->json, "As JSON");
    addDatabaseOption(*command, options->db);
    command->footer("Certificates of ACME renew by themselves; this does not wait for the time.\n\n"
                    "Examples:\n  gatehousectl cert renew shop");
    onRun(*command, action, options, runRenew);
}

} // namespace app::cli
