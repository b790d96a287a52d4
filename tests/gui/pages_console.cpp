#include "tests/gui/pages_console.h"

#include "ui/pages/certificates_page.h"
#include "ui/pages/changes_page.h"
#include "ui/pages/consumers_page.h"
#include "ui/pages/policies_page.h"
#include "ui/pages/providers_page.h"
#include "ui/pages/routes_page.h"
#include "ui/pages/services_page.h"
#include "ui/pages/settings_page.h"
#include "ui/pages/tiers_page.h"

#include <QAbstractButton>
#include <QApplication>
#include <QLabel>
#include <QLineEdit>
#include <QMessageBox>
#include <QTest>
#include <QTimer>

using namespace gateway;

namespace {

template<class PageType>
ui::PageEntry entry(const char* id, const char* title, const char* icon, const char* section) {
    return {.id = QLatin1String(id),
            .title = QLatin1String(title),
            .iconName = QLatin1String(icon),
            .section = QLatin1String(section),
            .make = [](ui::ConsoleContext& context) -> ui::Page* { return new PageType(context); }};
}

model::Route shopRoute(const char* name, const char* method, const char* path, const char* target,
                       bool keyed) {
    model::Route route;
    route.name = name;
    route.match.path = path;
    route.match.methods = {method};
    route.match.hosts = {"api.example.com"};
    route.service = target;
    if (keyed) {
        route.policies = {"key"};
    }
    return route;
}

/// A master key that lasts as long as the test.
class KeyInMemory final : public service::MasterKeyPlace {
public:
    Result<std::optional<crypto::MasterKey>> load() override { return m_key; }
    Result<crypto::MasterKey> make() override {
        m_key = crypto::newMasterKey();
        return *m_key;
    }
    [[nodiscard]] std::string text() const override { return "the test's memory"; }

private:
    std::optional<crypto::MasterKey> m_key;
};

std::vector<model::Edit> shop() {
    std::vector<model::Edit> edits;
    model::Listener listener;
    listener.name = "public";
    listener.port = 8080;
    edits.push_back(model::Put{listener});
    int port = 9001;
    for (const char* name : {"orders", "inventory", "shipping"}) {
        model::Service service;
        service.name = name;
        service.targets = {{"127.0.0.1", static_cast<std::uint16_t>(port), 1},
                           {"127.0.0.1", static_cast<std::uint16_t>(port + 100), 2}};
        ++port;
        edits.push_back(model::Put{service});
    }
    const auto addTier = [&](const char* name, std::uint64_t requests, int period, std::uint64_t burst) {
        model::Tier tier;
        tier.name = name;
        tier.requests = requests;
        tier.period = std::chrono::seconds(period);
        tier.burst = burst;
        edits.push_back(model::Put{tier});
    };
    addTier("free", 100, 60, 20);
    addTier("pro", 50, 1, 100);
    addTier("enterprise", 2000, 1, 4000);
    const std::vector<std::pair<const char*, const char*>> consumers = {{"acme", "pro"},
                                                                        {"globex", "enterprise"},
                                                                        {"hobbyist", "free"},
                                                                        {"initech", "free"},
                                                                        {"umbrella", "pro"}};
    for (const auto& [name, tier] : consumers) {
        model::Consumer consumer;
        consumer.name = name;
        consumer.tier = tier;
        consumer.roles = {"partner"};
        edits.push_back(model::Put{consumer});
    }
    edits.push_back(model::Put{model::Policy{{}, "key", model::byApiKey()}});
    edits.push_back(model::Put{shopRoute("catalog", "GET", "/v1/catalog/*", "inventory", false)});
    edits.push_back(model::Put{shopRoute("create-order", "POST", "/v1/orders", "orders", true)});
    edits.push_back(model::Put{shopRoute("cancel-order", "DELETE", "/v1/orders/{id}", "orders", true)});
    edits.push_back(model::Put{shopRoute("orders", "GET", "/v1/orders/{id}", "orders", true)});
    edits.push_back(model::Put{shopRoute("shipments", "GET", "/v1/shipments/{id}", "shipping", true)});
    edits.push_back(model::Put{shopRoute("stock", "GET", "/v1/stock/{sku}", "inventory", true)});
    edits.push_back(model::Put{shopRoute("update-stock", "PUT", "/v1/stock/{sku}", "inventory", true)});
    return edits;
}

} // namespace

