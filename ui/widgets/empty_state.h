#pragma once

#include "ui/theme.h"

#include <QWidget>
#include <functional>

class QHBoxLayout;
class QLabel;
class QVBoxLayout;

namespace ui {

class Button;

/// What a page shows instead of an empty table: what belongs here and how to make the first one.
class EmptyState : public QWidget {
    Q_OBJECT
public:
    EmptyState(const Theme& theme, const QString& iconName, const QString& title, const QString& text,
               QWidget* parent = nullptr);

    void setTexts(const QString& title, const QString& text);
    /// Puts the widget between the text and the buttons.
    void insertBelowText(QWidget* widget);
    Button* addPrimary(const QString& text, const QString& objectName, const std::function<void()>& clicked);
    Button* addSecondary(const QString& text, const QString& objectName,
                         const std::function<void()>& clicked);

private:
    void fitText();
    void updateIcon();

    const Theme& m_theme;
    QString m_iconName;
    QLabel* m_icon;
    QLabel* m_title;
    QLabel* m_text;
    QVBoxLayout* m_below;
    QHBoxLayout* m_buttons;
};

} // namespace ui
