#pragma once

#include "ui/charts/chart_math.h"
#include "ui/theme.h"

#include <QPixmap>
#include <QWidget>
#include <functional>
#include <memory>
#include <vector>

namespace ui {

class MetricsSeries;

/// One line of a chart, or one layer of a stack.
struct ChartSeries {
    QString name;
    std::function<QColor()> color; ///< asked again when the theme changes
    BucketBy by = BucketBy::Mean;
    bool filled = false; ///< a soft ground under the line; layers of a stack always have one
};

/// Ten minutes of a few values: "10m ... now". Drawn by Qt Charts into a picture once new data came and the
/// chart is in sight; the crosshair with its tip is painted over the picture, so that moving the mouse costs
/// next to nothing. The arrow keys move the crosshair, too.
class TimeChart : public QWidget {
    Q_OBJECT
public:
    enum class Mode { Lines, Stacked };

    TimeChart(const Theme& theme, Mode mode, const QString& unit, const QString& objectName,
              const QString& accessibleName, QWidget* parent = nullptr);
    ~TimeChart() override;

    /// In the order of drawing: from the bottom of a stack to its top.
    void setSeries(std::vector<ChartSeries> series);
    /// One list of seconds a series, oldest first, the last one now.
    void setData(std::vector<std::vector<double>> values, std::uint64_t secondsSeen);
    [[nodiscard]] double top() const { return m_scale.top(); }

    [[nodiscard]] QSize sizeHint() const override { return {420, 190}; }
    [[nodiscard]] QSize minimumSizeHint() const override { return {240, 150}; }

protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;

private:
    struct Canvas;

    [[nodiscard]] QRectF plotArea() const;
    void refresh(); ///< buckets the data and fits the scale
    void render();
    void renderAxes(QPainter& painter) const;
    void paintCrosshair(QPainter& painter) const;
    void moveCrosshair(double secondsAgo);
    void describe();
    [[nodiscard]] QString valueText(double value) const;

    const Theme& m_theme;
    Mode m_mode;
    QString m_unit;
    std::vector<ChartSeries> m_series;
    std::vector<std::vector<double>> m_values;
    std::vector<std::vector<ChartPoint>> m_points;
    std::uint64_t m_secondsSeen = 0;
    YScale m_scale;
    std::unique_ptr<Canvas> m_canvas;
    QPixmap m_picture;
    bool m_dirty = true;
    double m_crosshair = -1; ///< seconds ago; negative: not shown
};

/// The names and colours of a chart's series, in the header of its card.
class ChartLegend : public QWidget {
    Q_OBJECT
public:
    explicit ChartLegend(const Theme& theme, QWidget* parent = nullptr);

    void setSeries(const std::vector<ChartSeries>& series);
    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override { return sizeHint(); }

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    const Theme& m_theme;
    std::vector<ChartSeries> m_series;
};

} // namespace ui
