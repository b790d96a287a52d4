#include "app/cli/commands.h"
#include "app/cli/foreground.h"
#include "app/demo/demo.h"
#include "gateway/metrics/metrics_frame.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <iostream>

namespace app::cli {

namespace {

constexpr double requestsPerSecondMax = 2'000;

struct Options {
    std::string db;
    std::uint64_t seed = 1;
    double rate = 90;
    bool freePorts = false;
};

void explain(gateway::service::GatewayService& service, const std::string& databaseFile) {
    const gateway::service::GatewayStatus status = service.status();
    const std::string db = " --db " + databaseFile;
    std::cout << "the demo runs; Ctrl+C ends it. Look at it from another terminal:\n  gatehousectl status"
              << db << "\n  gatehousectl export" << db << '\n';
    const auto current = service.current();
    // True for the sample configuration; whoever has another one knows what to ask for.
    const bool isSample = current->config.routes.find("get-order") != nullptr &&
                          current->config.consumers.find("acme") != nullptr;
    std::string plain;
    std::string secure;
    for (const gateway::model::Listener& listener : current->config.listeners) {
        (listener.tls ? secure : plain) = listener.host + ':' + std::to_string(listener.port);
    }
    if (isSample && !plain.empty() && !status.addresses.empty()) {
        const std::string url = "http://" + plain;
        std::cout << "  curl -i " << url
                  << "/v1/track/7\n  KEY=$(gatehousectl key create -q --consumer acme --name "
                  << "mine" << db << ")\n  curl -i -H \"X-API-Key: $KEY\" " << url << "/v1/orders/1007\n";
        if (!secure.empty()) {
            std::cout << "  curl -ik https://" << secure
                      << "/v1/track/7    (-k: the demo's certificate is its own)\n";
        }
    }
    std::cout.flush();
}

/// Says every few seconds how the traffic fares.
class TrafficReport {
public:
    void add(const gateway::metrics::MetricsFrame& frame) {
        const gateway::metrics::TrafficCounts& counts = frame.total;
        m_seconds += std::chrono::duration<double>(frame.interval).count();
        m_requests += counts.requests;
        m_rateLimited += counts.rateLimited;
        m_p95Ms = std::max(m_p95Ms, counts.p95Ms);
        for (std::size_t i = 0; i < m_byClass.size(); ++i) {
            m_byClass[i] += counts.byClass[i];
        }
        if (m_seconds >= secondsBetweenLines) {
            print();
            *this = TrafficReport();
        }
    }

private:
    static constexpr double secondsBetweenLines = 10;

    void print() const {
        std::cout << std::llround(static_cast<double>(m_requests) / m_seconds)
                  << " requests/s: " << m_byClass[2] << " good, " << m_byClass[4] - m_rateLimited
                  << " refused, " << m_rateLimited << " over their limit, " << m_byClass[5]
                  << " failed; p95 up to " << std::llround(m_p95Ms) << " ms" << std::endl;
    }

    double m_seconds = 0;
    std::uint64_t m_requests = 0;
    std::uint64_t m_rateLimited = 0;
    double m_p95Ms = 0;
    std::array<std::uint64_t, 6> m_byClass{};
};

ExitCode runDemo(const Options& options) {
    ServiceHost host(options.db, "gatehousectl", {});
    if (const auto opened = host.open(); !opened) {
        return reportError(opened.error());
    }
    Foreground foreground(host);
    demo::Demo demo(
        host.service(),
        {.seed = options.seed, .requestsPerSecond = options.rate, .choosesPorts = options.freePorts});
    foreground.setBeforeEnd([&demo] { demo.stop(); });
    QObject::connect(&demo, &demo::Demo::failed, &foreground, [&foreground](const QString& message) {
        foreground.endWith({gateway::ErrorKind::Environment, "demo-failed", message.toStdString()});
    });
    QObject::connect(&demo, &demo::Demo::started, &foreground,
                     [&host] { explain(host.service(), host.databaseFile()); });
    TrafficReport report;
    QObject::connect(&host.service(), &gateway::service::GatewayService::metrics, &foreground,
                     [&report](const gateway::metrics::MetricsFrame& frame) { report.add(frame); });
    demo.start();
    return foreground.wait();
}

} // namespace

void addDemoCommand(CLI::App& program, Action& action) {
    CLI::App* command =
        program.add_subcommand("demo", "Run a gateway with sample backends and traffic, all on loopback");
    const auto options = std::make_shared<Options>();
    command->add_option("--rate", options->rate, "Requests a second, in waves (90)")
        ->type_name("N")
        ->check(CLI::Range(0.0, requestsPerSecondMax));
    command->add_option("--seed", options->seed, "The same seed gives the same traffic (1)")->type_name("N");
    command->add_flag("--free-ports", options->freePorts, "Take free ports, whatever the configuration says");
    addDatabaseOption(*command, options->db);
    command->footer("An empty database gets the sample configuration. On another one the demo plays the "
                    "services called orders, inventory and shipping. Ports that are in use are replaced by "
                    "free ones, as a revision of its own.\n\n"
                    "Examples:\n"
                    "  gatehousectl demo\n"
                    "  gatehousectl demo --db /tmp/demo.db --free-ports");
    onRun(*command, action, options, runDemo);
}

} // namespace app::cli
