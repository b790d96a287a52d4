#include "app/cli/commands.h"
#include "app/database.h"
#include "gateway/model/codec.h"

#include <QSaveFile>
#include <iostream>

namespace app::cli {

using gateway::Error;
using gateway::ErrorKind;

namespace {

struct Options {
    std::string db;
    std::string output;
};

gateway::Result<gateway::model::ConfigFile> readAll(db::SqliteStores& opened) {
    const gateway::service::Stores stores = opened.ports();
    auto stored = stores.config.load();
    if (!stored) {
        return gateway::fail(stored.error());
    }
    gateway::model::ConfigFile file{.config = std::move(stored->config), .keys = {}, .privateKeys = {}};
    for (const gateway::model::Consumer& consumer : file.config.consumers) {
        auto keys = stores.keys.list(consumer.id);
        if (!keys) {
            return gateway::fail(keys.error());
        }
        for (gateway::model::ApiKey& key : *keys) {
            if (key.state != gateway::model::KeyState::Revoked) {
                file.keys.push_back({.consumer = consumer.name, .key = std::move(key)});
            }
        }
    }
    return file;
}

ExitCode exportFile(const Options& options) {
    const auto opened = openStores(options.db, db::OpenMode::Existing);
    if (!opened) {
        return reportError(opened.error());
    }
    const auto content = readAll(**opened);
    if (!content) {
        return reportError(content.error());
    }
    const std::string text = gateway::model::writeConfigFile(*content);
    if (options.output.empty() || options.output == "-") {
        std::cout << text;
        return ExitCode::Ok;
    }
    // Either the whole new file or the old one: never half of it.
    QSaveFile file(QString::fromStdString(options.output));
    if (!file.open(QIODevice::WriteOnly) || file.write(text.data(), static_cast<qint64>(text.size())) < 0 ||
        !file.commit()) {
        return reportError(Error{ErrorKind::Environment, "unwritable-file",
                                 "cannot write " + options.output + ": " + file.errorString().toStdString()});
    }
    return ExitCode::Ok;
}

} // namespace

void addExportCommand(CLI::App& program, Action& action) {
    CLI::App* command =
        program.add_subcommand("export", "Write the saved configuration in its canonical form");
    const auto options = std::make_shared<Options>();
    addDatabaseOption(*command, options->db);
    command->add_option("-o,--output", options->output, "Where to (default: standard output)")
        ->type_name("FILE");
    command->footer("Keys are exported as hashes, without those that are revoked; the keys themselves are "
                    "kept nowhere.\n\n"
                    "Examples:\n"
                    "  gatehousectl export > shop.yaml\n"
                    "  gatehousectl export --db other.db --output shop.yaml");
    onRun(*command, action, options, exportFile);
}

} // namespace app::cli
