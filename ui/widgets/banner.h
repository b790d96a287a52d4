#pragma once

#include "ui/theme.h"

#include <QFrame>

class QLabel;

namespace ui {

class Button;
class IconButton;

/// Something that went wrong, across the page: what, why, and what to do.
class Banner : public QFrame {
    Q_OBJECT
public:
    Banner(const Theme& theme, const QString& objectName, QWidget* parent = nullptr);

    /// Shows it; an empty action text leaves the button out.
    void present(const QString& title, const QString& text, bool isBad, const QString& action = {});
    [[nodiscard]] QString text() const;

Q_SIGNALS:
    void actionRequested();
    void dismissed();

private:
    void updateIcon();

    const Theme& m_theme;
    QLabel* m_icon;
    QLabel* m_title;
    QLabel* m_text;
    Button* m_action;
    bool m_isBad = false;
};

} // namespace ui
