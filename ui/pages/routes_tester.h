#pragma once

#include "gateway/service/gateway_service.h"
#include "ui/console_context.h"
#include "ui/editors/form.h"

#include <QFrame>

class QComboBox;
class QLabel;
class QLineEdit;

namespace ui {

/// "Test a request": asks the gateway's own router which route a request would take, without sending it.
class RouteTester final : public QFrame {
    Q_OBJECT
public:
    explicit RouteTester(ConsoleContext& context, QWidget* parent = nullptr);

    /// Fills in a request that this route should match.
    void open(const FormValues& values);
    void setUnsaved(bool unsaved);

private:
    void ask();
    void show(const gateway::service::MatchReport& report);

    ConsoleContext& m_context;
    QString m_route;
    QComboBox* m_method;
    QLineEdit* m_host;
    QLineEdit* m_target;
    QLabel* m_icon;
    QLabel* m_answer;
    QLabel* m_note;
};

} // namespace ui
