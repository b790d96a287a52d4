#pragma once

#include "ui/console_context.h"
#include "ui/models/call_table_model.h"

#include <QWidget>

class QLabel;

namespace ui {

class Button;
class TableView;

/// What an agent called, newest first, with a filter.
class CallsView final : public QWidget {
    Q_OBJECT
public:
    explicit CallsView(ConsoleContext& context, QWidget* parent = nullptr);

    /// `isAgent`: of others no calls are kept.
    void setConsumer(quint64 consumer, bool isAgent);
    void reload();

Q_SIGNALS:
    void message(const QString& text);

private:
    void load(quint64 beforeId);
    void showState(bool mayBeMore);

    ConsoleContext& m_context;
    quint64 m_consumer = 0;
    bool m_isAgent = false;
    CallTableModel* m_calls;
    TableView* m_table;
    QWidget* m_filter;
    QLabel* m_counts;
    QLabel* m_empty;
    Button* m_older;
};

} // namespace ui
