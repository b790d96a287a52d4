#pragma once

#include "ui/console_context.h"
#include "ui/pages/form_dialog.h"

class QLineEdit;

namespace ui {

/// Names a secret as `${secret:NAME}`, and stores its value. The value itself never stands in a field of the
/// page, only in the dialog that hands it over.
class SecretEditor final : public QWidget {
    Q_OBJECT
public:
    SecretEditor(ConsoleContext& context, const QString& objectName, QWidget* parent = nullptr);

    [[nodiscard]] QString text() const;
    void setText(const QString& text);
    /// The name that the dialog proposes where none is given yet.
    void setProposal(const QString& name) { m_proposal = name; }

Q_SIGNALS:
    void changed();

private:
    void openDialog();

    ConsoleContext& m_context;
    QString m_proposal;
    QLineEdit* m_edit;
};

/// Asks for a name and a value, and stores it sealed.
class StoreSecretDialog final : public FormDialog {
    Q_OBJECT
public:
    StoreSecretDialog(ConsoleContext& context, const QString& name, QWidget* parent);

Q_SIGNALS:
    void stored(const QString& name);

private:
    void submit();
};

/// NAME of `${secret:NAME}`; empty: it is no reference.
[[nodiscard]] QString secretNameOf(const QString& reference);

} // namespace ui
