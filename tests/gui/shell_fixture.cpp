#include "tests/gui/shell_fixture.h"

#include "db/sqlite_stores.h"
#include "ui/pages/dashboard_page.h"

#include <QApplication>
#include <QTest>
#include <cmath>
#include <random>

namespace shell {

using namespace std::chrono_literals;
using gateway::metrics::MetricsFrame;
using gateway::metrics::ServiceTraffic;
using gateway::metrics::TrafficCounts;
using gateway::model::Config;
using gateway::model::Put;

namespace {

struct RouteSketch {
    const char* name;
    const char* path;
    const char* method;
    const char* service;
    double share;
    double p95Ms;
    double errors;
};

constexpr RouteSketch routes[] = {
    {"catalog", "/v1/catalog/{id}", "GET", "inventory", 0.34, 24, 0.0002},
    {"search", "/v2/search", "GET", "inventory", 0.24, 61, 0.0011},
    {"create-order", "/v1/orders", "POST", "orders", 0.16, 48, 0.0034},
    {"order", "/v1/orders/{id}", "GET", "orders", 0.13, 18, 0.0001},
    {"pay", "/v1/payments", "POST", "orders", 0.07, 132, 0.0281},
    {"change-shipment", "/v1/shipments/{id}", "PATCH", "shipping", 0.06, 29, 0.012},
};

std::vector<gateway::model::Edit> shopEdits(std::uint16_t port) {
    std::vector<gateway::model::Edit> edits;
    gateway::model::Listener listener;
    listener.name = "public";
    listener.port = port;
    edits.emplace_back(Put{listener});
    for (const auto& [name, requests, burst] : {std::tuple("free", 2U, 20U), std::tuple("pro", 50U, 100U),
                                                std::tuple("enterprise", 2000U, 4000U)}) {
        gateway::model::Tier tier;
        tier.name = name;
        tier.requests = requests;
        tier.burst = burst;
        edits.emplace_back(Put{tier});
    }
    std::uint16_t targetPort = 9001;
    for (const auto& [name, targets] :
         {std::pair("orders", 2), std::pair("inventory", 1), std::pair("shipping", 2)}) {
        gateway::model::Service service;
        service.name = name;
        for (int i = 0; i < targets; ++i) {
            service.targets.push_back({"127.0.0.1", targetPort++, 1});
        }
        edits.emplace_back(Put{service});
    }
    for (const RouteSketch& sketch : routes) {
        gateway::model::Route route;
        route.name = sketch.name;
        route.match.hosts = {"api.example.com"};
        route.match.path = sketch.path;
        route.match.methods = {sketch.method};
        route.service = sketch.service;
        edits.emplace_back(Put{route});
    }
    return edits;
}

std::uint64_t whole(double value) {
    return static_cast<std::uint64_t>(std::max(0.0, std::round(value)));
}

/// The nth second of the shop's day: waves, noise, and a bad minute of the orders service.
MetricsFrame shopSecond(const Config& config, int second, std::mt19937& random) {
    std::normal_distribution<double> noise(0, 1);
    const bool bad = second > 380 && second < 440;
    const double requests = 900 + 180 * std::sin(second / 75.0) + 22 * noise(random);
    const double limited = 34 + 14 * std::sin(second / 60.0) + 2 * noise(random);

    MetricsFrame frame;
    frame.interval = 1s;
    frame.total.requests = whole(requests);
    frame.total.byClass[5] = whole((bad ? 34 : 6) + noise(random));
    frame.total.byClass[4] = whole(limited + 8 + noise(random));
    frame.total.byClass[3] = whole(requests * 0.04);
    frame.total.byClass[2] =
        frame.total.requests - frame.total.byClass[5] - frame.total.byClass[4] - frame.total.byClass[3];
    frame.total.rateLimited = whole(limited);
    frame.total.p50Ms = 12 + noise(random);
    frame.total.p95Ms = (bad ? 72 : 38) + 3 * noise(random);
    frame.total.p99Ms = (bad ? 128 : 78) + 7 * noise(random) + (second % 47 == 0 ? 35 : 0);

    double share = 0.62;
    for (const char* name : {"free", "pro", "enterprise"}) {
        frame.tiers.push_back({config.tiers.find(name)->id, whole(requests / 3), whole(limited * share)});
        share *= 0.5;
    }
    for (const RouteSketch& sketch : routes) {
        TrafficCounts counts;
        counts.requests = whole(requests * sketch.share);
        counts.byClass[5] = whole(static_cast<double>(counts.requests) * sketch.errors + 0.3 * noise(random));
        counts.p95Ms = sketch.p95Ms;
        frame.routes.push_back({config.routes.find(sketch.name)->id, counts});
    }
    for (const gateway::model::Service& service : config.services) {
        ServiceTraffic traffic;
        traffic.service = service.id;
        traffic.counts.requests = 300;
        traffic.counts.p95Ms = service.name == "orders" ? 46 : 14;
        const bool troubled = service.name == "orders" && bad;
        for (const gateway::model::Target& target : service.targets) {
            gateway::metrics::TargetTraffic& each = traffic.targets.emplace_back();
            each.address = target.host + ":" + std::to_string(target.port);
            each.requests = 300 / service.targets.size();
            each.connectionsOpen = 4;
        }
        if (troubled || service.name == "shipping") {
            traffic.targets.back().failures = troubled ? 40 : 145;
            traffic.failures = traffic.targets.back().failures;
        }
        if (service.name == "shipping" && second > 500) {
            traffic.failures = 290;
            traffic.targets.front().failures = 145;
        }
        frame.services.push_back(std::move(traffic));
    }
    return frame;
}

} // namespace

Console::Console()
    : m_service(std::make_unique<gateway::service::GatewayService>(
          m_clock, gateway::service::ServiceOptions{.workers = 1, .accessLogFile = {}},
          db::storesOpener(m_folder.filePath(QStringLiteral("gatehouse.db")).toStdString(),
                           db::OpenMode::Create, m_clock)))
    , m_settings(m_folder.filePath(QStringLiteral("console.ini")), QSettings::IniFormat)
    , m_context{*m_service, m_theme, m_series, QStringLiteral("anna"), [this] { ++m_demosStarted; }, {}, {}} {
    m_theme.apply(*qApp);
    auto opened = m_service->open();
    opened.waitForFinished();
    const auto makeNotes = [](ui::ConsoleContext& /*context*/) -> ui::Page* { return new NotePage; };
    const auto makeDashboard = [](ui::ConsoleContext& context) -> ui::Page* {
        return new ui::DashboardPage(context);
    };
    m_settings.setValue(QStringLiteral("appearance/theme"), QStringLiteral("light"));
    const QString monitor = QStringLiteral("Monitor");
    m_window = std::make_unique<ui::ConsoleWindow>(
        m_context, m_settings,
        std::vector<ui::PageEntry>{{QStringLiteral("dashboard"), QStringLiteral("Dashboard"),
                                    QStringLiteral("dashboard"), monitor, makeDashboard},
                                   {QStringLiteral("routes"), QStringLiteral("Routes"),
                                    QStringLiteral("routes"), QStringLiteral("Configure"), makeNotes}});
    m_window->show();
}

Console::~Console() = default;

bool Console::publishShop(std::uint16_t port) {
    gateway::model::ConfigChange change;
    change.author = "anna";
    change.message = "The shop";
    change.edits = shopEdits(port);
    auto reply = m_service->publish(std::move(change));
    reply.waitForFinished();
    if (!reply.result()) {
        qWarning("%s", reply.result().error().error.message.c_str());
        return false;
    }
    const auto* welcome = find<QWidget>("firstRun");
    return QTest::qWaitFor([welcome] { return welcome->isHidden(); });
}

void Console::feed(int seconds) {
    const auto current = m_service->current();
    std::mt19937 random(7);
    const auto now = m_clock.wallTime();
    for (int i = 0; i < seconds; ++i) {
        MetricsFrame frame = shopSecond(current->config, 600 - seconds + i, random);
        frame.time = now - std::chrono::seconds(seconds - 1 - i);
        Q_EMIT m_service->metrics(frame);
    }
}

void Console::shoot(const QString& name, const QSize& size) {
    m_window->resize(size);
    // Layouts and the style settle in two rounds of events.
    QCoreApplication::processEvents();
    QCoreApplication::processEvents();
    m_window->grab().save(name + QStringLiteral(".png"));
}

} // namespace shell
