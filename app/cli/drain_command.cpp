#include "app/cli/commands.h"
#include "app/cli/running_gateway.h"
#include "app/database.h"
#include "gateway/model/edit.h"
#include "gateway/model/validate.h"

#include <algorithm>
#include <iostream>

namespace app::cli {

using gateway::ErrorKind;
using gateway::fail;
using gateway::Result;
using gateway::model::Service;
using gateway::model::Target;

namespace {

struct Options {
    std::string service;
    std::string target;
    std::string db;
    std::string author;
    bool undo = false;
};

/// What the command publishes.
struct Plan {
    gateway::service::StoredConfig before;
    Service service; ///< as it becomes
    bool changes = false;
};

Result<Plan> planDrain(gateway::service::Stores stores, const Options& options) {
    auto stored = stores.config.load();
    if (!stored) {
        return fail(stored.error());
    }
    const Service* service = stored->config.services.find(options.service);
    if (service == nullptr) {
        return fail(ErrorKind::Conflict, "no-such-service",
                    "there is no service " + options.service + "; see `gatehousectl services`");
    }
    Plan plan{{}, *service, false};
    const auto target = std::find_if(plan.service.targets.begin(), plan.service.targets.end(),
                                     [&](const Target& each) { return addressOf(each) == options.target; });
    if (target == plan.service.targets.end()) {
        return fail(ErrorKind::Conflict, "no-such-target",
                    "the service " + options.service + " has no target " + options.target +
                        "; see `gatehousectl services " + options.service + "`");
    }
    plan.changes = target->drain == options.undo;
    target->drain = !options.undo;
    plan.before = std::move(*stored);
    return plan;
}

Result<gateway::model::Revision> publish(gateway::service::Stores stores, const Options& options,
                                         const Plan& plan) {
    const auto problems = gateway::model::validateEntity(plan.before.config, {plan.service});
    if (!problems.empty()) {
        return fail(ErrorKind::Input, "invalid-config", problems.front().message);
    }
    std::vector<gateway::model::Edit> edits{gateway::model::Put{plan.service}};
    std::uint64_t nextId = plan.before.nextId;
    const auto after = gateway::model::applyEdits(plan.before.config, edits, nextId);
    if (!after) {
        return fail(after.error());
    }
    gateway::model::ConfigChange change{.base = plan.before.revision.number,
                                        .author = options.author,
                                        .message = (options.undo ? "Put back " : "Drain ") + options.target +
                                                   " of " + options.service,
                                        .edits = std::move(edits)};
    return stores.config.publish({.change = std::move(change),
                                  .before = plan.before.config,
                                  .after = *after,
                                  .nextId = nextId,
                                  .keys = {},
                                  .time = gateway::SystemClock().wallTime()});
}

void warnWithoutTargets(const Options& options, const Service& service) {
    if (std::all_of(service.targets.begin(), service.targets.end(),
                    [](const Target& target) { return target.drain; })) {
        reportError("no target of " + options.service +
                    " gets requests any more: they are answered with 503 until one is put back");
    }
}

ExitCode drainTarget(const Options& options) {
    const auto opened = openStores(options.db, db::OpenMode::Existing);
    if (!opened) {
        return reportError(opened.error());
    }
    const auto plan = planDrain((*opened)->ports(), options);
    if (!plan) {
        return reportError(plan.error());
    }
    if (!plan->changes) {
        std::cout << "nothing to change: " << options.target << " of " << options.service
                  << (options.undo ? " is not drained\n" : " is drained already\n");
        return ExitCode::Ok;
    }
    const auto revision = publish((*opened)->ports(), options, *plan);
    if (!revision) {
        return reportError(revision.error());
    }
    std::cout << "revision " << revision->number << " published: " << options.target << " of "
              << options.service << (options.undo ? " gets requests again\n" : " gets no new requests\n");
    warnWithoutTargets(options, plan->service);
    const auto uptake = announce(options.db, revision->number);
    if (!uptake) {
        reportError("revision " + std::to_string(revision->number) +
                    " is saved, but the running gateway could not take it up: " + uptake.error().message);
        return ExitCode::Environment;
    }
    if (*uptake == Uptake::Live) {
        std::cout << "revision " << revision->number << " is live\n";
    }
    return ExitCode::Ok;
}

} // namespace

void addDrainCommand(CLI::App& program, Action& action) {
    CLI::App* command = program.add_subcommand(
        "drain", "Give a target no new requests; those in flight finish. As one revision");
    const auto options = std::make_shared<Options>();
    command->add_option("service", options->service, "Whose target it is")->required()->type_name("SERVICE");
    command->add_option("target", options->target, "Its address, host:port")->required()->type_name("TARGET");
    command->add_flag("--undo", options->undo, "Put it back");
    addDatabaseOption(*command, options->db);
    addAuthorOption(*command, options->author);
    command->footer(
        "A gateway that runs on the database takes it up at once, and the command waits until it has. "
        "Watch the last requests finish with `gatehousectl services SERVICE`.\n\n"
        "Examples:\n"
        "  gatehousectl drain orders 127.0.0.1:9001\n"
        "  gatehousectl drain --undo orders 127.0.0.1:9001");
    onRun(*command, action, options, drainTarget);
}

} // namespace app::cli
