#pragma once

#include "gateway/service/gateway_service.h"
#include "ui/console_context.h"

#include <QDialog>

class QLabel;
class QStackedWidget;

namespace ui {

class Button;
class Field;
class NewKeyView;

/// Issues a key: asks for name, scopes, addresses and expiry, then shows the key once. Closing the dialog
/// forgets it.
class IssueKeyDialog final : public QDialog {
    Q_OBJECT
public:
    IssueKeyDialog(ConsoleContext& context, gateway::model::ConsumerId consumer, const QString& consumerName,
                   QWidget* parent);

protected:
    void done(int result) override;

private:
    QWidget* buildRequest(const QString& consumerName);
    void issue();
    void showRejection(const gateway::service::Rejection& rejection);

    ConsoleContext& m_context;
    gateway::model::ConsumerId m_consumer;
    QStackedWidget* m_stack;
    Field* m_name = nullptr;
    Field* m_scopes = nullptr;
    Field* m_addresses = nullptr;
    Field* m_expires = nullptr;
    QLabel* m_problem = nullptr;
    Button* m_issue = nullptr;
    NewKeyView* m_key;
};

} // namespace ui
