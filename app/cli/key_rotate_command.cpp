#include "app/cli/commands.h"
#include "app/cli/key_lookup.h"
#include "app/cli/running_gateway.h"
#include "app/database.h"
#include "gateway/auth/key_table.h"
#include "gateway/base/digest.h"
#include "gateway/model/scalars.h"
#include "gateway/service/key_rules.h"

#include <iostream>
#include <nlohmann/json.hpp>

// A key's successor, and what a key is that somebody found.
namespace app::cli {

using gateway::ErrorKind;
using gateway::fail;
using gateway::Result;
using gateway::model::ApiKey;
using gateway::service::KeyRotation;
using gateway::service::Stores;

namespace {

struct RotateOptions {
    std::string db;
    std::string author;
    std::string key;
    std::string consumer;
    std::string overlap = "24h";
    std::string expires;
    bool quiet = false;
};

struct CheckOptions {
    std::string db;
    bool json = false;
};

Result<KeyRotation> rotationOf(Stores stores, const RotateOptions& options) {
    KeyRotation rotation;
    const auto overlap = options.overlap == "0" ? std::chrono::milliseconds(0)
                                                : gateway::model::parseDuration(options.overlap);
    if (!overlap) {
        return fail(ErrorKind::Input, "bad-overlap",
                    "--overlap: " + options.overlap + " is no duration; write 24h, 7d, or 0");
    }
    rotation.overlap = std::chrono::duration_cast<std::chrono::seconds>(*overlap);
    if (!options.expires.empty()) {
        rotation.expires = gateway::model::parseTime(options.expires);
        if (!rotation.expires) {
            return fail(ErrorKind::Input, "bad-date",
                        "--expires: " + options.expires +
                            " is no date; write 2027-01-31 or 2027-01-31T09:30:00Z");
        }
    }
    const auto id =
        findKey(stores, options.consumer.empty() ? options.key : options.consumer + '/' + options.key);
    if (!id) {
        return fail(id.error());
    }
    rotation.key = *id;
    rotation.author = options.author;
    return rotation;
}

Result<std::string> consumerName(Stores stores, gateway::model::ConsumerId id) {
    const auto stored = stores.config.load();
    if (!stored) {
        return fail(stored.error());
    }
    const auto* consumer = stored->config.consumers.findById(id);
    return consumer != nullptr ? consumer->name : std::string("(a consumer that was removed)");
}

ExitCode runRotate(const RotateOptions& options) {
    const auto opened = openStores(options.db, db::OpenMode::Existing);
    if (!opened) {
        return reportError(opened.error());
    }
    const Stores stores = (*opened)->ports();
    const auto rotation = rotationOf(stores, options);
    if (!rotation) {
        return reportError(rotation.error());
    }
    const auto issued =
        gateway::service::rotateKey(stores.keys, *rotation, gateway::SystemClock().wallTime());
    if (!issued) {
        return reportError(issued.error().error);
    }
    const auto consumer = consumerName(stores, issued->key.consumer);
    if (!consumer) {
        return reportError(consumer.error());
    }
    printSecret(*consumer, issued->key.name, issued->secret, options.quiet);
    if (!options.quiet) {
        std::cout << "the former key "
                  << (rotation->overlap.count() == 0
                          ? std::string("is revoked")
                          : "is good for " + gateway::model::formatDuration(rotation->overlap) + " more")
                  << '\n';
    }
    return announceKeys(options.db);
}

/// The key that was pasted, without what came around it.
std::string trimmed(const std::string& text) {
    const std::size_t first = text.find_first_not_of(" \t\r\n");
    const std::size_t last = text.find_last_not_of(" \t\r\n");
    return first == std::string::npos ? std::string() : text.substr(first, last - first + 1);
}

void printFound(const CheckOptions& options, const ListedKey& listed, bool isMadeHere) {
    const gateway::WallTime now = gateway::SystemClock().wallTime();
    if (options.json) {
        auto report = nlohmann::json::parse(keysAsJson({listed}, now)).front();
        report["known"] = true;
        report["checksum"] = isMadeHere;
        std::cout << report.dump(2) << '\n';
        return;
    }
    std::cout << "it is the key " << listed.consumer << '/' << listed.key.name << " (id "
              << listed.key.id.value << "), " << keyStateText(listed.key, now) << '\n';
}

ExitCode runCheck(const CheckOptions& options) {
    const auto text = readText("-");
    if (!text) {
        return reportError(text.error());
    }
    const std::string key = trimmed(*text);
    const auto opened = openStores(options.db, db::OpenMode::Existing);
    if (!opened) {
        return reportError(opened.error());
    }
    const Stores stores = (*opened)->ports();
    const auto found = stores.keys.find(gateway::sha256(key));
    if (!found) {
        return reportError(found.error());
    }
    const bool isMadeHere = gateway::auth::hasValidChecksum(key);
    if (*found) {
        const auto consumer = consumerName(stores, (*found)->consumer);
        if (!consumer) {
            return reportError(consumer.error());
        }
        printFound(options, {.consumer = *consumer, .key = **found}, isMadeHere);
        return ExitCode::Ok;
    }
    if (options.json) {
        std::cout << nlohmann::json{{"known", false}, {"checksum", isMadeHere}}.dump(2) << '\n';
        return ExitCode::Conflict;
    }
    reportError(isMadeHere ? "it is a key of Gatehouse, but of no consumer in this database"
                           : "it is no key that this database knows, and its checksum is not that of one");
    return ExitCode::Conflict;
}

} // namespace

void addKeyRotateCommand(CLI::App& parent, Action& action) {
    CLI::App* command = parent.add_subcommand("rotate", "Make a key in place of another and print it once");
    const auto options = std::make_shared<RotateOptions>();
    command->add_option("key", options->key, "Its id, CONSUMER/NAME, or its name with --consumer")
        ->required()
        ->type_name("KEY");
    command->add_option("--consumer", options->consumer, "Whose key it is")->type_name("NAME");
    command
        ->add_option("--overlap", options->overlap,
                     "How long the former key is good beside the new one (24h); 0: not at all")
        ->type_name("DURATION");
    command
        ->add_option("--expires", options->expires,
                     "When the new key ends (default: as long from now as the former one had)")
        ->type_name("DATE");
    command->add_flag("-q,--quiet", options->quiet, "Print the key and nothing else");
    addDatabaseOption(*command, options->db);
    addAuthorOption(*command, options->author);
    command->footer("The new key has the scopes and addresses of the former one, and its name with a number\n"
                    "behind it.\n\n"
                    "Examples:\n"
                    "  gatehousectl key rotate ci --consumer acme --overlap 24h\n"
                    "  KEY=$(gatehousectl key rotate -q acme/ci --overlap 0)");
    onRun(*command, action, options, runRotate);
}

void addKeyCheckCommand(CLI::App& parent, Action& action) {
    CLI::App* command =
        parent.add_subcommand("check", "Tell whose a key is; the key comes on standard input");
    const auto options = std::make_shared<CheckOptions>();
    command->add_flag("--json", options->json, "As JSON");
    addDatabaseOption(*command, options->db);
    command->footer("For a key that was found where it should not be. It is never an argument, since others\n"
                    "can see those. Exit code 3: no key of this database.\n\n"
                    "Examples:\n"
                    "  gatehousectl key check < leaked.txt");
    onRun(*command, action, options, runCheck);
}

} // namespace app::cli
