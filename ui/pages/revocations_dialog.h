#pragma once

#include "ui/models/revocation_table_model.h"
#include "ui/pages/form_dialog.h"

class QLabel;

namespace ui {

class TableView;

/// All revocations: of consumers, tokens, subjects, and of everything that was issued before a time.
class RevocationsDialog final : public QDialog {
    Q_OBJECT
public:
    RevocationsDialog(ConsoleContext& context, QWidget* parent);

private:
    void load();
    void add();
    void lift();
    void updateButtons();
    void say(const QString& text, bool isBad);

    ConsoleContext& m_context;
    RevocationTableModel* m_revocations;
    TableView* m_table;
    QLabel* m_empty;
    QLabel* m_message;
    Button* m_lift;
};

/// Asks for one more.
class AddRevocationDialog final : public FormDialog {
    Q_OBJECT
public:
    AddRevocationDialog(ConsoleContext& context, QWidget* parent);

Q_SIGNALS:
    void added(const gateway::model::Revocation& revocation);

private:
    void followKind();
    void submit();
};

} // namespace ui
