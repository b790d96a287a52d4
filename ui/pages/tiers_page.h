#pragma once

#include "ui/models/consumer_table_models.h"
#include "ui/pages/entity_page.h"

namespace ui {

using TiersPageBase = EntityPageOf<TierForm, gateway::model::Tier, &gateway::model::Config::tiers,
                                   gateway::model::EntityKind::Tier>;

/// Tiers & limits: how much the consumers of a class may take.
class TiersPage final : public TiersPageBase {
    Q_OBJECT
public:
    explicit TiersPage(ConsoleContext& context);

    [[nodiscard]] QString title() const override { return tr("Tiers & limits"); }

protected:
    void showConfig() override;
    void showFrame(const gateway::metrics::MetricsFrame& frame) override;
    [[nodiscard]] FormValues blankForm() const override;
    void valuesChanged() override;

private:
    TiersPage(ConsoleContext& context, TierTableModel* model);
    void buildEditor();

    TierTableModel& m_tiers;
    QLabel* m_sentence = nullptr;
    QLabel* m_consumers = nullptr;
};

} // namespace ui
