#pragma once

#include "gateway/model/config.h"
#include "ui/kpis.h"
#include "ui/theme.h"
#include "ui/widgets/card.h"

#include <QAbstractTableModel>
#include <QVariant>
#include <vector>

class QGridLayout;

namespace ui {

class ClickFrame;
class Pill;
class Sparkline;
class StatusLabel;
class TableView;
class TickStrip;

/// One number with its unit, its change against a minute ago and its shape over ten minutes.
class KpiCard : public Card {
    Q_OBJECT
public:
    KpiCard(const Theme& theme, const QString& name, const QString& unit, Token token,
            const QString& objectName);

    void setValue(const QString& text, const QString& change, Tone tone);
    [[nodiscard]] Sparkline* sparkline() const { return m_sparkline; }

private:
    QString m_name;
    QString m_unit;
    QLabel* m_value;
    Pill* m_change;
    Sparkline* m_sparkline;
};

/// A tile a service: state, latency, the last minutes as ticks, and how many targets answer.
class ServiceHealthCard : public Card {
    Q_OBJECT
public:
    explicit ServiceHealthCard(const Theme& theme);

    void refresh(const MetricsSeries& series, const gateway::model::Config& config);

Q_SIGNALS:
    void serviceRequested(const QString& name); ///< empty: all of them

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    struct Tile;
    void placeTiles();
    Tile makeTile();
    void showTile(const Tile& tile, const gateway::model::Service& service, const ServiceWindow& window);

    struct Tile {
        ClickFrame* frame = nullptr;
        StatusLabel* name = nullptr;
        QLabel* latency = nullptr;
        TickStrip* ticks = nullptr;
        QLabel* state = nullptr;
        QLabel* targets = nullptr;
    };

    const Theme& m_theme;
    QGridLayout* m_grid;
    QLabel* m_nothing;
    Pill* m_good;
    Pill* m_degraded;
    Pill* m_down;
    std::vector<Tile> m_tiles;
    int m_columns = 0;
};

/// The busiest routes as rows.
class TopRoutesModel : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Column { RouteColumn, RateColumn, LatencyColumn, ErrorsColumn, ColumnCount };
    struct Row {
        QString name;
        QString methods;
        QString path;
        RouteWindow window;
    };

    using QAbstractTableModel::QAbstractTableModel;

    void setRows(std::vector<Row> rows);
    [[nodiscard]] const Row& row(int index) const { return m_rows.at(static_cast<std::size_t>(index)); }

    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    std::vector<Row> m_rows;
};

class TopRoutesCard : public Card {
    Q_OBJECT
public:
    static constexpr std::size_t rowsMax = 6;

    explicit TopRoutesCard(const Theme& theme);

    void refresh(const MetricsSeries& series, const gateway::model::Config& config);

Q_SIGNALS:
    void routeRequested(const QString& name); ///< empty: all of them

private:
    TopRoutesModel* m_model;
    TableView* m_table;
};

} // namespace ui
