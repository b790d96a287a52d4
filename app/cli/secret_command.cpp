#include "app/cli/commands.h"
#include "app/cli/running_gateway.h"
#include "app/cli/text_table.h"
#include "app/database.h"
#include "app/master_key.h"
#include "gateway/crypto/vault.h"
#include "gateway/model/scalars.h"
#include "gateway/service/secret_users.h"
#include "gateway/service/secrets.h"

#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>
#include <termios.h>
#include <unistd.h>

// Secrets that the configuration refers to: stored encrypted, never shown again.
namespace app::cli {

using gateway::ErrorKind;
using gateway::fail;
using gateway::Result;
using gateway::service::SecretName;
using gateway::service::Secrets;
using gateway::service::Stores;

namespace {

struct SecretOptions {
    std::string db;
    std::string author;
    std::string name;
    bool json = false;
};

/// Turns the terminal's echo off as long as it lives.
class NoEcho {
public:
    NoEcho() {
        m_isTerminal = ::tcgetattr(STDIN_FILENO, &m_former) == 0;
        if (m_isTerminal) {
            termios silent = m_former;
            silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
            ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
        }
    }
    NoEcho(const NoEcho&) = delete;
    NoEcho& operator=(const NoEcho&) = delete;
    ~NoEcho() {
        if (m_isTerminal) {
            ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &m_former);
            std::cerr << '\n';
        }
    }

private:
    termios m_former{};
    bool m_isTerminal = false;
};

/// A line that is typed unseen, or all of what is piped in but for the end of its last line.
Result<std::string> readSecret(const std::string& name) {
    if (::isatty(STDIN_FILENO) != 0) {
        std::cerr << "Value of " << name << " (not shown): " << std::flush;
        const NoEcho silent;
        std::string line;
        std::getline(std::cin, line);
        return line;
    }
    auto text = readText("-");
    if (text && text->ends_with('\n')) {
        text->pop_back();
        if (text->ends_with('\r')) {
            text->pop_back();
        }
    }
    return text;
}

ExitCode runSet(const SecretOptions& options) {
    if (auto named = gateway::service::checkSecretName(options.name); !named) {
        return reportError(named.error());
    }
    const auto opened = openStores(options.db, db::OpenMode::Existing);
    if (!opened) {
        return reportError(opened.error());
    }
    const Stores stores = (*opened)->ports();
    const auto config = stores.config.load();
    if (!config) {
        return reportError(config.error());
    }
    auto value = readSecret(options.name);
    if (!value) {
        return reportError(value.error());
    }
    auto stored = gateway::service::checkSecret(config->config, options.name, *value);
    if (stored) {
        const auto place = keyFilePlace(options.db);
        stored =
            Secrets(stores.secrets, *place).put(Secrets::valuePurpose, options.name, *value, options.author);
    }
    gateway::crypto::wipe(*value);
    if (!stored) {
        return reportError(stored.error());
    }
    std::cout << "secret " << options.name << " saved; the configuration names it ${secret:" << options.name
              << "}\n";
    return announceKeys(options.db);
}

ExitCode runList(const SecretOptions& options) {
    const auto opened = openStores(options.db, db::OpenMode::Existing);
    if (!opened) {
        return reportError(opened.error());
    }
    const Stores stores = (*opened)->ports();
    const auto stored = stores.config.load();
    if (!stored) {
        return reportError(stored.error());
    }
    const auto names = stores.secrets.list(Secrets::valuePurpose);
    if (!names) {
        return reportError(names.error());
    }
    nlohmann::json list = nlohmann::json::array();
    std::vector<TableRow> rows{{"NAME", "SET", "USED BY"}};
    for (const SecretName& name : *names) {
        const std::string user = gateway::service::providerThatUses(stored->config, name.name);
        const std::string time = gateway::model::formatTime(name.created);
        list.push_back({{"name", name.name}, {"set", time}});
        if (!user.empty()) {
            list.back()["used_by"] = user;
        }
        rows.push_back({name.name, time, user.empty() ? "-" : user});
    }
    std::cout << (options.json ? list.dump(2) + '\n' : tableText(rows));
    return ExitCode::Ok;
}

Result<void> removeSecret(Stores stores, const SecretOptions& options) {
    const auto stored = stores.config.load();
    if (!stored) {
        return fail(stored.error());
    }
    if (const std::string user = gateway::service::providerThatUses(stored->config, options.name);
        !user.empty()) {
        return fail(ErrorKind::Conflict, "secret-in-use",
                    "the identity provider " + user + " needs the secret " + options.name +
                        "; change the provider first");
    }
    const auto names = stores.secrets.list(Secrets::valuePurpose);
    if (!names) {
        return fail(names.error());
    }
    if (std::none_of(names->begin(), names->end(),
                     [&options](const SecretName& each) { return each.name == options.name; })) {
        return fail(ErrorKind::Conflict, "no-such-secret",
                    "there is no secret called " + options.name + "; see `gatehousectl secret list`");
    }
    return stores.secrets.remove(Secrets::valuePurpose, options.name, options.author);
}

ExitCode runRemove(const SecretOptions& options) {
    const auto opened = openStores(options.db, db::OpenMode::Existing);
    if (!opened) {
        return reportError(opened.error());
    }
    if (const auto removed = removeSecret((*opened)->ports(), options); !removed) {
        return reportError(removed.error());
    }
    std::cout << "secret " << options.name << " removed\n";
    return announceKeys(options.db);
}

void addNamed(CLI::App& parent, Action& action, const char* verb, const char* description, const char* footer,
              ExitCode (*run)(const SecretOptions&)) {
    CLI::App* command = parent.add_subcommand(verb, description);
    const auto options = std::make_shared<SecretOptions>();
    command->add_option("name", options->name, "What the configuration calls it")
        ->required()
        ->type_name("NAME");
    addDatabaseOption(*command, options->db);
    addAuthorOption(*command, options->author);
    command->footer(footer);
    onRun(*command, action, options, run);
}

} // namespace

void addSecretCommand(CLI::App& program, Action& action) {
    CLI::App* command =
        program.add_subcommand("secret", "Keep secrets that the configuration names ${secret:NAME}");
    command->require_subcommand(1);
    command->footer("Secrets are stored encrypted by the master key in a file beside the database (see\n"
                    "`gatehousectl cert --help`), are never shown again, and are in no export.\n\n"
                    "Examples:\n"
                    "  gatehousectl secret set corp-client < secret.txt\n"
                    "  gatehousectl secret list");
    addNamed(*command, action, "set", "Store a secret, or replace the one of that name",
             "The value comes on standard input, or is asked for; it is never an argument, since others\n"
             "can see those. The end of its last line does not count.\n\n"
             "Examples:\n"
             "  gatehousectl secret set corp-client\n"
             "  pass show corp-client | gatehousectl secret set corp-client",
             runSet);

    CLI::App* list = command->add_subcommand("list", "List secrets by name");
    const auto listed = std::make_shared<SecretOptions>();
    list->add_flag("--json", listed->json, "As JSON");
    addDatabaseOption(*list, listed->db);
    list->footer("Examples:\n  gatehousectl secret list --json");
    onRun(*list, action, listed, runList);

    addNamed(*command, action, "remove", "Remove a secret that nothing needs",
             "Examples:\n  gatehousectl secret remove corp-client", runRemove);
}

} // namespace app::cli
