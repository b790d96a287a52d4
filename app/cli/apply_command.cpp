#include "app/cli/apply_plan.h"
#include "app/cli/commands.h"
#include "app/cli/config_input.h"
#include "app/cli/running_gateway.h"
#include "app/database.h"
#include "app/master_key.h"
#include "gateway/model/validate.h"
#include "gateway/service/certificates.h"

#include <iostream>
#include <nlohmann/json.hpp>

namespace app::cli {

namespace {

struct Options {
    std::string file;
    std::string db;
    std::string author;
    std::string message;
    bool dryRun = false;
    bool json = false;
};

const char* uptakeName(Uptake uptake) {
    switch (uptake) {
    case Uptake::NotRunning:
        return "not-running";
    case Uptake::Idle:
        return "stopped";
    case Uptake::Live:
        return "live";
    }
    return "";
}

nlohmann::json linesAsJson(const std::vector<ChangeLine>& lines) {
    nlohmann::json list = nlohmann::json::array();
    for (const ChangeLine& line : lines) {
        list.push_back({{"action", line.action}, {"kind", line.kind}, {"name", line.name}});
    }
    return list;
}

void printJson(const nlohmann::json& report) {
    std::cout << report.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << '\n';
}

void printPlan(const ApplyPlan& plan, bool asJson) {
    if (asJson) {
        printJson({{"revision", plan.before.revision.number}, {"changes", linesAsJson(plan.lines)}});
        return;
    }
    for (const ChangeLine& line : plan.lines) {
        std::cout << "would " << line.action << ' ' << line.kind << ' ' << line.name << '\n';
    }
    if (plan.lines.empty()) {
        std::cout << "nothing to change\n";
    }
}

gateway::Result<gateway::model::Revision> commit(gateway::service::Stores stores, const Options& options,
                                                 ApplyPlan& plan) {
    gateway::model::ConfigChange change{.base = plan.before.revision.number,
                                        .author = options.author,
                                        .message = options.message,
                                        .edits = plan.edits};
    return stores.config.publish({.change = std::move(change),
                                  .before = plan.before.config,
                                  .after = plan.after,
                                  .nextId = plan.nextId,
                                  .keys = plan.keys,
                                  .time = gateway::SystemClock().wallTime()});
}

/// Private keys that the file names come first, so that no revision needs one that is not there.
gateway::Result<void> storePrivateKeys(gateway::service::Stores stores, const Options& options,
                                       const gateway::model::ConfigFile& file) {
    if (file.privateKeys.empty()) {
        return {};
    }
    const auto place = keyFilePlace(options.db);
    gateway::service::Secrets secrets(stores.secrets, *place);
    return gateway::service::storeFileKeys(file.privateKeys, secrets, options.author);
}

/// Says what was published and whether it is live.
ExitCode conclude(const Options& options, const ApplyPlan& plan, gateway::model::RevisionNumber revision) {
    const auto uptake = announce(options.db, revision);
    if (options.json) {
        nlohmann::json report{{"revision", revision},
                              {"changes", linesAsJson(plan.lines)},
                              {"gateway", uptake ? uptakeName(*uptake) : "refused"}};
        if (!uptake) {
            report["reason"] = uptake.error().message;
        }
        printJson(report);
    } else if (plan.lines.empty()) {
        std::cout << "nothing to change\n";
    } else if (plan.edits.empty()) {
        std::cout << summarise(plan.lines) << '\n';
    } else {
        std::cout << "revision " << revision << " published: " << summarise(plan.lines) << '\n';
    }
    if (!uptake) {
        reportError("revision " + std::to_string(revision) +
                    " is saved, but the running gateway could not take it up: " + uptake.error().message);
        return ExitCode::Environment;
    }
    if (!options.json && *uptake == Uptake::Live) {
        std::cout << "revision " << revision << " is live\n";
    }
    return ExitCode::Ok;
}

ExitCode applyFile(const Options& options) {
    const auto file = readConfiguration(options.file, options.json);
    if (!file) {
        return file.error();
    }
    const auto opened = openStores(options.db, db::OpenMode::Create);
    if (!opened) {
        return reportError(opened.error());
    }
    auto plan = planApply((*opened)->ports(), *file);
    if (!plan) {
        return reportError(plan.error());
    }
    for (const std::string& note : plan->notes) {
        reportError(note);
    }
    if (options.dryRun) {
        printPlan(*plan, options.json);
        return ExitCode::Ok;
    }
    if (auto stored = storePrivateKeys((*opened)->ports(), options, *file); !stored) {
        return reportError(stored.error());
    }
    if (plan->lines.empty()) {
        return conclude(options, *plan, plan->before.revision.number);
    }
    const auto revision = commit((*opened)->ports(), options, *plan);
    if (!revision) {
        return reportError(revision.error());
    }
    return conclude(options, *plan, revision->number);
}

} // namespace

void addApplyCommand(CLI::App& program, Action& action) {
    CLI::App* command =
        program.add_subcommand("apply", "Make the saved configuration equal to a file, as one revision");
    const auto options = std::make_shared<Options>();
    command->add_option("file", options->file, "The file, YAML or JSON; - reads standard input")
        ->required()
        ->type_name("FILE");
    command->add_flag("-n,--dry-run", options->dryRun, "Show what would change and change nothing");
    command->add_option("-m,--message", options->message, "Why, for the history")->type_name("TEXT");
    command->add_flag("--json", options->json, "The outcome, or the problems, as JSON on standard output");
    addDatabaseOption(*command, options->db);
    addAuthorOption(*command, options->author);
    command->footer(
        "Everything in the file is added or changed; listeners, tiers, consumers, services, policies and "
        "routes that it does not have are removed. Keys that it does not have are left alone, unless their "
        "consumer goes. A gateway that runs on the database takes the revision up at once, and the command "
        "waits until it has; without one the revision waits for the next start.\n\n"
        "Examples:\n"
        "  gatehousectl apply shop.yaml --message \"A burst of 50 for the free tier\"\n"
        "  gatehousectl apply --dry-run shop.yaml\n"
        "  generate-config | gatehousectl apply -");
    onRun(*command, action, options, applyFile);
}

} // namespace app::cli
