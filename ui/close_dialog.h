#pragma once

#include "ui/theme.h"

#include <QDialog>

class QLabel;

namespace ui {

class Button;

/// What is to become of a running gateway when its window is closed. Open it with open(); one of the signals
/// follows, or rejected() for "stay here".
class CloseDialog : public QDialog {
    Q_OBJECT
public:
    /// Without a tray the window can only be minimised.
    CloseDialog(const Theme& theme, bool trayAvailable, QWidget* parent);

    /// While the gateway finishes its requests; the buttons are off but for the one that quits at once.
    void showDraining();

Q_SIGNALS:
    void keepRunningRequested();
    void drainRequested();
    void quitNowRequested();

private:
    QLabel* m_title;
    QLabel* m_text;
    Button* m_keep;
    Button* m_drain;
    Button* m_cancel;
    bool m_draining = false;
};

} // namespace ui