PagesConsole::PagesConsole() {
    const std::string file = m_folder.filePath(QStringLiteral("console.db")).toStdString();
    service::ServiceOptions options;
    options.workers = 1;
    m_service = std::make_unique<service::GatewayService>(
        m_clock, options, db::storesOpener(file, db::OpenMode::Create, m_clock),
        std::make_shared<KeyInMemory>());
    auto opened = m_service->open();
    opened.waitForFinished();
    if (!opened.result()) {
        qFatal("%s", opened.result().error().error.message.c_str());
    }
    publish(shop(), "anna", "The shop opens");
    m_theme = std::make_unique<ui::Theme>();
    m_theme->setMode(ui::ThemeMode::Light);
    m_theme->apply(*qApp);
    m_series = std::make_unique<ui::MetricsSeries>();
    m_context = std::make_unique<ui::ConsoleContext>(ui::ConsoleContext{
        *m_service, *m_theme, *m_series, QStringLiteral("bob"), {}, QString::fromStdString(file), {}});
    // The tables' memory uses the application's settings: a new folder, so that no test sees another's.
    QSettings::setDefaultFormat(QSettings::IniFormat);
    QSettings::setPath(QSettings::IniFormat, QSettings::UserScope, m_folder.path());
    m_settings =
        std::make_unique<QSettings>(m_folder.filePath(QStringLiteral("window.ini")), QSettings::IniFormat);
    m_settings->setValue(QStringLiteral("appearance/theme"), QStringLiteral("light"));
    m_window = std::make_unique<ui::ConsoleWindow>(
        *m_context, *m_settings,
        std::vector<ui::PageEntry>{
            entry<ui::RoutesPage>("routes", "Routes", "routes", "Configure"),
            entry<ui::ServicesPage>("services", "Services", "server", "Configure"),
            entry<ui::ConsumersPage>("consumers", "Consumers & keys", "key", "Configure"),
            entry<ui::TiersPage>("tiers", "Tiers & limits", "gauge", "Configure"),
            entry<ui::PoliciesPage>("policies", "Policies", "lock", "Configure"),
            entry<ui::ProvidersPage>("providers", "Identity providers", "user", "Configure"),
            entry<ui::CertificatesPage>("certificates", "Certificates", "shield", "Configure"),
            entry<ui::ChangesPage>("changes", "Changes & audit", "changes", "Operate"),
            entry<ui::SettingsPage>("settings", "Settings", "settings", "Operate")});
    m_window->resize(1440, 900);
    m_window->show();
    giveFocus(m_window.get());
}

PagesConsole::~PagesConsole() = default;

const model::Config& PagesConsole::config() {
    return m_service->current()->config;
}

model::RevisionNumber PagesConsole::revision() {
    return m_service->current()->revision.number;
}

std::vector<model::ApiKey> PagesConsole::keysOf(const std::string& consumer) {
    auto keys = m_service->listKeys(config().consumers.find(consumer)->id);
    keys.waitForFinished();
    return keys.result().value();
}

void PagesConsole::publish(std::vector<model::Edit> edits, const std::string& author,
                           const std::string& message) {
    model::ConfigChange change;
    change.base = m_service->current() ? revision() : 0;
    change.author = author;
    change.message = message;
    change.edits = std::move(edits);
    auto published = m_service->publish(std::move(change));
    published.waitForFinished();
    if (!published.result()) {
        qFatal("%s", published.result().error().error.message.c_str());
    }
}

