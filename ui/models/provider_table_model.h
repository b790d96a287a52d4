#pragma once

// First, since the moc of Qt 6.4 trips over <compare> when it comes before every header of Qt.
#include <QString>

#include "gateway/service/gateway_service.h"
#include "ui/models/indexed_table_model.h"
#include "ui/theme.h"

namespace ui {

/// Identity providers of the published config, and how things stand with their keys.
class ProviderTableModel final : public IndexedTableModel {
    Q_OBJECT
public:
    enum Column { Name, Issuer, State, Keys, Fetched, Algorithms, UsedBy };

    explicit ProviderTableModel(QObject* parent = nullptr);

    void setConfig(gateway::service::PublishedConfigPointer config);
    void setReports(std::vector<gateway::auth::ProviderReport> reports, gateway::WallTime now);

    [[nodiscard]] int itemCount() const override;
    [[nodiscard]] const gateway::model::IdentityProvider* providerAt(int row) const;
    /// Null: nobody has asked yet.
    [[nodiscard]] const gateway::auth::ProviderReport*
    reportOf(gateway::model::IdentityProviderId provider) const;

protected:
    [[nodiscard]] quint64 itemId(int item) const override;
    [[nodiscard]] QVariant itemData(int item, int column, int role) const override;
    void appendSearchText(int item, std::string& text) const override;

private:
    [[nodiscard]] const gateway::model::IdentityProvider& provider(int item) const;
    [[nodiscard]] QString text(int item, int column) const;

    gateway::service::PublishedConfigPointer m_config;
    std::vector<gateway::auth::ProviderReport> m_reports;
    gateway::WallTime m_now{};
    QStringList m_usedBy; ///< of each item
};

/// How its keys stand, in a word or two, and by which colour.
[[nodiscard]] std::pair<QString, Tone> providerState(const gateway::auth::ProviderReport* report);

} // namespace ui
