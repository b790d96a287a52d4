#pragma once

#include "tests/support/socket_io.h"
#include "tests/support/test_certificates.h"

#include <atomic>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

struct ssl_ctx_st;

namespace support {

/// Puts another door before an upstream that speaks in the clear on a port of the loopback device: TLS, or a
/// Unix socket. Each connection has a thread of its own. Public functions: any thread.
class Relay {
public:
    struct Options {
        std::optional<TestCertificate> certificate; ///< none: in the clear
        std::vector<std::string> protocols;         ///< ALPN; empty: the server chooses none
        std::string clientAuthority;                ///< PEM; not empty: clients must show a certificate
        std::string unixPath;                       ///< empty: a port
    };

    Relay(std::uint16_t backend, Options options);
    ~Relay();
    Relay(const Relay&) = delete;
    Relay& operator=(const Relay&) = delete;

    [[nodiscard]] std::uint16_t port() const { return m_port; }
    [[nodiscard]] int handshakes() const { return m_handshakes; }
    [[nodiscard]] int handshakesResumed() const { return m_resumed; }
    /// As the last client asked for it (SNI).
    [[nodiscard]] std::string serverName() const;
    /// Of the last client's certificate.
    [[nodiscard]] std::string clientSubject() const;

private:
    void acceptConnections();
    void serve(Descriptor client);

    const Options m_options;
    const std::uint16_t m_backend;
    std::shared_ptr<ssl_ctx_st> m_context;
    Descriptor m_listener;
    Descriptor m_wakeUp;
    std::uint16_t m_port = 0;
    std::atomic<int> m_handshakes{0};
    std::atomic<int> m_resumed{0};
    mutable std::mutex m_mutex;
    std::string m_serverName;    // guarded by m_mutex
    std::string m_clientSubject; // guarded by m_mutex
    std::list<std::thread> m_connections;
    std::thread m_acceptor;
};

} // namespace support
