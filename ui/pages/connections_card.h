#pragma once

// First, since the moc of Qt 6.4 trips over <compare> when it comes before every header of Qt.
#include <QWidget>

#include "gateway/metrics/metrics_frame.h"
#include "ui/widgets/card.h"

#include <array>

class QGridLayout;

namespace ui {

/// What is open right now besides requests, and what was turned away: connections, streams, handshakes.
class ConnectionsCard final : public Card {
    Q_OBJECT
public:
    ConnectionsCard();

    void show(const gateway::metrics::MetricsFrame& frame);

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    enum Cell { Connections, Streams, Messages, Handshakes, Refused, CellCount };
    struct Figure {
        QWidget* widget = nullptr;
        QLabel* value = nullptr;
        QLabel* detail = nullptr;
    };

    void say(Cell cell, const QString& value, const QString& detail);
    void place();

    QGridLayout* m_grid;
    std::array<Figure, CellCount> m_figures{};
    int m_columns = 0;
};

} // namespace ui
