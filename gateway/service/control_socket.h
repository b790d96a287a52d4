#pragma once

#include "gateway/base/clock.h"
#include "gateway/base/result.h"
#include "gateway/service/control_protocol.h"
#include "gateway/service/control_state.h"

#include <QLocalServer>
#include <QLockFile>
#include <QObject>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

class QLocalSocket;

namespace gateway::service {

/// Makes this the one program that runs the gateway on a database, and answers the others of the same user.
/// For a thread with an event loop.
class ControlSocket : public QObject {
    Q_OBJECT
public:
    static constexpr int clientsMax = 32;
    static constexpr std::chrono::seconds clientTimeout{10}; ///< to say what it wants
    static constexpr std::chrono::seconds answerTimeout{60}; ///< to get it, and to take the answer

    ControlSocket(GatewayService& service, const Clock& clock, std::string program);
    ~ControlSocket() override;

    /// Fails with Conflict "already-running", naming the process that has the database, or with Environment
    /// "no-control-socket" or "db-no-folder". Until destruction no other program can.
    [[nodiscard]] Result<void> listen(const std::string& databasePath);

Q_SIGNALS:
    void showRequested();

private:
    [[nodiscard]] Result<void> takeLock(const QString& databasePath);
    void greet();
    void read(QLocalSocket* client);
    void obey(QLocalSocket* client, ControlCommand command, const QByteArray& line);
    template<class T, class Write>
    void answerLater(QLocalSocket* client, const Reply<T>& reply, Write write);
    [[nodiscard]] ControlStatus describe(const GatewayStatus& status) const;
    [[nodiscard]] ControlState describeState() const;

    GatewayService& m_service;
    const Clock& m_clock;
    std::string m_program;
    std::unique_ptr<QLockFile> m_lock;
    std::chrono::milliseconds m_interval{0}; ///< of the last frame; 0: none yet, or the gateway stands
    std::vector<metrics::ServiceTraffic> m_services;
    int m_clients = 0; // before the server, whose end counts it down
    QLocalServer m_server;
};

// For the other programs; each call waits up to `timeout`. Errors: "not-running" when nobody has the database
// open, "no-answer" when it takes too long, else what the other program says (Environment).

constexpr std::chrono::milliseconds controlTimeout{10'000};

/// Says that the database was changed; returns once the running gateway has taken it up.
[[nodiscard]] Result<ControlStatus> nudge(const std::string& databasePath,
                                          std::chrono::milliseconds timeout = controlTimeout);
[[nodiscard]] Result<ControlStatus> queryStatus(const std::string& databasePath,
                                                std::chrono::milliseconds timeout = controlTimeout);
/// Also how the services and their targets stood in the last second.
[[nodiscard]] Result<ControlState> queryState(const std::string& databasePath,
                                              std::chrono::milliseconds timeout = controlTimeout);
/// Asks the running gateway for a new certificate in the place of one that ACME got.
[[nodiscard]] Result<ControlStatus> requestRenewal(const std::string& databasePath,
                                                   const std::string& certificate,
                                                   std::chrono::milliseconds timeout = controlTimeout);
/// What the running gateway would make of a token; waits longer, since an identity provider may be asked.
[[nodiscard]] Result<TokenReport> queryToken(const std::string& databasePath, const TokenQuery& query,
                                             std::chrono::milliseconds timeout = 3 * controlTimeout);
/// How its identity providers stand.
[[nodiscard]] Result<std::vector<auth::ProviderReport>>
queryProviders(const std::string& databasePath, std::chrono::milliseconds timeout = controlTimeout);
/// Has it fetch the keys of one now.
[[nodiscard]] Result<ControlStatus> requestKeys(const std::string& databasePath, const std::string& provider,
                                                std::chrono::milliseconds timeout = controlTimeout);
/// Asks the console that has the database open to raise its window.
[[nodiscard]] Result<ControlStatus> requestShow(const std::string& databasePath,
                                                std::chrono::milliseconds timeout = controlTimeout);

} // namespace gateway::service
