#pragma once

#include "ui/editors/form.h"
#include "ui/widgets/field.h"

#include <QObject>
#include <functional>

namespace ui {

class SegmentedControl;
class Toggle;

/// Ties the widgets of an editor to form values: shows values, reports what a person changes, and says
/// problems at their fields.
class FormBinder final : public QObject {
    Q_OBJECT
public:
    using QObject::QObject;

    /// The field's editor: a line, a plain text, or a combo box (its items' user data, or its text when
    /// editable).
    Field* add(const QString& key, Field* field);
    /// An editor of several parts that has text(), setText() and changed().
    template<class Editor>
    void addEditor(const QString& key, Field* field, Editor* editor) {
        bind(key, field, editor, [editor](const QString& value) { editor->setText(value); });
        connect(editor, &Editor::changed, this, [this, key, editor] { report(key, editor->text()); });
    }
    void addChoice(const QString& key, Field* field, SegmentedControl* choice);
    void addToggle(const QString& key, Toggle* toggle);

    void show(const FormValues& values);
    /// Says each problem whose field is in `visible`; returns those without a field here.
    FieldProblems showProblems(const FieldProblems& problems, const QStringList& visible);
    [[nodiscard]] QStringList keys() const { return m_widgets.keys(); }
    [[nodiscard]] Field* field(const QString& key) const;
    void focus(const QString& key) const;

Q_SIGNALS:
    void edited(const QString& key, const QString& value);

private:
    struct Bound {
        Field* field = nullptr;
        QWidget* widget = nullptr;
        std::function<void(const QString&)> set;
    };

    void bind(const QString& key, Field* field, QWidget* widget, std::function<void(const QString&)> set);
    void report(const QString& key, const QString& value);

    QMap<QString, Bound> m_widgets;
    bool m_showing = false;
};

} // namespace ui
