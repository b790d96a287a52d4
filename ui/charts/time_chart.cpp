#include "ui/charts/time_chart.h"

#include <QAreaSeries>
#include <QChart>
#include <QGraphicsScene>
#include <QKeyEvent>
#include <QLineSeries>
#include <QMouseEvent>
#include <QPainter>
#include <QPainterPath>
#include <QValueAxis>
#include <algorithm>
#include <cmath>

namespace ui {

namespace {

constexpr double windowSeconds = 600;
constexpr std::uint64_t secondsPerBucket = 3; // 200 points
constexpr int marginLeft = 44;
constexpr int marginTop = 8;
constexpr int marginRight = 20; // "now" is centred under the last point
constexpr int marginBottom = 24;
constexpr int gridLines = 4;
constexpr int xLabels = 5;

QString axisText(double value) {
    return value >= 10'000 ? QStringLiteral("%1k").arg(value / 1000) : QString::number(value, 'g', 4);
}

QBrush fill(const QColor& color, float top, float bottom) {
    QLinearGradient gradient(0, 0, 0, 1);
    gradient.setCoordinateMode(QGradient::ObjectBoundingMode);
    QColor from = color;
    from.setAlphaF(top);
    QColor to = color;
    to.setAlphaF(bottom);
    gradient.setColorAt(0, from);
    gradient.setColorAt(1, to);
    return gradient;
}

} // namespace

/// The Qt Charts side: a chart without axes' texts, legend, animation or background in a scene of its own.
struct TimeChart::Canvas {
    struct Layer {
        QLineSeries* line = nullptr;
        QLineSeries* floor = nullptr; ///< lower edge of a filled area
        QAreaSeries* area = nullptr;
    };
    QGraphicsScene scene;
    QChart* chart = new QChart;
    QValueAxis* x = new QValueAxis;
    QValueAxis* y = new QValueAxis;
    std::vector<Layer> layers;

    Canvas() {
        scene.addItem(chart);
        chart->legend()->hide();
        chart->setAnimationOptions(QChart::NoAnimation);
        chart->setBackgroundVisible(false);
        chart->setMargins(QMargins(0, 0, 0, 0));
        for (QValueAxis* axis : {x, y}) {
            axis->setVisible(false);
        }
        x->setRange(-windowSeconds, 0);
        chart->addAxis(x, Qt::AlignBottom);
        chart->addAxis(y, Qt::AlignLeft);
    }

    void add(QAbstractSeries* series) {
        chart->addSeries(series);
        series->attachAxis(x);
        series->attachAxis(y);
    }

    void build(std::size_t count, const std::vector<ChartSeries>& series, bool stacked) {
        chart->removeAllSeries();
        layers.clear();
        for (std::size_t i = 0; i < count; ++i) {
            Layer layer;
            // The area takes over its edges, and the line above it is a series of its own.
            if (stacked || series[i].filled) {
                layer.floor = new QLineSeries;
                auto* upper = new QLineSeries;
                layer.area = new QAreaSeries(upper, layer.floor);
                upper->setParent(layer.area);
                layer.floor->setParent(layer.area);
                layer.area->setPen(Qt::NoPen);
                add(layer.area);
            }
            layer.line = new QLineSeries;
            if (!stacked) {
                add(layer.line);
            }
            layers.push_back(layer);
        }
        // Where a layer is empty its edge lies on the one below, which is the one to be seen: drawn later.
        for (auto layer = layers.rbegin(); stacked && layer != layers.rend(); ++layer) {
            add(layer->line);
        }
    }

