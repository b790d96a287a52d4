#pragma once

#include "ui/theme.h"

#include <QFrame>
#include <QTimer>
#include <functional>

class QLabel;

namespace ui {

class Button;

/// A short message at the lower edge of the window, which goes away by itself. The next one replaces it.
class Toast : public QFrame {
    Q_OBJECT
public:
    Toast(const Theme& theme, QWidget* parent);

    void showMessage(const QString& text);
    /// With a button that calls `undo` once.
    void showUndo(const QString& text, const std::function<void()>& undo);
    [[nodiscard]] QString text() const;

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void present(const QString& text);
    void place();

    QLabel* m_text;
    Button* m_undoButton;
    QTimer m_timer;
    std::function<void()> m_undo;
};

} // namespace ui
