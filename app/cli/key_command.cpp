#include "app/cli/commands.h"
#include "app/cli/key_table_text.h"
#include "app/cli/running_gateway.h"
#include "app/database.h"
#include "gateway/auth/key_table.h"
#include "gateway/base/digest.h"
#include "gateway/model/scalars.h"

#include <iostream>
#include <optional>

namespace app::cli {

using gateway::ErrorKind;
using gateway::fail;
using gateway::Result;
using gateway::model::ApiKey;
using gateway::model::Config;
using gateway::model::Consumer;
using gateway::model::KeyId;
using gateway::model::KeyState;
using gateway::service::Stores;

namespace {

struct CreateOptions {
    std::string db;
    std::string author;
    std::string consumer;
    std::string name;
    std::vector<std::string> scopes;
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

Result<Consumer> findConsumer(const Config& config, const std::string& name) {
    const Consumer* consumer = config.consumers.find(name);
    if (consumer == nullptr) {
        return fail(ErrorKind::Conflict, "no-such-consumer",
                    "there is no consumer called " + name + "; see `gatehousectl export`");
    }
    return *consumer;
}

/// Makes the key and returns it: the only time that it is to be had.
Result<std::string> createKey(Stores stores, const CreateOptions& options, ApiKey key) {
    const auto stored = stores.config.load();
    if (!stored) {
        return fail(stored.error());
    }
    const auto consumer = findConsumer(stored->config, options.consumer);
    if (!consumer) {
        return fail(consumer.error());
    }
    std::string secret = gateway::auth::generateKey();
    key.consumer = consumer->id;
    key.name = options.name;
    key.prefix = gateway::auth::keyPrefix(secret);
    key.hash = gateway::sha256(secret);
    key.scopes = options.scopes;
    const auto created = stores.keys.create(std::move(key), options.author);
    if (!created) {
        return fail(created.error());
    }
    return secret;
}

ExitCode runCreate(const CreateOptions& options) {
    ApiKey key;
    if (!options.expires.empty()) {
        key.expires = gateway::model::parseTime(options.expires);
        if (!key.expires) {
            reportError("--expires: " + options.expires +
                        " is no date; write 2027-01-31 or 2027-01-31T09:30:00Z");
            return ExitCode::Usage;
        }
    }
    const auto opened = openStores(options.db, db::OpenMode::Existing);
    if (!opened) {
        return reportError(opened.error());
    }
    const auto secret = createKey((*opened)->ports(), options, std::move(key));
    if (!secret) {
        return reportError(secret.error());
    }
    if (options.quiet) {
        std::cout << *secret << '\n';
    } else {
        std::cout << "key " << options.consumer << '/' << options.name << ", shown now and never again:\n"
                  << *secret << '\n';
    }
    return announceKeys(options.db);
}

Result<std::vector<ListedKey>> listKeys(Stores stores, const std::string& consumerName) {
    const auto stored = stores.config.load();
    if (!stored) {
        return fail(stored.error());
    }
    std::vector<Consumer> consumers;
    if (consumerName.empty()) {
        consumers.assign(stored->config.consumers.begin(), stored->config.consumers.end());
    } else {
        auto consumer = findConsumer(stored->config, consumerName);
        if (!consumer) {
            return fail(consumer.error());
        }
        consumers.push_back(std::move(*consumer));
    }
    std::vector<ListedKey> listed;
    for (const Consumer& consumer : consumers) {
        auto keys = stores.keys.list(consumer.id);
        if (!keys) {
            return fail(keys.error());
        }
        for (ApiKey& key : *keys) {
            listed.push_back({.consumer = consumer.name, .key = std::move(key)});
        }
    }
    return listed;
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

Result<KeyId> findKey(Stores stores, const std::string& text) {
    if (const auto number = gateway::model::parseUnsigned(text)) {
        return KeyId{*number};
    }
    const std::size_t slash = text.find('/');
    if (slash == std::string::npos) {
        return fail(ErrorKind::Input, "bad-key-name",
                    text + " names no key; write its id or CONSUMER/NAME, see `gatehousectl key list`");
    }
    const auto keys = listKeys(stores, text.substr(0, slash));
    if (!keys) {
        return fail(keys.error());
    }
    const std::string name = text.substr(slash + 1);
    std::optional<KeyId> found;
    for (const ListedKey& listed : *keys) {
        // Of several with this name, all but one were revoked and are history.
        if (listed.key.name == name && (!found || listed.key.state != KeyState::Revoked)) {
            found = listed.key.id;
        }
    }
    if (!found) {
        return fail(ErrorKind::Conflict, "no-such-key",
                    "there is no key " + text + "; see `gatehousectl key list`");
    }
    return *found;
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
    CLI::App* command = program.add_subcommand("key", "Make, list, disable, enable and revoke API keys");
    command->require_subcommand(1);
    command->footer("Examples:\n"
                    "  gatehousectl key create --consumer acme --name laptop\n"
                    "  gatehousectl key list --consumer acme\n"
                    "  gatehousectl key revoke acme/laptop");
    addCreate(*command, action);
    addList(*command, action);
    addChange(*command, action, "revoke", "Make a key useless for good", runRevoke);
    addChange(*command, action, "disable", "Refuse a key until it is enabled again", runDisable);
    addChange(*command, action, "enable", "Admit a disabled key again", runEnable);
}

} // namespace app::cli