    void color(const std::vector<ChartSeries>& series, bool stacked) {
        for (std::size_t i = 0; i < layers.size(); ++i) {
            const QColor color = series[i].color();
            layers[i].line->setPen(
                QPen(color, stacked ? 1.3 : 1.7, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
            if (layers[i].area != nullptr) {
                layers[i].area->setBrush(stacked && i > 0 ? fill(color, 0.60F, 0.40F)
                                         : stacked        ? fill(color, 0.38F, 0.10F)
                                                          : fill(color, 0.22F, 0.02F));
            }
        }
    }
};

TimeChart::TimeChart(const Theme& theme, Mode mode, const QString& unit, const QString& objectName,
                     const QString& accessibleName, QWidget* parent)
    : QWidget(parent)
    , m_theme(theme)
    , m_mode(mode)
    , m_unit(unit) {
    setObjectName(objectName);
    setAccessibleName(accessibleName);
    setMouseTracking(true);
    setFocusPolicy(Qt::StrongFocus);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
    connect(&m_theme, &Theme::changed, this, [this] {
        if (m_canvas != nullptr) {
            m_canvas->color(m_series, m_mode == Mode::Stacked);
        }
        m_dirty = true;
        update();
    });
}

TimeChart::~TimeChart() = default;

void TimeChart::setSeries(std::vector<ChartSeries> series) {
    m_series = std::move(series);
    m_values.assign(m_series.size(), {});
    m_canvas.reset();
    m_dirty = true;
    update();
}

void TimeChart::setData(std::vector<std::vector<double>> values, std::uint64_t secondsSeen) {
    m_values = std::move(values);
    m_values.resize(m_series.size());
    m_secondsSeen = secondsSeen;
    m_dirty = true;
    update(); // paints only what is in sight
}

QRectF TimeChart::plotArea() const {
    return QRectF(rect()).adjusted(marginLeft, marginTop, -marginRight, -marginBottom);
}

void TimeChart::refresh() {
    m_points.clear();
    double highest = 0;
    for (std::size_t i = 0; i < m_series.size(); ++i) {
        m_points.push_back(bucketed(m_values[i], m_secondsSeen, secondsPerBucket, m_series[i].by));
    }
    if (m_mode == Mode::Stacked) {
        std::vector<double> sums;
        for (const auto& points : m_points) {
            sums.resize(std::max(sums.size(), points.size()), 0.0);
            for (std::size_t i = 0; i < points.size(); ++i) {
                sums[i] += points[i].value;
                highest = std::max(highest, sums[i]);
            }
        }
    } else {
        for (const auto& points : m_points) {
            for (const ChartPoint& point : points) {
                highest = std::max(highest, point.value);
            }
        }
    }
    m_scale.fit(highest);
}

void TimeChart::render() {
    refresh();
    const bool stacked = m_mode == Mode::Stacked;
    if (m_canvas == nullptr) {
        m_canvas = std::make_unique<Canvas>();
        m_canvas->build(m_series.size(), m_series, stacked);
        m_canvas->color(m_series, stacked);
    }
    m_canvas->chart->resize(size());
    m_canvas->chart->setPlotArea(plotArea());
    m_canvas->scene.setSceneRect(rect());
    m_canvas->y->setRange(0, m_scale.top());

    QList<QPointF> floor;
    for (std::size_t i = 0; i < m_points.size(); ++i) {
        const auto& points = m_points[i];
        QList<QPointF> line;
        line.reserve(static_cast<qsizetype>(points.size()));
        for (std::size_t j = 0; j < points.size(); ++j) {
            const bool onTop = stacked && static_cast<qsizetype>(j) < floor.size();
            const double below = onTop ? floor[static_cast<qsizetype>(j)].y() : 0;
            line.append(QPointF(-points[j].secondsAgo, below + points[j].value));
        }
        if (!line.isEmpty() && m_values[i].size() >= static_cast<std::size_t>(windowSeconds)) {
            // A point stands at the end of its bucket; the oldest bucket reaches to the edge.
            line.front().setX(-windowSeconds);
        }
        const Canvas::Layer& layer = m_canvas->layers[i];
        if (layer.area != nullptr) {
            QList<QPointF> lower = floor;
            if (!stacked || lower.isEmpty()) {
                lower = line;
                for (QPointF& point : lower) {
                    point.setY(0);
                }
            }
            layer.floor->replace(lower);
            layer.area->upperSeries()->replace(line);
        }
        layer.line->replace(line);
        floor = line;
    }

    const qreal ratio = devicePixelRatioF();
    m_picture = QPixmap(size() * ratio);
    m_picture.setDevicePixelRatio(ratio);
    m_picture.fill(Qt::transparent);
    QPainter painter(&m_picture);
    painter.setRenderHint(QPainter::Antialiasing);
    renderAxes(painter);
    if (!m_points.empty() && !m_points.front().empty()) {
        m_canvas->scene.render(&painter, QRectF(rect()), QRectF(rect()));
    }
    m_dirty = false;
    describe();
}

void TimeChart::renderAxes(QPainter& painter) const {
    const QRectF plot = plotArea();
    painter.setFont(Theme::font(11));
    for (int i = 0; i <= gridLines; ++i) {
        const double y = std::round(plot.bottom() - plot.height() * i / gridLines) + 0.5;
        painter.setPen(QPen(m_theme.color(i == 0 ? Token::BorderStrong : Token::Border), 1));
        painter.drawLine(QPointF(plot.left(), y), QPointF(plot.right(), y));
        painter.setPen(m_theme.color(Token::Muted));
        painter.drawText(QRectF(0, y - 9, marginLeft - 8, 18), Qt::AlignRight | Qt::AlignVCenter,
                         axisText(m_scale.top() * i / gridLines));
    }
    for (int i = 0; i <= xLabels; ++i) {
        const double x = plot.left() + plot.width() * i / xLabels;
        const int minutes = 10 - 2 * i;
        painter.drawText(QRectF(x - 24, plot.bottom() + 4, 48, 18), Qt::AlignHCenter | Qt::AlignVCenter,
                         minutes == 0 ? tr("now") : tr("%1m").arg(minutes));
    }
}

void TimeChart::paintEvent(QPaintEvent* /*event*/) {
    if (m_dirty) {
        render();
    }
    QPainter painter(this);
    painter.drawPixmap(0, 0, m_picture);
    if (hasFocus()) {
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setPen(QPen(m_theme.color(Token::Accent), 1.5));
        painter.drawRoundedRect(QRectF(rect()).adjusted(1, 1, -1, -1), 8, 8);
    }
    if (m_crosshair >= 0) {
        paintCrosshair(painter);
    }
}

void TimeChart::paintCrosshair(QPainter& painter) const {
    if (m_points.empty() || m_points.front().empty()) {
        return;
    }
    const auto& first = m_points.front();
    const auto nearest = std::min_element(first.begin(), first.end(), [this](const auto& a, const auto& b) {
        return std::abs(a.secondsAgo - m_crosshair) < std::abs(b.secondsAgo - m_crosshair);
    });
    const auto index = static_cast<std::size_t>(nearest - first.begin());
    const QRectF plot = plotArea();
    const double x = plot.right() - nearest->secondsAgo / windowSeconds * plot.width();

    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(m_theme.color(Token::Muted), 1, Qt::DashLine));
    painter.drawLine(QPointF(x, plot.top()), QPointF(x, plot.bottom()));
    double below = 0;
    for (std::size_t i = 0; i < m_points.size(); ++i) {
        const double value = index < m_points[i].size() ? m_points[i][index].value : 0;
        below = m_mode == Mode::Stacked ? below + value : value;
        painter.setPen(QPen(m_theme.color(Token::Surface), 1.5));
        painter.setBrush(m_series[i].color());
        painter.drawEllipse(QPointF(x, plot.bottom() - below / m_scale.top() * plot.height()), 4, 4);
    }

    const auto ago = static_cast<int>(nearest->secondsAgo);
    const QString when = ago == 0   ? tr("now")
                         : ago < 60 ? tr("%1s ago").arg(ago)
                                    : tr("%1m %2s ago").arg(ago / 60).arg(ago % 60, 2, 10, QLatin1Char('0'));
    constexpr int rowHeight = 19;
    constexpr int width = 150;
    const double height = 16 + rowHeight * (static_cast<double>(m_series.size()) + 1);
    const double left = x + 12 + width > plot.right() + marginRight ? x - 12 - width : x + 12;
    const QRectF box(left, std::min(plot.top() + 4, this->height() - height - 2), width, height);
    painter.setPen(m_theme.color(Token::BorderStrong));
    painter.setBrush(m_theme.color(Token::Raised));
    painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), 8, 8);
    painter.setFont(Theme::font(12));
    painter.setPen(m_theme.color(Token::Muted));
    QRectF row(box.left() + 12, box.top() + 8, width - 24, rowHeight);
    painter.drawText(row, Qt::AlignVCenter | Qt::AlignLeft, when);
    // From top to bottom as in the chart.
    for (std::size_t i = m_series.size(); i-- > 0;) {
        row.translate(0, rowHeight);
        painter.setPen(Qt::NoPen);
        painter.setBrush(m_series[i].color());
        painter.drawRoundedRect(QRectF(row.left(), row.center().y() - 4, 8, 8), 2, 2);
        painter.setPen(m_theme.color(Token::Text2));
        painter.setFont(Theme::font(12));
        painter.drawText(row.adjusted(15, 0, 0, 0), Qt::AlignVCenter | Qt::AlignLeft, m_series[i].name);
        painter.setPen(m_theme.color(Token::Text));
        painter.setFont(Theme::font(12, QFont::DemiBold));
        painter.drawText(row, Qt::AlignVCenter | Qt::AlignRight,
                         valueText(index < m_points[i].size() ? m_points[i][index].value : 0));
    }
}

