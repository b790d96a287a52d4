#pragma once

#include "ui/theme.h"

#include <QPushButton>
#include <QToolButton>

namespace ui {

/// A push button of the console: its icon follows the theme. The accessible name is the text.
class Button : public QPushButton {
    Q_OBJECT
public:
    enum class Kind { Secondary, Primary, Ghost, Danger };

    Button(const Theme& theme, const QString& text, const QString& objectName, Kind kind = Kind::Secondary,
           const QString& iconName = {}, QWidget* parent = nullptr);

    void setIconName(const QString& iconName);

private:
    void updateIcon();

    const Theme& m_theme;
    Kind m_kind;
    QString m_iconName;
};

/// A square button with an icon alone; its name is shown as the tool tip and said by screen readers.
class IconButton : public QToolButton {
    Q_OBJECT
public:
    IconButton(const Theme& theme, const QString& iconName, const QString& accessibleName,
               const QString& objectName, QWidget* parent = nullptr);

    void setIconName(const QString& iconName);

private:
    void updateIcon();

    const Theme& m_theme;
    QString m_iconName;
};

} // namespace ui
