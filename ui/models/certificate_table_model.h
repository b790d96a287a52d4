#pragma once

// First, since the moc of Qt 6.4 trips over <compare> when it comes before every header of Qt.
#include <QString>

#include "gateway/service/gateway_service.h"
#include "ui/certificate_facts.h"
#include "ui/models/indexed_table_model.h"

#include <functional>
#include <set>

namespace ui {

/// Certificates of the published config: what they say, how long they last, and who needs them.
class CertificateTableModel final : public IndexedTableModel {
    Q_OBJECT
public:
    enum Column { Name, Use, Names, Issuer, Key, Expires, PrivateKey, UsedBy };

    explicit CertificateTableModel(QObject* parent = nullptr);

    void setConfig(gateway::service::PublishedConfigPointer config, gateway::WallTime now);
    /// Fingerprints of the private keys that are stored.
    void setStoredKeys(std::set<std::string> fingerprints);

    [[nodiscard]] int itemCount() const override;
    [[nodiscard]] const CertificateFacts* factsOfId(quint64 id) const; ///< until the next setConfig()
    [[nodiscard]] bool hasKey(const CertificateFacts& facts) const;

protected:
    [[nodiscard]] quint64 itemId(int item) const override;
    [[nodiscard]] QVariant itemData(int item, int column, int role) const override;
    void appendSearchText(int item, std::string& text) const override;

private:
    [[nodiscard]] const gateway::model::Certificate& certificate(int item) const;
    [[nodiscard]] const CertificateFacts& facts(int item) const;
    [[nodiscard]] QString text(int item, int column) const;
    [[nodiscard]] Tone tone(int item, int column) const;

    gateway::service::PublishedConfigPointer m_config;
    std::vector<CertificateFacts> m_facts; ///< of each item
    std::set<std::string> m_storedKeys;
    gateway::WallTime m_now{};
};

} // namespace ui
