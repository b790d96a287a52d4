#pragma once

#include "ui/models/service_table_models.h"
#include "ui/pages/entity_page.h"

namespace ui {

using ServicesPageBase = EntityPageOf<ServiceForm, gateway::model::Service, &gateway::model::Config::services,
                                      gateway::model::EntityKind::Service>;

/// Services: the backends, their targets, and how they answer.
class ServicesPage final : public ServicesPageBase {
    Q_OBJECT
public:
    explicit ServicesPage(ConsoleContext& context);

    [[nodiscard]] QString title() const override { return tr("Services"); }

protected:
    void showConfig() override;
    void showFrame(const gateway::metrics::MetricsFrame& frame) override;
    [[nodiscard]] FormValues blankForm() const override;
    void editorOpened() override;

private:
    ServicesPage(ConsoleContext& context, ServiceTableModel* model);
    void buildEditor();
    [[nodiscard]] QWidget* buildLiveTargets();

    ServiceTableModel& m_services;
    TargetTableModel* m_targets;
    QWidget* m_live = nullptr;
};

} // namespace ui
