#include "app/console/console.h"

#include "app/console/session.h"
#include "app/database.h"
#include "app/desktop_key.h"
#include "app/process_signals.h"

#include <CLI/CLI.hpp>
#include <QApplication>
#include <QMessageBox>
#include <iostream>
#include <optional>

namespace app::console {

using gateway::Error;
using gateway::Result;
using gateway::service::ControlStatus;

namespace {

// The same numbers as gatehousectl's.
constexpr int exitUsage = 1;
constexpr int exitConflict = 3;
constexpr int exitEnvironment = 4;

struct Options {
    std::string db = defaultDatabaseFile();
    bool demo = false;
};

/// The exit code when there is nothing more to do.
std::optional<int> parse(int argc, char** argv, Options& options) {
    CLI::App program("The Gatehouse console: an API gateway and its window.", "gatehouse");
    program.set_version_flag("--version", "gatehouse " GATEHOUSE_VERSION);
    program.add_option("--db", options.db, "The database (default: " + options.db + ")")->type_name("FILE");
    program.add_flag("--demo", options.demo, "Start with sample backends and traffic, all on loopback");
    program.footer("A second start on the same database raises the window of the first.\n\n"
                   "Examples:\n"
                   "  gatehouse\n"
                   "  gatehouse --demo --db demo.db");
    try {
        program.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) {
            return program.exit(error);
        }
        std::cerr << "gatehouse: " << error.what() << " (see --help)\n";
        return exitUsage;
    }
    return std::nullopt;
}

/// Says what is wrong, on the screen and on standard error.
void show(const QString& title, const std::string& message) {
    std::cerr << "gatehouse: " << message << std::endl;
    QMessageBox box(QMessageBox::Critical, title, title);
    box.setInformativeText(QString::fromStdString(message));
    box.setObjectName(QStringLiteral("startProblem"));
    box.exec();
}

/// Another program serves the database: its window comes to the front, or the person is told which it is.
int yieldToOther(const std::string& databaseFile, const Error& error) {
    const Result<ControlStatus> other = gateway::service::requestShow(databaseFile);
    if (other && other->program == "gatehouse") {
        std::cout << "gatehouse is open already (process " << other->pid << "); its window comes to the front"
                  << std::endl;
        return 0;
    }
    show(QCoreApplication::translate("Console", "Another program serves this database"), error.message);
    return exitConflict;
}

} // namespace

int runConsole(int argc, char** argv) {
    QApplication::setApplicationName(QStringLiteral("gatehouse"));
    QApplication::setApplicationDisplayName(QStringLiteral("Gatehouse"));
    Options options;
    // Before the application, so that --help works without a display.
    if (const std::optional<int> code = parse(argc, argv, options)) {
        return *code;
    }
    QApplication application(argc, argv);
    QApplication::setQuitOnLastWindowClosed(false);
    ui::Theme theme;
    theme.apply(application);

    ServiceHost host(options.db, "gatehouse", {}, desktopKeyPlace(options.db));
    if (const Result<void> opened = host.open(); !opened) {
        if (opened.error().code == "already-running") {
            return yieldToOther(options.db, opened.error());
        }
        show(QCoreApplication::translate("Console", "The database cannot be opened"), opened.error().message);
        return exitEnvironment;
    }
    Session session(host, theme);
    const ProcessSignals signals;
    QObject::connect(&signals, &ProcessSignals::endRequested, &session, &Session::end);
    QObject::connect(&signals, &ProcessSignals::reloadRequested, &session,
                     [&host] { host.service().reload(); });
    session.start(options.demo);
    return QApplication::exec();
}

} // namespace app::console
