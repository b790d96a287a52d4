#include "ui/charts/sparkline.h"

#include <QPainter>
#include <QPainterPath>
#include <algorithm>

namespace ui {

Sparkline::Sparkline(const Theme& theme, Token token, QWidget* parent)
    : QWidget(parent)
    , m_theme(theme)
    , m_token(token) {
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
    connect(&m_theme, &Theme::changed, this, qOverload<>(&Sparkline::update));
}

void Sparkline::setPoints(std::vector<ChartPoint> points, double windowSeconds) {
    m_points = std::move(points);
    m_windowSeconds = windowSeconds;
    update();
}

void Sparkline::paintEvent(QPaintEvent* /*event*/) {
    if (m_points.size() < 2) {
        return;
    }
    const auto [low, high] = std::minmax_element(
        m_points.begin(), m_points.end(), [](const auto& a, const auto& b) { return a.value < b.value; });
    // A steady value is a line in the lower half, not noise blown up to the full height.
    const double span = std::max(high->value - low->value, high->value * 0.2);
    const QRectF area = QRectF(rect()).adjusted(1, 3, -1, -3);
    const auto place = [&](const ChartPoint& point) {
        const double y = span > 0 ? (point.value - low->value) / span : 0;
        return QPointF(area.right() - point.secondsAgo / m_windowSeconds * area.width(),
                       area.bottom() - y * area.height());
    };
    QPainterPath line(place(m_points.front()));
    for (const ChartPoint& point : m_points) {
        line.lineTo(place(point));
    }
    QPainterPath ground = line;
    ground.lineTo(place(m_points.back()).x(), rect().bottom());
    ground.lineTo(place(m_points.front()).x(), rect().bottom());
    ground.closeSubpath();

    const QColor color = m_theme.color(m_token);
    QLinearGradient gradient(0, area.top(), 0, rect().bottom());
    QColor soft = color;
    soft.setAlphaF(0.22F);
    gradient.setColorAt(0, soft);
    soft.setAlphaF(0);
    gradient.setColorAt(1, soft);
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.fillPath(ground, gradient);
    painter.setPen(QPen(color, 1.5, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    painter.drawPath(line);
}

TickStrip::TickStrip(const Theme& theme, QWidget* parent)
    : QWidget(parent)
    , m_theme(theme) {
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    connect(&m_theme, &Theme::changed, this, qOverload<>(&TickStrip::update));
}

void TickStrip::setTicks(std::vector<Tick> ticks, std::size_t count) {
    if (ticks.size() < count) {
        ticks.insert(ticks.begin(), count - ticks.size(), Tick::None);
    }
    m_ticks = std::move(ticks);
    update();
}

void TickStrip::paintEvent(QPaintEvent* /*event*/) {
    if (m_ticks.empty()) {
        return;
    }
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    const double step = static_cast<double>(width()) / static_cast<double>(m_ticks.size());
    const double thickness = std::max(2.0, step - 2.0);
    for (std::size_t i = 0; i < m_ticks.size(); ++i) {
        Token token = Token::Border;
        double tall = 1;
        switch (m_ticks[i]) {
        case Tick::None:
            token = Token::Border;
            tall = 0.3;
            break;
        case Tick::Idle:
            token = Token::BorderStrong;
            tall = 0.45;
            break;
        case Tick::Good:
            token = Token::Status2xx;
            tall = 0.8;
            break;
        case Tick::Degraded:
            token = Token::Status4xx;
            tall = 0.9;
            break;
        case Tick::Down:
            token = Token::Status5xx;
            tall = 1;
            break;
        }
        const double high = tall * (height() - 2);
        painter.setBrush(m_theme.color(token));
        painter.drawRoundedRect(QRectF(static_cast<double>(i) * step, height() - 1 - high, thickness, high),
                                1.5, 1.5);
    }
}

} // namespace ui
