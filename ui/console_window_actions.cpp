// The window's commands: the gateway's start, reload and stop, closing, the tray and the command palette.
#include "ui/close_dialog.h"
#include "ui/command_palette.h"
#include "ui/console_window.h"
#include "ui/status_text.h"
#include "ui/theme.h"

#include <QCloseEvent>
#include <QMenu>
#include <QSettings>
#include <QSystemTrayIcon>
#include <algorithm>

namespace ui {

using gateway::service::GatewayState;

namespace {

using StatusReply = tl::expected<gateway::service::GatewayStatus, gateway::service::Rejection>;

constexpr std::size_t hitsPerKind = 12;

} // namespace

void ConsoleWindow::startGateway() {
    showProblem({}, {});
    m_context.service.start().then(this, [this](const StatusReply& reply) {
        // A failed start is in the status, too, and that one stays up to date.
        if (!reply && m_status.state != GatewayState::Failed) {
            showProblem(tr("The gateway did not start"), rejectionText(reply.error()));
        }
    });
}

void ConsoleWindow::stopGateway() {
    showProblem({}, {});
    m_context.service.stop().then(this, [this](const StatusReply& reply) {
        if (reply) {
            showMessage(tr("The gateway has stopped"));
        } else {
            showProblem(tr("The gateway did not stop"), rejectionText(reply.error()));
        }
    });
}

void ConsoleWindow::reloadGateway() {
    showProblem({}, {});
    m_context.service.reload().then(this, [this](const StatusReply& reply) {
        if (reply) {
            showMessage(tr("Reloaded; revision %1 is saved").arg(reply->savedRevision));
        } else {
            showProblem(tr("The configuration was not reloaded"), rejectionText(reply.error()));
        }
    });
}

void ConsoleWindow::closeEvent(QCloseEvent* event) {
    if (m_quitting) {
        event->accept();
        return;
    }
    event->ignore();
    Page* current = page(m_currentPage);
    if (current != nullptr && !current->canLeave()) {
        return;
    }
    const GatewayState state = m_context.service.status().state;
    if (state == GatewayState::Stopped || state == GatewayState::Failed) {
        quit();
        event->accept();
        return;
    }
    askBeforeClose();
}

void ConsoleWindow::askBeforeClose() {
    if (m_closeDialog != nullptr) {
        m_closeDialog->raise();
        return;
    }
    const bool tray = QSystemTrayIcon::isSystemTrayAvailable();
    m_closeDialog = new CloseDialog(m_context.theme, tray, this);
    m_closeDialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(m_closeDialog, &QObject::destroyed, this, [this] { m_closeDialog = nullptr; });
    connect(m_closeDialog, &CloseDialog::keepRunningRequested, this, [this, tray] {
        if (tray) {
            hideToTray();
        } else {
            showMinimized();
        }
    });
    connect(m_closeDialog, &CloseDialog::drainRequested, this, [this] {
        m_context.service.stop().then(this, [this](const StatusReply& /*reply*/) { quit(); });
    });
    connect(m_closeDialog, &CloseDialog::quitNowRequested, this, &ConsoleWindow::quit);
    m_closeDialog->open();
}

void ConsoleWindow::hideToTray() {
    if (m_tray == nullptr) {
        m_tray = new QSystemTrayIcon(windowIcon(), this);
        m_tray->setToolTip(tr("Gatehouse: the gateway is running"));
        auto* menu = new QMenu(this);
        menu->addAction(tr("Open Gatehouse"), this, &ConsoleWindow::present);
        menu->addSeparator();
        menu->addAction(tr("Drain and quit"), this, [this] {
            m_context.service.stop().then(this, [this](const StatusReply& /*reply*/) { quit(); });
        });
        m_tray->setContextMenu(menu);
        connect(m_tray, &QSystemTrayIcon::activated, this, [this](QSystemTrayIcon::ActivationReason reason) {
            if (reason != QSystemTrayIcon::Context) {
                present();
            }
        });
    }
    saveGeometryNow();
    m_tray->show();
    hide();
}

void ConsoleWindow::saveGeometryNow() {
    m_settings.setValue(QStringLiteral("window/geometry"), saveGeometry());
    m_settings.sync();
}

void ConsoleWindow::quit() {
    if (m_quitting) {
        return;
    }
    m_quitting = true;
    saveGeometryNow();
    if (m_closeDialog != nullptr) {
        m_closeDialog->accept();
    }
    close();
    Q_EMIT quitRequested();
}

std::vector<PaletteEntry> ConsoleWindow::commands() {
    std::vector<PaletteEntry> entries;
    for (const PageEntry& page : m_entries) {
        entries.push_back({page.title, tr("Page"), page.iconName, [this, id = page.id] { openPage(id); }});
    }
    const QString command = tr("Command");
    const auto add = [&](const QString& text, const char* icon, const std::function<void()>& run) {
        entries.push_back({text, command, QString::fromLatin1(icon), run});
    };
    const auto addNew = [&](const QString& text, const QString& pageId) {
        const bool exists = std::any_of(m_entries.begin(), m_entries.end(),
                                        [&pageId](const PageEntry& page) { return page.id == pageId; });
        if (exists) {
            add(text, "plus", [this, pageId] {
                if (openPage(pageId)) {
                    page(pageId)->createNew();
                }
            });
        }
    };
    addNew(tr("New route…"), QStringLiteral("routes"));
    addNew(tr("New service…"), QStringLiteral("services"));
    addNew(tr("New consumer…"), QStringLiteral("consumers"));
    addNew(tr("New tier…"), QStringLiteral("tiers"));
    addNew(tr("New policy…"), QStringLiteral("policies"));
    addNew(tr("New identity provider…"), QStringLiteral("providers"));
    for (const PageEntry& of : m_entries) {
        for (const PageEntry::Command& each : of.commands) {
            entries.push_back({each.text, command, each.iconName, [this, pageId = of.id, id = each.id] {
                                   if (openPage(pageId)) {
                                       page(pageId)->runCommand(id);
                                   }
                               }});
        }
    }
    if (m_status.state == GatewayState::Running) {
        add(tr("Reload the configuration"), "reload", [this] { reloadGateway(); });
        add(tr("Stop the gateway"), "stop", [this] { stopGateway(); });
    } else if (m_status.state == GatewayState::Stopped || m_status.state == GatewayState::Failed) {
        add(tr("Start the gateway"), "play", [this] { startGateway(); });
    }
    Theme& theme = m_context.theme;
    if (theme.isDark()) {
        add(tr("Switch to the light theme"), "sun", [&theme] { theme.setMode(ThemeMode::Light); });
    } else {
        add(tr("Switch to the dark theme"), "moon", [&theme] { theme.setMode(ThemeMode::Dark); });
    }
    if (theme.mode() != ThemeMode::System) {
        add(tr("Follow the system's theme"), "monitor", [&theme] { theme.setMode(ThemeMode::System); });
    }
    add(tr("Quit Gatehouse"), "power", [this] { close(); });
    return entries;
}

std::vector<PaletteEntry> ConsoleWindow::search(const QString& query) {
    std::vector<PaletteEntry> found;
    if (const auto current = m_context.service.current()) {
        found = searchConfig(current->config, query, hitsPerKind,
                             [this](const QString& id, const QString& name) { openPage(id, name); });
    }
    // Words of a command or page that begin with the query come before anything that just holds it; with few
    // letters typed that is what people mean.
    std::vector<PaletteEntry> entries = searchEntries(commands(), query);
    const bool few = query.trimmed().size() < 3;
    found.insert(few ? found.begin() : found.end(), entries.begin(), entries.end());
    return found;
}

} // namespace ui
