#pragma once

// First, since the moc of Qt 6.4 trips over <compare> when it comes before every header of Qt.
#include <QDialog>

#include "gateway/service/gateway_service.h"
#include "ui/console_context.h"

class QComboBox;
class QLabel;
class QPlainTextEdit;
class QStackedWidget;
class QVBoxLayout;

namespace ui {

class Button;
class Field;

/// "Paste a token": what the gateway would make of it, check by check. Nothing of it is kept: closing the
/// window forgets it.
class TokenInspector final : public QDialog {
    Q_OBJECT
public:
    TokenInspector(ConsoleContext& context, QWidget* parent);

protected:
    void done(int result) override;

private:
    QWidget* buildInput();
    QWidget* buildResult();
    void inspect();
    void show(const gateway::service::TokenReport& report);
    void addCheck(const gateway::auth::TokenCheck& check, int number);
    void addFact(const QString& name, const QString& value, const char* objectName);
    void addJson(const QString& title, const std::string& json, const char* objectName);
    void showProblem(const QString& text);
    void forget();

    ConsoleContext& m_context;
    QPlainTextEdit* m_token = nullptr;
    QComboBox* m_provider = nullptr;
    Field* m_certificate = nullptr;
    Field* m_time = nullptr;
    QLabel* m_problem = nullptr;
    Button* m_inspect = nullptr;
    QStackedWidget* m_stack = nullptr;
    QVBoxLayout* m_result = nullptr;
};

} // namespace ui
