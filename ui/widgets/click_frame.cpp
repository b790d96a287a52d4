#include "ui/widgets/click_frame.h"

#include "ui/widgets/kind.h"

#include <QKeyEvent>
#include <QMouseEvent>

namespace ui {

ClickFrame::ClickFrame(const QString& objectName, QWidget* parent)
    : QFrame(parent) {
    setObjectName(objectName);
    setKind(this, "clickFrame");
    setFocusPolicy(Qt::StrongFocus);
    setCursor(Qt::PointingHandCursor);
    setAttribute(Qt::WA_Hover);
}

void ClickFrame::mouseReleaseEvent(QMouseEvent* event) {
    if (event->button() == Qt::LeftButton && rect().contains(event->position().toPoint())) {
        Q_EMIT clicked();
        return;
    }
    QFrame::mouseReleaseEvent(event);
}

void ClickFrame::keyPressEvent(QKeyEvent* event) {
    if (event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter || event->key() == Qt::Key_Space) {
        Q_EMIT clicked();
        return;
    }
    QFrame::keyPressEvent(event);
}

} // namespace ui
