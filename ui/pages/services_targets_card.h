#pragma once

#include "ui/console_context.h"
#include "ui/models/service_table_models.h"
#include "ui/widgets/card.h"

class QLabel;
class QStackedWidget;

namespace ui {

class Button;
class EmptyState;
class TableView;

/// The targets of the chosen service as they stand right now, and the way to take one out and put it back.
class TargetsCard final : public Card {
    Q_OBJECT
public:
    explicit TargetsCard(ConsoleContext& context, QWidget* parent = nullptr);

    /// Null: none is chosen.
    void setService(const gateway::model::Service* service, const gateway::metrics::ServiceTraffic* live,
                    double seconds);

Q_SIGNALS:
    /// The service is the one that is shown.
    void drainRequested(quint64 service, const std::string& address, bool drain);

private:
    void buildTable(ConsoleContext& context);
    void updateButton();
    void toggleDrain();
    [[nodiscard]] const gateway::model::Target* selectedTarget() const;

    quint64 m_service = 0;
    TargetTableModel* m_targets;
    TableView* m_table;
    QStackedWidget* m_stack;
    EmptyState* m_empty;
    QLabel* m_summary;
    Button* m_drain;
};

} // namespace ui
