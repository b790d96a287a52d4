#include "ui/widgets/chip.h"

#include "ui/widgets/kind.h"

namespace ui {

Chip::Chip(const QString& text, const QString& objectName, QWidget* parent)
    : QPushButton(text, parent) {
    nameWidget(this, objectName, text);
    setKind(this, "chip");
    setCheckable(true);
    setCursor(Qt::PointingHandCursor);
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
}

} // namespace ui