void TimeChart::resizeEvent(QResizeEvent* event) {
    m_dirty = true;
    QWidget::resizeEvent(event);
}

void TimeChart::mouseMoveEvent(QMouseEvent* event) {
    const QRectF plot = plotArea();
    const double x = event->position().x();
    if (plot.width() <= 0 || x < plot.left() - 4 || x > plot.right() + marginRight) {
        moveCrosshair(-1);
        return;
    }
    moveCrosshair(std::clamp((plot.right() - x) / plot.width(), 0.0, 1.0) * windowSeconds);
}

void TimeChart::leaveEvent(QEvent* event) {
    moveCrosshair(-1);
    QWidget::leaveEvent(event);
}

void TimeChart::keyPressEvent(QKeyEvent* event) {
    const double step = event->modifiers().testFlag(Qt::ShiftModifier) ? 30 : secondsPerBucket;
    switch (event->key()) {
    case Qt::Key_Left:
        moveCrosshair(std::min(windowSeconds, std::max(m_crosshair, 0.0) + step));
        break;
    case Qt::Key_Right:
        moveCrosshair(std::max(0.0, m_crosshair - step));
        break;
    case Qt::Key_Escape:
        moveCrosshair(-1);
        break;
    default:
        QWidget::keyPressEvent(event);
    }
}

