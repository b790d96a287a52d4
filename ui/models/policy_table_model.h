#pragma once

// First, since the moc of Qt 6.4 trips over <compare> when it comes before every header of Qt.
#include <QString>

#include "gateway/service/gateway_service.h"
#include "ui/models/indexed_table_model.h"

#include <QStringList>

namespace ui {

/// Policies of the published config: what they do and who names them.
class PolicyTableModel final : public IndexedTableModel {
    Q_OBJECT
public:
    enum Column { Name, Rules, Callers, Asks, UsedBy };

    explicit PolicyTableModel(QObject* parent = nullptr);
    void setConfig(gateway::service::PublishedConfigPointer config);
    [[nodiscard]] int itemCount() const override;

protected:
    [[nodiscard]] quint64 itemId(int item) const override;
    [[nodiscard]] QVariant itemData(int item, int column, int role) const override;
    void appendSearchText(int item, std::string& text) const override;

private:
    [[nodiscard]] const gateway::model::Policy& policy(int item) const;
    [[nodiscard]] QString text(int item, int column) const;

    gateway::service::PublishedConfigPointer m_config;
    QList<QStringList> m_usedBy; ///< of each item
};

} // namespace ui
