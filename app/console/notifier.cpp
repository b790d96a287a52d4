#include "app/console/notifier.h"

namespace app::console {

using gateway::service::GatewayService;

Notifier::Notifier(GatewayService& service, const QIcon& icon)
    : m_tray(icon) {
    m_tray.setToolTip(tr("Gatehouse"));
    connect(&service, &GatewayService::certificateWarning, this,
            [this](const std::string& name, int daysLeft) { warn(QString::fromStdString(name), daysLeft); });
    connect(&m_tray, &QSystemTrayIcon::messageClicked, this, [this] {
        m_tray.hide();
        Q_EMIT certificateWanted(m_lastName);
    });
    connect(&m_tray, &QSystemTrayIcon::activated, this, [this] {
        m_tray.hide();
        Q_EMIT certificateWanted(m_lastName);
    });
}

void Notifier::warn(const QString& name, int daysLeft) {
    if (!QSystemTrayIcon::isSystemTrayAvailable() || !QSystemTrayIcon::supportsMessages()) {
        return;
    }
    m_lastName = name;
    m_tray.show(); // a message needs an icon that it comes from
    m_tray.showMessage(tr("Certificates"), certificateWarningText(name, daysLeft), QSystemTrayIcon::Warning);
}

QString certificateWarningText(const QString& name, int daysLeft) {
    if (daysLeft < 0) {
        return Notifier::tr("The certificate %1 has ended: clients refuse it.").arg(name);
    }
    return daysLeft == 0   ? Notifier::tr("The certificate %1 ends today.").arg(name)
           : daysLeft == 1 ? Notifier::tr("The certificate %1 ends tomorrow.").arg(name)
                           : Notifier::tr("The certificate %1 ends in %2 days.").arg(name).arg(daysLeft);
}

} // namespace app::console
