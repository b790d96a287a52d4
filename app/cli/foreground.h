#pragma once

#include "app/cli/report.h"
#include "app/process_signals.h"
#include "app/service_host.h"

#include <QObject>
#include <functional>
#include <string>
#include <vector>

namespace app::cli {

/// Runs the gateway in the foreground until a signal drains it, and says on standard output what happens to
/// it. For the main thread.
class Foreground : public QObject {
    Q_OBJECT
public:
    explicit Foreground(ServiceHost& host);

    /// Called before the gateway drains.
    void setBeforeEnd(std::function<void()> beforeEnd) { m_beforeEnd = std::move(beforeEnd); }
    /// Starts the gateway and returns once it has ended.
    [[nodiscard]] ExitCode run();
    /// The same for a gateway that somebody else starts.
    [[nodiscard]] ExitCode wait();
    /// Ends run() for a reason of its own.
    void endWith(const gateway::Error& error);

private:
    void start();
    void end();
    void reload();
    void report(const gateway::service::GatewayStatus& status);

    ServiceHost& m_host;
    ProcessSignals m_signals;
    std::function<void()> m_beforeEnd;
    std::vector<std::string> m_addresses; ///< that were reported
    gateway::model::RevisionNumber m_liveRevision = 0;
    std::string m_message;
    bool m_ending = false;
    ExitCode m_exitCode = ExitCode::Ok;
};

} // namespace app::cli
