#include "ui/editors/rows_editor.h"

#include "ui/editors/input_text.h"
#include "ui/widgets/buttons.h"
#include "ui/widgets/kind.h"

#include <QHBoxLayout>
#include <QLineEdit>
#include <QVBoxLayout>
#include <algorithm>
#include <utility>

namespace ui {

RowsEditor::RowsEditor(const Theme& theme, std::vector<Cell> cells, const QString& addText,
                       const QString& objectName, QWidget* parent)
    : QWidget(parent)
    , m_theme(theme)
    , m_cells(std::move(cells))
    , m_name(objectName)
    , m_layout(new QVBoxLayout) {
    m_layout->setContentsMargins(0, 0, 0, 0);
    m_layout->setSpacing(6);
    auto* add = new Button(theme, addText, objectName + QStringLiteral(".add"), Button::Kind::Ghost,
                           QStringLiteral("plus"));
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(6);
    layout->addLayout(m_layout);
    layout->addWidget(add, 0, Qt::AlignLeft);
    connect(add, &Button::clicked, this, [this] {
        addRow({});
        nameRows();
        m_rows.back().edits.front()->setFocus();
        Q_EMIT changed();
    });
}

QString RowsEditor::text() const {
    QList<QStringList> rows;
    for (const Row& row : m_rows) {
        QStringList values;
        for (const QLineEdit* edit : row.edits) {
            values.push_back(edit->text());
        }
        rows.push_back(values);
    }
    return rowsText(rows);
}

void RowsEditor::setText(const QString& text) {
    if (text == this->text()) {
        return;
    }
    for (const Row& row : m_rows) {
        row.widget->hide();
        row.widget->deleteLater();
    }
    m_rows.clear();
    for (const QStringList& values : rowsOf(text, static_cast<int>(m_cells.size()))) {
        addRow(values);
    }
    nameRows();
}

void RowsEditor::addRow(const QStringList& values) {
    Row row;
    row.widget = new QWidget;
    auto* layout = new QHBoxLayout(row.widget);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(6);
    for (std::size_t i = 0; i < m_cells.size(); ++i) {
        auto* edit = new QLineEdit(values.value(static_cast<int>(i)));
        edit->setPlaceholderText(m_cells[i].placeholder);
        connect(edit, &QLineEdit::textChanged, this, &RowsEditor::changed);
        layout->addWidget(edit, 1);
        row.edits.push_back(edit);
    }
    auto* remove = new IconButton(m_theme, QStringLiteral("x"), tr("Remove this row"), QString());
    layout->addWidget(remove);
    QWidget* widget = row.widget;
    connect(remove, &IconButton::clicked, this, [this, widget] { removeRow(widget); });
    m_layout->addWidget(widget);
    widget->show(); // now, not with the next event: the new row is to take the focus
    m_rows.push_back(std::move(row));
}

void RowsEditor::removeRow(QWidget* widget) {
    std::erase_if(m_rows, [&](const Row& row) { return row.widget == widget; });
    widget->hide();
    widget->deleteLater();
    nameRows();
    Q_EMIT changed();
}

void RowsEditor::nameRows() {
    for (std::size_t i = 0; i < m_rows.size(); ++i) {
        for (std::size_t cell = 0; cell < m_cells.size(); ++cell) {
            nameWidget(m_rows[i].edits[cell], QStringLiteral("%1.%2.%3").arg(m_name).arg(i).arg(cell),
                       tr("%1 of row %2").arg(m_cells[cell].title).arg(i + 1));
        }
        if (auto* remove = m_rows[i].widget->findChild<IconButton*>()) {
            nameWidget(remove, QStringLiteral("%1.%2.remove").arg(m_name).arg(i),
                       tr("Remove row %1").arg(i + 1));
        }
    }
}

} // namespace ui
