#pragma once

#include "gateway/service/gateway_service.h"

#include <QIcon>
#include <QObject>
#include <QSystemTrayIcon>
#include <memory>

namespace app::console {

/// Tells the desktop what a person should know also while the window is out of sight. Where the desktop has
/// no place for that, nothing is lost: the pages say the same. GUI thread.
class Notifier final : public QObject {
    Q_OBJECT
public:
    Notifier(gateway::service::GatewayService& service, const QIcon& icon);

Q_SIGNALS:
    /// The notification was clicked: its certificate is to be shown.
    void certificateWanted(const QString& name);

private:
    void warn(const QString& name, int daysLeft);

    QSystemTrayIcon m_tray;
    QString m_lastName;
};

/// "The certificate shop ends in 61 days."
[[nodiscard]] QString certificateWarningText(const QString& name, int daysLeft);

} // namespace app::console
