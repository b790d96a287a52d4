#include "ui/editors/chips_editor.h"

#include "ui/editors/input_text.h"
#include "ui/widgets/chip.h"
#include "ui/widgets/kind.h"

#include <QGridLayout>
#include <QLineEdit>
#include <QSignalBlocker>

namespace ui {

ChipsEditor::ChipsEditor(const QString& objectName, int columns, QWidget* parent)
    : QWidget(parent)
    , m_name(objectName)
    , m_columns(columns)
    , m_layout(new QGridLayout(this)) {
    m_layout->setContentsMargins(0, 0, 0, 0);
    m_layout->setSpacing(6);
    m_layout->setColumnStretch(columns, 1);
}

void ChipsEditor::setOptions(const QStringList& options) {
    if (options != m_options) {
        m_options = options;
        rebuild(chosenChips());
    }
}

void ChipsEditor::allowOthers(const QString& placeholder, const QString& accessibleName, int width) {
    m_other = new QLineEdit;
    nameWidget(m_other, m_name + QStringLiteral(".other"), accessibleName);
    m_other->setPlaceholderText(placeholder);
    m_other->setFixedWidth(width);
    // What is typed counts at once, so that it is saved also by who never presses Return.
    connect(m_other, &QLineEdit::textChanged, this, &ChipsEditor::changed);
    connect(m_other, &QLineEdit::returnPressed, this, &ChipsEditor::addOther);
    // Later, since the focus also leaves while the window goes, and the layout with it.
    connect(m_other, &QLineEdit::editingFinished, this, &ChipsEditor::addOther, Qt::QueuedConnection);
    rebuild(chosenChips());
}

void ChipsEditor::addOther() {
    const QStringList typed = typedWords();
    if (!typed.isEmpty()) {
        rebuild(chosenChips() + typed);
        Q_EMIT changed();
    }
}

void ChipsEditor::noteChoice(const QString& word, bool on) {
    m_order.removeAll(word);
    if (on) {
        m_order.push_back(word);
    }
    Q_EMIT changed();
}

QStringList ChipsEditor::chosenChips() const {
    if (m_keepsOrder) {
        return m_order;
    }
    QStringList chosen;
    for (const Chip* chip : m_chips) {
        if (chip->isChecked()) {
            chosen.push_back(chip->text());
        }
    }
    return chosen;
}

QStringList ChipsEditor::typedWords() const {
    QStringList words;
    if (m_other != nullptr) {
        for (const std::string& word : parseList(m_other->text())) {
            words.push_back(QString::fromStdString(word));
        }
    }
    return words;
}

QString ChipsEditor::text() const {
    return (chosenChips() + typedWords()).join(QStringLiteral(", "));
}

void ChipsEditor::setText(const QString& text) {
    if (text == this->text()) {
        return;
    }
    QStringList chosen;
    for (const std::string& item : parseList(text)) {
        chosen.push_back(QString::fromStdString(item));
    }
    rebuild(chosen);
}

void ChipsEditor::rebuild(const QStringList& chosen) {
    m_order = chosen;
    for (Chip* chip : m_chips) {
        chip->hide();
        chip->setObjectName(QString());
        chip->deleteLater();
    }
    m_chips.clear();
    QStringList words = m_options;
    for (const QString& word : chosen) {
        if (!words.contains(word)) {
            words.push_back(word);
        }
    }
    for (const QString& word : words) {
        auto* chip = new Chip(word, m_name + u'.' + word);
        chip->setChecked(chosen.contains(word));
        const int at = static_cast<int>(m_chips.size());
        m_layout->addWidget(chip, at / m_columns, at % m_columns);
        chip->show();
        connect(chip, &Chip::toggled, this, [this, word](bool on) { noteChoice(word, on); });
        m_chips.push_back(chip);
    }
    if (m_other != nullptr) {
        const QSignalBlocker quiet(m_other);
        m_other->clear(); // its words are chips now, or no longer wanted
        const int at = static_cast<int>(m_chips.size());
        m_layout->addWidget(m_other, at / m_columns, at % m_columns);
        QWidget* before = m_chips.isEmpty() ? nullptr : m_chips.last();
        if (before != nullptr) {
            setTabOrder(before, m_other);
        }
    }
}

} // namespace ui
