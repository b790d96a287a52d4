#include "tests/support/https_server.h"

#include <csignal>
#include <openssl/pem.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

namespace support {

namespace {

using BioPointer = std::unique_ptr<BIO, decltype(&BIO_free)>;

std::shared_ptr<SSL_CTX> contextFor(const TestCertificate& certificate) {
    std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
    const BioPointer chain(BIO_new_mem_buf(certificate.chain.data(), -1), BIO_free);
    const BioPointer keyText(BIO_new_mem_buf(certificate.key.data(), -1), BIO_free);
    X509* leaf = PEM_read_bio_X509(chain.get(), nullptr, nullptr, nullptr);
    EVP_PKEY* key = PEM_read_bio_PrivateKey(keyText.get(), nullptr, nullptr, nullptr);
    SSL_CTX_use_certificate(context.get(), leaf);
    SSL_CTX_use_PrivateKey(context.get(), key);
    X509_free(leaf);
    EVP_PKEY_free(key);
    return context;
}

/// So that a client that is gone without a word ends a test, not the program or the wait.
void giveUpInTime(int descriptor) {
    const timeval limit{.tv_sec = std::chrono::duration_cast<std::chrono::seconds>(patience).count(),
                        .tv_usec = 0};
    ::setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    ::setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
}

} // namespace

HttpsServer::HttpsServer(const TestCertificate& certificate, std::string answer)
    : m_context(contextFor(certificate))
    , m_answer(std::move(answer))
    , m_listener(listenOnLoopback())
    , m_wakeUp(::eventfd(0, EFD_CLOEXEC))
    , m_port(localPort(m_listener.get())) {
    m_acceptor = std::thread([this] { acceptConnections(); });
}

HttpsServer::~HttpsServer() {
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = ::write(m_wakeUp.get(), &one, sizeof one);
    m_acceptor.join();
}

void HttpsServer::acceptConnections() {
    sigset_t pipe;
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
    while (waitReadable(m_listener.get(), deadlineIn(std::chrono::minutes(10)), m_wakeUp.get())) {
        Descriptor socket(::accept4(m_listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
        if (socket) {
            serve(std::move(socket));
        }
    }
}

void HttpsServer::serve(Descriptor socket) {
    giveUpInTime(socket.get());
    const std::unique_ptr<SSL, decltype(&SSL_free)> tls(SSL_new(m_context.get()), SSL_free);
    SSL_set_fd(tls.get(), socket.get());
    if (SSL_accept(tls.get()) != 1) {
        ++m_refused;
        return;
    }
    std::string head;
    char byte = 0;
    // In TLS 1.3 a client refuses the certificate only after the server thinks that all went well.
    while (head.find("\r\n\r\n") == std::string::npos) {
        if (SSL_read(tls.get(), &byte, 1) != 1) {
            ++m_refused;
            return;
        }
        head += byte;
    }
    ++m_accepted;
    SSL_write(tls.get(), m_answer.data(), static_cast<int>(m_answer.size()));
    SSL_shutdown(tls.get());
}

} // namespace support
