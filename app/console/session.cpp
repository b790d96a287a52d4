#include "app/console/session.h"

#include "app/console/pages.h"
#include "app/user_name.h"

#include <QCoreApplication>

namespace app::console {

using gateway::service::GatewayService;
using gateway::service::GatewayState;
using gateway::service::GatewayStatus;

namespace {

/// Whether the gateway ran when the console was last closed; each database has its own answer.
QString gatewayRanKey(const std::string& databaseFile) {
    return QStringLiteral("gateway-ran/") + gateway::service::canonicalDatabasePath(databaseFile);
}

} // namespace

Session::Session(ServiceHost& host, ui::Theme& theme)
    : m_host(host)
    , m_settings(QSettings::IniFormat, QSettings::UserScope, QStringLiteral("gatehouse"),
                 QStringLiteral("console"))
    , m_gatewayRanKey(gatewayRanKey(host.databaseFile()))
    , m_context{.service = host.service(),
                .theme = theme,
                .series = m_series,
                .author = QString::fromStdString(userName()),
                .startDemo = [this] { startDemo(); },
                .storeLocation = QString::fromStdString(host.databaseFile()),
                .documentation = {}}
    , m_window(std::make_unique<ui::ConsoleWindow>(m_context, m_settings, consolePages()))
    , m_notifier(host.service(), theme.icon(QStringLiteral("shield"), ui::Token::Accent)) {
    connect(&m_notifier, &Notifier::certificateWanted, m_window.get(), [this](const QString& name) {
        m_window->present();
        m_window->openPage(QStringLiteral("certificates"), name);
    });
    m_stoppedForGood.setSingleShot(true);
    m_stoppedForGood.setInterval(std::chrono::seconds(2));
    connect(&m_stoppedForGood, &QTimer::timeout, this,
            [this] { m_settings.setValue(m_gatewayRanKey, false); });
    connect(&m_host.service(), &GatewayService::statusChanged, this, &Session::rememberState);
    connect(m_window.get(), &ui::ConsoleWindow::quitRequested, QCoreApplication::instance(),
            &QCoreApplication::quit, Qt::QueuedConnection);
    connect(&m_host.control(), &gateway::service::ControlSocket::showRequested, m_window.get(),
            &ui::ConsoleWindow::present);
}

Session::~Session() = default;

void Session::start(bool withDemo) {
    m_window->show();
    if (withDemo) {
        startDemo();
        return;
    }
    const auto current = m_host.service().current();
    if (m_settings.value(m_gatewayRanKey).toBool() && !current->config.listeners.empty()) {
        startGateway();
    }
}

void Session::end() {
    m_host.service().stop().then(this, [](const auto& /*stopped*/) { QCoreApplication::quit(); });
}

void Session::startDemo() {
    if (!m_demo) {
        m_demo = std::make_unique<demo::Demo>(m_host.service(), demo::DemoOptions{});
        connect(m_demo.get(), &demo::Demo::failed, m_window.get(), [this](const QString& message) {
            m_window->showProblem(tr("The demo could not start"), message);
            m_demo.reset();
        });
        m_demo->start();
    }
}

void Session::startGateway() {
    // A failure shows in the status, and so in the window.
    m_host.service().start();
}

/// Closing the console stops the gateway, too, and is not the wish that it stay stopped. So a stop counts
/// only when the console is still there a moment later.
void Session::rememberState(const GatewayStatus& status) {
    if (status.state == GatewayState::Running) {
        m_stoppedForGood.stop();
        m_settings.setValue(m_gatewayRanKey, true);
    } else if (status.state == GatewayState::Stopped) {
        m_stoppedForGood.start();
    }
}

} // namespace app::console
