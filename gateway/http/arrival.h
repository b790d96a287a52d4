#pragma once

#include "gateway/http/client_connection.h"
#include "gateway/http/downstream.h"
#include "gateway/http/session.h"
#include "gateway/net/stream.h"

#include <memory>
#include <string>

namespace gateway::http {

/// A client's connection before its first request, on listeners that want more than HTTP: reads the header of
/// the PROXY protocol, shakes hands for TLS, and then makes room for the session that ALPN asks for. All of
/// it within the listener's time limit for a head. Single-threaded.
class Arrival final : public ClientConnection, private net::StreamHandler {
public:
    /// What comes before HTTP.
    struct Plan {
        bool proxyHeader = false;                  ///< the peer is a proxy whose word counts
        std::shared_ptr<const net::TlsServer> tls; ///< null: in the clear
    };

    Arrival(SessionHost& host, net::StreamPointer stream, model::ListenerId listener, Client client,
            Plan plan);
    ~Arrival() override;

    void start();

    void drain() override;
    std::size_t cut() override;

private:
    void onRead(std::size_t bytes, net::StreamEnd end) override;
    void onSecured(const std::string& failure) override;
    static void onTimer(void* self);

    void secure();
    void becomeSession();
    void die(bool reset);

    SessionHost& m_host;
    net::StreamPointer m_stream;
    net::Timer m_timer;
    net::Buffer m_in;
    Client m_client;
    Plan m_plan;
    bool m_draining = false;
    bool m_isOver = false;
};

} // namespace gateway::http
