#include "ui/models/table_memory.h"

#include <QEvent>
#include <QHeaderView>
#include <QSettings>

namespace ui {

TableMemory::TableMemory(QTableView& view, IndexedTableModel& model, const QString& name, int stretchColumn)
    : QObject(&view)
    , m_view(view)
    , m_model(model)
    , m_name(name)
    , m_stretchColumn(stretchColumn) {
    QHeaderView& header = *m_view.horizontalHeader();
    header.setSectionsClickable(true);
    header.setStretchLastSection(false);
    for (int column = 0; column < m_model.columnCount(); ++column) {
        header.setSectionResizeMode(column, column == m_stretchColumn ? QHeaderView::Stretch
                                                                      : QHeaderView::Interactive);
    }
    restore();
    connect(&header, &QHeaderView::sectionResized, this, &TableMemory::save);
    connect(&header, &QHeaderView::sortIndicatorChanged, this, &TableMemory::save);
    m_view.viewport()->installEventFilter(this);
}

bool TableMemory::eventFilter(QObject* watched, QEvent* event) {
    if (event->type() == QEvent::Resize) {
        fitColumns();
    }
    return QObject::eventFilter(watched, event);
}

void TableMemory::restore() {
    m_restoring = true;
    const QSettings settings;
    QHeaderView& header = *m_view.horizontalHeader();
    int sortColumn = -1;
    const QString sortKey = settings.value(settingsKey(QStringLiteral("sort"))).toString();
    for (int column = 0; column < m_model.columnCount(); ++column) {
        const TableColumn& of = m_model.columns()[static_cast<std::size_t>(column)];
        const int width = settings.value(settingsKey(QStringLiteral("width/") + of.key), of.width).toInt();
        header.resizeSection(column, qBound(48, width, 1200));
        if (of.key == sortKey) {
            sortColumn = column;
        }
    }
    const bool descending = settings.value(settingsKey(QStringLiteral("descending"))).toBool();
    header.setSortIndicator(sortColumn, descending ? Qt::DescendingOrder : Qt::AscendingOrder);
    header.setSortIndicatorClearable(true);
    m_view.setSortingEnabled(true);
    m_restoring = false;
}

void TableMemory::save() const {
    if (m_restoring) {
        return;
    }
    QSettings settings;
    const QHeaderView& header = *m_view.horizontalHeader();
    for (int column = 0; column < m_model.columnCount(); ++column) {
        // The stretched column's width follows the window, and a hidden one has none.
        if (column != m_stretchColumn && !header.isSectionHidden(column)) {
            settings.setValue(settingsKey(QStringLiteral("width/") +
                                          m_model.columns()[static_cast<std::size_t>(column)].key),
                              header.sectionSize(column));
        }
    }
    const int sortColumn = header.sortIndicatorSection();
    const bool sorted = sortColumn >= 0 && sortColumn < m_model.columnCount();
    settings.setValue(settingsKey(QStringLiteral("sort")),
                      sorted ? m_model.columns()[static_cast<std::size_t>(sortColumn)].key : QString());
    settings.setValue(settingsKey(QStringLiteral("descending")),
                      header.sortIndicatorOrder() == Qt::DescendingOrder);
}

void TableMemory::fitColumns() {
    m_restoring = true; // hiding a column is not a person's choice of a width
    for (int column = 0; column < m_model.columnCount(); ++column) {
        const int hideBelow = m_model.columns()[static_cast<std::size_t>(column)].hideBelow;
        m_view.setColumnHidden(column, m_view.viewport()->width() < hideBelow);
    }
    m_restoring = false;
}

QString TableMemory::settingsKey(const QString& key) const {
    return QStringLiteral("tables/%1/%2").arg(m_name, key);
}

} // namespace ui
