#pragma once

#include "ui/widgets/card.h"

#include <QLabel>
#include <QVBoxLayout>

namespace ui {

/// A column without margins: what tabs and groups of an editor are laid out in.
[[nodiscard]] inline QVBoxLayout* columnIn(QWidget* widget, int spacing = 14) {
    auto* layout = new QVBoxLayout(widget);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(spacing);
    return layout;
}

[[nodiscard]] inline QLabel* wrappedLabel(const QString& text, const char* kind) {
    QLabel* label = makeLabel(text, kind);
    label->setWordWrap(true);
    return label;
}

/// Takes all widgets out of a layout; what takes their place has their names to itself.
inline void clearLayout(QLayout& layout) {
    while (QLayoutItem* item = layout.takeAt(0)) {
        if (QWidget* widget = item->widget()) {
            widget->hide();
            widget->setObjectName(QString());
            widget->deleteLater();
        }
        delete item;
    }
}

} // namespace ui
