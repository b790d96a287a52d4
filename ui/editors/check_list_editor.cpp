#include "ui/editors/check_list_editor.h"

#include "ui/widgets/kind.h"

#include <QCheckBox>
#include <QVBoxLayout>

namespace ui {

CheckListEditor::CheckListEditor(const QString& objectName, const std::vector<Item>& items, QWidget* parent)
    : QWidget(parent) {
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(8);
    for (const Item& item : items) {
        auto* box = new QCheckBox(item.text);
        nameWidget(box, objectName + u'.' + item.id, item.text);
        layout->addWidget(box);
        connect(box, &QCheckBox::toggled, this, &CheckListEditor::changed);
        m_lines.push_back({item.id, box});
    }
}

QString CheckListEditor::text() const {
    QStringList chosen;
    for (const Line& line : m_lines) {
        if (line.box->isChecked()) {
            chosen.push_back(line.id);
        }
    }
    return chosen.join(QStringLiteral(", "));
}

void CheckListEditor::setText(const QString& text) {
    const QStringList chosen = text.split(QStringLiteral(", "), Qt::SkipEmptyParts);
    for (const Line& line : m_lines) {
        line.box->setChecked(chosen.contains(line.id));
    }
}

} // namespace ui
