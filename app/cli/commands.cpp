#include "app/cli/commands.h"

#include "app/database.h"
#include "app/user_name.h"

#include <QCoreApplication>
#include <iostream>

namespace app::cli {

namespace {

constexpr const char* help = R"(Exit codes:
  0  done
  1  the command line is wrong
  2  a configuration or a value cannot work
  3  not there, taken already, or changed by somebody else meanwhile
  4  a file, a port, a disk, or a gateway that is not able to

Examples:
  gatehousectl apply shop.yaml
  gatehousectl key create --consumer acme --name laptop
  gatehousectl serve
`gatehousectl COMMAND --help` shows the options of a command.)";

} // namespace

void addDatabaseOption(CLI::App& command, std::string& file) {
    file = defaultDatabaseFile();
    command.add_option("--db", file, "The database (default: " + file + ")")->type_name("FILE");
}

void addAuthorOption(CLI::App& command, std::string& author) {
    author = userName();
    command.add_option("--author", author, "Who is named in the audit trail (default: your user name)")
        ->type_name("NAME");
}

namespace {

/// The sentence about a command line that was not understood.
std::string usageMessage(const CLI::App& program, const CLI::ParseError& error, int argc, char** argv) {
    const std::string first = argc > 1 ? argv[1] : "";
    if (!first.empty() && first.front() != '-' &&
        program.get_subcommands([&](const CLI::App* command) { return command->get_name() == first; })
            .empty()) {
        return "there is no command " + first + " (see --help)";
    }
    return std::string(error.what()) + " (see --help)";
}

} // namespace

int runControlProgram(int argc, char** argv) {
    QCoreApplication::setApplicationName(QStringLiteral("gatehouse"));
    const QCoreApplication application(argc, argv);

    CLI::App program("Runs and configures a Gatehouse API gateway without a window.", "gatehousectl");
    program.set_version_flag("--version", "gatehousectl " GATEHOUSE_VERSION);
    program.require_subcommand(1);
    program.footer(help);
    Action action;
    addApplyCommand(program, action);
    addExportCommand(program, action);
    addValidateCommand(program, action);
    addCertCommand(program, action);
    addKeyCommand(program, action);
    addRevokeCommand(program, action);
    addSecretCommand(program, action);
    addAgentCommand(program, action);
    addTokenCommand(program, action);
    addProviderCommand(program, action);
    addAccessCommand(program, action);
    addServicesCommand(program, action);
    addDrainCommand(program, action);
    addServeCommand(program, action);
    addStatusCommand(program, action);
    addDemoCommand(program, action);
    try {
        program.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) {
            return program.exit(error); // --help and --version
        }
        reportError(usageMessage(program, error, argc, argv));
        return static_cast<int>(ExitCode::Usage);
    }
    const ExitCode code = action();
    std::cout.flush();
    if (!std::cout && code == ExitCode::Ok) {
        reportError("standard output cannot be written");
        return static_cast<int>(ExitCode::Environment);
    }
    return static_cast<int>(code);
}

} // namespace app::cli
