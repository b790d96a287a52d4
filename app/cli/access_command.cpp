#include "app/cli/access_text.h"
#include "app/cli/commands.h"
#include "app/database.h"
#include "gateway/service/effective_access.h"

#include <iostream>

namespace app::cli {

using gateway::fail;
using gateway::Result;
using gateway::service::AccessLine;
using gateway::service::RouteAccess;
using gateway::service::Stores;

namespace {

struct AccessOptions {
    std::string db;
    std::string name;
    std::size_t limit = 100;
    bool json = false;
};

/// Calls `ask(stores, config, revocations, now)` on the database.
template<class Answer, class Ask>
Result<Answer> withGrounds(const std::string& database, const Ask& ask) {
    const auto opened = openStores(database, db::OpenMode::Existing);
    if (!opened) {
        return fail(opened.error());
    }
    const Stores stores = (*opened)->ports();
    const auto stored = stores.config.load();
    if (!stored) {
        return fail(stored.error());
    }
    const gateway::WallTime now = gateway::SystemClock().wallTime();
    const auto revocations = stores.revocations.list(now);
    if (!revocations) {
        return fail(revocations.error());
    }
    return ask(stores, stored->config, gateway::auth::RevocationSet(*revocations), now);
}

ExitCode runConsumer(const AccessOptions& options) {
    const auto lines = withGrounds<std::vector<AccessLine>>(
        options.db, [&](Stores stores, const auto& config, const auto& revocations, auto now) {
            return gateway::service::accessOfStored(stores, config, revocations, now, options.name);
        });
    if (!lines) {
        return reportError(lines.error());
    }
    std::cout << (options.json ? accessAsJson(*lines) : accessAsTable(*lines));
    return ExitCode::Ok;
}

ExitCode runRoute(const AccessOptions& options) {
    const auto access = withGrounds<RouteAccess>(
        options.db, [&](Stores stores, const auto& config, const auto& revocations, auto now) {
            return gateway::service::callersOfStored(stores, config, revocations, now, options.name,
                                                     options.limit);
        });
    if (!access) {
        return reportError(access.error());
    }
    std::cout << (options.json ? callersAsJson(*access) : callersAsText(*access));
    return ExitCode::Ok;
}

} // namespace

void addAccessCommand(CLI::App& program, Action& action) {
    CLI::App* command = program.add_subcommand("access", "Say who may call what, and why");
    command->require_subcommand(1);
    const std::string examples = "Examples:\n"
                                 "  gatehousectl access consumer acme\n"
                                 "  gatehousectl access route orders --limit 20\n"
                                 "  gatehousectl access route orders --json | jq '.callers[].consumer'";
    command->footer(examples);

    CLI::App* consumer = command->add_subcommand("consumer", "What a consumer may call, route by route");
    const auto ofConsumer = std::make_shared<AccessOptions>();
    consumer->add_option("name", ofConsumer->name, "The consumer")->required()->type_name("CONSUMER");
    consumer->add_flag("--json", ofConsumer->json, "As JSON");
    addDatabaseOption(*consumer, ofConsumer->db);
    consumer->footer(examples);
    onRun(*consumer, action, ofConsumer, runConsumer);

    CLI::App* route = command->add_subcommand("route", "Who may call a route, and by which policies");
    const auto ofRoute = std::make_shared<AccessOptions>();
    route->add_option("name", ofRoute->name, "The route")->required()->type_name("ROUTE");
    route->add_option("--limit", ofRoute->limit, "Show that many consumers (default: 100); all are counted")
        ->type_name("NUMBER");
    route->add_flag("--json", ofRoute->json, "As JSON");
    addDatabaseOption(*route, ofRoute->db);
    route->footer(examples);
    onRun(*route, action, ofRoute, runRoute);
}

} // namespace app::cli
