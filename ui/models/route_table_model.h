#pragma once

#include "gateway/service/gateway_service.h"
#include "ui/models/indexed_table_model.h"
#include "ui/models/traffic_window.h"

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

    gateway::service::PublishedConfigPointer m_config;
    std::vector<char> m_authenticates; ///< per item: one of its policies asks for a key
    TrafficWindow m_traffic;
    Show m_show = Show::All;
};

/// "GET", "GET, POST" or "ANY".
[[nodiscard]] QString methodsText(const gateway::model::Route& route);

} // namespace ui
