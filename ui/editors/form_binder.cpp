#include "ui/editors/form_binder.h"

#include "ui/widgets/segmented_control.h"
#include "ui/widgets/toggle.h"

#include <QAbstractButton>
#include <QComboBox>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <utility>

namespace ui {

Field* FormBinder::add(const QString& key, Field* field) {
    if (auto* line = qobject_cast<QLineEdit*>(field->editor())) {
        bind(key, field, line, [line](const QString& value) {
            if (line->text() != value) {
                line->setText(value);
            }
        });
        connect(line, &QLineEdit::textChanged, this, [this, key](const QString& text) { report(key, text); });
    } else if (auto* text = qobject_cast<QPlainTextEdit*>(field->editor())) {
        bind(key, field, text, [text](const QString& value) {
            if (text->toPlainText() != value) {
                text->setPlainText(value);
            }
        });
        connect(text, &QPlainTextEdit::textChanged, this,
                [this, key, text] { report(key, text->toPlainText()); });
    } else if (auto* combo = qobject_cast<QComboBox*>(field->editor())) {
        bind(key, field, combo, [combo](const QString& value) {
            int at = combo->findData(value);
            if (at < 0 && !value.isEmpty()) {
                // What is saved stays in sight even where it cannot be chosen any more.
                combo->addItem(value, value);
                at = combo->count() - 1;
            }
            combo->setCurrentIndex(at);
        });
        connect(combo, &QComboBox::currentIndexChanged, this,
                [this, key, combo] { report(key, combo->currentData().toString()); });
    }
    return field;
}

void FormBinder::addChoice(const QString& key, Field* field, SegmentedControl* choice) {
    bind(key, field, choice, [choice](const QString& value) { choice->setCurrent(value); });
    connect(choice, &SegmentedControl::currentChanged, this,
            [this, key](const QString& id) { report(key, id); });
}

void FormBinder::addToggle(const QString& key, Toggle* toggle) {
    bind(key, nullptr, toggle, [toggle](const QString& value) { toggle->setChecked(value == u"1"); });
    connect(toggle, &Toggle::toggled, this,
            [this, key](bool on) { report(key, on ? QStringLiteral("1") : QStringLiteral("0")); });
}

void FormBinder::show(const FormValues& values) {
    m_showing = true;
    for (auto at = m_widgets.cbegin(); at != m_widgets.cend(); ++at) {
        at->set(values.value(at.key()));
    }
    m_showing = false;
}

FieldProblems FormBinder::showProblems(const FieldProblems& problems, const QStringList& visible) {
    FieldProblems elsewhere;
    QMap<QString, QString> messages;
    for (const FieldProblem& problem : problems) {
        if (field(problem.field) == nullptr) {
            elsewhere.push_back(problem);
        } else if (visible.contains(problem.field) && !messages.contains(problem.field)) {
            messages.insert(problem.field, problem.message);
        }
    }
    for (auto at = m_widgets.cbegin(); at != m_widgets.cend(); ++at) {
        if (at->field != nullptr) {
            at->field->setError(messages.value(at.key()));
        }
    }
    return elsewhere;
}

Field* FormBinder::field(const QString& key) const {
    return m_widgets.value(key).field;
}

void FormBinder::focus(const QString& key) const {
    QWidget* widget = m_widgets.value(key).widget;
    if (widget == nullptr) {
        return;
    }
    if (widget->focusPolicy() == Qt::NoFocus) {
        // A widget of several parts: its first one.
        const auto lines = widget->findChildren<QLineEdit*>();
        const auto buttons = widget->findChildren<QAbstractButton*>();
        widget = !lines.isEmpty() ? lines.first() : !buttons.isEmpty() ? buttons.first() : widget;
    }
    widget->setFocus(Qt::OtherFocusReason);
}

void FormBinder::bind(const QString& key, Field* field, QWidget* widget,
                      std::function<void(const QString&)> set) {
    m_widgets.insert(key, Bound{field, widget, std::move(set)});
}

void FormBinder::report(const QString& key, const QString& value) {
    if (!m_showing) {
        Q_EMIT edited(key, value);
    }
}

} // namespace ui
