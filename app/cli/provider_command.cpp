#include "app/cli/access_text.h"
#include "app/cli/commands.h"
#include "app/database.h"
#include "gateway/service/control_socket.h"

#include <algorithm>
#include <iostream>

namespace app::cli {

using gateway::fail;
using gateway::Result;
using gateway::auth::ProviderReport;
using gateway::model::IdentityProvider;

namespace {

struct ProviderOptions {
    std::string db;
    std::string name;
    bool json = false;
};

std::string keysFrom(const IdentityProvider& provider) {
    if (!provider.jwks.empty()) {
        return "settings";
    }
    if (!provider.secret.empty()) {
        return "secret";
    }
    return provider.jwksUrl.empty() ? "discovery from " + provider.issuer : provider.jwksUrl;
}

/// What the settings say, where no gateway runs that would know more.
Result<std::vector<ProviderReport>> settingsOf(const std::string& database) {
    const auto opened = openStores(database, db::OpenMode::Existing);
    if (!opened) {
        return fail(opened.error());
    }
    const auto stored = (*opened)->ports().config.load();
    if (!stored) {
        return fail(stored.error());
    }
    std::vector<ProviderReport> reports;
    for (const IdentityProvider& provider : stored->config.identityProviders) {
        ProviderReport& report = reports.emplace_back();
        report.id = provider.id;
        report.name = provider.name;
        report.keysFrom = keysFrom(provider);
        report.problem = "no gateway runs on this database, so nobody has asked for keys";
    }
    return reports;
}

Result<std::vector<ProviderReport>> reportsOf(const ProviderOptions& options) {
    auto reports = gateway::service::queryProviders(options.db);
    if (!reports && reports.error().code == "not-running") {
        reports = settingsOf(options.db);
    }
    if (!reports || options.name.empty()) {
        return reports;
    }
    std::erase_if(*reports, [&](const ProviderReport& report) { return report.name != options.name; });
    if (reports->empty()) {
        return fail(gateway::ErrorKind::Conflict, "no-such-provider",
                    "there is no identity provider called " + options.name +
                        "; see `gatehousectl provider list`");
    }
    return reports;
}

ExitCode runList(const ProviderOptions& options) {
    const auto reports = reportsOf(options);
    if (!reports) {
        return reportError(reports.error());
    }
    if (options.json) {
        std::cout << providersAsJson(*reports);
    } else if (reports->empty()) {
        std::cout << "no identity providers\n";
    } else {
        std::cout << providersAsTable(*reports);
    }
    return ExitCode::Ok;
}

ExitCode runShow(const ProviderOptions& options) {
    const auto reports = reportsOf(options);
    if (!reports) {
        return reportError(reports.error());
    }
    std::cout << (options.json ? providersAsJson(*reports) : providerAsText(reports->front()));
    return ExitCode::Ok;
}

ExitCode runRefresh(const ProviderOptions& options) {
    const auto asked = gateway::service::requestKeys(options.db, options.name);
    if (!asked) {
        return reportError(asked.error());
    }
    std::cout << "the keys of " << options.name << " are being fetched; see `gatehousectl provider show "
              << options.name << "`\n";
    return ExitCode::Ok;
}

} // namespace

void addProviderCommand(CLI::App& program, Action& action) {
    CLI::App* command = program.add_subcommand("provider", "Say how things stand with identity providers");
    command->require_subcommand(1);
    const std::string examples = "Examples:\n"
                                 "  gatehousectl provider list\n"
                                 "  gatehousectl provider show corp --json\n"
                                 "  gatehousectl provider refresh corp";
    command->footer(examples);
    const auto add = [&](const char* verb, const char* description, bool needsName,
                         ExitCode (*run)(const ProviderOptions&)) {
        CLI::App* sub = command->add_subcommand(verb, description);
        const auto options = std::make_shared<ProviderOptions>();
        if (needsName) {
            sub->add_option("name", options->name, "The provider")->required()->type_name("PROVIDER");
        }
        if (run != &runRefresh) {
            sub->add_flag("--json", options->json, "As JSON");
        }
        addDatabaseOption(*sub, options->db);
        sub->footer(examples);
        onRun(*sub, action, options, run);
    };
    add("list", "List identity providers, with the keys that the running gateway has of them", false,
        runList);
    add("show", "Show one, with its keys and what went wrong last", true, runShow);
    add("refresh", "Have the running gateway fetch its keys now", true, runRefresh);
}

} // namespace app::cli
