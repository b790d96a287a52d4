#pragma once

#include "gateway/service/gateway_service.h"

#include <QObject>
#include <QThread>
#include <memory>

namespace app::demo {

struct DemoOptions {
    std::uint64_t seed = 1;
    double requestsPerSecond = 90;
    /// Ports of a sample configuration that are in use are replaced by free ones; true: all are.
    bool choosesPorts = false;
};

/// The demo: sample backends and bounded traffic around a gateway, all on loopback, some of it over TLS with
/// a certificate of the demo's own. Publishes the sample configuration into an empty database; on a database
/// that has one, it plays those of its services that are called orders, inventory and shipping. Starts the
/// gateway. Works on a thread of its own.
class Demo : public QObject {
    Q_OBJECT
public:
    /// `service` must be open and outlive the demo.
    Demo(gateway::service::GatewayService& service, DemoOptions options);
    ~Demo() override;

    /// Returns at once; started() or failed() follow.
    void start();
    /// Ends traffic and backends; the gateway goes on. Returns once they are gone.
    void stop();

Q_SIGNALS:
    void started();
    void failed(const QString& message);
    void responded(int status); ///< the gateway answered a request of the traffic

private:
    class Worker;
    QThread m_thread;
    Worker* m_worker; ///< lives on m_thread, deleted by it
};

/// The sample configuration of the demo, as a file has it.
[[nodiscard]] QByteArray sampleConfiguration();

} // namespace app::demo
