#pragma once

// First, since the moc of Qt 6.4 trips over <compare> when it comes before every header of Qt.
#include <QString>

#include "gateway/service/gateway_service.h"
#include "ui/models/indexed_table_model.h"

namespace ui {

/// Credentials that hold no more.
class RevocationTableModel final : public IndexedTableModel {
    Q_OBJECT
public:
    enum Column { What, Provider, Before, Reason, Author, Created };

    explicit RevocationTableModel(QObject* parent = nullptr);

    void setRevocations(std::vector<gateway::model::Revocation> revocations,
                        gateway::service::PublishedConfigPointer config);
    [[nodiscard]] int itemCount() const override;
    [[nodiscard]] const gateway::model::Revocation* revocationAt(int row) const;

protected:
    [[nodiscard]] quint64 itemId(int item) const override;
    [[nodiscard]] QVariant itemData(int item, int column, int role) const override;
    void appendSearchText(int item, std::string& text) const override;

private:
    [[nodiscard]] QString text(const gateway::model::Revocation& revocation, int column) const;

    std::vector<gateway::model::Revocation> m_revocations;
    gateway::service::PublishedConfigPointer m_config;
};

/// "consumer acme", "token id 8f3c", "all tokens".
[[nodiscard]] QString revokedText(const gateway::model::Revocation& revocation,
                                  const gateway::model::Config& config);

} // namespace ui
