#pragma once

#include "ui/theme.h"

#include <QAbstractButton>

namespace ui {

/// A switch. Space and Return change it; screen readers see a checkable button.
class Toggle : public QAbstractButton {
    Q_OBJECT
public:
    Toggle(const Theme& theme, const QString& accessibleName, const QString& objectName,
           QWidget* parent = nullptr);

    [[nodiscard]] QSize sizeHint() const override { return {40, 24}; }

protected:
    void paintEvent(QPaintEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    const Theme& m_theme;
};

/// A toggle with its name and a sentence about it at the left.
class ToggleRow : public QWidget {
    Q_OBJECT
public:
    ToggleRow(const Theme& theme, const QString& title, const QString& text, const QString& objectName,
              QWidget* parent = nullptr);

    [[nodiscard]] Toggle* toggle() const { return m_toggle; }

private:
    Toggle* m_toggle;
};

} // namespace ui
