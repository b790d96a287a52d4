#pragma once

#include <QHostAddress>
#include <QObject>
#include <QTimer>
#include <memory>
#include <vector>

namespace app::demo {

/// A few clients that stay: WebSockets that say something now and then and hear it back, and one that listens
/// to an event stream. Whoever loses its connection comes back a little later. One thread, with an event
/// loop.
class Streams : public QObject {
    Q_OBJECT
public:
    explicit Streams(QObject* parent = nullptr);
    ~Streams() override;

    void start(const QHostAddress& host, std::uint16_t port, bool isSecure);
    void stop();

private:
    class Client;
    static constexpr int webSockets = 3;

    void tick();

    QTimer m_timer;
    QHostAddress m_host;
    std::uint16_t m_port = 0;
    bool m_isSecure = false;
    std::vector<std::unique_ptr<Client>> m_clients;
};

} // namespace app::demo
