#include "app/cli/commands.h"
#include "app/cli/key_lookup.h"
#include "app/cli/running_gateway.h"
#include "app/database.h"
#include "gateway/model/scalars.h"
#include "gateway/service/key_rules.h"

#include <iostream>

namespace app::cli {

using gateway::fail;
using gateway::Result;
using gateway::model::KeyState;
using gateway::service::IssuedKey;
using gateway::service::KeyRequest;
using gateway::service::Stores;

namespace {

struct CreateOptions {
    std::string db;
    std::string author;
    std::string consumer;
    std::string name;
    std::vector<std::string> scopes;
    std::vector<std::string> addresses;
    std::string expires;
    bool quiet = false;
};

struct ListOptions {
    std::string db;
    std::string consumer;
    bool json = false;
};

struct StateOptions {
    std::string db;
    std::string author;
    std::string key; ///< id, or CONSUMER/NAME
};

/// Makes the key and returns it: the only time that it is to be had.
Result<IssuedKey> createKey(Stores stores, const CreateOptions& options, KeyRequest request) {
    const auto stored = stores.config.load();
    if (!stored) {
        return fail(stored.error());
    }
    const auto consumer = findConsumer(stored->config, options.consumer);
    if (!consumer) {
        return fail(consumer.error());
    }
    request.consumer = consumer->id;
    request.name = options.name;
    request.scopes = options.scopes;
    request.addresses = options.addresses;
    request.author = options.author;
    auto issued = gateway::service::issueKey(stores.keys, request, gateway::SystemClock().wallTime());
    if (!issued) {
        return fail(std::move(issued.error().error));
    }
    return std::move(*issued);
}

ExitCode runCreate(const CreateOptions& options) {
    KeyRequest request;
    if (!options.expires.empty()) {
        request.expires = gateway::model::parseTime(options.expires);
        if (!request.expires) {
            reportError("--expires: " + options.expires +
                        " is no date; write 2027-01-31 or 2027-01-31T09:30:00Z");
            return ExitCode::Usage;
        }
    }
    const auto opened = openStores(options.db, db::OpenMode::Existing);
    if (!opened) {
        return reportError(opened.error());
    }
    const auto issued = createKey((*opened)->ports(), options, std::move(request));
    if (!issued) {
        return reportError(issued.error());
    }
    printSecret(options.consumer, options.name, issued->secret, options.quiet);
    return announceKeys(options.db);
}

ExitCode runList(const ListOptions& options) {
    const auto opened = openStores(options.db, db::OpenMode::Existing);
    if (!opened) {
        return reportError(opened.error());
    }
    const auto keys = listKeys((*opened)->ports(), options.consumer);
    if (!keys) {
        return reportError(keys.error());
    }
    const gateway::WallTime now = gateway::SystemClock().wallTime();
    std::cout << (options.json ? keysAsJson(*keys, now) : keysAsTable(*keys, now));
    return ExitCode::Ok;
}

ExitCode changeState(const StateOptions& options, KeyState state, const char* done) {
    const auto opened = openStores(options.db, db::OpenMode::Existing);
    if (!opened) {
        return reportError(opened.error());
    }
    const Stores stores = (*opened)->ports();
    const auto id = findKey(stores, options.key);
    if (!id) {
        return reportError(id.error());
    }
    const auto key = stores.keys.setState(*id, state, options.author);
    if (!key) {
        return reportError(key.error());
    }
    std::cout << "key " << options.key << ' ' << done << '\n';
    return announceKeys(options.db);
}

ExitCode runRevoke(const StateOptions& options) {
    return changeState(options, KeyState::Revoked, "revoked");
}

ExitCode runDisable(const StateOptions& options) {
    return changeState(options, KeyState::Disabled, "disabled");
}

ExitCode runEnable(const StateOptions& options) {
    return changeState(options, KeyState::Active, "enabled");
}

void addCreate(CLI::App& parent, Action& action) {
    CLI::App* command = parent.add_subcommand("create", "Make a key and print it once");
    const auto options = std::make_shared<CreateOptions>();
    command->add_option("--consumer", options->consumer, "Whose key it is")->required()->type_name("NAME");
    command->add_option("--name", options->name, "What the key is called; one of a kind per consumer")
        ->required()
        ->type_name("NAME")
        ->check([](const std::string& name) {
            return name.empty() ? std::string("a key needs a name") : std::string();
        });
    command->add_option("--scope", options->scopes, "What it may be used for; may be repeated")
        ->type_name("SCOPE");
    command
        ->add_option("--address", options->addresses,
                     "Where it may be used from: 192.0.2.7 or 10.0.0.0/8; may be repeated")
        ->type_name("NETWORK");
    command
        ->add_option("--expires", options->expires,
                     "Refused from then on: 2027-01-31 (midnight UTC) or 2027-01-31T09:30:00Z")
        ->type_name("DATE");
    command->add_flag("-q,--quiet", options->quiet, "Print the key and nothing else");
    addDatabaseOption(*command, options->db);
    addAuthorOption(*command, options->author);
    command->footer("The key works at once; no revision is published.\n\n"
                    "Examples:\n"
                    "  gatehousectl key create --consumer acme --name laptop\n"
                    "  KEY=$(gatehousectl key create -q --consumer acme --name ci --expires 2027-01-31)");
    onRun(*command, action, options, runCreate);
}

void addList(CLI::App& parent, Action& action) {
    CLI::App* command = parent.add_subcommand("list", "List keys, by the first characters of each");
    const auto options = std::make_shared<ListOptions>();
    command->add_option("--consumer", options->consumer, "Only this consumer's")->type_name("NAME");
    command->add_flag("--json", options->json, "As JSON");
    addDatabaseOption(*command, options->db);
    command->footer("Examples:\n"
                    "  gatehousectl key list\n"
                    "  gatehousectl key list --consumer acme --json");
    onRun(*command, action, options, runList);
}

void addChange(CLI::App& parent, Action& action, const std::string& verb, const std::string& description,
               ExitCode (*run)(const StateOptions&)) {
    CLI::App* command = parent.add_subcommand(verb, description);
    const auto options = std::make_shared<StateOptions>();
    command->add_option("key", options->key, "Its id, or CONSUMER/NAME")->required()->type_name("KEY");
    addDatabaseOption(*command, options->db);
    addAuthorOption(*command, options->author);
    command->footer("Examples:\n"
                    "  gatehousectl key " +
                    verb +
                    " acme/laptop\n"
                    "  gatehousectl key " +
                    verb + " 12");
    onRun(*command, action, options, run);
}

} // namespace

void addKeyCommand(CLI::App& program, Action& action) {
    CLI::App* command =
        program.add_subcommand("key", "Make, rotate, list, move, disable and revoke API keys");
    command->require_subcommand(1);
    command->footer("Examples:\n"
                    "  gatehousectl key create --consumer acme --name laptop\n"
                    "  gatehousectl key list --consumer acme\n"
                    "  gatehousectl key rotate acme/laptop --overlap 24h\n"
                    "  gatehousectl key revoke acme/laptop");
    addCreate(*command, action);
    addList(*command, action);
    addKeyRotateCommand(*command, action);
    addKeyExportCommand(*command, action);
    addKeyImportCommand(*command, action);
    addKeyCheckCommand(*command, action);
    addChange(*command, action, "revoke", "Make a key useless for good", runRevoke);
    addChange(*command, action, "disable", "Refuse a key until it is enabled again", runDisable);
    addChange(*command, action, "enable", "Admit a disabled key again", runEnable);
}

} // namespace app::cli
