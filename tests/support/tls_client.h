#pragma once

#include "tests/support/raw_client.h"
#include "tests/support/socket_io.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <openssl/ssl.h>
#include <string>

namespace support {

/// What a TlsClient should say and do; by default what a polite client does, without verifying.
struct TlsWishes {
    std::string serverName = {};
    std::string protocols = {}; ///< ALPN, comma-separated: "h2,http/1.1"; empty: the extension is not sent
    std::string suites12 = {};  ///< OpenSSL's names; empty: all
    std::string suites13 = {};
    std::string authorities = {}; ///< PEM; not empty: the server is verified
    std::string certificate = {}; ///< PEM chain to show
    std::string key = {};
    int versionMin = TLS1_VERSION;
    int versionMax = TLS1_3_VERSION;
    bool asksForStaple = false;
    std::shared_ptr<SSL_SESSION> session = nullptr; ///< to resume
    std::function<void(SSL_CTX*)> adjust = nullptr;
    std::string before = {};   ///< bytes sent before the handshake, in the clear
    bool isByteByByte = false; ///< sends each byte of the handshake in a segment of its own
};

/// A TLS client on OpenSSL that does as it is told, also what no polite client would do. Blocks; each call
/// gives up after `patience`. One thread.
class TlsClient {
public:
    explicit TlsClient(std::uint16_t port, const TlsWishes& wishes = {});
    ~TlsClient();
    TlsClient(const TlsClient&) = delete;
    TlsClient& operator=(const TlsClient&) = delete;

    [[nodiscard]] bool isSecure() const { return m_isSecure; }
    /// OpenSSL's reason for which the handshake failed, for instance "tlsv1 alert protocol version".
    [[nodiscard]] const std::string& failure() const { return m_failure; }

    [[nodiscard]] std::string version() const { return SSL_get_version(m_ssl.get()); }
    [[nodiscard]] std::string suite() const { return SSL_get_cipher_name(m_ssl.get()); }
    [[nodiscard]] std::string protocol() const;
    [[nodiscard]] bool isResumed() const { return SSL_session_reused(m_ssl.get()) == 1; }
    [[nodiscard]] std::string staple() const;
    /// The common name of the server's certificate, and its kind of key (EVP_PKEY_EC, EVP_PKEY_RSA).
    [[nodiscard]] std::string serverCommonName() const;
    [[nodiscard]] int serverKeyKind() const;
    /// Of the last ticket that came; read something first with TLS 1.3.
    [[nodiscard]] std::shared_ptr<SSL_SESSION> session() const { return m_session; }

    bool send(std::string_view bytes);
    /// What comes next, at most that many bytes; empty: the end, or an error.
    [[nodiscard]] std::string readSome(std::size_t most = 64 * 1024);
    [[nodiscard]] std::string readToEnd();
    /// How reading ended: SSL_ERROR_ZERO_RETURN after a goodbye.
    [[nodiscard]] int endedWith() const { return m_endedWith; }
    /// Sends a request line and fields, reads a whole answer with a Content-Length.
    [[nodiscard]] WireResponse get(std::string_view target, std::string_view fieldLines = {});
    [[nodiscard]] WireResponse readResponse();
    void sayGoodbye();
    /// Begins another handshake on the connection (TLS 1.2).
    bool renegotiate();
    void closeSocket();
    [[nodiscard]] SSL* ssl() { return m_ssl.get(); }
    [[nodiscard]] int descriptor() const { return m_socket.get(); }

private:
    static int onSession(SSL* ssl, SSL_SESSION* session);
    bool shakeHands();
    bool sendPending();
    bool receivePending();

    std::shared_ptr<SSL_CTX> m_context;
    std::shared_ptr<SSL> m_ssl;
    Descriptor m_socket;
    std::shared_ptr<SSL_SESSION> m_session;
    std::string m_failure;
    std::string m_before;
    std::string m_read; ///< of an answer, not yet used
    int m_endedWith = SSL_ERROR_NONE;
    bool m_isByteByByte = false;
    bool m_isSecure = false;
};

} // namespace support
