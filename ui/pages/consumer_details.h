#pragma once

#include "gateway/service/gateway_service.h"
#include "ui/console_context.h"

#include <QWidget>

class QStackedWidget;

namespace ui {

class AccessView;
class Button;
class CallsView;
class KeysCard;
class Pill;
class SegmentedControl;

/// What stands below the table of consumers about the chosen one: its keys, what it may call, and what it
/// called.
class ConsumerDetails final : public QWidget {
    Q_OBJECT
public:
    explicit ConsumerDetails(ConsoleContext& context, QWidget* parent = nullptr);

    [[nodiscard]] KeysCard& keys() const { return *m_keys; }
    /// Null: none is chosen.
    void setConsumer(const gateway::model::Consumer* consumer, bool isRevoked);
    /// The config or a revocation is another: what it may call is, too.
    void forgetAccess();

Q_SIGNALS:
    void message(const QString& text);
    void pageRequested(const QString& pageId, const QString& name);
    /// Nothing that it calls with is to hold any more, or all of it again.
    void revocationRequested(bool revoke);

private:
    void showTab();
    void loadAccess();

    ConsoleContext& m_context;
    QString m_name;
    quint64 m_id = 0;
    bool m_isRevoked = false;
    bool m_accessIsShown = false;
    SegmentedControl* m_tabs;
    Pill* m_state;
    Button* m_revoke;
    QStackedWidget* m_stack;
    KeysCard* m_keys;
    AccessView* m_access;
    CallsView* m_calls;
};

} // namespace ui
