#pragma once

#include "ui/theme.h"

#include <QTableView>

namespace ui {

/// The console's table: rows of 40, no grid, whole rows selected, one line under each, no tab trap.
/// Return and a double click emit opened(); the context-menu key and the mouse emit menuRequested().
class TableView : public QTableView {
    Q_OBJECT
public:
    TableView(const Theme& theme, const QString& objectName, const QString& accessibleName,
              QWidget* parent = nullptr);

    /// A header without ground, for a table inside a card.
    void setPlainHeader();

Q_SIGNALS:
    void opened(const QModelIndex& index);
    void spacePressed(const QModelIndex& index);
    void deletePressed(const QModelIndex& index);
    void menuRequested(const QModelIndex& index, const QPoint& globalPosition);

protected:
    void keyPressEvent(QKeyEvent* event) override;
    void contextMenuEvent(QContextMenuEvent* event) override;
};

} // namespace ui
