#pragma once

#include "ui/models/access_table_model.h"

#include <QList>
#include <QWidget>

class QLabel;

namespace ui {

class Chip;
class TableView;

/// Lines of effective access with a filter, and the reasons of the chosen one in full.
class AccessView final : public QWidget {
    Q_OBJECT
public:
    AccessView(const Theme& theme, AccessTableModel::About about, const QString& id,
               QWidget* parent = nullptr);

    void setLines(std::vector<gateway::service::AccessLine> lines);
    /// Instead of lines: why there are none.
    void setMessage(const QString& text);

Q_SIGNALS:
    void opened(const QString& name); ///< of the route or consumer

private:
    void buildFilter(const Theme& theme, const QString& id);
    void showReasons();
    void showCounts();

    AccessTableModel* m_lines;
    AccessTableModel::About m_about;
    TableView* m_table;
    QLabel* m_counts;
    QLabel* m_reasons;
    QLabel* m_message;
    QWidget* m_filter;
    QList<Chip*> m_chips;
};

} // namespace ui
