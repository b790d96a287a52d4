#include "ui/widgets/scroll.h"

#include "ui/widgets/kind.h"

namespace ui {

QScrollArea* makeScrollArea(const QString& objectName) {
    auto* area = new QScrollArea;
    area->setObjectName(objectName);
    area->setWidgetResizable(true);
    area->setFrameShape(QFrame::NoFrame);
    area->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    area->setFocusPolicy(Qt::NoFocus);
    area->viewport()->setAutoFillBackground(false);
    return area;
}

void setScrollBody(QScrollArea* area, QWidget* body) {
    setKind(body, "scrollBody");
    area->setWidget(body);
    body->setAutoFillBackground(false);
}

} // namespace ui
