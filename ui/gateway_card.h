#pragma once

#include "gateway/service/gateway_service.h"
#include "ui/theme.h"

#include <QFrame>

class QLabel;

namespace ui {

class Button;
class Pill;

/// The gateway's state at the lower end of the rail: start, reload, stop, where it listens, what is live.
class GatewayCard : public QFrame {
    Q_OBJECT
public:
    explicit GatewayCard(const Theme& theme, QWidget* parent = nullptr);

    void setStatus(const gateway::service::GatewayStatus& status);
    /// Moves the uptime on.
    void setNow(gateway::WallTime now);

Q_SIGNALS:
    void startRequested();
    void reloadRequested();
    void stopRequested();

private:
    gateway::service::GatewayStatus m_status;
    Pill* m_state;
    QLabel* m_address;
    QLabel* m_revision;
    Button* m_start;
    Button* m_reload;
    Button* m_stop;
};

} // namespace ui
