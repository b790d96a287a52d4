#pragma once

#include "ui/console_context.h"
#include "ui/models/key_table_model.h"
#include "ui/widgets/card.h"

class QAction;
class QMenu;
class QStackedWidget;

namespace ui {

class Button;
class EmptyState;
class KeyFiles;
class TableView;

/// The keys of one consumer: issue, rotate, change, disable, revoke. Knows prefixes alone.
class KeysCard final : public Card {
    Q_OBJECT
public:
    explicit KeysCard(ConsoleContext& context, QWidget* parent = nullptr);

    void setConsumer(gateway::model::ConsumerId consumer, const QString& name);
    void reload();
    void issueKey();

Q_SIGNALS:
    void message(const QString& text);
    void countKnown(quint64 consumer, int count);

private:
    void buildTable(ConsoleContext& context);
    void updateButtons();
    void buildMenu();
    void toggleKey();
    void rotateKey();
    void changeKey();
    void revokeKey();
    void setState(const gateway::model::ApiKey& key, gateway::model::KeyState state, const QString& done);
    [[nodiscard]] const gateway::model::ApiKey* selectedKey() const;

    ConsoleContext& m_context;
    gateway::SystemClock m_clock;
    gateway::model::ConsumerId m_consumer;
    QString m_consumerName;
    KeyTableModel* m_keys;
    TableView* m_table;
    QStackedWidget* m_stack;
    EmptyState* m_empty;
    Button* m_issueFirst = nullptr;
    Button* m_toggle;
    Button* m_revoke;
    Button* m_issue;
    Button* m_more;
    QMenu* m_menu;
    QAction* m_rotate = nullptr;
    QAction* m_change = nullptr;
    KeyFiles* m_files;
};

} // namespace ui
