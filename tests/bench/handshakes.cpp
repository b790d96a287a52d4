// Opens TLS connections one after the other as fast as it goes, and says how many: what a handshake costs the
// other side. With --resumed each but the first resumes the session of the first.

#include <CLI/CLI.hpp>
#include <arpa/inet.h>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <string>
#include <sys/socket.h>
#include <unistd.h>

namespace {

struct Counts {
    std::uint64_t handshakes = 0;
    std::uint64_t resumed = 0;
};

class Socket {
public:
    explicit Socket(std::uint16_t port)
        : m_descriptor(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in to{};
        to.sin_family = AF_INET;
        to.sin_port = htons(port);
        to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        const int on = 1;
        ::setsockopt(m_descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        m_open = ::connect(m_descriptor, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0;
    }
    Socket(const Socket&) = delete;
    Socket& operator=(const Socket&) = delete;
    ~Socket() {
        // Ports of closed connections would otherwise run out within seconds.
        const linger hard{1, 0};
        ::setsockopt(m_descriptor, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
        ::close(m_descriptor);
    }
    [[nodiscard]] bool isOpen() const { return m_open; }
    [[nodiscard]] int descriptor() const { return m_descriptor; }

private:
    int m_descriptor;
    bool m_open = false;
};

using Context = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;
using Connection = std::unique_ptr<SSL, decltype(&SSL_free)>;
using Session = std::unique_ptr<SSL_SESSION, decltype(&SSL_SESSION_free)>;

/// A TLS 1.3 server sends its tickets after the handshake, so that they have to be read with an answer.
Session sessionOf(SSL* connection) {
    const std::string request = "GET / HTTP/1.1\r\nHost: h0.example.com\r\n\r\n";
    char answer[4096];
    if (SSL_write(connection, request.data(), static_cast<int>(request.size())) <= 0 ||
        SSL_read(connection, answer, sizeof answer) <= 0) {
        return {nullptr, &SSL_SESSION_free};
    }
    return {SSL_get1_session(connection), &SSL_SESSION_free};
}

bool handshake(SSL_CTX* context, std::uint16_t port, bool resumes, Session& session, Counts& counts) {
    const Socket socket(port);
    if (!socket.isOpen()) {
        return false;
    }
    const Connection connection(SSL_new(context), &SSL_free);
    SSL_set_tlsext_host_name(connection.get(), "h0.example.com");
    SSL_set_fd(connection.get(), socket.descriptor());
    if (session) {
        SSL_set_session(connection.get(), session.get());
    }
    if (SSL_connect(connection.get()) != 1) {
        return false;
    }
    ++counts.handshakes;
    counts.resumed += SSL_session_reused(connection.get()) == 1 ? 1 : 0;
    if (resumes && !session) {
        session = sessionOf(connection.get());
    }
    SSL_shutdown(connection.get());
    return !resumes || session != nullptr;
}

} // namespace

int main(int argc, char** argv) {
    CLI::App app{"Counts TLS handshakes."};
    std::uint16_t port = 0;
    double seconds = 2;
    bool resumes = false;
    app.add_option("--port", port)->required();
    app.add_option("--seconds", seconds);
    app.add_flag("--resumed", resumes);
    CLI11_PARSE(app, argc, argv);

    const Context context(SSL_CTX_new(TLS_client_method()), &SSL_CTX_free);
    // A session of a connection that ends without a word counts as not to be resumed.
    SSL_CTX_set_quiet_shutdown(context.get(), 1);
    SSL_CTX_set_min_proto_version(context.get(), TLS1_3_VERSION);
    Session session(nullptr, &SSL_SESSION_free);
    Counts counts;
    const auto begin = std::chrono::steady_clock::now();
    const auto end = begin + std::chrono::duration<double>(seconds);
    while (std::chrono::steady_clock::now() < end) {
        if (!handshake(context.get(), port, resumes, session, counts)) {
            std::fputs("handshakes: the server did not complete one\n", stderr);
            return 1;
        }
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    std::printf("{\"handshakes\": %llu, \"resumed\": %llu, \"seconds\": %.3f}\n",
                static_cast<unsigned long long>(counts.handshakes),
                static_cast<unsigned long long>(counts.resumed), took.count());
    return 0;
}
