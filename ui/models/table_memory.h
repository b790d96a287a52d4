#pragma once

#include "ui/models/indexed_table_model.h"

#include <QObject>
#include <QTableView>

namespace ui {

/// Gives a table its column widths and order as they were left, and keeps both in QSettings. One column takes
/// the width that the others leave; columns that a narrow table has no room for are hidden.
class TableMemory final : public QObject {
    Q_OBJECT
public:
    TableMemory(QTableView& view, IndexedTableModel& model, const QString& name, int stretchColumn);

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void restore();
    void save() const;
    void fitColumns();
    [[nodiscard]] QString settingsKey(const QString& key) const;

    QTableView& m_view;
    IndexedTableModel& m_model;
    QString m_name;
    int m_stretchColumn;
    bool m_restoring = true;
};

} // namespace ui
