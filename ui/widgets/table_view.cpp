#include "ui/widgets/table_view.h"

#include "ui/widgets/kind.h"
#include "ui/widgets/table_delegates.h"

#include <QContextMenuEvent>
#include <QHeaderView>
#include <QKeyEvent>

namespace ui {

TableView::TableView(const Theme& theme, const QString& objectName, const QString& accessibleName,
                     QWidget* parent)
    : QTableView(parent) {
    nameWidget(this, objectName, accessibleName);
    setItemDelegate(new CellDelegate(theme, this));
    setShowGrid(false);
    setFrameShape(QFrame::NoFrame);
    setSelectionBehavior(QAbstractItemView::SelectRows);
    setSelectionMode(QAbstractItemView::ExtendedSelection);
    setEditTriggers(QAbstractItemView::NoEditTriggers);
    setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    setHorizontalScrollMode(QAbstractItemView::ScrollPerPixel);
    setTabKeyNavigation(false);
    setWordWrap(false);
    setMouseTracking(true);
    setCornerButtonEnabled(false);
    verticalHeader()->hide();
    // Fixed, so that 100,000 rows cost no measuring.
    verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    verticalHeader()->setDefaultSectionSize(40);
    horizontalHeader()->setHighlightSections(false);
    horizontalHeader()->setDefaultAlignment(Qt::AlignVCenter | Qt::AlignLeft);
    horizontalHeader()->setFixedHeight(36);
    horizontalHeader()->setMinimumSectionSize(48);
    connect(this, &QTableView::doubleClicked, this, &TableView::opened);
    connect(&theme, &Theme::changed, viewport(), qOverload<>(&QWidget::update));
}

void TableView::setPlainHeader() {
    horizontalHeader()->setProperty("plain", true);
}

void TableView::keyPressEvent(QKeyEvent* event) {
    const QModelIndex index = currentIndex();
    if (index.isValid() && (event->modifiers() & ~Qt::KeypadModifier) == 0) {
        switch (event->key()) {
        case Qt::Key_Return:
        case Qt::Key_Enter:
            Q_EMIT opened(index);
            return;
        case Qt::Key_Space:
            Q_EMIT spacePressed(index);
            return;
        case Qt::Key_Delete:
            Q_EMIT deletePressed(index);
            return;
        default:
            break;
        }
    }
    QTableView::keyPressEvent(event);
}

void TableView::contextMenuEvent(QContextMenuEvent* event) {
    const bool byKey = event->reason() == QContextMenuEvent::Keyboard;
    const QModelIndex index = byKey ? currentIndex() : indexAt(viewport()->mapFrom(this, event->pos()));
    if (!index.isValid()) {
        return;
    }
    const QPoint position = byKey ? viewport()->mapToGlobal(visualRect(index).center()) : event->globalPos();
    Q_EMIT menuRequested(index, position);
}

} // namespace ui
