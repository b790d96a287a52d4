#pragma once

#include <QScrollArea>

namespace ui {

/// A scroll area without frame or ground of its own; the body scrolls up and down only.
[[nodiscard]] QScrollArea* makeScrollArea(const QString& objectName);
/// QScrollArea::setWidget() gives the body a ground; this takes it away again.
void setScrollBody(QScrollArea* area, QWidget* body);

} // namespace ui
