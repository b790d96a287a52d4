#pragma once

#include "app/demo/sample_data.h"
#include "gateway/base/result.h"

#include <QElapsedTimer>
#include <QHash>
#include <QObject>
#include <QSet>
#include <QTcpServer>
#include <chrono>
#include <random>

class QTcpSocket;

namespace app::demo {

struct WireMessage;

/// How well a backend does: latency is log-normal, with a slow phase now and then.
struct Temper {
    std::chrono::milliseconds median{15};
    double sigma =
        0.5; ///< of the logarithm: about two thirds lie within median / e^sigma and median * e^sigma
    std::chrono::seconds slowEvery{90};
    std::chrono::seconds slowFor{12};
    double slowFactor = 6;
    double internalErrors = 0.012; ///< share of requests that get 500
    double unavailable = 0.008;    ///< ... 503
    double brokenOff = 0.002;      ///< ... nothing but a closed connection
};

/// A small HTTP/1.1 server on loopback that plays one of the shop's backends. Deterministic for a seed and a
/// sequence of requests. One thread, with an event loop.
class SampleBackend : public QObject {
    Q_OBJECT
public:
    SampleBackend(Trade trade, Temper temper, std::uint64_t seed, QObject* parent = nullptr);

    /// Listens on 127.0.0.1; port 0 lets the system choose.
    [[nodiscard]] gateway::Result<void> listen(std::uint16_t port);
    [[nodiscard]] std::uint16_t port() const { return m_server.serverPort(); }
    [[nodiscard]] Trade trade() const { return m_trade; }

private:
    static constexpr qsizetype connectionsMax = 512; ///< more are closed at once

    void acceptConnections();
    void readFrom(QTcpSocket* socket);
    void handle(QTcpSocket* socket, const WireMessage& request);
    /// A WebSocket that says what it hears.
    void becomeEcho(QTcpSocket* socket, const WireMessage& request);
    void echo(QTcpSocket* socket, QByteArray& buffer);
    /// An event every few seconds, until the client goes.
    void streamEvents(QTcpSocket* socket);
    void answer(QTcpSocket* socket, const QByteArray& method, const QByteArray& path, double luck);
    void respond(QTcpSocket* socket, const QByteArray& method, int status, const QByteArray& body,
                 const QByteArray& fieldLines = {});
    [[nodiscard]] std::chrono::milliseconds latency();

    const Trade m_trade;
    const Temper m_temper;
    std::mt19937_64 m_random;
    std::chrono::milliseconds m_phase; ///< so that the backends are not all slow at once
    QElapsedTimer m_sinceStart;
    std::uint64_t m_created = 0;
    /// What came and was not handled yet; a key is an open connection.
    QHash<QTcpSocket*, QByteArray> m_buffers;
    QSet<QTcpSocket*> m_echoes; ///< those of them that are WebSockets
    QTcpServer m_server;        ///< goes first: its connections take themselves out of m_buffers
};

} // namespace app::demo
