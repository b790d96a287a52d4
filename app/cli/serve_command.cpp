#include "app/cli/commands.h"
#include "app/cli/foreground.h"

namespace app::cli {

namespace {

constexpr unsigned workersMax = 256;
constexpr unsigned drainSecondsMax = 3600;

struct Options {
    std::string db;
    unsigned workers = 0;
    std::string accessLog;
    unsigned drainSeconds = 30;
};

ExitCode serve(const Options& options) {
    ServiceHost host(options.db, "gatehousectl",
                     {.workers = options.workers,
                      .drainDeadline = std::chrono::seconds(options.drainSeconds),
                      .accessLogFile = options.accessLog});
    if (const auto opened = host.open(); !opened) {
        return reportError(opened.error());
    }
    return Foreground(host).run();
}

} // namespace

void addServeCommand(CLI::App& program, Action& action) {
    CLI::App* command = program.add_subcommand("serve", "Run the gateway in the foreground");
    const auto options = std::make_shared<Options>();
    command->add_option("--workers", options->workers, "Threads that serve (default: the cores it may use)")
        ->type_name("N")
        ->check(CLI::Range(1U, workersMax));
    command->add_option("--access-log", options->accessLog, "A JSON object a request, in a file that rotates")
        ->type_name("FILE");
    command->add_option("--drain", options->drainSeconds, "How long requests in flight may take to end (30)")
        ->type_name("SECONDS")
        ->check(CLI::Range(0U, drainSecondsMax));
    addDatabaseOption(*command, options->db);
    command->footer(
        "Prints a line for each listener. SIGTERM or SIGINT drains: no new connections, requests "
        "in flight end; a second signal quits at once. SIGHUP reads the database anew. Changes by "
        "`apply` and `key` are taken up without any signal.\n\n"
        "Examples:\n"
        "  gatehousectl serve\n"
        "  gatehousectl serve --workers 4 --access-log /var/log/gatehouse/access.json");
    onRun(*command, action, options, serve);
}

} // namespace app::cli
