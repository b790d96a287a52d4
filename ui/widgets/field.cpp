#include "ui/widgets/field.h"

#include "ui/widgets/card.h"
#include "ui/widgets/kind.h"

#include <QLabel>
#include <QLineEdit>
#include <QVBoxLayout>

namespace ui {

Field::Field(const QString& label, QWidget* editor, const QString& objectName, QWidget* parent)
    : QWidget(parent)
    , m_editor(editor)
    , m_line(makeLabel({}, "sub"))
    , m_label(label) {
    nameWidget(editor, objectName, label);
    setObjectName(objectName + QStringLiteral("Field"));
    QLabel* name = makeLabel(label, "label");
    name->setBuddy(editor);
    m_line->setObjectName(objectName + QStringLiteral("Error"));
    m_line->setWordWrap(true);
    m_line->hide();

    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(6);
    layout->addWidget(name);
    layout->addWidget(editor);
    layout->addWidget(m_line);
}

QLineEdit* Field::lineEdit() const {
    return qobject_cast<QLineEdit*>(m_editor);
}

void Field::setError(const QString& text) {
    if (text == m_error) {
        return;
    }
    m_error = text;
    restyle(m_editor, "error", !text.isEmpty());
    showLine();
}

void Field::setHint(const QString& text) {
    m_hint = text;
    showLine();
}

void Field::showLine() {
    const bool wrong = !m_error.isEmpty();
    restyle(m_line, "kind", wrong ? QStringLiteral("error") : QStringLiteral("sub"));
    m_line->setText(wrong ? m_error : m_hint);
    m_line->setVisible(!m_line->text().isEmpty());
    // A screen reader says this after the name.
    m_editor->setAccessibleDescription(m_line->text());
}

Field* makeTextField(const QString& label, const QString& objectName, const QString& placeholder, bool mono) {
    auto* edit = new QLineEdit;
    edit->setPlaceholderText(placeholder);
    if (mono) {
        edit->setProperty("mono", true);
    }
    return new Field(label, edit, objectName);
}

} // namespace ui