void PagesConsole::addTraffic(int second) {
    metrics::MetricsFrame frame;
    frame.time = m_clock.wallTime();
    frame.interval = std::chrono::seconds(1);
    const auto& shopConfig = config();
    std::uint64_t share = 40;
    for (const auto& route : shopConfig.routes) {
        metrics::RouteTraffic traffic;
        traffic.route = route.id;
        traffic.counts.requests = share + static_cast<std::uint64_t>(second % 7);
        traffic.counts.byClass[5] = route.name == "shipments" ? traffic.counts.requests / 4 : 0;
        traffic.counts.byClass[2] = traffic.counts.requests - traffic.counts.byClass[5];
        traffic.counts.p95Ms = 8 + static_cast<double>(share);
        frame.routes.push_back(traffic);
        frame.total.requests += traffic.counts.requests;
        share += 23;
    }
    for (const auto& service : shopConfig.services) {
        metrics::ServiceTraffic traffic;
        traffic.service = service.id;
        traffic.counts.requests = 120;
        traffic.counts.p95Ms = 24;
        traffic.failures = service.name == "shipping" ? 30 : 0;
        for (const auto& target : service.targets) {
            const bool bad = service.name == "shipping" && target.weight == 1;
            metrics::TargetTraffic& each = traffic.targets.emplace_back();
            each.address = target.host + ":" + std::to_string(target.port);
            each.requests = 60;
            each.requestsActive = 2;
            each.failures = bad ? 30 : 0;
            each.connectionsOpen = 4;
        }
        frame.services.push_back(traffic);
    }
    for (const auto& tier : shopConfig.tiers) {
        frame.tiers.push_back({tier.id, 90, tier.name == "free" ? std::uint64_t(12) : 0});
    }
    for (const auto& consumer : shopConfig.consumers) {
        frame.consumers.push_back({consumer.id, 50, consumer.tier == "free" ? std::uint64_t(6) : 0});
    }
    Q_EMIT m_service->metrics(frame);
}

QWidget* PagesConsole::findWidget(const char* name) {
    for (QWidget* top : QApplication::topLevelWidgets()) {
        for (QWidget* widget : top->findChildren<QWidget*>(QLatin1String(name))) {
            if (widget->isVisible()) {
                return widget;
            }
        }
    }
    qFatal("There is no visible widget %s", name);
}

QString PagesConsole::text(const char* label) {
    for (const QWidget* top : QApplication::topLevelWidgets()) {
        if (const auto* found = top->findChild<QLabel*>(QLatin1String(label))) {
            return found->text();
        }
    }
    return {};
}

/// A window manager would give a window that is new or clicked the keyboard; there may be none here.
void PagesConsole::giveFocus(QWidget* window) {
    if (window->isActiveWindow()) {
        return;
    }
    const bool exposed = QTest::qWaitForWindowExposed(window);
    window->activateWindow();
    if (!exposed || !QTest::qWaitForWindowActive(window)) {
        qFatal("The window does not become active");
    }
}

void PagesConsole::click(const char* name) {
    QWidget* widget = findWidget(name);
    giveFocus(widget->window());
    QTest::mouseClick(widget, Qt::LeftButton);
}

void PagesConsole::type(const char* name, const QString& text) {
    QWidget* widget = findWidget(name);
    click(name);
    QTest::keyClick(widget, Qt::Key_A, Qt::ControlModifier);
    QTest::keyClick(widget, Qt::Key_Delete);
    QTest::keyClicks(widget, text);
}

void PagesConsole::press(Qt::Key key, Qt::KeyboardModifiers modifiers) {
    if (QApplication::activeWindow() == nullptr) {
        giveFocus(m_window.get());
    }
    QWidget* focus = QApplication::focusWidget();
    QTest::keyClick(focus != nullptr ? focus : m_window.get(), key, modifiers);
}

void PagesConsole::answerNextBox(const QString& button) {
    auto* timer = new QTimer(m_window.get());
    QObject::connect(timer, &QTimer::timeout, timer, [this, timer, button] {
        auto* box = qobject_cast<QMessageBox*>(QApplication::activeModalWidget());
        if (box == nullptr) {
            return;
        }
        m_boxText = box->text();
        for (QAbstractButton* each : box->buttons()) {
            if (each->text() == button) {
                timer->deleteLater();
                timer->stop();
                QTest::mouseClick(each, Qt::LeftButton);
                return;
            }
        }
    });
    timer->start(10);
}
