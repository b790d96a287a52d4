#pragma once

#include "ui/models/listener_table_model.h"
#include "ui/pages/entity_page.h"

namespace ui {

using SettingsPageBase =
    EntityPageOf<ListenerForm, gateway::model::Listener, &gateway::model::Config::listeners,
                 gateway::model::EntityKind::Listener>;

/// Settings: where the gateway listens, and how the console looks.
class SettingsPage final : public SettingsPageBase {
    Q_OBJECT
public:
    explicit SettingsPage(ConsoleContext& context);

    [[nodiscard]] QString title() const override { return tr("Settings"); }

protected:
    void showConfig() override;
    void showFrame(const gateway::metrics::MetricsFrame& frame) override { Q_UNUSED(frame) }
    [[nodiscard]] FormValues blankForm() const override;

private:
    SettingsPage(ConsoleContext& context, ListenerTableModel* model);
    [[nodiscard]] QWidget* buildConsoleCard();
    void buildEditor();

    ListenerTableModel& m_listeners;
};

} // namespace ui
