#pragma once

#include "gateway/service/gateway_service.h"
#include "ui/console_context.h"

#include <QDialog>

class QLabel;
class QLineEdit;
class QStackedWidget;

namespace ui {

class Button;
class Field;

/// Issues a key: asks for name, scopes and expiry, then shows the key once. Closing the dialog forgets it.
class IssueKeyDialog final : public QDialog {
    Q_OBJECT
public:
    IssueKeyDialog(ConsoleContext& context, gateway::model::ConsumerId consumer, const QString& consumerName,
                   QWidget* parent);

protected:
    void done(int result) override;

private:
    QWidget* buildRequest(const QString& consumerName);
    QWidget* buildResult();
    void issue();
    void showKey(const gateway::service::IssuedKey& issued);
    void showRejection(const gateway::service::Rejection& rejection);

    ConsoleContext& m_context;
    gateway::model::ConsumerId m_consumer;
    QStackedWidget* m_stack;
    Field* m_name = nullptr;
    Field* m_scopes = nullptr;
    Field* m_expires = nullptr;
    QLabel* m_problem = nullptr;
    Button* m_issue = nullptr;
    QLabel* m_title = nullptr;
    QLineEdit* m_secret = nullptr;
    Button* m_copy = nullptr;
};

} // namespace ui
