#pragma once

#include "ui/models/provider_table_model.h"
#include "ui/pages/entity_page.h"

namespace ui {

class ProviderEditor;
class ProviderKeysCard;

using ProvidersPageBase =
    EntityPageOf<IdentityProviderForm, gateway::model::IdentityProvider,
                 &gateway::model::Config::identityProviders, gateway::model::EntityKind::IdentityProvider>;

/// Identity providers: who vouches for tokens, and how their keys stand.
class ProvidersPage final : public ProvidersPageBase {
    Q_OBJECT
public:
    explicit ProvidersPage(ConsoleContext& context);

    [[nodiscard]] QString title() const override { return tr("Identity providers"); }
    /// "inspect": the token inspector.
    void runCommand(const QString& command) override;

protected:
    void showConfig() override;
    void showFrame(const gateway::metrics::MetricsFrame& frame) override { Q_UNUSED(frame) }
    void editorOpened() override;
    void valuesChanged() override;
    void showField(const QString& field) override;
    [[nodiscard]] QString deleteRefusal(const QStringList& names) const override;

private:
    ProvidersPage(ConsoleContext& context, ProviderTableModel* model);
    void loadReports();
    void followSelection();
    void fetchNow(const QString& provider);
    void inspect();

    ProviderTableModel& m_providers;
    ProviderEditor* m_editor;
    ProviderKeysCard* m_keys;
};

} // namespace ui
