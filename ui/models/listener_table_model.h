#pragma once

#include "gateway/service/gateway_service.h"
#include "ui/models/indexed_table_model.h"

namespace ui {

/// Where requests come in.
class ListenerTableModel final : public IndexedTableModel {
    Q_OBJECT
public:
    enum Column { Name, Address, Protocols, KeyHeader, KeyQuery, Body, State };

    explicit ListenerTableModel(QObject* parent = nullptr);
    void setConfig(gateway::service::PublishedConfigPointer config);
    void setStatus(const gateway::service::GatewayStatus& status);
    [[nodiscard]] int itemCount() const override;

protected:
    [[nodiscard]] quint64 itemId(int item) const override;
    [[nodiscard]] QVariant itemData(int item, int column, int role) const override;
    void appendSearchText(int item, std::string& text) const override;

private:
    [[nodiscard]] const gateway::model::Listener& listener(int item) const;
    [[nodiscard]] bool isOpen(int item) const;

    gateway::service::PublishedConfigPointer m_config;
    gateway::service::GatewayStatus m_status;
};

} // namespace ui
