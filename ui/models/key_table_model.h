#pragma once

// First, since the moc of Qt 6.4 trips over <compare> when it comes before every header of Qt.
#include <QString>

#include "gateway/base/clock.h"
#include "gateway/model/consumer.h"
#include "ui/models/indexed_table_model.h"

namespace ui {

/// The keys of one consumer. Knows prefixes, never keys.
class KeyTableModel final : public IndexedTableModel {
    Q_OBJECT
public:
    enum Column { Name, Prefix, State, Scopes, Addresses, Expires, Uses, LastUsed, Created };

    explicit KeyTableModel(const gateway::Clock& clock, QObject* parent = nullptr);
    void setKeys(std::vector<gateway::model::ApiKey> keys);
    [[nodiscard]] int itemCount() const override;
    [[nodiscard]] const gateway::model::ApiKey* keyAt(int row) const;

protected:
    [[nodiscard]] quint64 itemId(int item) const override;
    [[nodiscard]] QVariant itemData(int item, int column, int role) const override;
    void appendSearchText(int item, std::string& text) const override;

private:
    [[nodiscard]] bool isExpired(const gateway::model::ApiKey& key) const;

    const gateway::Clock& m_clock;
    std::vector<gateway::model::ApiKey> m_keys;
};

} // namespace ui
