#include "tests/support/relay.h"

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace support {
namespace {

constexpr std::chrono::milliseconds forever{600'000};

using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;
using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Session = std::unique_ptr<SSL, decltype(&SSL_free)>;

Bio bioOf(const std::string& text) {
    return {BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), &BIO_free};
}

Certificate certificateOf(const std::string& pem) {
    return {PEM_read_bio_X509(bioOf(pem).get(), nullptr, nullptr, nullptr), &X509_free};
}

Descriptor listenOnPath(const std::string& path) {
    Descriptor descriptor(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    if (::bind(descriptor.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(descriptor.get(), 128) != 0) {
        return {};
    }
    return descriptor;
}

int chooseProtocol(SSL*, const unsigned char** chosen, unsigned char* size, const unsigned char* offered,
                   unsigned offeredSize, void* own) {
    for (const std::string& protocol : *static_cast<const std::vector<std::string>*>(own)) {
        for (unsigned at = 0; at < offeredSize; at += 1U + offered[at]) {
            if (protocol == std::string(reinterpret_cast<const char*>(offered + at + 1), offered[at])) {
                *chosen = offered + at + 1;
                *size = offered[at];
                return SSL_TLSEXT_ERR_OK;
            }
        }
    }
    return SSL_TLSEXT_ERR_NOACK;
}

std::shared_ptr<SSL_CTX> contextOf(const Relay::Options& options) {
    std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_server_method()), &SSL_CTX_free);
    const Certificate certificate = certificateOf(options.certificate->chain);
    const Key key(PEM_read_bio_PrivateKey(bioOf(options.certificate->key).get(), nullptr, nullptr, nullptr),
                  &EVP_PKEY_free);
    if (SSL_CTX_use_certificate(context.get(), certificate.get()) != 1 ||
        SSL_CTX_use_PrivateKey(context.get(), key.get()) != 1) {
        std::abort();
    }
    SSL_CTX_set_alpn_select_cb(context.get(), chooseProtocol,
                               const_cast<std::vector<std::string>*>(&options.protocols));
    const unsigned char own[] = "relay";
    SSL_CTX_set_session_id_context(context.get(), own, sizeof own);
    if (!options.clientAuthority.empty()) {
        X509_STORE_add_cert(SSL_CTX_get_cert_store(context.get()),
                            certificateOf(options.clientAuthority).get());
        SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    }
    return context;
}

/// Both ways until one end closes.
void pump(SSL* ssl, int client, int backend, int wakeUp) {
    std::string bytes(16 * 1024, '\0');
    for (;;) {
        pollfd watched[] = {{client, POLLIN, 0}, {backend, POLLIN, 0}, {wakeUp, POLLIN, 0}};
        if ((ssl == nullptr || SSL_pending(ssl) == 0) && ::poll(watched, 3, -1) <= 0) {
            return;
        }
        if (watched[2].revents != 0) {
            return;
        }
        if (watched[0].revents != 0 || (ssl != nullptr && SSL_pending(ssl) > 0)) {
            const ssize_t got = ssl != nullptr ? SSL_read(ssl, bytes.data(), static_cast<int>(bytes.size()))
                                               : ::recv(client, bytes.data(), bytes.size(), 0);
            if (got <= 0 ||
                !sendAll(backend, std::string_view(bytes).substr(0, static_cast<std::size_t>(got)),
                         deadlineIn(patience))) {
                return;
            }
        }
        if (watched[1].revents != 0) {
            const ssize_t got = ::recv(backend, bytes.data(), bytes.size(), 0);
            if (got <= 0) {
                return;
            }
            const ssize_t sent =
                ssl != nullptr ? SSL_write(ssl, bytes.data(), static_cast<int>(got))
                               : ::send(client, bytes.data(), static_cast<std::size_t>(got), MSG_NOSIGNAL);
            if (sent != got) {
                return;
            }
        }
    }
}

} // namespace

Relay::Relay(std::uint16_t backend, Options options)
    : m_options(std::move(options))
    , m_backend(backend)
    , m_context(m_options.certificate ? contextOf(m_options) : nullptr)
    , m_listener(m_options.unixPath.empty() ? listenOnLoopback() : listenOnPath(m_options.unixPath))
    , m_wakeUp(::eventfd(0, EFD_CLOEXEC))
    , m_port(m_options.unixPath.empty() ? localPort(m_listener.get()) : std::uint16_t{0}) {
    // OpenSSL writes to a socket that the other side may have closed, and cannot be told to do so without the
    // signal.
    std::signal(SIGPIPE, SIG_IGN);
    m_acceptor = std::thread([this] { acceptConnections(); });
}

Relay::~Relay() {
    const std::uint64_t one = 1;
    // A write to an eventfd that nobody else writes to cannot fail.
    [[maybe_unused]] const ssize_t written = ::write(m_wakeUp.get(), &one, sizeof one);
    m_acceptor.join();
    for (std::thread& connection : m_connections) {
        connection.join();
    }
    if (!m_options.unixPath.empty()) {
        ::unlink(m_options.unixPath.c_str());
    }
}

std::string Relay::serverName() const {
    const std::lock_guard lock(m_mutex);
    return m_serverName;
}

std::string Relay::clientSubject() const {
    const std::lock_guard lock(m_mutex);
    return m_clientSubject;
}

void Relay::acceptConnections() {
    while (waitReadable(m_listener.get(), deadlineIn(forever), m_wakeUp.get())) {
        Descriptor client(::accept4(m_listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
        if (client) {
            m_connections.emplace_back(
                [this, accepted = std::move(client)]() mutable { serve(std::move(accepted)); });
        }
    }
}

void Relay::serve(Descriptor client) {
    const Session ssl(m_context ? SSL_new(m_context.get()) : nullptr, &SSL_free);
    if (ssl) {
        // A peer that says nothing must not hold up the end of a test.
        const timeval longest{static_cast<time_t>(patience.count() / 1000), 0};
        ::setsockopt(client.get(), SOL_SOCKET, SO_RCVTIMEO, &longest, sizeof longest);
        SSL_set_fd(ssl.get(), client.get());
        if (SSL_accept(ssl.get()) != 1) {
            return;
        }
        ++m_handshakes;
        m_resumed += SSL_session_reused(ssl.get());
        const char* name = SSL_get_servername(ssl.get(), TLSEXT_NAMETYPE_host_name);
        const Certificate shown(SSL_get1_peer_certificate(ssl.get()), &X509_free);
        const std::lock_guard lock(m_mutex);
        m_serverName = name != nullptr ? name : "";
        if (shown) {
            char text[256] = {};
            X509_NAME_oneline(X509_get_subject_name(shown.get()), text, sizeof text);
            m_clientSubject = text;
        }
    }
    const Descriptor backend = connectToLoopback(m_backend);
    if (backend) {
        pump(ssl.get(), client.get(), backend.get(), m_wakeUp.get());
    }
    if (ssl) {
        SSL_shutdown(ssl.get());
    }
}

} // namespace support
