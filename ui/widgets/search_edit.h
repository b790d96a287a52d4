#pragma once

#include "ui/theme.h"

#include <QLineEdit>
#include <QTimer>

namespace ui {

/// A filter line: emits filterChanged() shortly after the last key, so that a big table is filtered once.
class SearchEdit : public QLineEdit {
    Q_OBJECT
public:
    SearchEdit(const Theme& theme, const QString& placeholder, const QString& objectName,
               QWidget* parent = nullptr);

Q_SIGNALS:
    void filterChanged(const QString& text);

protected:
    void keyPressEvent(QKeyEvent* event) override;

private:
    void updateIcon();

    const Theme& m_theme;
    QAction* m_icon;
    QTimer m_timer;
};

} // namespace ui
