#pragma once

#include "ui/models/listener_table_model.h"
#include "ui/pages/entity_page.h"

namespace ui {

class ListenerEditor;

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
    [[nodiscard]] FieldProblems check(const FormValues& values, quint64 id) const override;
    [[nodiscard]] Edits editsOf(const FormValues& values, quint64 id) const override;
    [[nodiscard]] QString deleteWarning(const QStringList& names) const override;
    void editorOpened() override;
    void valuesChanged() override;
    void showField(const QString& field) override;

private:
    SettingsPage(ConsoleContext& context, ListenerTableModel* model);
    [[nodiscard]] QWidget* buildConsoleCard();
    [[nodiscard]] gateway::model::Config configWith(const FormValues& values) const;

    ListenerTableModel& m_listeners;
    ListenerEditor* m_editor;
};

} // namespace ui
