#pragma once

#include "gateway/service/gateway_service.h"
#include "ui/charts/time_chart.h"
#include "ui/console_context.h"
#include "ui/page.h"

class QGridLayout;
class QLabel;
class QStackedLayout;

namespace ui {

class Banner;
class Button;
class ConnectionsCard;
class Card;
class EmptyState;
class KpiCard;
class ServiceHealthCard;
class TopRoutesCard;

/// The last ten minutes at a glance: key figures, charts, services and the busiest routes.
class DashboardPage : public Page {
    Q_OBJECT
public:
    explicit DashboardPage(ConsoleContext& context, QWidget* parent = nullptr);

    [[nodiscard]] QString title() const override { return tr("Dashboard"); }
    [[nodiscard]] QString subtitle() const override;
    [[nodiscard]] QWidget* makeTopBarWidget() override;

    [[nodiscard]] bool isPaused() const { return m_paused; }
    void setPaused(bool paused);

protected:
    void showEvent(QShowEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    struct ChartCard {
        Card* card = nullptr;
        ChartLegend* legend = nullptr;
        TimeChart* chart = nullptr;
    };

    QWidget* buildCharts();
    QWidget* buildEmpty();
    ChartCard makeChart(const QString& title, const QString& subtitle, TimeChart::Mode mode,
                        const QString& unit, const QString& objectName);
    void place();
    void refresh();
    void refreshKpis();
    void refreshCharts();
    void refreshTiers();
    void refreshCertificates();
    void refreshEmpty();
    std::function<QColor()> colorOf(Token token) const;

    ConsoleContext& m_context;
    QStackedLayout* m_stack;
    QGridLayout* m_kpiGrid;
    QGridLayout* m_chartGrid;
    std::vector<KpiCard*> m_kpis;
    ChartCard m_traffic;
    ChartCard m_latency;
    ChartCard m_errors;
    ChartCard m_rateLimited;
    ServiceHealthCard* m_health;
    TopRoutesCard* m_topRoutes;
    ConnectionsCard* m_connections;
    Banner* m_certificates;
    std::vector<gateway::model::TierId> m_tiers; ///< as the chart shows them; 0 stands for the others
    QWidget* m_empty = nullptr;
    EmptyState* m_emptyState = nullptr;
    QWidget* m_curlBox = nullptr;
    QLabel* m_curl = nullptr;
    Button* m_start = nullptr;
    Button* m_newRoute = nullptr;
    Button* m_pauseButton = nullptr;
    int m_layoutColumns = 0;
    bool m_paused = false;
    QString m_pausedAt;
    QString m_endingFirst; ///< the certificate that ends first
};

} // namespace ui
