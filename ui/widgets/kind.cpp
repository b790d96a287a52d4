#include "ui/widgets/kind.h"

#include <QStyle>
#include <QVariant>

namespace ui {

void restyle(QWidget* widget, const char* property, const QVariant& value) {
    if (widget->property(property) == value) {
        return;
    }
    widget->setProperty(property, value);
    widget->style()->unpolish(widget);
    widget->style()->polish(widget);
    widget->update();
}

} // namespace ui
