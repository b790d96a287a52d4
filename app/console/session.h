#pragma once

#include "app/console/notifier.h"
#include "app/demo/demo.h"
#include "app/service_host.h"
#include "ui/console_context.h"
#include "ui/console_window.h"
#include "ui/metrics_series.h"
#include "ui/theme.h"

#include <QObject>
#include <QSettings>
#include <QTimer>
#include <memory>

namespace app::console {

/// The console while it is open: the window, the gateway behind it, and the demo if somebody wants it. GUI
/// thread.
class Session : public QObject {
    Q_OBJECT
public:
    /// `host` is open and outlives the session.
    Session(ServiceHost& host, ui::Theme& theme);
    ~Session() override;

    /// Shows the window, and brings the gateway back if it ran when the console was last closed.
    void start(bool withDemo);
    /// Lets requests in flight end, then leaves.
    void end();

private:
    void startDemo();
    void startGateway();
    void rememberState(const gateway::service::GatewayStatus& status);

    ServiceHost& m_host;
    QSettings m_settings;
    const QString m_gatewayRanKey;
    ui::MetricsSeries m_series;
    ui::ConsoleContext m_context;
    QTimer m_stoppedForGood; ///< see rememberState()
    std::unique_ptr<demo::Demo> m_demo;
    std::unique_ptr<ui::ConsoleWindow> m_window;
    Notifier m_notifier;
};

} // namespace app::console
