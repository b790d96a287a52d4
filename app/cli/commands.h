#pragma once

#include "app/cli/report.h"

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace app::cli {

/// What the command line asked for; set while parsing, run after it.
using Action = std::function<ExitCode()>;

// Each adds one command with its options, help and examples. `action` outlives the parsing.
void addValidateCommand(CLI::App& program, Action& action);
void addApplyCommand(CLI::App& program, Action& action);
void addExportCommand(CLI::App& program, Action& action);
void addCertCommand(CLI::App& program, Action& action);
void addKeyCommand(CLI::App& program, Action& action);
void addRevokeCommand(CLI::App& program, Action& action);
void addSecretCommand(CLI::App& program, Action& action);
void addAgentCommand(CLI::App& program, Action& action);
void addServicesCommand(CLI::App& program, Action& action);
void addDrainCommand(CLI::App& program, Action& action);
void addStatusCommand(CLI::App& program, Action& action);
void addServeCommand(CLI::App& program, Action& action);
void addTokenCommand(CLI::App& program, Action& action);
void addAccessCommand(CLI::App& program, Action& action);
void addProviderCommand(CLI::App& program, Action& action);
void addDemoCommand(CLI::App& program, Action& action);

/// Adds `renew` to `cert`.
void addCertRenewCommand(CLI::App& parent, Action& action);

/// Each adds one of the commands of `key`.
void addKeyRotateCommand(CLI::App& parent, Action& action);
void addKeyCheckCommand(CLI::App& parent, Action& action);
void addKeyExportCommand(CLI::App& parent, Action& action);
void addKeyImportCommand(CLI::App& parent, Action& action);

/// `--db FILE`
void addDatabaseOption(CLI::App& command, std::string& file);
/// `--author NAME`, by default the name of the user.
void addAuthorOption(CLI::App& command, std::string& author);

/// A command whose options live as long as the program; `run` gets them once the command line is understood.
template<class Options>
void onRun(CLI::App& command, Action& action, std::shared_ptr<Options> options,
           ExitCode (*run)(const Options& options)) {
    command.callback(
        [&action, options = std::move(options), run] { action = [options, run] { return run(*options); }; });
}

/// The whole of gatehousectl.
[[nodiscard]] int runControlProgram(int argc, char** argv);

} // namespace app::cli
