#pragma once

#include "gateway/service/gateway_service.h"
#include "ui/models/indexed_table_model.h"
#include "ui/models/service_condition.h"
#include "ui/models/traffic_window.h"

#include <optional>
#include <unordered_map>

namespace ui {

/// The services of the published config and how their targets answer.
class ServiceTableModel final : public IndexedTableModel {
    Q_OBJECT
public:
    enum Column { Name, State, Targets, Rate, Failures, P99, Retries };

    explicit ServiceTableModel(QObject* parent = nullptr);
    void setConfig(gateway::service::PublishedConfigPointer config);
    void addFrame(const gateway::metrics::MetricsFrame& frame);
    /// The gateway stands: what was known of the targets is no longer so.
    void forgetLive();
    [[nodiscard]] int itemCount() const override;
    [[nodiscard]] const gateway::model::Service* serviceAt(int row) const;
    /// Of the last frame; null without one.
    [[nodiscard]] const gateway::metrics::ServiceTraffic* liveOf(quint64 service) const;
    [[nodiscard]] double frameSeconds() const { return m_seconds; }

protected:
    [[nodiscard]] quint64 itemId(int item) const override;
    [[nodiscard]] QVariant itemData(int item, int column, int role) const override;
    void appendSearchText(int item, std::string& text) const override;

private:
    [[nodiscard]] const gateway::model::Service& service(int item) const;
    [[nodiscard]] static QVariant rateData(const std::optional<TrafficRate>& rate, int column, int role);

    gateway::service::PublishedConfigPointer m_config;
    TrafficWindow m_traffic;
    std::unordered_map<quint64, gateway::metrics::ServiceTraffic> m_live; ///< by service, of the last frame
    double m_seconds = 1;
};

/// The targets of one service as configured, with what the last frame said of each.
class TargetTableModel final : public IndexedTableModel {
    Q_OBJECT
public:
    enum Column { Address, State, Detail, Weight, Requests, Failures, Active, Connections };

    explicit TargetTableModel(QObject* parent = nullptr);
    /// `live` is null without a frame of the service.
    void setService(const gateway::model::Service& service, const gateway::metrics::ServiceTraffic* live,
                    double seconds);
    void clear();
    [[nodiscard]] int itemCount() const override;
    [[nodiscard]] const gateway::model::Target* targetAt(int row) const;

protected:
    [[nodiscard]] quint64 itemId(int item) const override;
    [[nodiscard]] QVariant itemData(int item, int column, int role) const override;
    void appendSearchText(int item, std::string& text) const override;

private:
    struct Item {
        gateway::model::Target target;
        std::string address;
        std::optional<gateway::metrics::TargetTraffic> live;
        Condition condition;
    };
    [[nodiscard]] QVariant numberData(const Item& item, int column, int role) const;

    std::vector<Item> m_items;
    double m_seconds = 1;
};

} // namespace ui
