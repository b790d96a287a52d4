#include "app/cli/commands.h"
#include "app/cli/key_lookup.h"
#include "app/cli/running_gateway.h"
#include "app/database.h"
#include "gateway/service/key_rules.h"
#include "gateway/service/key_transfer.h"

#include <iostream>

// Keys on their way from one database to another, by their hashes.
namespace app::cli {

namespace {

struct ExportOptions {
    std::string db;
    std::string consumer;
};

struct ImportOptions {
    std::string db;
    std::string author;
    std::string file;
};

ExitCode runExport(const ExportOptions& options) {
    const auto opened = openStores(options.db, db::OpenMode::Existing);
    if (!opened) {
        return reportError(opened.error());
    }
    const gateway::service::Stores stores = (*opened)->ports();
    const auto stored = stores.config.load();
    if (!stored) {
        return reportError(stored.error());
    }
    gateway::model::ConsumerId consumer;
    if (!options.consumer.empty()) {
        const auto found = findConsumer(stored->config, options.consumer);
        if (!found) {
            return reportError(found.error());
        }
        consumer = found->id;
    }
    const auto keys = gateway::service::exportKeys(stores.keys, consumer, stored->config);
    if (!keys) {
        return reportError(keys.error());
    }
    std::cout << gateway::service::writeKeyTransfers(*keys);
    return ExitCode::Ok;
}

ExitCode runImport(const ImportOptions& options) {
    const auto text = readText(options.file);
    if (!text) {
        return reportError(text.error());
    }
    auto keys = gateway::service::readKeyTransfers(*text);
    if (!keys) {
        return reportError(keys.error());
    }
    const auto opened = openStores(options.db, db::OpenMode::Existing);
    if (!opened) {
        return reportError(opened.error());
    }
    const gateway::service::Stores stores = (*opened)->ports();
    const auto stored = stores.config.load();
    if (!stored) {
        return reportError(stored.error());
    }
    const auto imported =
        gateway::service::importKeys(stores.keys, std::move(*keys), stored->config, options.author);
    if (!imported) {
        return reportError(imported.error().error);
    }
    std::cout << *imported << (*imported == 1 ? " key" : " keys") << " imported\n";
    return announceKeys(options.db);
}

} // namespace

void addKeyExportCommand(CLI::App& parent, Action& action) {
    CLI::App* command = parent.add_subcommand("export", "Print keys by their hashes, a JSON object a line");
    const auto options = std::make_shared<ExportOptions>();
    command->add_option("--consumer", options->consumer, "Only this consumer's")->type_name("NAME");
    addDatabaseOption(*command, options->db);
    command->footer("Nobody can call with a hash; revoked keys are left out.\n\n"
                    "Examples:\n"
                    "  gatehousectl key export > keys.jsonl\n"
                    "  gatehousectl key export --consumer acme | gatehousectl key import - --db other.db");
    onRun(*command, action, options, runExport);
}

void addKeyImportCommand(CLI::App& parent, Action& action) {
    CLI::App* command = parent.add_subcommand("import", "Bring keys by their hashes, all of them or none");
    const auto options = std::make_shared<ImportOptions>();
    command
        ->add_option(
            "file", options->file,
            "A JSON object a line, or a YAML list, with consumer, name and hash; - for standard input")
        ->required()
        ->type_name("FILE");
    addDatabaseOption(*command, options->db);
    addAuthorOption(*command, options->author);
    command->footer("The consumers have to be there. Beside consumer, name and hash (sha256:...) a key may\n"
                    "have prefix, scopes, addresses, expires, state, created, last_used and uses.\n\n"
                    "Examples:\n"
                    "  gatehousectl key import keys.jsonl\n"
                    "  gatehousectl key export --db old.db | gatehousectl key import -");
    onRun(*command, action, options, runImport);
}

} // namespace app::cli