void TimeChart::focusOutEvent(QFocusEvent* event) {
    moveCrosshair(-1);
    QWidget::focusOutEvent(event);
}

void TimeChart::moveCrosshair(double secondsAgo) {
    m_crosshair = secondsAgo;
    update();
}

void TimeChart::describe() {
    QStringList words;
    for (std::size_t i = 0; i < m_series.size(); ++i) {
        const double value = m_points[i].empty() ? 0 : m_points[i].back().value;
        words.append(tr("%1 %2").arg(m_series[i].name, valueText(value)));
    }
    setAccessibleDescription(tr("now: %1").arg(words.join(QStringLiteral(", "))));
}

QString TimeChart::valueText(double value) const {
    const int decimals = value > 0 && value < 10 ? (value < 1 ? 2 : 1) : 0;
    return QStringLiteral("%1 %2").arg(QString::number(value, 'f', decimals), m_unit);
}

ChartLegend::ChartLegend(const Theme& theme, QWidget* parent)
    : QWidget(parent)
    , m_theme(theme) {
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
    connect(&m_theme, &Theme::changed, this, qOverload<>(&ChartLegend::update));
}

void ChartLegend::setSeries(const std::vector<ChartSeries>& series) {
    m_series = series;
    QStringList names;
    for (const ChartSeries& one : series) {
        names.append(one.name);
    }
    setAccessibleName(tr("Legend: %1").arg(names.join(QStringLiteral(", "))));
    updateGeometry();
    update();
}

QSize ChartLegend::sizeHint() const {
    const QFontMetrics metrics(Theme::font(12));
    int width = 0;
    for (const ChartSeries& one : m_series) {
        width += 15 + metrics.horizontalAdvance(one.name) + 14;
    }
    return {std::max(0, width - 14), 20};
}

void ChartLegend::paintEvent(QPaintEvent* /*event*/) {
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setFont(Theme::font(12));
    int x = 0;
    for (const ChartSeries& one : m_series) {
        painter.setPen(Qt::NoPen);
        painter.setBrush(one.color());
        painter.drawRoundedRect(QRectF(x, height() / 2.0 - 4.5, 9, 9), 3, 3);
        painter.setPen(m_theme.color(Token::Text2));
        const int width = painter.fontMetrics().horizontalAdvance(one.name);
        painter.drawText(QRect(x + 15, 0, width + 2, height()), Qt::AlignVCenter | Qt::AlignLeft, one.name);
        x += 15 + width + 14;
    }
}

} // namespace ui
