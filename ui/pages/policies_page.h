#pragma once

#include "ui/models/policy_table_model.h"
#include "ui/pages/entity_page.h"

namespace ui {

class PolicyEditor;

using PoliciesPageBase = EntityPageOf<PolicyForm, gateway::model::Policy, &gateway::model::Config::policies,
                                      gateway::model::EntityKind::Policy>;

/// Policies: reusable rules about who may call, and what services learn of them.
class PoliciesPage final : public PoliciesPageBase {
    Q_OBJECT
public:
    explicit PoliciesPage(ConsoleContext& context);

    [[nodiscard]] QString title() const override { return tr("Policies"); }

protected:
    void showConfig() override;
    void showFrame(const gateway::metrics::MetricsFrame& frame) override { Q_UNUSED(frame) }
    [[nodiscard]] FormValues blankForm() const override;
    void editorOpened() override;
    void valuesChanged() override;
    void showField(const QString& field) override;
    [[nodiscard]] QString deleteRefusal(const QStringList& names) const override;

private:
    PoliciesPage(ConsoleContext& context, PolicyTableModel* model);

    PolicyTableModel& m_policies;
    PolicyEditor* m_editor;
};

} // namespace ui
