#pragma once

#include "gateway/service/gateway_service.h"
#include "ui/console_context.h"
#include "ui/page.h"

#include <QMainWindow>
#include <QTimer>
#include <map>
#include <vector>

class QSettings;
class QStackedWidget;
class QSystemTrayIcon;

namespace ui {

class Banner;
class CloseDialog;
class CommandPalette;
class FirstRun;
class Rail;
class Toast;
class TopBar;
struct PaletteEntry;

/// A page that the console has, built when it is first shown.
struct PageEntry {
    /// What the command palette offers of the page: Page::runCommand() gets the id.
    struct Command {
        QString id;
        QString text;
        QString iconName;
    };
    QString id;
    QString title;
    QString iconName;
    QString section; ///< "Monitor", "Configure", "Operate"
    std::function<Page*(ConsoleContext&)> make;
    std::vector<Command> commands{};
};

/// The console's window. The program feeds `context.series` through it: the service's metrics and status go
/// to the series, the rail's card and the banner. `context` and `settings` outlive it. The program quits on
/// quitRequested(), not on the last window closed, since the window may be in the tray.
class ConsoleWindow : public QMainWindow {
    Q_OBJECT
public:
    ConsoleWindow(ConsoleContext& context, QSettings& settings, std::vector<PageEntry> pages,
                  QWidget* parent = nullptr);
    ~ConsoleWindow() override;

    /// Goes to the page, unless the one in sight wants to be saved first, and reveals the named item.
    bool openPage(const QString& id, const QString& name = {});
    [[nodiscard]] QString currentPageId() const { return m_currentPage; }
    /// Null while it was not built yet.
    [[nodiscard]] Page* page(const QString& id) const;
    /// Brings the window to the front; a second start of the program asks for it.
    void present();
    void showMessage(const QString& text);
    /// Something went wrong that the gateway's own status does not say.
    void showProblem(const QString& title, const QString& text);

Q_SIGNALS:
    void quitRequested();

protected:
    void closeEvent(QCloseEvent* event) override;

private:
    void buildFrame();
    void buildShortcuts();
    void connectService();
    void restoreSettings();
    void saveGeometryNow();
    Page* ensurePage(const QString& id);
    void updateTitle();
    void updateFirstRun();
    void takeStatus(const gateway::service::GatewayStatus& status);
    void updateBanner();
    void startGateway();
    void stopGateway();
    void reloadGateway();
    void askBeforeClose();
    void hideToTray();
    void quit();
    std::vector<PaletteEntry> commands();
    std::vector<PaletteEntry> search(const QString& query);

    ConsoleContext& m_context;
    QSettings& m_settings;
    std::vector<PageEntry> m_entries;
    std::map<QString, Page*> m_pages;
    std::map<QString, QWidget*> m_topBarWidgets;
    Rail* m_rail;
    TopBar* m_topBar;
    Banner* m_banner;
    QWidget* m_bannerBox = nullptr;
    QStackedWidget* m_stack;
    FirstRun* m_firstRun;
    Toast* m_toast;
    CommandPalette* m_palette;
    CloseDialog* m_closeDialog = nullptr;
    QSystemTrayIcon* m_tray = nullptr;
    QTimer m_second;
    gateway::service::GatewayStatus m_status;
    QString m_currentPage;
    QString m_problemTitle;
    QString m_problemText;
    std::string m_dismissed; ///< the status message that was read and closed
    bool m_quitting = false;
};

} // namespace ui
