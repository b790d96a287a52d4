#pragma once

#include "gateway/base/clock.h"
#include "gateway/service/control_socket.h"
#include "gateway/service/gateway_service.h"

#include <memory>
#include <string>

namespace app {

/// The gateway of this program on one database, and the socket by which other programs reach it. For a thread
/// with an event loop.
class ServiceHost {
public:
    /// `masterKey`: what its secrets are sealed by; null: the one in the key file of the database.
    ServiceHost(std::string databaseFile, std::string program, gateway::service::ServiceOptions options,
                std::shared_ptr<gateway::service::MasterKeyPlace> masterKey = nullptr);

    /// Makes this the one program that serves the database, and opens it (a missing file is made). Blocks for
    /// as long as that takes.
    [[nodiscard]] gateway::Result<void> open();

    [[nodiscard]] gateway::service::GatewayService& service() { return m_service; }
    [[nodiscard]] gateway::service::ControlSocket& control() { return m_control; }
    [[nodiscard]] const std::string& databaseFile() const { return m_databaseFile; }

private:
    const std::string m_databaseFile;
    gateway::SystemClock m_clock;
    gateway::service::GatewayService m_service;
    gateway::service::ControlSocket m_control;
};

} // namespace app
