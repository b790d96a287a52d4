#pragma once

// First, since the moc of Qt 6.4 trips over <compare> when it comes before every header of Qt.
#include <QString>

#include "gateway/model/effective_policy.h"
#include "gateway/service/gateway_service.h"
#include "ui/models/indexed_table_model.h"
#include "ui/models/traffic_window.h"

#include <memory>

namespace ui {

/// All routes of the published config with their traffic.
class RouteTableModel final : public IndexedTableModel {
    Q_OBJECT
public:
    enum Column { Method, Path, Name, Hosts, Service, Auth, Rate, P95, Errors, Status };
    enum class Show { All, Live, Failing, Disabled };

    explicit RouteTableModel(QObject* parent = nullptr);

    void setConfig(gateway::service::PublishedConfigPointer config);
    void addFrame(const gateway::metrics::MetricsFrame& frame);
    void setShow(Show show);
    [[nodiscard]] Show show() const { return m_show; }

    [[nodiscard]] int itemCount() const override;
    [[nodiscard]] const gateway::model::Route* routeAt(int row) const; ///< until the next setConfig()

protected:
    [[nodiscard]] quint64 itemId(int item) const override;
    [[nodiscard]] QVariant itemData(int item, int column, int role) const override;
    void appendSearchText(int item, std::string& text) const override;
    [[nodiscard]] bool itemAccepted(int item) const override;
    [[nodiscard]] bool itemLess(int a, int b, int column) const override;

private:
    [[nodiscard]] const gateway::model::Route& route(int item) const;
    [[nodiscard]] Show stateOf(int item) const;
    [[nodiscard]] QString text(int item, int column) const;
    [[nodiscard]] const QString& securityOf(int item) const;

    gateway::service::PublishedConfigPointer m_config;
    std::unique_ptr<gateway::model::PolicyPlaces> m_places; ///< of m_config
    mutable std::vector<QString> m_security; ///< per item: who may call; null: nobody has asked yet
    TrafficWindow m_traffic;
    Show m_show = Show::All;
};

/// "GET", "GET, POST" or "ANY".
[[nodiscard]] QString methodsText(const gateway::model::Route& route);

} // namespace ui
