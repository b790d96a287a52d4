#pragma once

#include "ui/models/service_table_models.h"
#include "ui/pages/entity_page.h"

namespace ui {

class ServiceEditor;
class TargetsCard;

using ServicesPageBase = EntityPageOf<ServiceForm, gateway::model::Service, &gateway::model::Config::services,
                                      gateway::model::EntityKind::Service>;

/// Services: the backends, how requests are shared among their targets, and how these stand.
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
    void valuesChanged() override;
    void showField(const QString& field) override;

private:
    ServicesPage(ConsoleContext& context, ServiceTableModel* model);
    void followSelection();
    void followStatus(const gateway::service::GatewayStatus& status);
    void showLiveInEditor();

    void requestDrain(quint64 service, const std::string& address, bool drain);
    [[nodiscard]] bool confirmDrain(const gateway::model::Service& service, const std::string& address);
    /// Publishes it on what stands there now; `done` is called with a sentence about it.
    void publishDrain(quint64 service, const std::string& address, bool drain,
                      const std::function<void(const QString&)>& done);

    ServiceTableModel& m_services;
    ServiceEditor* m_editor;
    TargetsCard* m_targets;
    quint64 m_opened = 0;
};

} // namespace ui
