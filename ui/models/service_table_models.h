#pragma once

#include "gateway/service/gateway_service.h"
#include "ui/models/indexed_table_model.h"
#include "ui/models/traffic_window.h"

#include <set>
#include <unordered_map>

namespace ui {

/// The services of the published config and how their targets answer.
class ServiceTableModel final : public IndexedTableModel {
    Q_OBJECT
public:
    enum Column { Name, Targets, Rate, P95, Failures, State };

    explicit ServiceTableModel(QObject* parent = nullptr);
    void setConfig(gateway::service::PublishedConfigPointer config);
    void addFrame(const gateway::metrics::MetricsFrame& frame);
    [[nodiscard]] int itemCount() const override;
    [[nodiscard]] const gateway::model::Service* serviceAt(int row) const;

protected:
    [[nodiscard]] quint64 itemId(int item) const override;
    [[nodiscard]] QVariant itemData(int item, int column, int role) const override;
    void appendSearchText(int item, std::string& text) const override;

private:
    [[nodiscard]] const gateway::model::Service& service(int item) const;

    gateway::service::PublishedConfigPointer m_config;
    TrafficWindow m_traffic;
    std::unordered_map<quint64, std::set<std::string>> m_failingTargets; ///< of the last frame
};

/// The targets of one service with their traffic, as the last frame had it.
class TargetTableModel final : public IndexedTableModel {
    Q_OBJECT
public:
    enum Column { Address, Requests, Failures, Connections, State };

    explicit TargetTableModel(QObject* parent = nullptr);
    void setTargets(std::vector<gateway::metrics::TargetTraffic> targets, double seconds);
    [[nodiscard]] int itemCount() const override;

protected:
    [[nodiscard]] quint64 itemId(int item) const override;
    [[nodiscard]] QVariant itemData(int item, int column, int role) const override;
    void appendSearchText(int item, std::string& text) const override;

private:
    std::vector<gateway::metrics::TargetTraffic> m_targets;
    double m_seconds = 1;
};

} // namespace ui
