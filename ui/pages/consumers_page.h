#pragma once

#include "ui/models/consumer_table_models.h"
#include "ui/pages/entity_page.h"

class QComboBox;

namespace ui {

class KeysCard;

using ConsumersPageBase =
    EntityPageOf<ConsumerForm, gateway::model::Consumer, &gateway::model::Config::consumers,
                 gateway::model::EntityKind::Consumer>;

/// Consumers & keys: who calls, and with which keys.
class ConsumersPage final : public ConsumersPageBase {
    Q_OBJECT
public:
    explicit ConsumersPage(ConsoleContext& context);

    [[nodiscard]] QString title() const override { return tr("Consumers & keys"); }

protected:
    void showConfig() override;
    void showFrame(const gateway::metrics::MetricsFrame& frame) override;
    [[nodiscard]] QString deleteWarning(const QStringList& names) const override;

private:
    ConsumersPage(ConsoleContext& context, ConsumerTableModel* model);
    void buildEditor();
    void loadKeyCount(quint64 consumer);
    void followSelection();

    ConsumerTableModel& m_consumers;
    KeysCard* m_keys;
    QComboBox* m_tier = nullptr;
};

} // namespace ui
