#pragma once

#include "ui/pages/form_dialog.h"

class QStackedWidget;

namespace ui {

class NewKeyView;

/// A new key in place of an old one, which stays good for a while. Asks, then shows the new key once.
class RotateKeyDialog final : public QDialog {
    Q_OBJECT
public:
    RotateKeyDialog(ConsoleContext& context, const gateway::model::ApiKey& key, QWidget* parent);

protected:
    void done(int result) override;

private:
    QWidget* buildRequest(const QString& name);
    void rotate();

    ConsoleContext& m_context;
    gateway::model::KeyId m_id;
    QStackedWidget* m_stack;
    Field* m_overlap = nullptr;
    Field* m_expires = nullptr;
    QLabel* m_problem = nullptr;
    Button* m_rotate = nullptr;
    NewKeyView* m_key;
};

/// What a key may do, where it may come from, until when.
class ChangeKeyDialog final : public FormDialog {
    Q_OBJECT
public:
    ChangeKeyDialog(ConsoleContext& context, gateway::model::ApiKey key, QWidget* parent);

Q_SIGNALS:
    void changedKey(const QString& name);

private:
    void submit();

    gateway::model::ApiKey m_key;
    QString m_expires; ///< as it was shown
};

} // namespace ui
