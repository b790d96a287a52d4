#include "app/cli/commands.h"
#include "app/cli/config_input.h"

#include <iostream>

namespace app::cli {

namespace {

struct Options {
    std::string file;
    bool json = false;
};

ExitCode validateFile(const Options& options) {
    const auto input = readConfiguration(options.file, options.json);
    if (!input) {
        return input.error();
    }
    if (options.json) {
        std::cout << problemsAsJson(options.file, {});
        return ExitCode::Ok;
    }
    std::cout << options.file << ": good (" << describeSize(*input) << ")\n";
    return ExitCode::Ok;
}

} // namespace

void addValidateCommand(CLI::App& program, Action& action) {
    CLI::App* command = program.add_subcommand(
        "validate", "Check a configuration file; nothing is changed and no database is needed");
    const auto options = std::make_shared<Options>();
    command->add_option("file", options->file, "The file, YAML or JSON; - reads standard input")
        ->required()
        ->type_name("FILE");
    command->add_flag("--json", options->json, "Problems as JSON on standard output");
    command->footer("Each problem is a line: file:line:column: field: what is wrong [kind].\n\n"
                    "Examples:\n"
                    "  gatehousectl validate shop.yaml\n"
                    "  gatehousectl validate --json - < shop.yaml");
    onRun(*command, action, options, validateFile);
}

} // namespace app::cli
