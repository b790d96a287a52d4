#pragma once

#include "gateway/service/gateway_service.h"
#include "ui/models/indexed_table_model.h"
#include "ui/models/traffic_window.h"

#include <map>
#include <set>
#include <unordered_map>

namespace ui {

class TierTableModel final : public IndexedTableModel {
    Q_OBJECT
public:
    enum Column { Name, Allowance, Burst, Consumers, Rate, Limited };

    explicit TierTableModel(QObject* parent = nullptr);
    void setConfig(gateway::service::PublishedConfigPointer config);
    void addFrame(const gateway::metrics::MetricsFrame& frame);
    [[nodiscard]] int itemCount() const override;
    [[nodiscard]] const gateway::model::Tier* tierAt(int row) const;
    [[nodiscard]] int consumersOf(const std::string& tier) const;

protected:
    [[nodiscard]] quint64 itemId(int item) const override;
    [[nodiscard]] QVariant itemData(int item, int column, int role) const override;
    void appendSearchText(int item, std::string& text) const override;

private:
    [[nodiscard]] const gateway::model::Tier& tier(int item) const;

    gateway::service::PublishedConfigPointer m_config;
    std::map<std::string, int, std::less<>> m_consumers; ///< by name of the tier
    TrafficWindow m_traffic;
};

class ConsumerTableModel final : public IndexedTableModel {
    Q_OBJECT
public:
    enum Column { Name, Kind, Tier, State, Owner, Keys, Rate, Limited };

    explicit ConsumerTableModel(QObject* parent = nullptr);
    void setConfig(gateway::service::PublishedConfigPointer config);
    void addFrame(const gateway::metrics::MetricsFrame& frame);
    /// Those whose credentials hold no more.
    void setRevoked(std::set<quint64> consumers);
    [[nodiscard]] bool isRevoked(quint64 consumer) const;
    void setKeyCount(quint64 consumer, int count);
    /// The counts are asked for anew as their rows come into view. Id 0: all of them.
    void forgetKeyCount(quint64 consumer);
    [[nodiscard]] int itemCount() const override;
    [[nodiscard]] const gateway::model::Consumer* consumerAt(int row) const;

Q_SIGNALS:
    /// A row came into view whose number of keys is not known yet; asked once.
    void keyCountWanted(quint64 consumer) const;

protected:
    [[nodiscard]] quint64 itemId(int item) const override;
    [[nodiscard]] QVariant itemData(int item, int column, int role) const override;
    void appendSearchText(int item, std::string& text) const override;

private:
    [[nodiscard]] const gateway::model::Consumer& consumer(int item) const;
    [[nodiscard]] QVariant keyCount(quint64 id, int role) const;

    gateway::service::PublishedConfigPointer m_config;
    TrafficWindow m_traffic;
    std::set<quint64> m_revoked;
    std::unordered_map<quint64, int> m_keyCounts;
    mutable std::set<quint64> m_asked;
};

/// "100 / minute"
[[nodiscard]] QString allowanceText(const gateway::model::Tier& tier);

} // namespace ui
