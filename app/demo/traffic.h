#pragma once

#include "app/demo/traffic_plan.h"

#include <QElapsedTimer>
#include <QHostAddress>
#include <QObject>
#include <QTimer>
#include <vector>

namespace app::demo {

/// Sends a plan's requests through the gateway over a bounded number of kept-alive connections. What finds
/// all of them busy is not sent but counted. One thread, with an event loop.
class Traffic : public QObject {
    Q_OBJECT
public:
    Traffic(std::uint64_t seed, double requestsPerSecond, QObject* parent = nullptr);
    ~Traffic() override;

    [[nodiscard]] TrafficPlan& plan() { return m_plan; }
    /// `tlsPort`: half of the requests go there, over TLS. 0: none, for both.
    void start(const QHostAddress& host, std::uint16_t port, std::uint16_t tlsPort);
    /// Sends no more and drops what is under way.
    void stop();

    [[nodiscard]] std::uint64_t answered() const { return m_answered; }
    [[nodiscard]] std::uint64_t skipped() const { return m_skipped; }

Q_SIGNALS:
    void responded(int status);

private:
    class Connection;
    static constexpr std::size_t connectionsMax = 48;

    void tick();
    void send(const QByteArray& request);

    TrafficPlan m_plan;
    QTimer m_timer;
    QElapsedTimer m_sinceStart;
    std::chrono::milliseconds m_planned{0}; ///< up to here the plan was asked
    QHostAddress m_host;
    std::uint16_t m_port = 0;
    std::uint16_t m_tlsPort = 0;
    bool m_nextIsSecure = false;
    std::vector<std::unique_ptr<Connection>> m_connections;
    std::uint64_t m_answered = 0;
    std::uint64_t m_skipped = 0;
};

} // namespace app::demo
