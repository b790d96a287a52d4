#pragma once

#include "tests/support/socket_io.h"
#include "tests/support/test_certificates.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <openssl/ssl.h>
#include <string>
#include <thread>

namespace support {

/// An HTTPS server on the loopback device that gives the same bytes to every request, one request a
/// connection, one connection at a time. The destructor ends all waits and joins.
class HttpsServer {
public:
    HttpsServer(const TestCertificate& certificate, std::string answer);
    ~HttpsServer();
    HttpsServer(const HttpsServer&) = delete;
    HttpsServer& operator=(const HttpsServer&) = delete;

    [[nodiscard]] std::uint16_t port() const { return m_port; }
    /// Handshakes that went well, and those that did not. Any thread.
    [[nodiscard]] int accepted() const { return m_accepted; }
    [[nodiscard]] int refused() const { return m_refused; }

private:
    void acceptConnections();
    void serve(Descriptor socket);

    std::shared_ptr<SSL_CTX> m_context;
    const std::string m_answer;
    Descriptor m_listener;
    Descriptor m_wakeUp; ///< readable once everything has to end
    std::uint16_t m_port = 0;
    std::atomic<int> m_accepted{0};
    std::atomic<int> m_refused{0};
    std::thread m_acceptor;
};

} // namespace support
