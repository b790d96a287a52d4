#pragma once

#include "ui/charts/chart_math.h"
#include "ui/theme.h"

#include <QWidget>
#include <vector>

namespace ui {

/// The shape of a value over the last minutes, without axes.
class Sparkline : public QWidget {
    Q_OBJECT
public:
    Sparkline(const Theme& theme, Token token, QWidget* parent = nullptr);

    void setPoints(std::vector<ChartPoint> points, double windowSeconds);
    [[nodiscard]] QSize sizeHint() const override { return {96, 34}; }
    [[nodiscard]] QSize minimumSizeHint() const override { return {40, 34}; }

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    const Theme& m_theme;
    Token m_token;
    std::vector<ChartPoint> m_points;
    double m_windowSeconds = 1;
};

/// A strip of health ticks, oldest first; colour and height say the same.
class TickStrip : public QWidget {
    Q_OBJECT
public:
    enum class Tick { None, Idle, Good, Degraded, Down };

    explicit TickStrip(const Theme& theme, QWidget* parent = nullptr);

    /// The last tick is now; missing ones at the left are shown as None.
    void setTicks(std::vector<Tick> ticks, std::size_t count);
    [[nodiscard]] QSize sizeHint() const override { return {200, 18}; }
    [[nodiscard]] QSize minimumSizeHint() const override { return {60, 18}; }

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    const Theme& m_theme;
    std::vector<Tick> m_ticks;
};

} // namespace ui
