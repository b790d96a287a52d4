#include "app/demo/sample_backend.h"

#include "app/demo/wire.h"

#include <QTcpSocket>
#include <QTimer>
#include <algorithm>
#include <cmath>

namespace app::demo {

using gateway::ErrorKind;
using gateway::fail;
using gateway::Result;

namespace {

constexpr std::chrono::milliseconds latencyMax{2'000};
constexpr std::chrono::milliseconds eventEvery{2'000};
constexpr std::uint64_t firstListed = 1'000;
constexpr std::uint64_t firstNewNumber = 90'000;

QByteArray reasonPhrase(int status) {
    switch (status) {
    case 200:
        return "OK";
    case 201:
        return "Created";
    case 500:
        return "Internal Server Error";
    default:
        return "Service Unavailable";
    }
}

/// The number that a path ends with: "/api/orders/42" is about 42.
std::uint64_t numberIn(const QByteArray& path, bool& found) {
    const QByteArray last = path.mid(path.lastIndexOf('/') + 1);
    return last.toULongLong(&found);
}

} // namespace

SampleBackend::SampleBackend(Trade trade, Temper temper, std::uint64_t seed, QObject* parent)
    : QObject(parent)
    , m_trade(trade)
    , m_temper(temper)
    , m_random(seed) {
    const auto cycle = std::chrono::duration_cast<std::chrono::milliseconds>(m_temper.slowEvery).count();
    m_phase =
        std::chrono::milliseconds(m_random() % static_cast<std::uint64_t>(std::max<std::int64_t>(cycle, 1)));
    m_sinceStart.start();
    connect(&m_server, &QTcpServer::newConnection, this, &SampleBackend::acceptConnections);
}

Result<void> SampleBackend::listen(std::uint16_t port) {
    if (!m_server.listen(QHostAddress::LocalHost, port)) {
        return fail(ErrorKind::Environment, "port-in-use",
                    "the sample backend " + tradeName(m_trade).toStdString() + " cannot listen on port " +
                        std::to_string(port) + ": " + m_server.errorString().toStdString());
    }
    return {};
}

void SampleBackend::acceptConnections() {
    while (QTcpSocket* socket = m_server.nextPendingConnection()) {
        if (m_buffers.size() >= connectionsMax) {
            socket->abort();
            socket->deleteLater();
            continue;
        }
        m_buffers.insert(socket, {});
        socket->setSocketOption(QAbstractSocket::LowDelayOption, 1);
        connect(socket, &QTcpSocket::readyRead, this, [this, socket] { readFrom(socket); });
        connect(socket, &QTcpSocket::disconnected, this, [this, socket] {
            m_buffers.remove(socket);
            m_echoes.remove(socket);
            socket->deleteLater();
        });
    }
}

void SampleBackend::readFrom(QTcpSocket* socket) {
    QByteArray& buffer = m_buffers[socket];
    buffer += socket->readAll();
    if (m_echoes.contains(socket)) {
        echo(socket, buffer);
        return;
    }
    WireMessage request;
    switch (takeMessage(buffer, request)) {
    case WireState::Incomplete:
        return;
    case WireState::Malformed:
        socket->abort();
        return;
    case WireState::Complete:
        handle(socket, request);
    }
}

std::chrono::milliseconds SampleBackend::latency() {
    std::lognormal_distribution<double> spread(std::log(static_cast<double>(m_temper.median.count())),
                                               m_temper.sigma);
    double milliseconds = spread(m_random);
    const std::chrono::milliseconds now = std::chrono::milliseconds(m_sinceStart.elapsed()) + m_phase;
    if (m_temper.slowEvery.count() > 0 && now % m_temper.slowEvery < m_temper.slowFor) {
        milliseconds *= m_temper.slowFactor;
    }
    return std::min(std::chrono::milliseconds(std::llround(milliseconds)), latencyMax);
}

void SampleBackend::handle(QTcpSocket* socket, const WireMessage& request) {
    const QByteArray method = request.word(0);
    const QByteArray path = request.word(1).split('?').first();
    if (path == "/healthz") {
        respond(socket, method, 200, "{\"status\":\"ok\"}\n");
        return;
    }
    if (request.field("upgrade").toLower() == "websocket") {
        becomeEcho(socket, request);
        return;
    }
    if (request.field("accept") == "text/event-stream") {
        streamEvents(socket);
        return;
    }
    const double luck = std::uniform_real_distribution<double>(0, 1)(m_random);
    // The socket is the timer's context, so that an answer to somebody who left is never made.
    QTimer::singleShot(latency(), socket,
                       [this, socket, method, path, luck] { answer(socket, method, path, luck); });
}

void SampleBackend::becomeEcho(QTcpSocket* socket, const WireMessage& request) {
    m_echoes.insert(socket);
    socket->write("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                  "Sec-WebSocket-Accept: " +
                  webSocketAccept(request.field("sec-websocket-key")) + "\r\n\r\n");
}

void SampleBackend::echo(QTcpSocket* socket, QByteArray& buffer) {
    WireFrame frame;
    WireState state = takeFrame(buffer, frame);
    for (; state == WireState::Complete; state = takeFrame(buffer, frame)) {
        if (frame.opcode == WireFrame::Ping) {
            frame.opcode = WireFrame::Pong;
        }
        socket->write(writeFrame(frame, false));
        if (frame.opcode == WireFrame::Close) {
            socket->disconnectFromHost();
            return;
        }
    }
    if (state == WireState::Malformed) {
        socket->abort();
    }
}

void SampleBackend::streamEvents(QTcpSocket* socket) {
    socket->write(
        "HTTP/1.1 200 OK\r\nServer: sample-" + tradeName(m_trade) +
        "\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n"
        ": the shop is open\n\n");
    auto* ticker = new QTimer(socket); // goes with the client
    connect(ticker, &QTimer::timeout, this, [this, socket] {
        const std::uint64_t number = firstListed + m_random() % 200;
        socket->write("event: changed\ndata: " + itemJson(m_trade, number).trimmed() + "\n\n");
    });
    ticker->start(eventEvery);
}

void SampleBackend::answer(QTcpSocket* socket, const QByteArray& method, const QByteArray& path,
                           double luck) {
    if (luck < m_temper.brokenOff) {
        socket->abort();
        return;
    }
    luck -= m_temper.brokenOff;
    if (luck < m_temper.internalErrors) {
        respond(socket, method, 500, "{\"error\":\"the database took too long\"}\n");
        return;
    }
    if (luck < m_temper.internalErrors + m_temper.unavailable) {
        respond(socket, method, 503, "{\"error\":\"restarting\"}\n", "Retry-After: 1\r\n");
        return;
    }
    bool isItem = false;
    const std::uint64_t number = numberIn(path, isItem);
    if (method == "POST") {
        const std::uint64_t created = firstNewNumber + ++m_created;
        respond(socket, method, 201, itemJson(m_trade, created),
                "Location: " + path + '/' + QByteArray::number(static_cast<qulonglong>(created)) + "\r\n");
    } else {
        respond(socket, method, 200, isItem ? itemJson(m_trade, number) : listJson(m_trade, firstListed));
    }
}

void SampleBackend::respond(QTcpSocket* socket, const QByteArray& method, int status, const QByteArray& body,
                            const QByteArray& fieldLines) {
    socket->write("HTTP/1.1 " + QByteArray::number(status) + ' ' + reasonPhrase(status) +
                  "\r\nServer: sample-" + tradeName(m_trade) + "\r\nContent-Type: application/json\r\n" +
                  fieldLines + "Content-Length: " + QByteArray::number(body.size()) + "\r\n\r\n");
    if (method != "HEAD") {
        socket->write(body);
    }
}

} // namespace app::demo
