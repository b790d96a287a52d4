#include "ui/pages/connections_card.h"

#include "ui/models/table_text.h"
#include "ui/number_text.h"
#include "ui/widgets/kind.h"

#include <QGridLayout>
#include <QLabel>
#include <QVBoxLayout>
#include <algorithm>

namespace ui {

using gateway::metrics::ConnectionCounts;
using gateway::metrics::MetricsFrame;
using gateway::metrics::StreamCounts;

namespace {

constexpr int cellWidthMin = 170;

QString countOf(std::uint64_t count) {
    return countText(static_cast<qint64>(count));
}

} // namespace

ConnectionsCard::ConnectionsCard()
    : Card(tr("Connections"), tr("as of now"))
    , m_grid(new QGridLayout) {
    nameWidget(this, QStringLiteral("dashboard.connections"), tr("Connections"));
    const std::array<std::pair<QString, QString>, CellCount> cells = {{
        {QStringLiteral("open"), tr("Open connections")},
        {QStringLiteral("streams"), tr("Open streams")},
        {QStringLiteral("messages"), tr("WebSocket messages")},
        {QStringLiteral("handshakes"), tr("TLS handshakes")},
        {QStringLiteral("refused"), tr("Turned away")},
    }};
    for (std::size_t i = 0; i < cells.size(); ++i) {
        Figure& figure = m_figures[i];
        figure.widget = new QWidget;
        auto* layout = new QVBoxLayout(figure.widget);
        layout->setContentsMargins(0, 0, 0, 0);
        layout->setSpacing(2);
        figure.value = makeLabel({}, "h2");
        figure.value->setObjectName(QStringLiteral("connections.") + cells[i].first);
        figure.detail = makeLabel({}, "sub");
        figure.detail->setObjectName(QStringLiteral("connections.%1.detail").arg(cells[i].first));
        figure.detail->setWordWrap(true);
        layout->addWidget(makeLabel(cells[i].second, "label"));
        layout->addWidget(figure.value);
        layout->addWidget(figure.detail);
        layout->addStretch(1);
    }
    m_figures[Refused].widget->setToolTip(
        tr("Connections over the limit of their address, floods that were cut, and PROXY headers that could "
           "not be read"));
    m_grid->setHorizontalSpacing(16);
    m_grid->setVerticalSpacing(14);
    body()->addLayout(m_grid);
    place();
}

void ConnectionsCard::show(const MetricsFrame& frame) {
    const StreamCounts& streams = frame.streams;
    const ConnectionCounts& connections = frame.connections;
    const double seconds = std::max(std::chrono::duration<double>(frame.interval).count(), 0.001);
    const auto rate = [seconds](std::uint64_t count) {
        return tr("%1 /s").arg(rateText(static_cast<double>(count) / seconds));
    };
    say(Connections, countOf(frame.connectionsOpen), tr("%1 of them HTTP/2").arg(countOf(connections.http2)));
    say(Streams, countOf(streams.webSockets + streams.eventStreams + streams.grpcCalls),
        tr("%1 · %2 · %3")
            .arg(
                countText(static_cast<qint64>(streams.webSockets), tr("WebSocket"), tr("WebSockets")),
                countText(static_cast<qint64>(streams.eventStreams), tr("event stream"), tr("event streams")),
                countText(static_cast<qint64>(streams.grpcCalls), tr("gRPC call"), tr("gRPC calls"))));
    say(Messages, rate(streams.messagesIn + streams.messagesOut),
        tr("%1 in · %2 out").arg(rate(streams.messagesIn), rate(streams.messagesOut)));
    say(Handshakes, rate(connections.handshakesFull + connections.handshakesResumed),
        tr("%1 full · %2 resumed · %3 failed")
            .arg(rate(connections.handshakesFull), rate(connections.handshakesResumed),
                 rate(connections.handshakesFailed)));
    const std::uint64_t refused =
        frame.connectionsRefused + connections.floodsCut + connections.proxyHeadersBad;
    say(Refused, rate(refused),
        tr("%1 over the limit · %2 · %3")
            .arg(countOf(frame.connectionsRefused),
                 countText(static_cast<qint64>(connections.floodsCut), tr("flood"), tr("floods")),
                 countText(static_cast<qint64>(connections.proxyHeadersBad), tr("bad PROXY header"),
                           tr("bad PROXY headers"))));
    // The one number here that somebody should look into.
    restyle(m_figures[Refused].detail, "kind", refused > 0 ? QStringLiteral("warn") : QStringLiteral("sub"));
}

void ConnectionsCard::say(Cell cell, const QString& value, const QString& detail) {
    m_figures[cell].value->setText(value);
    m_figures[cell].detail->setText(detail);
}

void ConnectionsCard::place() {
    const int columns = std::clamp((width() - 36) / cellWidthMin, 1, static_cast<int>(CellCount));
    if (columns == m_columns) {
        return;
    }
    m_columns = columns;
    for (int i = 0; i < CellCount; ++i) {
        m_grid->addWidget(m_figures[static_cast<std::size_t>(i)].widget, i / columns, i % columns);
        m_grid->setColumnStretch(i, i < columns ? 1 : 0);
    }
}

void ConnectionsCard::resizeEvent(QResizeEvent* event) {
    Card::resizeEvent(event);
    place();
}

} // namespace ui
