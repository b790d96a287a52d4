#include "ui/gateway_card.h"

#include "ui/status_text.h"
#include "ui/widgets/buttons.h"
#include "ui/widgets/card.h"
#include "ui/widgets/kind.h"
#include "ui/widgets/pill.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QVBoxLayout>

namespace ui {

using gateway::service::GatewayState;

GatewayCard::GatewayCard(const Theme& theme, QWidget* parent)
    : QFrame(parent)
    , m_state(new Pill(theme, stateText(GatewayState::Stopped), Tone::Neutral, true))
    , m_address(makeLabel({}, "sub"))
    , m_revision(makeLabel({}, "sub"))
    , m_start(new Button(theme, tr("Start"), QStringLiteral("gateway.start"), Button::Kind::Primary,
                         QStringLiteral("play")))
    , m_reload(new Button(theme, tr("Reload"), QStringLiteral("gateway.reload"), Button::Kind::Secondary,
                          QStringLiteral("reload")))
    , m_stop(new Button(theme, tr("Stop"), QStringLiteral("gateway.stop"), Button::Kind::Danger,
                        QStringLiteral("stop"))) {
    nameWidget(this, QStringLiteral("gatewayCard"), tr("Gateway"));
    setKind(this, "tile");
    m_state->setObjectName(QStringLiteral("gateway.state"));
    m_address->setObjectName(QStringLiteral("gateway.address"));
    m_revision->setObjectName(QStringLiteral("gateway.revision"));
    m_start->setToolTip(tr("Listen and serve the saved configuration"));
    m_reload->setToolTip(tr("Take up changes of other programs and resolve targets' names again (F5)"));
    m_stop->setToolTip(tr("Finish the requests in flight and stop"));
    for (QPushButton* button : {static_cast<QPushButton*>(m_reload), static_cast<QPushButton*>(m_stop)}) {
        button->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed);
    }

    auto* head = new QHBoxLayout;
    head->addWidget(makeLabel(tr("Gateway"), "label"));
    head->addStretch(1);
    head->addWidget(m_state);
    auto* buttons = new QHBoxLayout;
    buttons->setSpacing(6);
    buttons->addWidget(m_start, 1);
    buttons->addWidget(m_reload, 1);
    buttons->addWidget(m_stop, 1);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(12, 10, 12, 12);
    layout->setSpacing(6);
    layout->addLayout(head);
    layout->addWidget(m_address);
    layout->addWidget(m_revision);
    layout->addSpacing(2);
    layout->addLayout(buttons);

    connect(m_start, &Button::clicked, this, &GatewayCard::startRequested);
    connect(m_reload, &Button::clicked, this, &GatewayCard::reloadRequested);
    connect(m_stop, &Button::clicked, this, &GatewayCard::stopRequested);
    setStatus({});
}

void GatewayCard::setStatus(const gateway::service::GatewayStatus& status) {
    m_status = status;
    m_state->set(stateText(status.state), stateTone(status.state));
    const bool off = status.state == GatewayState::Stopped || status.state == GatewayState::Failed;
    const bool running = status.state == GatewayState::Running;
    m_start->setVisible(off);
    m_reload->setVisible(!off);
    m_stop->setVisible(!off);
    m_reload->setEnabled(running);
    m_stop->setEnabled(running);

    m_revision->setText(revisionText(status));
    restyle(m_revision, "kind", isBehind(status) ? QStringLiteral("warn") : QStringLiteral("sub"));
    m_revision->setToolTip(isBehind(status)
                               ? (status.message.empty() ? tr("The saved revision is being taken up.")
                                                         : QString::fromStdString(status.message))
                               : tr("The newest published revision, and the one that answers requests"));
    QStringList addresses;
    for (const std::string& address : status.addresses) {
        addresses.append(QString::fromStdString(address));
    }
    m_address->setToolTip(addresses.join(QLatin1Char('\n')));
    setNow(std::chrono::system_clock::now());
}

void GatewayCard::setNow(gateway::WallTime now) {
    const QString text = addressText(m_status, now);
    m_address->setText(m_address->fontMetrics().elidedText(text, Qt::ElideRight, 180));
    m_address->setAccessibleName(text);
}

} // namespace ui
