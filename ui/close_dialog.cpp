#include "ui/close_dialog.h"

#include "ui/widgets/buttons.h"
#include "ui/widgets/card.h"
#include "ui/widgets/kind.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QVBoxLayout>

namespace ui {

CloseDialog::CloseDialog(const Theme& theme, bool trayAvailable, QWidget* parent)
    : QDialog(parent)
    , m_title(makeLabel(tr("The gateway is running"), "h1"))
    , m_text(makeLabel(trayAvailable
                           ? tr("It can go on answering requests from the tray. Or it finishes the requests "
                                "in flight, for 30 seconds at most, and stops.")
                           : tr("It can go on answering requests while this window is minimised. Or it "
                                "finishes the requests in flight, for 30 seconds at most, and stops."),
                       "bodyText"))
    , m_keep(new Button(theme, trayAvailable ? tr("Keep running in the tray") : tr("Minimise"),
                        QStringLiteral("closeDialog.keep"), Button::Kind::Primary))
    , m_drain(new Button(theme, tr("Drain and quit"), QStringLiteral("closeDialog.drain"),
                         Button::Kind::Danger, QStringLiteral("power")))
    , m_cancel(new Button(theme, tr("Cancel"), QStringLiteral("closeDialog.cancel"), Button::Kind::Ghost)) {
    nameWidget(this, QStringLiteral("closeDialog"), tr("Close Gatehouse"));
    setWindowTitle(tr("Close Gatehouse"));
    setModal(true);
    m_text->setWordWrap(true);
    m_text->setMinimumWidth(420);
    auto* buttons = new QHBoxLayout;
    buttons->addWidget(m_cancel);
    buttons->addStretch(1);
    buttons->addWidget(m_drain);
    buttons->addWidget(m_keep);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(24, 22, 24, 20);
    layout->setSpacing(10);
    layout->setSizeConstraint(QLayout::SetFixedSize);
    layout->addWidget(m_title);
    layout->addWidget(m_text);
    layout->addSpacing(10);
    layout->addLayout(buttons);
    m_keep->setDefault(true);

    connect(m_keep, &Button::clicked, this, [this] {
        accept();
        Q_EMIT keepRunningRequested();
    });
    connect(m_drain, &Button::clicked, this, [this] {
        if (m_draining) {
            Q_EMIT quitNowRequested();
        } else {
            showDraining();
            Q_EMIT drainRequested();
        }
    });
    connect(m_cancel, &Button::clicked, this, &QDialog::reject);
}

void CloseDialog::showDraining() {
    m_draining = true;
    m_title->setText(tr("Finishing the requests in flight…"));
    m_text->setText(tr("New connections are refused. Gatehouse quits once the last answer is out."));
    m_keep->hide();
    m_cancel->hide();
    m_drain->setText(tr("Quit now"));
    m_drain->setAccessibleName(m_drain->text());
}

} // namespace ui
