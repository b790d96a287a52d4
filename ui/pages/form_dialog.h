#pragma once

// First, since the moc of Qt 6.4 trips over <compare> when it comes before every header of Qt.
#include <QDialog>

#include "gateway/service/gateway_service.h"
#include "ui/console_context.h"
#include "ui/editors/form_binder.h"

class QLabel;
class QVBoxLayout;

namespace ui {

class Button;

/// A dialog of a few fields that asks for one thing to be made. Return submits, Escape leaves; what is wrong
/// is said at its field, or above the buttons.
class FormDialog : public QDialog {
    Q_OBJECT
public:
    /// Object names begin with `id`.
    FormDialog(ConsoleContext& context, const QString& id, const QString& title, const QString& text,
               const QString& submitText, QWidget* parent);

    Field* addText(const QString& key, const QString& title, const QString& placeholder,
                   const QString& hint = {});
    Field* addSecret(const QString& key, const QString& title, const QString& hint = {});
    Field* addPem(const QString& key, const QString& title, const QString& hint = {});
    Field* addChoice(const QString& key, const QString& title,
                     const QList<std::pair<QString, QString>>& items); ///< id and text
    void addWidget(QWidget* widget);
    void setValue(const QString& key, const QString& value);
    [[nodiscard]] QString value(const QString& key) const { return m_values.value(key); }
    [[nodiscard]] const FormValues& values() const { return m_values; }
    [[nodiscard]] Field* field(const QString& key) const { return m_form.field(key); }

    /// Says them, and puts the focus to the first; true: there are some.
    bool showProblems(const FieldProblems& problems);
    /// A refusal of the service: its problems by these paths, or its error at the field for its code.
    void showRejection(const gateway::service::Rejection& rejection, const FieldPaths& paths);
    void setBusy(bool busy);
    void done(int result) override;

Q_SIGNALS:
    void submitted();
    void edited(const QString& key, const QString& value);

protected:
    [[nodiscard]] ConsoleContext& context() const { return m_context; }
    [[nodiscard]] QString id(const QString& part) const { return m_id + u'.' + part; }

private:
    ConsoleContext& m_context;
    QString m_id;
    FormBinder m_form;
    FormValues m_values;
    QStringList m_secrets; ///< fields that are emptied when the dialog ends
    QVBoxLayout* m_fields;
    QLabel* m_problem;
    Button* m_submit;
};

} // namespace ui
