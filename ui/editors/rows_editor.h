#pragma once

#include "ui/theme.h"

#include <QStringList>
#include <QWidget>
#include <vector>

class QLineEdit;
class QVBoxLayout;

namespace ui {

/// A list of rows of text cells with a button to add one and one a row to take it away: conditions of a
/// route.
class RowsEditor final : public QWidget {
    Q_OBJECT
public:
    struct Cell {
        QString title; ///< accessible name and placeholder
        QString placeholder;
    };

    RowsEditor(const Theme& theme, std::vector<Cell> cells, const QString& addText, const QString& objectName,
               QWidget* parent = nullptr);

    /// As rowsText() writes it.
    [[nodiscard]] QString text() const;
    void setText(const QString& text);

Q_SIGNALS:
    void changed();

private:
    struct Row {
        QWidget* widget = nullptr;
        std::vector<QLineEdit*> edits;
    };

    void addRow(const QStringList& values);
    void removeRow(QWidget* widget);
    void nameRows();

    const Theme& m_theme;
    std::vector<Cell> m_cells;
    QString m_name;
    std::vector<Row> m_rows;
    QVBoxLayout* m_layout;
};

} // namespace ui
