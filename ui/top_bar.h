#pragma once

#include "ui/theme.h"

#include <QFrame>

class QHBoxLayout;
class QLabel;
class QPushButton;

namespace ui {

class IconButton;

/// The page's title, the way to the command palette, and the theme.
class TopBar : public QFrame {
    Q_OBJECT
public:
    explicit TopBar(const Theme& theme, QWidget* parent = nullptr);

    void setTitle(const QString& title, const QString& subtitle);
    /// The widget of the page in sight; null: none. Widgets stay owned by the bar.
    void setPageWidget(QWidget* widget);

Q_SIGNALS:
    void paletteRequested();
    void themeToggled();

private:
    void updateTheme();

    const Theme& m_theme;
    QLabel* m_title;
    QLabel* m_subtitle;
    QHBoxLayout* m_pageWidgets;
    QWidget* m_pageWidget = nullptr;
    QPushButton* m_search;
    IconButton* m_themeButton;
};

} // namespace ui
